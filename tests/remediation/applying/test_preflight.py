"""What AWS would not allow is named before anything is done, and what could not be asked holds nothing up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from checker.aws.access import AwsAccess, Identity
from checker.cli.app import app
from checker.demo.world import World
from checker.errors import AwsUnavailable
from checker.exit_codes import ExitCode
from remediation import run as repairing
from remediation.applying.approval import Fit
from remediation.applying.preflight import Preflight, preflight
from remediation.planning.model import AccountPlan
from remediation.planning.settings import Settings, parse_endpoints
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.remediation.aws_state import state
from tests.remediation.cases import planned
from tests.remediation.memory_aws import Fault, MemoryAws, refused

MADE = planned(MemoryAws().facts(), Settings(endpoints=parse_endpoints(["security@example.com"], None)))
TOPIC = f"arn:aws:sns:us-east-1:{A}:alarmchain-alarms"
ALARM = f"arn:aws:cloudwatch:us-east-1:{A}:alarm:alarmchain-root_usage_alarm"
GROUP = f"arn:aws:logs:us-east-1:{A}:log-group:ct"


@dataclass(slots=True)
class GuardedAws(MemoryAws):
    """Allows everything but what ``decisions`` says, by action and resource."""

    decisions: dict[tuple[str, str], str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    quotas: list[dict[str, Any]] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    together: bool = False
    forgets: bool = False

    def _simulate_principal_policy(self, **asked: Any) -> dict[str, Any]:
        self.sources.add(asked["PolicySourceArn"])
        results = []
        for action in asked["ActionNames"]:
            told = [
                {
                    "EvalResourceName": arn,
                    "EvalResourceDecision": self.decisions.get((action, arn), "allowed"),
                    "MissingContextValues": self.missing,
                }
                for arn in asked["ResourceArns"]
            ]
            if self.together:
                results.append({"EvalActionName": action, "EvalDecision": "x", "ResourceSpecificResults": told})
                continue
            results += [
                {
                    "EvalActionName": action,
                    "EvalResourceName": part["EvalResourceName"],
                    "EvalDecision": part["EvalResourceDecision"],
                    "MissingContextValues": self.missing,
                }
                for part in told
            ]
        return {"EvaluationResults": [] if self.forgets else results}

    def _get_role(self, **asked: Any) -> dict[str, Any]:
        return {"Role": {"Arn": f"arn:aws:iam::{A}:role/deep/path/{asked['RoleName']}"}}

    def _list_service_quotas(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"ServiceCode": "monitoring"}
        return {"Quotas": self.quotas}


def check(aws: GuardedAws, *, alarms: int = 0, who: str = f"arn:aws:iam::{A}:user/u") -> Preflight:
    access = aws.access()
    session = access.open("", region="")
    session.identity = Identity(A, who)
    (found,) = preflight(MADE.accounts, access, {(A, "us-east-1"): alarms})
    return found


@pytest.mark.parametrize("together", [False, True])
def test_when_everything_is_allowed_nothing_is_said(together: bool) -> None:
    aws = GuardedAws(together=together)
    assert check(aws) == Preflight(A)
    assert set(aws.calls) == {"simulate_principal_policy", "list_service_quotas"}
    assert aws.sources == {f"arn:aws:iam::{A}:user/u"}
    assert len(aws.calls) == 5


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(
    ("action", "resource", "decision"),
    [
        ("sns:CreateTopic", TOPIC, "implicitDeny"),
        ("sns:TagResource", TOPIC, "explicitDeny"),
        ("sns:Subscribe", TOPIC, "explicitDeny"),
        ("cloudwatch:PutMetricAlarm", ALARM, "implicitDeny"),
    ],
)
def test_what_is_denied_is_named(together: bool, action: str, resource: str, decision: str) -> None:
    aws = GuardedAws(decisions={(action, resource): decision}, together=together)
    assert check(aws) == Preflight(A, (f"{action} on {resource} is denied ({decision})",))


def test_a_log_group_may_be_spelled_in_two_ways() -> None:
    put = "logs:PutMetricFilter"
    assert check(GuardedAws(decisions={(put, GROUP): "implicitDeny"})).denied == ()
    both = {(put, GROUP): "implicitDeny", (put, f"{GROUP}:log-stream:"): "implicitDeny"}
    (sentence,) = check(GuardedAws(decisions=both)).denied
    assert sentence.startswith(put)


def test_what_depends_on_a_value_is_not_known() -> None:
    aws = GuardedAws(decisions={("sns:Subscribe", TOPIC): "implicitDeny"}, missing=["sns:Protocol"])
    found = check(aws)
    assert found.denied == ()
    assert found.unknown == (f"whether sns:Subscribe on {TOPIC} is allowed depends on what the call carries",)
    aws.decisions = {("sns:Subscribe", TOPIC): "explicitDeny"}
    assert len(check(aws).denied) == 1


def test_an_answer_that_says_nothing_is_not_known() -> None:
    found = check(GuardedAws(forgets=True))
    assert found.denied == ()
    assert all("was not answered" in text for text in found.unknown)
    assert len(found.unknown) == 7


def test_a_session_is_simulated_as_its_role() -> None:
    aws = GuardedAws()
    assert check(aws, who=f"arn:aws:sts::{A}:assumed-role/audit/session") == Preflight(A)
    assert aws.sources == {f"arn:aws:iam::{A}:role/deep/path/audit"}


@pytest.mark.parametrize("who", [f"arn:aws:iam::{A}:root", f"arn:aws:sts::{A}:federated-user/f", "nobody"])
def test_other_identities_cannot_be_simulated(who: str) -> None:
    found = check(GuardedAws(), who=who)
    assert found.unknown == (f"the rights of {who} cannot be simulated: it is no user and no role",)


@pytest.mark.parametrize("operation", ["simulate_principal_policy", "list_service_quotas"])
def test_what_may_not_be_asked_is_told_and_denies_nothing(operation: str) -> None:
    aws = GuardedAws(faults=[Fault(operation, lambda: refused("AccessDenied", 403))])
    found = check(aws)
    assert found.denied == ()
    assert len(found.unknown) == 1
    assert "could not be asked" in found.unknown[0]


@pytest.mark.parametrize(
    ("name", "value", "there", "denied"),
    [
        ("Number of alarms", 10.0, 9, False),
        ("Number of alarms", 10.0, 10, True),
        ("Metric alarm count", None, 99, False),
        ("Rate of PutMetricAlarm requests", 3.0, 99, False),
        ("Number of Alarm Mute Rules", 3.0, 99, False),
        ("Metrics Insights alarms", 3.0, 99, False),
        ("Canaries", 3.0, 99, False),
    ],
)
def test_the_quota_of_alarms(name: str, value: float | None, there: int, denied: bool) -> None:
    found = check(GuardedAws(quotas=[{"QuotaName": name, "Value": value}]), alarms=there)
    assert bool(found.denied) is denied
    if denied:
        assert (
            found.denied[0]
            == "1 new alarms beside 10 in us-east-1 are more than the quota 'Number of alarms' of 10 allows"
        )


def test_an_account_that_cannot_be_entered_is_denied() -> None:
    class Closed:
        def open(self, *_: Any, **__: Any) -> None:
            raise AwsUnavailable("account 1 cannot be entered", hint="give a profile")

    (found,) = preflight(MADE.accounts, cast(AwsAccess, Closed()), {})
    assert found.denied == ("account 1 cannot be entered (give a profile)",)
    (account,) = MADE.accounts
    assert preflight([replace(account, steps=())], cast(AwsAccess, Closed()), {}) == ()


def test_the_command_does_nothing_where_something_is_denied(
    emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairing, "LATE_SECONDS", (0.0,))
    world = World(emulator.endpoint)
    world.trail()
    before = state(world)
    words = ["remediate", "--database", "embedded", "--endpoint", "security@example.com", "--preflight"]
    words += ["--journal", str(tmp_path / "j")]

    def refuse(accounts: list[AccountPlan], *_: Any) -> tuple[Preflight, ...]:
        return tuple(Preflight(found.account_id, ("sns:CreateTopic is denied",), ("x",)) for found in accounts)

    with monkeypatch.context() as patched:
        patched.setattr(repairing, "preflight", refuse)
        result = CliRunner().invoke(app, [*words, "--apply", "--yes"])
    assert result.exit_code == ExitCode.ALARM
    assert f"account {A}: sns:CreateTopic is denied" in result.stderr
    assert f"preflight of account {A}: x" in result.stderr
    assert state(world) == before
    # The emulator simulates nothing: that is a note, and holds nothing up.
    result = CliRunner().invoke(app, [*words, "--apply", "--yes"])
    assert result.exit_code == ExitCode.OK, result.output
    assert "preflight: nothing that could be asked is denied" in result.stderr


def test_denied_accounts_are_not_open() -> None:
    assert Fit(MADE).open_accounts == MADE.touched
    assert Fit(MADE, denied={A: ("x",)}).open_accounts == ()
    assert Fit(MADE, changed={A: ("x",)}).open_accounts == ()
