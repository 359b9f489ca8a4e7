"""Taking a run back: all of it, again, when somebody has changed or uses something, and when calls fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.aws.access import AwsAccess
from remediation.applying import undo as undoing
from remediation.applying.apply import Executor, apply_accounts
from remediation.applying.history import Run, RunState, find_run, read_runs
from remediation.applying.outcome import Outcome
from remediation.applying.undo import UndoAction, UndoPlan, carry_out_undo, plan_undo
from remediation.errors import PlanRefused
from remediation.planning.model import AccountPlan
from remediation.showing.text import undo_text
from tests.emulator.client import EmulatedAws
from tests.remediation.aws_state import state
from tests.remediation.lossy import Lossy
from tests.scenarios import World

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
    planned = plan_undo(run, AwsAccess())
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
    newest, old = read_runs(journal_path)
    assert (newest.kind, newest.undoes, newest.state) == ("undo", run.run_id, RunState.COMPLETE)
    assert old.undone_by == (newest.run_id,)

    again = plan_undo(old, AwsAccess())
    assert set(fates(again).values()) == {UndoAction.GONE}
    assert {step.outcome for step in carry_out_undo(again, executor()).steps} == {Outcome.ALREADY_GONE}


def test_an_undo_is_not_undone(run: Run, executor: Make, journal_path: Path) -> None:
    carry_out_undo(plan_undo(run, AwsAccess()), executor())
    with pytest.raises(PlanRefused, match="itself an undo"):
        plan_undo(read_runs(journal_path)[0], AwsAccess())


def test_what_was_there_before_stays(run: Run, account: AccountPlan, executor: Make, journal_path: Path) -> None:
    again = apply_accounts([account], executor())
    planned = plan_undo(find_run(journal_path, again.run_id), AwsAccess())
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
    planned = plan_undo(run, AwsAccess())
    assert fates(planned)[kind] is UndoAction.LEAVE
    assert "changed since" in why(planned, kind)
    result = carry_out_undo(planned, executor())
    assert result.good
    left = {step.step.kind for step in result.steps if step.outcome is Outcome.LEFT}
    # A topic goes with what is subscribed to it, so it stays for the sake of a changed subscription.
    assert left == ({kind, "topic"} if kind == "subscription" else {kind})


@pytest.mark.parametrize("user", ["subscription", "alarm"])
def test_a_topic_that_somebody_uses_stays(world: World, run: Run, executor: Make, user: str) -> None:
    topic = resource(run, "topic")
    if user == "subscription":
        world.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="other@example.com")
    else:
        world.alarm(topic, AlarmName="theirs")
    planned = plan_undo(run, AwsAccess())
    assert fates(planned)["topic"] is UndoAction.LEAVE
    assert ("theirs" if user != "subscription" else "other@example.com") in why(planned, "topic")
    carry_out_undo(planned, executor())
    assert any(key.endswith(f"topic {topic}") for key in state(world))


def test_a_pending_subscription_disappears_by_itself(
    before: dict[str, Any], account: AccountPlan, executor: Make, lossy: Lossy, journal_path: Path, world: World
) -> None:
    lossy.pending = True
    result = apply_accounts([account], executor(lossy.endpoint))
    planned = plan_undo(find_run(journal_path, result.run_id), AwsAccess())
    assert fates(planned)["subscription"] is UndoAction.LEAVE
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
    result = carry_out_undo(plan_undo(run, AwsAccess()), executor())
    assert not result.good
    failed = [step for step in result.steps if step.outcome is Outcome.FAILED]
    assert any(step.step.operation == action for step in failed)
    emulator.set_faults([])
    assert carry_out_undo(plan_undo(run, AwsAccess()), executor()).good
    assert state(world) == before


@pytest.mark.parametrize("action", REMOVALS)
def test_a_lost_answer_to_a_removal(
    world: World, before: dict[str, Any], run: Run, executor: Make, lossy: Lossy, action: str
) -> None:
    lossy.lose = {action: 1}
    result = carry_out_undo(plan_undo(run, AwsAccess()), executor(lossy.endpoint))
    assert result.good
    assert [step.message for step in result.steps if step.message] == ["the answer was lost, the object is gone"]
    assert state(world) == before


def test_a_lost_answer_that_cannot_be_looked_after(run: Run, executor: Make, lossy: Lossy) -> None:
    planned = plan_undo(run, AwsAccess())
    lossy.lose, lossy.lose_after = {"DeleteAlarms": 1}, ("DeleteAlarms", "DescribeAlarms")
    result = carry_out_undo(planned, executor(lossy.endpoint))
    assert result.steps[0].outcome is Outcome.UNKNOWN
    assert not result.good


def test_what_somebody_else_removes_at_the_same_moment_is_gone(run: Run, executor: Make, emulator: EmulatedAws) -> None:
    planned = plan_undo(run, AwsAccess())
    emulator.set_faults([{"action": "DeleteMetricFilter", "code": "ResourceNotFoundException", "status": 400}])
    result = carry_out_undo(planned, executor())
    assert result.good
    assert result.steps[-1].outcome is Outcome.REMOVED


def test_a_removal_in_words(run: Run) -> None:
    text = undo_text(plan_undo(run, AwsAccess()))
    assert "remove" in text
    assert "subscription of email security@example.com to topic alarmchain-alarms" in text
    assert "5 objects to remove" in text
    assert "made nothing" in undo_text(UndoPlan(replace(run, calls=()), ()))


def test_what_cannot_be_seen_is_not_touched(run: Run, executor: Make, emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "DescribeAlarms", "code": "AccessDenied", "status": 403}])
    planned = plan_undo(run, AwsAccess())
    assert fates(planned)["alarm"] is UndoAction.UNSEEN
    result = carry_out_undo(planned, executor())
    assert result.steps[0].outcome is Outcome.FAILED
    assert "DeleteAlarms" not in [call["action"] for call in emulator.calls()]


def test_an_account_that_cannot_be_entered(run: Run, executor: Make, journal_path: Path) -> None:
    foreign = replace(run, calls=tuple(replace(call, account_id="210987654321") for call in run.calls))
    planned = plan_undo(foreign, AwsAccess())
    assert set(fates(planned).values()) == {UndoAction.UNSEEN}
    result = carry_out_undo(planned, executor())
    assert not result.good
    assert "belong to account" in result.accounts[0].error
    assert read_runs(journal_path)[0].state is RunState.FAILED


def test_an_interrupt_is_journalled(
    run: Run, executor: Make, monkeypatch: pytest.MonkeyPatch, journal_path: Path
) -> None:
    planned = plan_undo(run, AwsAccess())

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(undoing, "call", interrupted)
    result = carry_out_undo(planned, executor())
    assert result.interrupted
    assert read_runs(journal_path)[0].state is RunState.INTERRUPTED
