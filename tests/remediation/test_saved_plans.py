"""A saved plan later: the same accounts are read, a changed one does not hold up the others, and who was approved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.demo.world import World
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.waivers.model import Exclusion, Waiver, WaiverSet
from remediation import run as repairing
from remediation.applying.approval import Fit, approved_accounts, check_known, fit
from remediation.errors import AccountChanged, PlanRefused
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.preconditions import digest_of
from remediation.planning.scope import Scope
from remediation.planning.steps import Step
from remediation.showing.plan_document import read_document, to_document
from tests.builders import A
from tests.emulator.client import EmulatedAws, Profiles
from tests.remediation.aws_state import state
from tests.remediation.cases import facts_of_report, planned

B = "210987654321"
MADE = planned(facts_of_report("r088"))
FACTS = facts_of_report("r088")
MAIL = ("--endpoint", "security@example.com")


def absent(_: AccountPlan, __: Step) -> bool:
    return False


def moved(made: Plan, change: Callable[[Step], Step], number: int = 0) -> Plan:
    """The plan with one of its steps changed."""
    (account,) = made.accounts
    steps = [change(step) if place == number else step for place, step in enumerate(account.calls)]
    return replace(made, accounts=(replace(account, steps=tuple(steps)),))


# --- what still fits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": B},
        {"region": "eu-west-1"},
        {"service": "cloudwatch"},
        {"operation": "DeleteMetricFilter"},
        {"arguments": {"logGroupName": "ct"}},
        {"resource": "arn:aws:logs:us-east-1:123456789012:log-group:other"},
    ],
)
def test_every_field_that_acts_is_compared(change: dict[str, Any]) -> None:
    assert fit(MADE, MADE, FACTS, absent) == Fit(MADE, {}, {A: MADE.accounts[0]})
    with pytest.raises(AccountChanged, match="made otherwise"):
        fit(moved(MADE, lambda step: replace(step, **change)), MADE, FACTS, absent).check(strict=False)


def test_the_order_is_compared() -> None:
    (account,) = MADE.accounts
    backwards = replace(MADE, accounts=(replace(account, steps=account.steps[::-1]),))
    with pytest.raises(AccountChanged, match="in another order"):
        fit(backwards, MADE, FACTS, absent).check(strict=False)


def test_what_does_not_act_may_differ() -> None:
    now = moved(MADE, lambda step: replace(step, used_by=("alarm x",), connection="new", why="other words"))
    found = fit(MADE, now, FACTS, absent)
    assert found.changed == {}
    entered = found.entered[A].calls[0]
    assert (entered.used_by, entered.connection, entered.why) == (("alarm x",), "new", MADE.calls[0].why)


def test_one_account_that_changed_does_not_hold_up_the_others() -> None:
    (account,) = MADE.accounts
    other = replace(account, account_id=B)
    saved = replace(MADE, accounts=(account, other))
    found = fit(saved, MADE, FACTS, absent)
    assert list(found.changed) == [B]
    found.check(strict=False)
    with pytest.raises(AccountChanged, match=f"account {B} is not visible any more"):
        found.check(strict=True)
    grown = fit(MADE, saved, FACTS, absent)
    assert grown.changed == {B: (f"account {B} needs steps that the plan does not hold",)}
    grown.check(strict=False)


# --- the file -------------------------------------------------------------------------------------------------------

WAIVERS = WaiverSet(
    (Waiver("root_usage", A, "covered", "me@example.com", date(2027, 1, 31), resource="arn:aws:sns:x", line=3),),
    (Exclusion("root_usage", "*", '{ $.a = "b" }', "expected", "me@example.com", date(2027, 2, 1)),),
    "risks.toml",
)
SCOPE = Scope((A, B), ("root_usage", "cis_v1.2.0/3.3"), "/own", ("aws_all",), ("prod",), "eu-west-1", ("x",), WAIVERS)


def resealed(change: Callable[[dict[str, Any]], None]) -> str:
    document = to_document(MADE, masked=False)
    document.pop("digest")
    change(document["accounts"][0])
    return json.dumps({**document, "digest": digest_of(document)})


def test_the_selection_comes_back_equal() -> None:
    made = replace(MADE, scope=SCOPE)
    assert read_document(json.dumps(to_document(made, masked=False)), where="p.json") == made


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (0, {"operation": "DeleteMetricFilter"}),
        (0, {"service": "sns"}),
        (0, {"region": "eu-west-1"}),
        (0, {"account_id": B}),
        (0, {"kind": "topic"}),
        (1, {"id": "arn:aws:sns:us-east-1:123456789012:other"}),
        (1, {"resource": "arn:aws:sns:us-east-1:123456789012:other"}),
        (2, {"region": "eu-west-1"}),
        (2, {"resource": "arn:aws:sns:us-east-1:123456789012:other"}),
        (3, {"operation": "PutCompositeAlarm"}),
        (3, {"region": "eu-west-1"}),
    ],
)
def test_a_step_that_does_not_say_what_it_does_is_no_plan(number: int, change: dict[str, Any]) -> None:
    assert read_document(resealed(lambda _: None), where="p.json") == MADE
    with pytest.raises(PlanRefused, match="not a complete plan"):
        read_document(resealed(lambda account: account["steps"][number].update(change)), where="p.json")


def test_an_account_is_what_its_steps_say() -> None:
    with pytest.raises(PlanRefused, match="not a complete plan"):
        read_document(resealed(lambda account: account.update(account_id=B)), where="p.json")


# --- who is approved ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [f"{A}\n{B}\n", f"# ticket 7\n\n  {A}  \r\n{B}", f'["{A}", "{B}"]', f'\n [ "{A}",\n"{B}" ]\n']
)
def test_accounts_are_lines_or_a_json_list(text: str) -> None:
    assert approved_accounts(text, where="ok.txt") == (A, B)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "approves no account"),
        ("# nobody\n", "approves no account"),
        ("[]", "approves no account"),
        (f"{A}\nall\n", "line 2 is not an account id: 'all'"),
        (f"{A} # mine\n", "line 1 is not an account id"),
        (f"{A},{B}\n", "line 1 is not an account id"),
        ("12345678901\n", "line 1"),
        ("1234567890123\n", "line 1"),
        ("١٢٣٤٥٦٧٨٩٠١٢\n", "line 1"),
        (f"[{A}]", f"entry 1 is not an account id: {A}"),
        (f'["{A}"', "is not JSON"),
        (f'[["{A}"]]', "entry 1"),
        (f"{A}\n{A}\n", f"names {A} twice"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        approved_accounts(text, where="ok.txt")
    assert words in str(caught.value)
    assert str(caught.value).startswith("ok.txt")


def test_an_account_that_the_plan_is_not_about_is_refused() -> None:
    check_known([A], MADE, where="ok.txt")
    with pytest.raises(UsageError, match=f"ok.txt names {B}"):
        check_known([A, B], MADE, where="ok.txt")


# --- through the command line ---------------------------------------------------------------------------------------

Write = Callable[[Mapping[str, str]], Profiles]


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, ["remediate", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def world(emulator: EmulatedAws, profiles: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """Two accounts that have a trail and nothing behind it."""
    monkeypatch.setattr(repairing, "LATE_SECONDS", (0.0, 0.0))
    monkeypatch.chdir(tmp_path)
    profiles({"a": A, "b": B})
    built = World(emulator.endpoint)
    built.trail(account=A)
    built.trail(account=B)
    return built


BOTH = ("--database", "embedded", "--profile", "a", "--profile", "b", "--journal", "journal.jsonl")
APPLY = ("--plan", "p.json", "--apply", "--format", "json")


def topics(world: World, account: str) -> int:
    return len(world.client("sns", account=account).list_topics()["Topics"])


def test_a_plan_for_one_account_reads_that_account_again(world: World) -> None:
    run(*BOTH, *MAIL, "--account", A, "--save", "p.json")
    assert json.loads(Path("p.json").read_text())["scope"]["accounts"] == [A]
    result = run("--database", "embedded", "--journal", "journal.jsonl", *APPLY, "--yes")
    assert result.exit_code == ExitCode.OK, result.stderr
    assert (topics(world, A), topics(world, B)) == (1, 0)


def test_accounts_are_approved_by_file_and_the_rest_later(world: World) -> None:
    run(*BOTH, *MAIL, "--save", "p.json")
    Path("first.txt").write_text(f"{A}\n")
    result = run(*BOTH, *APPLY, "--approve-from", "first.txt")
    assert result.exit_code == ExitCode.ALARM, result.stderr
    assert (topics(world, A), topics(world, B)) == (1, 0)
    standings = {found["account_id"]: found["standing"] for found in json.loads(result.stdout)["findings"]}
    assert standings == {A: "holds", B: "declined"}
    result = run(*BOTH, *APPLY, "--account", B, "--yes")
    assert (topics(world, A), topics(world, B)) == (1, 1)
    assert {found["standing"] for found in json.loads(result.stdout)["findings"]} == {"holds"}
    result = run(*BOTH, *APPLY, "--yes")
    assert result.exit_code == ExitCode.OK, result.stderr
    assert result.stderr.count("already there") == 8


def test_a_changed_account_is_listed_and_the_other_one_is_applied(world: World) -> None:
    run(*BOTH, *MAIL, "--save", "p.json")
    world.topic("alarmchain-alarms", account=B, subscribe=False)
    before = state(world, [A, B])
    result = run(*BOTH, *APPLY, "--yes", "--strict")
    assert result.exit_code == ExitCode.USAGE
    assert state(world, [A, B]) == before
    result = run(*BOTH, *APPLY, "--yes")
    assert result.exit_code == ExitCode.ALARM, result.stderr
    assert f"nothing is done in account {B}" in result.stderr
    document = json.loads(result.stdout)
    assert list(document["changed"]) == [B]
    assert {found["account_id"]: found["standing"] for found in document["findings"]} == {A: "holds", B: "changed"}
    assert (topics(world, A), topics(world, B)) == (1, 1)


WAIVER = f"""[[waiver]]
control = "root_usage"
account = "{B}"
reason = "closed soon"
owner = "me@example.com"
expires = 2099-01-01
"""


def test_waivers_are_part_of_the_selection(world: World) -> None:
    Path("risks.toml").write_text(WAIVER)
    run(*BOTH, *MAIL, "--waivers", "risks.toml", "--save", "p.json")
    result = run(*BOTH, *APPLY, "--yes", "--waivers", "risks.toml")
    assert result.exit_code == ExitCode.OK, result.stderr
    Path("risks.toml").unlink()
    result = run(*BOTH, *APPLY, "--yes")
    assert result.exit_code == ExitCode.OK, result.stderr
    assert (topics(world, A), topics(world, B)) == (1, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["4.1"], "other controls: root_usage"),
        (["--accept", "security-hub"], "other accepted texts (--accept): none"),
        (["--waivers", "risks.toml"], "other waivers: none"),
        (["--connection", "aws_all"], "other connections: all that answered"),
        (["--account", "999999999999", "--apply", "--yes"], "--account names 999999999999"),
        (["--apply", "--approve-from", "none.txt"], "none.txt cannot be read"),
        (["--apply", "--approve-from", "list.txt"], "list.txt names 999999999999"),
        (["--apply", "--yes", "--approve-from", "list.txt"], "--yes and --approve-from exclude each other"),
        (["--approve-from", "list.txt"], "--approve-from approves applying"),
        (["--topic-name", "x"], "--topic-name makes another plan"),
    ],
)
def test_another_selection_is_refused(world: World, words: list[str], expected: str) -> None:
    Path("risks.toml").write_text(WAIVER)
    Path("list.txt").write_text("999999999999\n")
    run(*BOTH, *MAIL, "--account", A, "--save", "p.json")
    before = state(world, [A, B])
    result = run(*words, *BOTH, "--plan", "p.json")
    assert result.exit_code == ExitCode.USAGE, result.output
    assert expected in " ".join(result.stderr.split())
    assert state(world, [A, B]) == before


def test_the_same_selection_may_be_said_again(world: World) -> None:
    run("4.3", *BOTH, *MAIL, "--account", A, "--save", "p.json")
    assert run("root_usage", *BOTH, "--plan", "p.json").exit_code == ExitCode.ALARM


def test_strict_is_about_a_saved_plan(world: World) -> None:
    result = run(*BOTH, *MAIL, "--strict")
    assert result.exit_code == ExitCode.USAGE
    assert "--strict is about a saved plan" in result.stderr
