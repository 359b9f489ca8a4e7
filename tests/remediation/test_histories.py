"""Generated histories of up to six actions over two controls that share topic and metrics, with a person in between.

Whatever happened: an apply changes nothing that existed; an undo breaks no chain that somebody made part of later and
leaves no alarm without its topic; and the journal explains every object that no person made.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.aws.access import AccountSession, AwsAccess
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor, RetryPolicy
from remediation.applying.history import read_history
from remediation.applying.journal import Journal
from remediation.applying.outcome import Outcome, RunResult, StepResult
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import UndoAction, plan_undo
from remediation.planning.settings import Settings, parse_endpoints
from tests.length import examples
from tests.remediation.cases import planned
from tests.remediation.memory_aws import GROUP, PLACE, Fault, Killed, MemoryAws, no_answer, refused

HASTY = RetryPolicy(attempts=3, first_wait=0, sleep=lambda _: None)
CONTROLS = ("4.3", "4.1")
SECURITY = Settings(endpoints=parse_endpoints(["security@example.com"], None))
WRITES = ("put_metric_filter", "create_topic", "subscribe", "put_metric_alarm")
REMOVALS = ("delete_alarms", "unsubscribe", "delete_topic", "delete_metric_filter")


@dataclass(slots=True)
class Story:
    """An account, its journal, and what a person made or has taken over by changing it."""

    journal: Path
    aws: MemoryAws = field(default_factory=MemoryAws)
    persons: set[str] = field(default_factory=set)
    count: int = 0

    # --- what alarmchain does --------------------------------------------------------------------------------------

    def apply(self, control: str) -> None:
        """Plan and apply, and see that nothing that existed is changed."""
        before = self.aws.state()
        plan = planned(self.aws.facts(), SECURITY, control)
        with Journal(self.journal) as journal:
            apply_accounts(plan.touched, Executor(self.aws.access(), journal, HASTY), controls=plan.controls)
        after = self.aws.state()
        assert {name: after.get(name) for name in before} == before

    def undo(self, which: int) -> None:
        """Undo a run, and see that nobody who came to rely on it is cut off."""
        history = read_history(self.journal)
        runs = [run for run in history.runs if run.kind == "apply"]
        if not runs:
            return
        run = runs[which % len(runs)]
        heard, state, made = self.aws.heard(), self.aws.state(), dict(self.aws.made)
        own = {name for name in state if name not in self.persons and _owner(self, name, run.run_id)}
        with Journal(self.journal) as journal:
            access = self.aws.access()
            carry_out_undo(plan_undo(run, history, access), Executor(access, journal, HASTY))
        gone = set(state) - set(self.aws.state())
        self._assert_nobody_is_cut_off(heard, gone, made)
        assert gone <= own, f"not the run's: {gone - own}"
        for alarm in (*self.aws.alarms.values(), *self.aws.composites.values()):
            for topic in alarm.get("AlarmActions", ()):
                assert topic in self.aws.topics or f"topics {topic}" not in state

    def _assert_nobody_is_cut_off(self, heard: set[tuple[str, ...]], gone: set[str], made: dict[str, int]) -> None:
        """What was made last may go first, even where two runs at once made a chain together."""
        for chain in heard - self.aws.heard():
            lost = max(made[name] for name in chain if name in gone)
            later = [name for name in chain if name not in gone and made[name] > lost]
            assert not later, f"{chain} is broken although {later} came to rely on it"

    def killed(self, action: Callable[[], None], position: int, *, after: bool) -> None:
        """The process is killed at one of the action's writes, before or after AWS carries it out."""
        operation = (*WRITES, *REMOVALS)[position % 8]
        self.aws.faults = [Fault(operation, Killed, after=after)]
        try:
            action()
        except Killed:
            pass
        finally:
            self.aws.faults = []

    # --- what a person does ----------------------------------------------------------------------------------------

    def changes(self, which: int) -> None:
        """Another threshold, another pattern, a display name."""
        names = sorted(self.aws.state())
        if not names:
            return
        kind, _, name = names[which % len(names)].partition(" ")
        setting = {"alarms": ("Threshold", 2.0), "filters": ("filterPattern", "{ $.a = 1 }")}
        key, value = setting.get(kind, ("DisplayName", "mine"))
        if kind in ("alarms", "filters", "topics"):
            self.aws.put(kind, name, getattr(self.aws, kind)[name] | {key: value})
            self.persons.add(f"{kind} {name}")
            if kind != "alarms":
                # Whoever changes an alarm listens to it; another display name or pattern is no listening.
                self.aws.made[f"{kind} {name}"] = 0

    def uses(self, which: int) -> None:
        """Subscribes to a topic, watches a metric, feeds one, notifies a topic, or builds on an alarm."""
        self.count += 1
        mine = f"person-{self.count}"
        topics, filters, alarms = (sorted(known) for known in (self.aws.topics, self.aws.filters, self.aws.alarms))
        match which % 5:
            case 0 if topics:
                self._put("subscriptions", mine, self._subscription(topics[which % len(topics)]))
            case 1 if filters:
                (entry,) = self.aws.filters[filters[which % len(filters)]]["metricTransformations"]
                self._listens(mine, entry["metricNamespace"], entry["metricName"], self._own_topic(mine))
            case 2 if alarms:
                alarm = self.aws.alarms[alarms[which % len(alarms)]]
                entry = {
                    "metricNamespace": alarm["Namespace"],
                    "metricName": alarm["MetricName"],
                    "metricValue": "1",
                }
                row = {"logGroupName": GROUP, "filterName": mine, "filterPattern": "{ $.b = 1 }"}
                self._put("filters", mine, row | {"metricTransformations": [entry]})
            case 3 if topics:
                self._listens(mine, "Mine", mine, topics[which % len(topics)])
                entry = {"metricNamespace": "Mine", "metricName": mine, "metricValue": "1"}
                row = {"logGroupName": GROUP, "filterName": mine, "filterPattern": "{ $.c = 1 }"}
                self._put("filters", mine, row | {"metricTransformations": [entry]})
            case 4 if alarms:
                rule = f'ALARM("{alarms[which % len(alarms)]}")'
                notified = [self._own_topic(mine)]
                self._put("composites", mine, {"AlarmName": mine, "AlarmRule": rule, "AlarmActions": notified})
            case _:
                pass

    def deletes(self, which: int) -> None:
        """Deletes any object."""
        names = sorted(self.aws.state())
        if not names:
            return
        kind, _, name = names[which % len(names)].partition(" ")
        if kind == "topics":
            self.aws._delete_topic(TopicArn=name)
        else:
            del getattr(self.aws, kind)[name]

    def _own_topic(self, mine: str) -> str:
        arn = PLACE.arn("sns", mine)
        self._put("topics", arn, {"Policy": '{"Version":"2012-10-17","Statement":[]}'})
        self._put("subscriptions", f"{arn}:1", self._subscription(arn))
        return arn

    def _subscription(self, topic: str) -> dict[str, str]:
        return {"TopicArn": topic, "Protocol": "email", "Endpoint": f"person{self.count}@example.com"}

    def _listens(self, mine: str, namespace: str, metric: str, topic: str) -> None:
        row = {"AlarmName": mine, "Namespace": namespace, "MetricName": metric, "AlarmActions": [topic]}
        self._put("alarms", mine, row)

    def _put(self, kind: str, name: str, item: dict[str, Any]) -> None:
        self.aws.put(kind, name, item)
        self.persons.add(f"{kind} {name}")

    # --- what must hold --------------------------------------------------------------------------------------------

    def assert_the_journal_explains_everything(self) -> None:
        """Every object that no person made has an owner among the runs."""
        ledger = read_history(self.journal).ledger
        for name in self.aws.state():
            if name not in self.persons:
                assert ledger.owner(_step_id(self, name)) is not None, name


