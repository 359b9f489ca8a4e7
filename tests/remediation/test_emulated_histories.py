"""Generated histories on an emulated AWS, compared by its whole state: what every describe call shows.

The laws are those of ``test_histories``, which plays many more of them in memory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.aws.access import AwsAccess
from checker.aws.call import call
from checker.demo.world import World
from remediation.applying import call as calling
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.history import read_history
from remediation.applying.journal import Journal
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import plan_undo
from tests.builders import HOME
from tests.emulator.client import EmulatedAws
from tests.remediation.aws_state import state
from tests.remediation.cases import planned
from tests.remediation.memory_aws import GROUP, Killed, MemoryAws
from tests.remediation.test_histories import ACTION, HASTY, SECURITY, Story, _owner, tell_story


class EmulatedStory(Story):
    """A story whose account is the emulator's; ``aws`` is what was seen of it last."""

    def __init__(self, world: World, journal: Path) -> None:
        super().__init__(journal)
        self.world = world
        self.moment = 0
        self.look()

    def look(self) -> None:
        """See everything anew, and number what has come or changed since the last look."""
        seen, self.moment = MemoryAws(made=self.aws.made), self.moment + 1
        for row in self.world.client("logs").describe_metric_filters(logGroupName=GROUP)["metricFilters"]:
            seen.filters[row["filterName"]] = row
        for row in self.world.client("cloudwatch").describe_alarms()["MetricAlarms"]:
            seen.alarms[row["AlarmName"]] = row
        sns = self.world.client("sns")
        for topic in sns.list_topics()["Topics"]:
            attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            seen.topics[topic["TopicArn"]] = {name: attributes[name] for name in ("Policy", "DisplayName")}
        for row in sns.list_subscriptions()["Subscriptions"]:
            seen.subscriptions[row["SubscriptionArn"]] = {
                name: row[name] for name in ("TopicArn", "Protocol", "Endpoint")
            }
        before, now = self.aws.state(), seen.state()
        seen.made |= {name: self.moment for name in now if before.get(name) != now[name]}
        self.aws = seen

    def apply(self, control: str) -> None:
        """Nothing that existed is changed, to the last attribute."""
        before = state(self.world, regions=[HOME])
        plan = planned(self.aws.facts(), SECURITY, control)
        try:
            with Journal(self.journal) as journal:
                apply_accounts(plan.touched, Executor(AwsAccess(), journal, HASTY), controls=plan.controls)
        finally:
            self.look()
        after = state(self.world, regions=[HOME])
        assert {name: after.get(name) for name in before} == before

    def undo(self, which: int) -> None:
        """Only the run's own objects go, what is left is as it was, and nobody who came to rely on them is cut off."""
        history = read_history(self.journal)
        runs = [run for run in history.runs if run.kind == "apply"]
        if not runs:
            return
        run = runs[which % len(runs)]
        before, seen = state(self.world, regions=[HOME]), self.aws
        own = {name for name in seen.state() if name not in self.persons and _owner(self, name, run.run_id)}
        try:
            with Journal(self.journal) as journal:
                carry_out_undo(plan_undo(run, history, AwsAccess()), Executor(AwsAccess(), journal, HASTY))
        finally:
            self.look()
            gone = set(seen.state()) - set(self.aws.state())
            assert gone <= own, f"not the run's: {gone - own}"
            self._assert_nobody_is_cut_off(seen.heard(), gone, seen.made)
        after = state(self.world, regions=[HOME])
        assert {name: value for name, value in before.items() if name in after} == after

    def killed(self, action: Callable[[], None], position: int, *, after: bool) -> None:
        """The process is killed at one of the action's writes, before or after AWS carries it out."""
        left = position % 4

        def fatal(*words: Any) -> Any:
            nonlocal left
            left -= 1
            if left >= 0:
                return call(*words)
            if after:
                call(*words)
            raise Killed

        with pytest.MonkeyPatch.context() as patched, suppress(Killed):
            patched.setattr(calling, "call", fatal)
            action()

    def changes(self, which: int) -> None:
        """A person changes an alarm or a topic, and it is the person's from then on."""
        alarms, topics = sorted(self.aws.alarms), sorted(self.aws.topics)
        if which % 2 and alarms:
            name = alarms[which % len(alarms)]
            row = self.aws.alarms[name]
            self.world.alarm(row["AlarmActions"][0], AlarmName=name, MetricName=row["MetricName"], Threshold=7.0)
            self.persons.add(f"alarms {name}")
        elif topics:
            topic = topics[which % len(topics)]
            self.world.topic_attribute("DisplayName", f"mine {which}", topic)
            self.persons.add(f"topics {topic}")
        self.look()
        if topics and not which % 2:
            # Another display name is no listening.
            self.aws.made[f"topics {topics[which % len(topics)]}"] = 0

    def uses(self, which: int) -> None:
        """A person subscribes to a topic, watches a metric, or feeds one."""
        self.count += 1
        mine = f"person-{self.count}"
        topics, alarms = sorted(self.aws.topics), sorted(self.aws.alarms)
        if which % 3 == 0 and topics:
            found = self.world.client("sns").subscribe(
                TopicArn=topics[which % len(topics)], Protocol="email", Endpoint=f"{mine}@example.com"
            )
            self.persons.add(f"subscriptions {found['SubscriptionArn']}")
        elif alarms:
            row = self.aws.alarms[alarms[which % len(alarms)]]
            metric = {"metricName": row["MetricName"], "metricNamespace": row["Namespace"]}
            if which % 3 == 1:
                topic = self.world.topic(mine)
                self.world.alarm(topic, AlarmName=mine, MetricName=row["MetricName"], Namespace=row["Namespace"])
                (told,) = self.world.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
                self.persons |= {f"topics {topic}", f"alarms {mine}", f"subscriptions {told['SubscriptionArn']}"}
            else:
                self.world.filter("{ $.b = 1 }", name=mine, group=GROUP, **metric)
                self.persons.add(f"filters {mine}")
        self.look()

    def deletes(self, which: int) -> None:
        """A person deletes any object."""
        names = sorted(self.aws.state())
        if names:
            kind, _, name = names[which % len(names)].partition(" ")
            match kind:
                case "filters":
                    self.world.client("logs").delete_metric_filter(logGroupName=GROUP, filterName=name)
                case "alarms":
                    self.world.client("cloudwatch").delete_alarms(AlarmNames=[name])
                case "topics":
                    self.world.client("sns").delete_topic(TopicArn=name)
                case _:
                    self.world.client("sns").unsubscribe(SubscriptionArn=name)
        self.look()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(actions=st.lists(ACTION, min_size=3, max_size=6))
