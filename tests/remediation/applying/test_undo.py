"""Taking a run back: all of it, again, when somebody has changed or uses something, and when calls fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.aws.call import CallFailed, Response, call
from checker.aws.error_messages import Told
from checker.demo.world import World
from checker.facts import FailureKind
from remediation.applying import call as calling
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.history import Run, RunState, find_run, read_history
from remediation.applying.outcome import Outcome
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import UndoAction, UndoPlan
from remediation.errors import PlanRefused
from remediation.planning.model import AccountPlan
from remediation.showing.text import undo_text
from tests.emulator.client import EmulatedAws
from tests.remediation.aws_state import state
from tests.remediation.conftest import planned_undo
from tests.remediation.lossy import Lossy

Make = Callable[..., Executor]
REMOVALS = ["DeleteAlarms", "Unsubscribe", "DeleteTopic", "DeleteMetricFilter"]


@pytest.fixture
def before(world: World) -> dict[str, Any]:
    return state(world)


@pytest.fixture
def run(before: dict[str, Any], account: AccountPlan, executor: Make, journal_path: Path) -> Run:
    """A run that added everything."""
    result = apply_accounts([account], executor())
    assert result.good
    return find_run(journal_path, result.run_id)


def fates(planned: UndoPlan) -> dict[str, UndoAction]:
    return {item.call.kind: item.action for item in planned.items}


def why(planned: UndoPlan, kind: str) -> str:
    return next(item.why for item in planned.items if item.call.kind == kind)


def arguments(run: Run, kind: str) -> Any:
    return next(call.arguments for call in run.calls if call.kind == kind)


def resource(run: Run, kind: str) -> str:
    return next(call.resource for call in run.calls if call.kind == kind)


def test_everything_goes_in_reverse_order_and_the_state_is_as_before(
    world: World, before: dict[str, Any], run: Run, executor: Make, journal_path: Path
) -> None:
    planned = planned_undo(run, executor().journal.path)
    assert [item.call.kind for item in planned.items] == [
        "alarm",
        "subscription",
        "subscription",
        "topic",
        "metric_filter",
    ]
    result = carry_out_undo(planned, executor())
    assert result.good
    assert {step.outcome for step in result.steps} == {Outcome.REMOVED}
    assert state(world) == before
    newest, old = read_history(journal_path).runs
    assert (newest.kind, newest.undoes, newest.state) == ("undo", run.run_id, RunState.COMPLETE)
    assert old.undone_by == (newest.run_id,)

    again = planned_undo(old, executor().journal.path)
    assert set(fates(again).values()) == {UndoAction.GONE}
    assert {step.outcome for step in carry_out_undo(again, executor()).steps} == {Outcome.ALREADY_GONE}


def test_an_undo_is_not_undone(run: Run, executor: Make, journal_path: Path) -> None:
    carry_out_undo(planned_undo(run, executor().journal.path), executor())
    with pytest.raises(PlanRefused, match="itself an undo"):
        planned_undo(read_history(journal_path).runs[0], executor().journal.path)


def test_what_was_there_before_stays(run: Run, account: AccountPlan, executor: Make, journal_path: Path) -> None:
    again = apply_accounts([account], executor())
    planned = planned_undo(find_run(journal_path, again.run_id), executor().journal.path)
    assert planned.items == ()


@pytest.mark.parametrize("kind", ["alarm", "metric_filter", "topic", "subscription"])
def test_what_somebody_changed_stays(world: World, run: Run, executor: Make, kind: str) -> None:
    sns = world.client("sns")
    if kind == "alarm":
        changed = {name: value for name, value in arguments(run, kind).items() if name != "Tags"}
        world.client("cloudwatch").put_metric_alarm(**{**changed, "Threshold": 2.0})
    elif kind == "metric_filter":
        # The emulator keeps the first pattern when a filter is put again.
        made = arguments(run, kind)
        named = {name: made[name] for name in ("logGroupName", "filterName")}
        world.client("logs").delete_metric_filter(**named)
        world.client("logs").put_metric_filter(**{**made, "filterPattern": "{ $.a = 1 }"})
    elif kind == "topic":
        sns.set_topic_attributes(TopicArn=resource(run, kind), AttributeName="DisplayName", AttributeValue="Ours now")
    else:
        for row in sns.list_subscriptions_by_topic(TopicArn=resource(run, kind))["Subscriptions"]:
            sns.set_subscription_attributes(
                SubscriptionArn=row["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="true"
            )
    planned = planned_undo(run, executor().journal.path)
    assert fates(planned)[kind] is UndoAction.LEAVE
    assert "changed since" in why(planned, kind)
    result = carry_out_undo(planned, executor())
    assert result.good
    left = {step.step.kind for step in result.steps if step.outcome is Outcome.LEFT}
    # What a changed object needs stays with it: a topic its subscription, an alarm all that it watches and notifies.
    needed = {"subscription": {"topic"}, "alarm": {"metric_filter", "topic", "subscription"}}
    assert left == {kind} | needed.get(kind, set())


@pytest.mark.parametrize("user", ["subscription", "alarm"])
def test_a_topic_that_somebody_uses_stays(world: World, run: Run, executor: Make, user: str) -> None:
    topic = resource(run, "topic")
    if user == "subscription":
        world.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="other@example.com")
    else:
        world.alarm(topic, AlarmName="theirs")
    planned = planned_undo(run, executor().journal.path)
    assert fates(planned)["topic"] is UndoAction.LEAVE
    assert ("theirs" if user != "subscription" else "other@example.com") in why(planned, "topic")
    carry_out_undo(planned, executor())
    assert any(key.endswith(f"topic {topic}") for key in state(world))


def test_a_pending_subscription_disappears_by_itself(
    before: dict[str, Any], account: AccountPlan, executor: Make, lossy: Lossy, journal_path: Path, world: World
) -> None:
    lossy.pending = True
    result = apply_accounts([account], executor(lossy.endpoint))
    run = find_run(journal_path, result.run_id)
    planned = planned_undo(run, journal_path)
    assert fates(planned)["subscription"] is UndoAction.EXPIRES
    assert "pending" in why(planned, "subscription")
    assert fates(planned)["topic"] is UndoAction.REMOVE
    assert carry_out_undo(planned, executor(lossy.endpoint)).good
    assert not any("topic" in key for key in state(world))


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "InternalFailure"])
@pytest.mark.parametrize("action", REMOVALS)
def test_a_fault_at_any_removal_is_told_and_a_rerun_completes(
    world: World,
    before: dict[str, Any],
    run: Run,
    executor: Make,
    emulator: EmulatedAws,
    action: str,
    code: str,
) -> None:
    emulator.set_faults([{"action": action, "code": code, "status": 500 if code == "InternalFailure" else 400}])
    result = carry_out_undo(planned_undo(run, executor().journal.path), executor())
    assert not result.good
    failed = [step for step in result.steps if step.outcome is Outcome.FAILED]
    assert any(step.step.operation == action for step in failed)
    emulator.set_faults([])
    assert carry_out_undo(planned_undo(run, executor().journal.path), executor()).good
    assert state(world) == before


@pytest.mark.parametrize("action", REMOVALS)
def test_a_lost_answer_to_a_removal(
    world: World, before: dict[str, Any], run: Run, executor: Make, lossy: Lossy, action: str
) -> None:
    lossy.lose = {action: 1}
    result = carry_out_undo(planned_undo(run, executor().journal.path), executor(lossy.endpoint))
    assert result.good
    assert [step.message for step in result.steps if step.message] == ["the answer was lost, the object is gone"]
    assert state(world) == before


def test_a_lost_answer_that_cannot_be_looked_after(run: Run, executor: Make, lossy: Lossy) -> None:
    planned = planned_undo(run, executor().journal.path)
    lossy.lose, lossy.lose_after = {"DeleteAlarms": 1}, ("DeleteAlarms", "DescribeAlarms")
    result = carry_out_undo(planned, executor(lossy.endpoint))
    assert result.steps[0].outcome is Outcome.UNKNOWN
    assert not result.good


def test_what_somebody_else_removes_at_the_same_moment_is_gone(
    world: World, run: Run, executor: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = planned_undo(run, executor().journal.path)

    def too_late(client: Any, service: str, operation: str, sent: Mapping[str, Any]) -> Response:
        if operation == "DeleteMetricFilter":
            world.client("logs").delete_metric_filter(**sent)
            # The emulator deletes what is not there without a word.
            raise CallFailed(
                Told(FailureKind.NOT_FOUND, "it is not there"), action="logs:DeleteMetricFilter", place=client.place
            )
        return call(client, service, operation, sent)

    monkeypatch.setattr(calling, "call", too_late)
    result = carry_out_undo(planned, executor())
    assert result.good
    assert result.steps[-1].outcome is Outcome.ALREADY_GONE


def test_a_removal_in_words(run: Run, executor: Make) -> None:
    text = undo_text(planned_undo(run, executor().journal.path))
    assert "remove" in text
    assert "subscription of email security@example.com to topic alarmchain-alarms" in text
    assert "5 objects to remove" in text
    assert "made nothing" in undo_text(UndoPlan(replace(run, calls=()), ()))


def test_what_cannot_be_seen_is_not_touched(run: Run, executor: Make, emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "DescribeAlarms", "code": "AccessDenied", "status": 403}])
    planned = planned_undo(run, executor().journal.path)
    assert fates(planned)["alarm"] is UndoAction.UNSEEN
    result = carry_out_undo(planned, executor())
    assert result.steps[0].outcome is Outcome.FAILED
    assert "DeleteAlarms" not in [call["action"] for call in emulator.calls()]


def test_an_account_that_cannot_be_entered(run: Run, executor: Make, journal_path: Path) -> None:
    foreign = replace(run, calls=tuple(replace(call, account_id="210987654321") for call in run.calls))
    planned = planned_undo(foreign, executor().journal.path)
    assert set(fates(planned).values()) == {UndoAction.UNSEEN}
    result = carry_out_undo(planned, executor())
    assert not result.good
    assert "belong to account" in result.accounts[0].error
    assert read_history(journal_path).runs[0].state is RunState.FAILED


def test_an_interrupt_is_journalled(
    run: Run, executor: Make, monkeypatch: pytest.MonkeyPatch, journal_path: Path
) -> None:
    planned = planned_undo(run, executor().journal.path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(calling, "call", interrupted)
    result = carry_out_undo(planned, executor())
    assert result.interrupted
    assert [step.outcome for step in result.steps] == [Outcome.UNKNOWN, *[Outcome.NOT_REACHED] * 4]
    assert read_history(journal_path).runs[0].state is RunState.INTERRUPTED