def _owner(story: Story, name: str, run_id: str) -> bool:
    return read_history(story.journal).ledger.owner(_step_id(story, name)) == run_id


def _step_id(story: Story, name: str) -> str:
    kind, _, rest = name.partition(" ")
    match kind:
        case "filters":
            return PLACE.arn("logs", f"log-group:{GROUP}:metric-filter:{rest}")
        case "alarms" | "composites":
            return PLACE.arn("cloudwatch", f"alarm:{rest}")
        case "subscriptions":
            row = story.aws.subscriptions[rest]
            return f"{row['TopicArn']}#{row['Protocol']}:{row['Endpoint']}"
        case _:
            return rest


NUMBER = st.integers(min_value=0, max_value=59)
ACTION = st.one_of(
    st.tuples(st.just("apply"), st.sampled_from(CONTROLS)),
    st.tuples(st.just("undo"), NUMBER),
    st.tuples(st.just("killed apply"), st.sampled_from(CONTROLS), NUMBER, st.booleans()),
    st.tuples(st.just("killed undo"), NUMBER, NUMBER, st.booleans()),
    st.tuples(st.sampled_from(["changes", "uses", "deletes"]), NUMBER),
)


def tell(actions: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tell_story(Story(Path(folder) / "journal.jsonl"), actions)


def tell_story(story: Story, actions: list[tuple[object, ...]]) -> None:
    """Play the actions, and see after each that the journal explains what is there."""
    for action in actions:
        match action:
            case ("killed apply", str(control), int(position), bool(after)):
                story.killed(partial(story.apply, control), position, after=after)
            case ("killed undo", int(which), int(position), bool(after)):
                story.killed(partial(story.undo, which), position, after=after)
            case (str(name), argument):
                getattr(story, name)(argument)
            case _:
                pytest.fail(f"{action} is no action")
        story.assert_the_journal_explains_everything()


@pytest.fixture(autouse=True, scope="module")
def without_waiting_for_the_disk() -> Iterator[None]:
    """Which lines are on the disk when is tested elsewhere; here it would be most of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ACTION, min_size=2, max_size=6))
def test_no_history_cuts_anybody_off(actions: list[tuple[object, ...]]) -> None:
    tell(actions)


FIRST, OTHER, SUBSCRIBED, WATCHED, FED, COMPOSITE = (
    ("apply", "4.3"),
    ("apply", "4.1"),
    ("uses", 0),
    ("uses", 1),
    ("uses", 2),
    ("uses", 4),
)


@pytest.mark.parametrize("use", [SUBSCRIBED, WATCHED, FED, COMPOSITE, OTHER], ids=str)
def test_what_somebody_came_to_rely_on_stays_until_he_does_not(tmp_path: Path, use: tuple[str, Any]) -> None:
    story = Story(tmp_path / "journal.jsonl")
    story.apply("4.3")
    getattr(story, use[0])(use[1])
    kept = story.aws.heard()
    story.undo(-1)
    assert story.aws.heard() & kept
    assert len(read_history(story.journal).runs) == (3 if use is OTHER else 2)


@pytest.mark.parametrize(
    "actions",
    [
        [FIRST, ("undo", 0), FIRST, ("undo", 1)],
        [FIRST, ("undo", 0), OTHER, ("undo", 1), FIRST, ("undo", 0)],
        [("killed apply", "4.3", 0, False), FIRST, ("undo", 1)],
        [("killed apply", "4.3", 0, True), FIRST, ("undo", 1), ("undo", 0), ("undo", 1)],
        [FIRST, ("killed undo", 0, 4, True), FIRST, ("undo", 1), ("undo", 0)],
        [FIRST, OTHER, ("undo", 1), ("undo", 0), ("undo", 1)],
        [FIRST, ("deletes", 1), FIRST, ("undo", 1), ("undo", 0)],
    ],
    ids=str,
)
def test_histories_that_once_went_wrong(actions: list[tuple[object, ...]]) -> None:
    tell(actions)


def test_all_is_taken_back_once_nobody_relies_on_it(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    for control in CONTROLS:
        story.apply(control)
    story.undo(1)
    assert len(story.aws.heard()) == 1
    story.undo(0)
    story.undo(1)
    assert story.aws.state() == {}


# --- every write, every fault -------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[Callable[[], BaseException], bool, int]] = {
    "denied": (lambda: refused("AccessDenied", 403), False, 99),
    "throttled, then well": (lambda: refused("Throttling"), False, 1),
    "always throttled": (lambda: refused("Throttling"), False, 99),
    "500 before it takes effect": (lambda: refused("InternalFailure", 500), False, 99),
    "500 once before it takes effect": (lambda: refused("InternalFailure", 500), False, 1),
    "500 after it took effect": (lambda: refused("InternalFailure", 500), True, 99),
    "no answer after it took effect": (no_answer, True, 1),
    "never answers": (no_answer, False, 99),
    "Ctrl-C before it takes effect": (KeyboardInterrupt, False, 1),
    "Ctrl-C after it took effect": (KeyboardInterrupt, True, 1),
}
UNKNOWN = {"never answers", "Ctrl-C before it takes effect", "Ctrl-C after it took effect"}
THERE = {Outcome.APPLIED, Outcome.WAITING, Outcome.ALREADY_THERE, Outcome.LEFT}
NOT_THERE = {Outcome.NOT_REACHED, Outcome.FAILED}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", WRITES)
def test_every_fault_of_adding_has_a_true_end(tmp_path: Path, operation: str, fault: str) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    raises, after, times = FAULTS[fault]
    story.aws.faults = [Fault(operation, raises, after, times)]
    with Journal(story.journal) as journal:
        result = apply_accounts(plan.touched, Executor(story.aws.access(), journal, HASTY))
    story.aws.faults = []
    assert result.interrupted is fault.startswith("Ctrl-C")
    there = {_step_id(story, name) for name in story.aws.state()}
    for end in result.steps:
        if end.outcome in THERE:
            assert end.step.id in there
        elif end.outcome in NOT_THERE:
            assert end.step.id not in there
    unknown = [end for end in result.steps if end.outcome is Outcome.UNKNOWN]
    assert len(unknown) == (1 if fault in UNKNOWN else 0)
    (run,) = read_history(story.journal).runs
    assert [call.step for call in run.unfinished] == [end.step.id for end in unknown]
    story.assert_the_journal_explains_everything()

    story.apply("4.3")
    assert len(story.aws.heard()) == 1
    for which in (0, 1, 0, 1):
        story.undo(which)
    assert story.aws.state() == {}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", REMOVALS)
def test_every_fault_of_removing_has_a_true_end(tmp_path: Path, operation: str, fault: str) -> None:
    story = Story(tmp_path / "journal.jsonl")
    story.apply("4.3")
    history = read_history(story.journal)
    raises, after, times = FAULTS[fault]
    story.aws.faults = [Fault(operation, raises, after, times)]
    with Journal(story.journal) as journal:
        access = story.aws.access()
        planned_now = plan_undo(history.runs[0], history, access)
        result = carry_out_undo(planned_now, Executor(access, journal, HASTY))
    story.aws.faults = []
    there = {_step_id(story, name) for name in story.aws.state()}
    for end in result.steps:
        if end.outcome in (Outcome.REMOVED, Outcome.ALREADY_GONE):
            assert end.step.id not in there
        elif end.outcome in (Outcome.FAILED, Outcome.LEFT, Outcome.NOT_REACHED):
            assert end.step.id in there
    assert result.interrupted is fault.startswith("Ctrl-C")
    assert sum(end.outcome is Outcome.UNKNOWN for end in result.steps) == (1 if fault in UNKNOWN else 0)
    story.undo(0)
    assert story.aws.state() == {}


def test_a_person_who_takes_the_name_while_a_call_is_throttled_keeps_it(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    theirs = {"AlarmName": plan.calls[-1].arguments["AlarmName"], "Namespace": "Mine", "MetricName": "mine"}
    story.aws.faults = [Fault("put_metric_alarm", lambda: refused("Throttling"))]
    meanwhile = RetryPolicy(attempts=3, sleep=lambda _: story._put("alarms", theirs["AlarmName"], dict(theirs)))
    with Journal(story.journal) as journal:
        result = apply_accounts(plan.touched, Executor(story.aws.access(), journal, meanwhile))
    assert result.steps[-1].outcome is Outcome.FAILED
    assert "stays as it is" in result.steps[-1].message
    assert story.aws.alarms[theirs["AlarmName"]] == theirs
    story.assert_the_journal_explains_everything()


def test_what_another_run_made_while_a_call_was_throttled_is_the_other_runs(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    arguments = dict(plan.calls[0].arguments)
    story.aws.faults = [Fault("put_metric_filter", lambda: refused("Throttling"))]
    meanwhile = RetryPolicy(attempts=3, sleep=lambda _: story._put("filters", arguments["filterName"], arguments))
    with Journal(story.journal) as journal:
        result = apply_accounts(plan.touched, Executor(story.aws.access(), journal, meanwhile))
    assert result.steps[0].outcome is Outcome.ALREADY_THERE
    assert result.good


def test_what_cannot_be_looked_at_is_not_repeated(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    blind = Fault("describe_alarms", lambda: refused("AccessDenied", 403), times=0)
    story.aws.faults = [Fault("put_metric_alarm", lambda: refused("Throttling")), blind]

    def going_blind(_: float) -> None:
        blind.times = 9

    with Journal(story.journal) as journal:
        executor = Executor(story.aws.access(), journal, RetryPolicy(attempts=3, sleep=going_blind))
        result = apply_accounts(plan.touched, executor)
    assert result.steps[-1].outcome is Outcome.FAILED
    assert story.aws.calls.count("put_metric_alarm") == 1


def test_two_applies_at_once_leave_each_object_one_owner(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    start = threading.Barrier(2)
    slow = RetryPolicy(attempts=6, first_wait=0.01)
    # Without waiting for each other, both would see nothing while the call is tried again.
    story.aws.faults = [Fault(operation, lambda: refused("Throttling")) for operation in WRITES]
    results: list[RunResult] = []

    def run() -> None:
        with Journal(story.journal) as journal:
            start.wait()
            results.append(apply_accounts(plan.touched, Executor(story.aws.access(), journal, slow)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = zip(*(result.steps for result in results), strict=True)
    assert [{end.outcome for end in pair} for pair in ends] == [{Outcome.APPLIED, Outcome.ALREADY_THERE}] * 4
    story.assert_the_journal_explains_everything()
    for which in (0, 1, 0, 1):
        story.undo(which)
    assert story.aws.state() == {}


def test_what_a_run_that_began_earlier_made_later_came_to_rely_on_it(tmp_path: Path) -> None:
    """The first run begins, the second makes the filter, the first all the rest, which the second finds."""
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    begun, filter_made, rest_made = (threading.Event() for _ in range(3))

    class Waiting:
        def open(self, *_: Any, **__: Any) -> AccountSession:
            begun.set()
            assert filter_made.wait(60)
            return story.aws.access().open("", region="", partition="")

    def after_the_filter(_: StepResult) -> None:
        filter_made.set()
        assert rest_made.wait(60)

    def first() -> None:
        with Journal(story.journal) as journal:
            apply_accounts(plan.touched, Executor(cast(AwsAccess, Waiting()), journal, HASTY))
        rest_made.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    with Journal(story.journal) as journal:
        apply_accounts(plan.touched, Executor(story.aws.access(), journal, HASTY, after_the_filter))
    thread.join()
    second, began_first = read_history(story.journal).runs
    assert [call.kind for call in second.calls] == ["metric_filter"]
    assert [call.kind for call in began_first.calls] == ["topic", "subscription", "alarm"]
    story.undo(0)
    assert len(story.aws.heard()) == 1
    story.undo(1)
    story.undo(0)
    assert story.aws.state() == {}


def _interrupting(_: float) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_while_a_refused_call_waits_is_no_unknown_effect(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    story.aws.faults = [Fault("create_topic", lambda: refused("Throttling"))]
    with Journal(story.journal) as journal:
        executor = Executor(story.aws.access(), journal, RetryPolicy(sleep=_interrupting))
        result = apply_accounts(plan.touched, executor)
    ends = [end.outcome for end in result.steps]
    assert ends == [Outcome.APPLIED, Outcome.FAILED, Outcome.NOT_REACHED, Outcome.NOT_REACHED]
    assert result.interrupted
    assert "interrupted before it was tried again" in result.steps[1].message


def test_ctrl_c_after_the_answer_to_a_subscription_keeps_the_answer(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    plan = planned(story.aws.facts(), SECURITY, "4.3")
    # The look before the call is let through.
    story.aws.faults = [Fault("list_subscriptions_by_topic", KeyboardInterrupt, times=0)]
    real = story.aws._subscribe

    def subscribed(**row: Any) -> dict[str, Any]:
        story.aws.faults[0].times = 1
        return real(**row)

    with pytest.MonkeyPatch.context() as patched, Journal(story.journal) as journal:
        patched.setattr(MemoryAws, "_subscribe", lambda _, **row: subscribed(**row))
        result = apply_accounts(plan.touched, Executor(story.aws.access(), journal, HASTY))
    assert result.interrupted
    assert result.steps[2].outcome is Outcome.WAITING
    story.assert_the_journal_explains_everything()


def test_what_a_damaged_line_announced_is_left_and_said(tmp_path: Path) -> None:
    story = Story(tmp_path / "journal.jsonl")
    story.apply("4.3")
    lines = story.journal.read_bytes().splitlines(keepends=True)
    position = next(number for number, line in enumerate(lines) if b'"intent"' in line)
    lines[position] = lines[position][:90] + b"\n"
    story.journal.write_bytes(b"".join(lines))
    history = read_history(story.journal)
    items = plan_undo(history.runs[0], history, story.aws.access()).items
    assert [str(item.action) for item in items] == ["remove", "remove", "remove", "leave"]
    assert "is damaged" in items[-1].why


THEIRS = PLACE.arn("sns", "person-1")


@pytest.mark.parametrize(("use", "left"), [(3, 0), (1, 1)], ids=["of nothing of ours", "of the filter's metric"])
def test_a_topic_that_may_not_be_listed_costs_only_what_it_is_heard_of(tmp_path: Path, use: int, left: int) -> None:
    """An alarm of a person notifies a topic of a person, whose policy hides its subscribers."""
    story = Story(tmp_path / "journal.jsonl")
    story.apply("4.3")
    if use == 1:
        story.uses(1)
    else:
        story._listens("theirs", "Mine", "mine", story._own_topic("person-1"))
    real = MemoryAws._list_subscriptions_by_topic

    def hidden(aws: MemoryAws, **row: Any) -> dict[str, Any]:
        if row["TopicArn"] == THEIRS:
            raise refused("AuthorizationError", 403)
        return real(aws, **row)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryAws, "_list_subscriptions_by_topic", hidden)
        history = read_history(story.journal)
        items = plan_undo(history.runs[0], history, story.aws.access()).items
    kept = [item for item in items if item.action is UndoAction.LEAVE]
    assert [item.call.kind for item in kept] == ["metric_filter"] * left
    assert all("that may not be listed of topic person-1" in item.why for item in kept)
    assert all(item.action is UndoAction.REMOVE for item in items if item not in kept)