def test_no_history_of_an_emulated_account_cuts_anybody_off(
    actions: list[tuple[object, ...]], emulator: EmulatedAws, aws_environment: dict[str, str]
) -> None:
    emulator.reset()
    world = World(emulator.endpoint)
    world.trail()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        tell_story(EmulatedStory(world, Path(folder) / "journal.jsonl"), actions)


def test_two_controls_and_a_person_share_a_topic_and_each_keeps_what_it_hears(
    emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    world = World(emulator.endpoint)
    world.trail()
    story = EmulatedStory(world, tmp_path / "journal.jsonl")
    empty = story.aws.state()
    actions: list[tuple[object, ...]] = [
        ("apply", "4.3"),
        ("uses", 1),
        ("killed apply", "4.1", 0, True),
        ("apply", "4.1"),
    ]
    tell_story(story, actions)
    heard = story.aws.heard()
    assert len(heard) >= 3
    for which in (1, 0, 2, 1, 0, 2):
        story.undo(which)
    kept = {chain for chain in heard if any("person-1" in name for name in chain)}
    assert kept
    assert kept <= story.aws.heard()
    story.deletes(sorted(story.aws.state()).index("alarms person-1"))
    for which in (0, 1, 2, 0, 1, 2):
        story.undo(which)
    assert set(story.aws.state()) - set(empty) <= story.persons
