"""What became of our objects: as made, pending, changed and by whom, gone, or not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from checker.aws.access import AwsAccess
from checker.cli import remediation_exit
from checker.cli.app import app
from checker.demo.world import World
from checker.errors import AwsUnavailable
from checker.exit_codes import ExitCode
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor, RetryPolicy
from remediation.applying.history import read_history
from remediation.applying.journal import Journal
from remediation.applying.status import Condition, Status, StatusItem, look_at_ours
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import plan_undo
from remediation.planning.settings import Settings, parse_endpoints
from remediation.showing.status_text import age, status_document, status_text
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.remediation.cases import planned
from tests.remediation.memory_aws import Fault, MemoryAws, no_answer, refused

HASTY = RetryPolicy(attempts=2, first_wait=0, sleep=lambda _: None)
SECURITY = Settings(endpoints=parse_endpoints(["security@example.com"], None))
ALARM = "alarmchain-root_usage_alarm"
TOPIC = f"arn:aws:sns:us-east-1:{A}:alarmchain-alarms"
LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def aws(journal: Path) -> MemoryAws:
    """An account in which a run made filter, topic, subscription and alarm."""
    made = MemoryAws()
    applied(made, journal)
    made.calls.clear()
    return made


def applied(aws: MemoryAws, journal: Path) -> None:
    with Journal(journal) as opened:
        apply_accounts(planned(aws.facts(), SECURITY).touched, Executor(aws.access(), opened, HASTY))


def look(aws: MemoryAws, journal: Path) -> Status:
    return look_at_ours(read_history(journal), aws.access())


def item(status: Status, kind: str) -> StatusItem:
    (found,) = [item for item in status.items if item.call.kind == kind]
    return found


def event(operation: str, request: dict[str, Any], *, when: datetime = LATER, **told: Any) -> dict[str, Any]:
    """An entry of LookupEvents; ``told`` adds to the event itself."""
    written = {
        "eventName": operation,
        "userIdentity": {"arn": f"arn:aws:iam::{A}:user/eve"},
        "requestParameters": request,
        "requestID": "another",
        **told,
    }
    return {"EventName": operation, "EventTime": when, "Username": "eve", "CloudTrailEvent": json.dumps(written)}


def test_everything_is_as_made(aws: MemoryAws, journal: Path) -> None:
    status = look(aws, journal)
    assert [item.call.kind for item in status.items] == ["metric_filter", "topic", "subscription", "alarm"]
    assert {item.condition for item in status.items} == {Condition.AS_MADE}
    assert "lookup_events" not in aws.calls
    assert remediation_exit.of_status(status) is ExitCode.OK
    assert status_text(status).endswith("4 as made\n")


def test_an_alarm_that_somebody_changed(aws: MemoryAws, journal: Path) -> None:
    aws.alarms[ALARM]["Threshold"] = 10.0
    aws.events = [
        event("PutMetricAlarm", {"alarmName": ALARM}, when=LATER - timedelta(minutes=1), userIdentity={"arn": "older"}),
        event("PutMetricAlarm", {"alarmName": ALARM}),
        event("PutMetricAlarm", {"alarmName": "another"}, when=LATER + timedelta(hours=1)),
        event("PutMetricAlarm", {"alarmName": ALARM}, when=LATER + timedelta(hours=1), errorCode="AccessDenied"),
        event("DeleteAlarms", {"alarmNames": [ALARM]}, when=datetime(2020, 1, 1, tzinfo=UTC)),
    ]
    status = look(aws, journal)
    found = item(status, "alarm")
    assert (found.condition, found.why) == (Condition.CHANGED, "Threshold differ")
    assert found.by is not None
    assert (found.by.who, found.by.operation, found.by.at) == (f"arn:aws:iam::{A}:user/eve", "PutMetricAlarm", LATER)
    assert remediation_exit.of_status(status) is ExitCode.ALARM
    assert f"by arn:aws:iam::{A}:user/eve (PutMetricAlarm, {LATER.isoformat()})" in status_text(status)
    (document,) = [entry for entry in status_document(status)["items"] if entry["kind"] == "alarm"]
    assert document["changed_by"]["operation"] == "PutMetricAlarm"
    assert document["state"] == "changed"


@pytest.mark.parametrize(
    ("kind", "gone", "told"),
    [
        ("alarm", lambda aws: aws.alarms.clear(), ("DeleteAlarms", {"alarmNames": [ALARM]})),
        ("metric_filter", lambda aws: aws.filters.clear(),
         ("DeleteMetricFilter", {"logGroupName": "ct", "filterName": "alarmchain-root_usage_metric"})),
        ("metric_filter", lambda aws: aws.filters.clear(), ("DeleteLogGroup", {"logGroupName": "ct"})),
        ("topic", lambda aws: aws.topics.clear(), ("DeleteTopic", {"topicArn": TOPIC})),
        ("subscription", lambda aws: aws.subscriptions.clear(),
         ("Unsubscribe", {"subscriptionArn": f"{TOPIC}:00000003"})),
    ],
)  # fmt: skip
def test_an_object_that_is_gone(
    aws: MemoryAws, journal: Path, kind: str, gone: Callable[[MemoryAws], None], told: tuple[str, dict[str, Any]]
) -> None:
    gone(aws)
    assert item(look(aws, journal), kind).by is None
    assert "CloudTrail does not tell by whom" in status_text(look(aws, journal))
    aws.events = [event(*told)]
    found = item(look(aws, journal), kind)
    assert found.condition is Condition.GONE
    assert found.by is not None
    assert found.by.operation == told[0]


def test_our_own_call_is_nobodys_change(aws: MemoryAws, journal: Path) -> None:
    aws.alarms[ALARM]["Threshold"] = 10.0
    own = item(look(aws, journal), "alarm").call.request_id
    aws.events = [event("PutMetricAlarm", {"alarmName": ALARM}, requestID=own)]
    assert item(look(aws, journal), "alarm").by is None


@pytest.mark.parametrize("text", ["{", "[]", "null", json.dumps({"requestParameters": None})])
def test_an_event_that_cannot_be_read_accuses_nobody(aws: MemoryAws, journal: Path, text: str) -> None:
    aws.alarms.clear()
    aws.events = [event("DeleteAlarms", {"alarmNames": [ALARM]}) | {"CloudTrailEvent": text}]
    assert item(look(aws, journal), "alarm").by is None


@pytest.mark.parametrize(
    ("identity", "who"),
    [({"invokedBy": "sso.amazonaws.com"}, "sso.amazonaws.com"), ({}, "eve"), ({"arn": "\x1b[2Jme"}, "\\u001b[2Jme")],
)
def test_who_it_was_is_printable(aws: MemoryAws, journal: Path, identity: dict[str, str], who: str) -> None:
    aws.alarms.clear()
    aws.events = [event("DeleteAlarms", {"alarmNames": [ALARM]}, userIdentity=identity)]
    assert f"by {who} (DeleteAlarms" in status_text(look(aws, journal))


def test_cloudtrail_is_asked_once_for_each_operation(aws: MemoryAws, journal: Path) -> None:
    aws.alarms.clear()
    aws.topics.clear()
    aws.subscriptions.clear()
    aws.filters.clear()
    aws.faults = [Fault("lookup_events", lambda: refused("AccessDenied", 403), times=99)]
    status = look(aws, journal)
    assert {item.condition for item in status.items} == {Condition.GONE}
    assert aws.calls.count("lookup_events") == 12


def test_a_pending_subscription_has_an_age(aws: MemoryAws, journal: Path) -> None:
    (name,) = aws.subscriptions
    aws.subscriptions["PendingConfirmation"] = aws.subscriptions.pop(name)
    later = look_at_ours(read_history(journal), aws.access(), now=LATER + timedelta(days=3))
    found = item(later, "subscription")
    assert found.condition is Condition.PENDING
    assert found.age > 3 * 86400
    assert remediation_exit.of_status(later) is ExitCode.WAITING
    assert "asked 3 days ago, not confirmed; too late to confirm it" in status_text(later)
    assert "too late" not in status_text(look(aws, journal))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "seconds"), (59.9, "seconds"), (60, "1 minute"), (7199, "1 hour"), (7200, "2 hours"), (172800, "2 days")],
)
def test_ages_in_words(seconds: float, words: str) -> None:
    assert age(seconds) == words


def test_what_cannot_be_seen_costs_that_object_only(aws: MemoryAws, journal: Path) -> None:
    aws.faults = [Fault("describe_alarms", lambda: refused("AccessDenied", 403))]
    status = look(aws, journal)
    assert item(status, "alarm").condition is Condition.UNSEEN
    assert "cloudwatch:DescribeAlarms" in item(status, "alarm").why
    assert status.count(Condition.AS_MADE) == 3
    assert remediation_exit.of_status(status) is ExitCode.UNDECIDED


def test_an_account_that_cannot_be_entered(journal: Path, aws: MemoryAws) -> None:
    class Closed:
        def open(self, *_: Any, **__: Any) -> None:
            raise AwsUnavailable("account 1 cannot be entered", hint="give a profile")

    status = look_at_ours(read_history(journal), cast(AwsAccess, Closed()))
    assert {item.condition for item in status.items} == {Condition.UNSEEN}
    assert "give a profile" in status.items[0].why


def test_what_was_taken_back_is_nobodys(aws: MemoryAws, journal: Path) -> None:
    history = read_history(journal)
    with Journal(journal) as opened:
        undo = plan_undo(history.runs[0], history, aws.access())
        carry_out_undo(undo, Executor(aws.access(), opened, HASTY))
    assert look(aws, journal).items == ()
    assert status_text(look(aws, journal)) == "no run of the journal owns anything\n"


def test_a_call_without_a_known_end_that_made_nothing(journal: Path) -> None:
    aws = MemoryAws()
    aws.faults = [
        Fault("put_metric_alarm", no_answer, times=9),
        Fault("describe_alarms", lambda: refused("AccessDenied", 403), times=0),
    ]
    applied(aws, journal)
    found = item(look(aws, journal), "alarm")
    assert found.condition is Condition.NOT_MADE
    assert remediation_exit.of_status(Status((found,))) is ExitCode.OK


def test_a_damaged_line_is_told(aws: MemoryAws, journal: Path) -> None:
    lines = journal.read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines) if '"intent"' in line and "PutMetricAlarm" in line]
    lines[number] = lines[number][:-20]
    journal.write_text("\n".join(lines) + "\n")
    found = item(look(aws, journal), "alarm")
    assert found.condition is Condition.UNSEEN
    assert "damaged" in found.why


def test_the_command(emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path) -> None:
    world = World(emulator.endpoint)
    world.trail()
    journal = ["--journal", str(tmp_path / "journal.jsonl")]

    def status(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["remediate", "status", *journal, *words])
        return result.exit_code, result.stdout

    assert status() == (ExitCode.OK, "no run of the journal owns anything\n")
    words = ["--database", "embedded", "--endpoint", "security@example.com", "--apply", "--yes"]
    assert CliRunner().invoke(app, ["remediate", *words, *journal]).exit_code == ExitCode.OK
    assert status()[0] == ExitCode.OK
    world.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    code, text = status("--format", "json")
    assert code == ExitCode.ALARM
    document = json.loads(text)
    assert document["schema"] == "alarmchain.status/v1"
    assert document["counts"]["gone"] == 1
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"broken\n')
    result = CliRunner().invoke(app, ["remediate", "status", *journal])
    assert "damaged" in result.stderr
