"""Applying against the emulated AWS: all goes well, anything fails at any call, answers are lost, the disk is full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checker.aws.access import AwsAccess
from checker.aws.call import Response, call
from checker.demo.world import World
from remediation.applying import apply as applying
from remediation.applying import call as calling
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor, RetryPolicy
from remediation.applying.history import JournalledCall, RunState, read_history
from remediation.applying.journal import Journal
from remediation.applying.journal_lines import read_journal
from remediation.applying.objects import ObjectState, Presence
from remediation.applying.outcome import Outcome, RunResult, StepResult
from remediation.applying.undo import carry_out_undo
from remediation.errors import JournalFailed
from remediation.planning.model import AccountPlan
from tests.emulator.client import EmulatedAws
from tests.length import spread
from tests.remediation.aws_state import state
from tests.remediation.conftest import HASTE, planned_undo
from tests.remediation.lossy import Lossy

Make = Callable[..., Executor]
WRITES = ["PutMetricFilter", "CreateTopic", "Subscribe", "Subscribe", "PutMetricAlarm"]
CALLS = [
    "GetCallerIdentity",
    "DescribeMetricFilters",
    "PutMetricFilter",
    "GetTopicAttributes",
    "CreateTopic",
    "ListSubscriptionsByTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "ListSubscriptionsByTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "DescribeAlarms",
    "PutMetricAlarm",
]


def outcomes(result: RunResult) -> list[Outcome]:
    return [step.outcome for step in result.steps]


def test_everything_is_added_once(
    world: World, account: AccountPlan, executor: Make, emulator: EmulatedAws, journal_path: Path
) -> None:
    before = state(world)
    emulator.clear_calls()
    result = apply_accounts([account], executor(), controls=["root_usage"], digest="d")
    assert [call["action"] for call in emulator.calls()] == CALLS
    assert result.good
    assert outcomes(result) == [Outcome.APPLIED] * 5
    after = state(world)
    assert {key: after[key] for key in before} == before
    again = apply_accounts([account], executor())
    assert outcomes(again) == [Outcome.ALREADY_THERE] * 5
    assert state(world) == after
    newest, first = read_history(journal_path).runs
    assert first.state is RunState.COMPLETE
    assert first.controls == ("root_usage",)
    assert first.counts == {"applied": 5}
    assert all(call.request_id for call in first.calls)
    assert newest.counts == {"already there": 5}
    assert "x" * 24 not in journal_path.read_text()


def test_the_intent_is_on_the_disk_before_the_call_and_the_outcome_before_the_next(
    world: World, account: AccountPlan, executor: Make, journal_path: Path
) -> None:
    seen: list[list[str]] = []

    def observe(_: StepResult) -> None:
        seen.append([line["event"] for line in read_journal(journal_path).lines])

    apply_accounts([account], replace(executor(), observe=observe))
    assert seen[0] == ["run_started", "account_started", "intent", "outcome"]
    assert [len(events) for events in seen] == [4, 6, 8, 10, 12]


FAULTS = [("AccessDenied", 403), ("Throttling", 400), ("LimitExceeded", 400), ("InternalFailure", 500)]


@pytest.mark.parametrize(
    ("position", "code", "status"),
    [
        *((position, *fault) for position in range(len(CALLS)) for fault in spread(FAULTS, position, 2)),
        (2, "ValidationError", 400),
        (12, "ExpiredToken", 403),
    ],
)
def test_a_fault_at_any_call_leaves_a_true_journal_and_a_rerun_completes(
    world: World,
    account: AccountPlan,
    executor: Make,
    emulator: EmulatedAws,
    journal_path: Path,
    position: int,
    code: str,
    status: int,
) -> None:
    before = state(world)
    action = CALLS[position]
    earlier = CALLS[:position].count(action)
    rules = [{"action": action, "times": earlier, "delay": 0.0001}] if earlier else []
    emulator.set_faults([*rules, {"action": action, "code": code, "status": status}])
    result = apply_accounts([account], executor())
    emulator.set_faults([])

    (run,) = read_history(journal_path).runs
    now = state(world)
    assert_journal_is_true(run.calls, set(now) - set(before))
    assert {key: now[key] for key in before} == before
    if not result.good:
        assert run.state is RunState.FAILED
        failed = next((step for step in result.steps if step.outcome in (Outcome.FAILED, Outcome.UNKNOWN)), None)
        if failed is None:
            assert "cannot be entered" in result.accounts[0].error
        elif code == "AccessDenied":
            assert failed.action is not None
            assert failed.action.endswith(action)
            assert failed.action in failed.message

    assert apply_accounts([account], executor()).good
    for past in read_history(journal_path).runs:
        if past.kind == "apply":
            carry_out_undo(planned_undo(past, journal_path), executor())
    assert state(world) == before


def assert_journal_is_true(calls: tuple[JournalledCall, ...], added: set[str]) -> None:
    """Every new object was announced, and every call that says so has its object."""
    claimed = {"metric_filter": 0, "topic": 0, "subscription": 0, "alarm": 0}
    for made in calls:
        if made.outcome in (Outcome.APPLIED, Outcome.WAITING):
            claimed[made.kind] += 1
    found = {
        "metric_filter": sum(" filter " in key for key in added),
        "topic": sum(" topic arn" in key for key in added),
        "subscription": sum(" subscription " in key for key in added),
        "alarm": sum(" alarm " in key for key in added),
    }
    unknown = [call.kind for call in calls if call.outcome in (None, Outcome.UNKNOWN)]
    for kind, number in found.items():
        assert claimed[kind] <= number <= claimed[kind] + unknown.count(kind)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("action", sorted(set(WRITES)))
def test_a_lost_answer_is_looked_after_and_not_asked_twice(
    world: World, account: AccountPlan, executor: Make, lossy: Lossy, journal_path: Path, action: str, times: int
) -> None:
    lossy.lose = {action: times}
    result = apply_accounts([account], executor(lossy.endpoint))
    assert result.good
    assert lossy.seen.count(action) == WRITES.count(action)
    lost = [step for step in result.steps if "the answer was lost" in step.message]
    assert len(lost) == min(times, WRITES.count(action))
    (run,) = read_history(journal_path).runs
    assert run.counts == {"applied": 5}


def test_a_lost_answer_that_cannot_be_looked_after_is_unknown(
    world: World, account: AccountPlan, executor: Make, lossy: Lossy, journal_path: Path
) -> None:
    lossy.lose, lossy.lose_after = {"PutMetricAlarm": 1}, ("PutMetricAlarm", "DescribeAlarms")
    result = apply_accounts([account], executor(lossy.endpoint))
    assert outcomes(result)[-1] is Outcome.UNKNOWN
    assert "whether it took effect could not be seen" in result.steps[-1].message
    assert not result.good
    (run,) = read_history(journal_path).runs
    assert run.state is RunState.FAILED
    assert [call.kind for call in run.unfinished] == ["alarm"]
    lossy.lose_after = ("", "")
    items = planned_undo(run, journal_path).items
    assert items[0].call.kind == "alarm"
    assert items[0].action == "remove"


def test_a_lost_answer_after_which_something_else_is_there_is_unknown(
    world: World, account: AccountPlan, executor: Make, lossy: Lossy, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy.lose = {"PutMetricAlarm": 1}
    only = replace(account, steps=account.calls[:1] + account.calls[1:2] + account.calls[4:])
    states = iter([ObjectState(Presence.ABSENT)] * 3 + [ObjectState(Presence.OTHER, ("Threshold",))])
    monkeypatch.setattr(applying, "inspect", lambda *_: next(states))
    result = apply_accounts([only], executor(lossy.endpoint))
    assert outcomes(result)[-1] is Outcome.UNKNOWN


def test_a_pending_subscription_is_not_success_and_is_not_repeated(
    world: World, account: AccountPlan, executor: Make, lossy: Lossy, journal_path: Path
) -> None:
    lossy.pending = True
    result = apply_accounts([account], executor(lossy.endpoint))
    assert outcomes(result)[2:4] == [Outcome.WAITING] * 2
    assert "security@example.com has to confirm" in result.steps[2].message
    assert "x" * 24 not in result.steps[3].message
    (run,) = read_history(journal_path).runs
    assert run.state is RunState.WAITING
    again = apply_accounts([account], executor(lossy.endpoint))
    assert outcomes(again)[2:4] == [Outcome.ALREADY_THERE] * 2
    assert "waits" in again.steps[2].message
    assert lossy.seen.count("Subscribe") == 2


def test_a_lost_answer_to_a_pending_subscription_waits_too(
    world: World, account: AccountPlan, executor: Make, lossy: Lossy
) -> None:
    lossy.pending, lossy.lose = True, {"Subscribe": 1}
    result = apply_accounts([account], executor(lossy.endpoint))
    assert result.steps[2].outcome is Outcome.WAITING
    assert "the answer was lost" in result.steps[2].message
    assert lossy.seen.count("Subscribe") == 2


def test_throttling_is_waited_out(
    world: World, account: AccountPlan, journal_path: Path, emulator: EmulatedAws
) -> None:
    waited: list[float] = []
    emulator.set_faults([{"action": "PutMetricAlarm", "code": "Throttling", "times": 3}])
    with Journal(journal_path) as journal:
        retry = RetryPolicy(attempts=5, first_wait=0.5, longest_wait=1.5, sleep=waited.append)
        result = apply_accounts([account], Executor(AwsAccess(), journal, retry))
    assert result.good
    assert waited == [0.5, 1.0, 1.5]


def test_a_topic_that_is_not_known_everywhere_yet_is_waited_for(
    world: World, account: AccountPlan, executor: Make, emulator: EmulatedAws
) -> None:
    emulator.set_faults([{"action": "Subscribe", "code": "NotFound", "status": 404, "times": 2}])
    assert apply_accounts([account], executor()).good


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(
    world: World, account: AccountPlan, executor: Make, journal_path: Path
) -> None:
    put = account.calls[0].arguments
    world.filter("{ $.other = 1 }", name=put["filterName"])
    before = state(world)
    result = apply_accounts([account], executor())
    assert outcomes(result) == [Outcome.FAILED, *[Outcome.NOT_REACHED] * 4]
    assert "taken by something else (filterPattern" in result.steps[0].message
    assert state(world) == before
    (run,) = read_history(journal_path).runs
    assert run.calls == ()
    assert run.counts == {"failed": 1}


@pytest.mark.parametrize("kind", ["alarm", "topic"])
def test_other_names_are_not_overwritten_either(world: World, account: AccountPlan, executor: Make, kind: str) -> None:
    alarm = account.calls[-1].arguments
    if kind == "alarm":
        world.alarm(None, AlarmName=alarm["AlarmName"])
    else:
        world.topic(account.calls[1].arguments["Name"], subscribe=False)
    before = state(world)
    result = apply_accounts([account], executor())
    failed = next(step for step in result.steps if step.outcome is Outcome.FAILED)
    assert "taken by something else" in failed.message
    assert failed.step.kind == ("topic" if kind == "topic" else "alarm")
    after = state(world)
    assert {key: after[key] for key in before} == before


def test_another_account_goes_on(world: World, account: AccountPlan, executor: Make, journal_path: Path) -> None:
    foreign = replace(account, account_id="210987654321")
    result = apply_accounts([foreign, account], executor())
    assert not result.good
    assert "belong to account 123456789012" in result.accounts[0].error
    assert {step.outcome for step in result.accounts[0].steps} == {Outcome.NOT_REACHED}
    assert result.accounts[1].good
    (run,) = read_history(journal_path).runs
    assert run.state is RunState.FAILED
    assert list(run.accounts) == ["210987654321", "123456789012"]


def test_an_account_without_steps_is_not_entered(account: AccountPlan, executor: Make) -> None:
    result = apply_accounts([replace(account, steps=())], executor())
    assert result.good
    assert result.steps == ()


@pytest.mark.parametrize("step", range(5))
def test_an_interrupt_is_journalled_and_tells_what_was_not_reached(
    world: World,
    account: AccountPlan,
    executor: Make,
    monkeypatch: pytest.MonkeyPatch,
    journal_path: Path,
    step: int,
) -> None:
    made = 0

    def interrupted(client: Any, service: str, operation: str, arguments: Mapping[str, Any]) -> Response:
        nonlocal made
        made += 1
        if made == step + 1:
            raise KeyboardInterrupt
        return call(client, service, operation, arguments)

    monkeypatch.setattr(calling, "call", interrupted)
    result = apply_accounts([account, account], executor())
    assert result.interrupted
    assert not result.good
    rest = [Outcome.NOT_REACHED] * (9 - step)
    assert outcomes(result) == [*[Outcome.APPLIED] * step, Outcome.UNKNOWN, *rest]
    (run,) = read_history(journal_path).runs
    assert run.state is RunState.INTERRUPTED
    assert len(run.unfinished) == 1


@pytest.mark.parametrize("line", range(13))
def test_a_journal_that_fails_at_any_line_stops_everything_and_a_rerun_completes(
    world: World, account: AccountPlan, journal_path: Path, monkeypatch: pytest.MonkeyPatch, line: int
) -> None:
    before = state(world)
    written = 0
    real = Journal.write

    def failing(self: Journal, event: str, run_id: str, **fields: object) -> None:
        nonlocal written
        if written == line:
            raise JournalFailed("the disk is full")
        written += 1
        real(self, event, run_id, **fields)

    with Journal(journal_path) as journal:
        with monkeypatch.context() as patched:
            patched.setattr(Journal, "write", failing)
            with pytest.raises(JournalFailed):
                apply_accounts([account], Executor(AwsAccess(), journal, HASTE))
        runs = read_history(journal_path).runs
        assert_journal_is_true(tuple(call for run in runs for call in run.calls), set(state(world)) - set(before))
        assert apply_accounts([account], Executor(AwsAccess(), journal, HASTE)).good
        for run in read_history(journal_path).runs:
            carry_out_undo(planned_undo(run, journal_path), Executor(AwsAccess(), journal, HASTE))
    assert state(world) == before
