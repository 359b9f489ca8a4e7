"""What a check costs: AWS calls counted at the emulator, and the parameters that each query is asked with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from checker import check
from checker.demo.world import World
from checker.findings import Status
from tests.builders import HOME, organisation
from tests.checker.gather.fakes import FakeDatabase
from tests.emulator.client import EmulatedAws, Profiles
from tests.scenarios import realistic

Writer = Callable[[Mapping[str, str]], Profiles]


def test_a_compliant_realistic_account_costs_at_most_twelve_calls(
    emulator: EmulatedAws, aws_environment: dict[str, str]
) -> None:
    realistic(World(emulator.endpoint))
    emulator.clear_calls()
    report = check(database="embedded")
    calls = emulator.calls()
    assert [finding.status for finding in report.findings] == [Status.OK]
    assert len(calls) <= 12, Counter(call["action"] for call in calls)
    assert {call["region"] for call in calls} == {HOME}


def test_fifteen_controls_cost_at_most_four_calls_more(emulator: EmulatedAws, aws_environment: dict[str, str]) -> None:
    realistic(World(emulator.endpoint))
    emulator.clear_calls()
    check(database="embedded")
    one = len(emulator.calls())
    emulator.clear_calls()
    report = check(database="embedded", all_controls=True)
    assert len(report.findings) == 15
    assert len(emulator.calls()) <= one + 4


def test_an_account_without_a_trail_costs_at_most_four_calls(
    emulator: EmulatedAws, aws_environment: dict[str, str]
) -> None:
    report = check(database="embedded", all_controls=True)
    assert {(finding.status, str(finding.broken_hop)) for finding in report.findings} == {(Status.ALARM, "trail")}
    assert len(emulator.calls()) <= 4


def test_only_the_home_region_is_asked_beyond_the_first_look(
    emulator: EmulatedAws, aws_environment: dict[str, str]
) -> None:
    world = World(emulator.endpoint)
    region = "eu-west-1"
    world.trail(region=region)
    world.filter(region=region)
    world.alarm(world.topic(region=region), region=region)
    emulator.clear_calls()
    report = check(database="embedded", region=HOME)
    assert [finding.status for finding in report.findings] == [Status.OK]
    assert {call["region"] for call in emulator.calls()} <= {HOME, region}


def test_parameters_never_multiply_accounts_and_topics() -> None:
    database = FakeDatabase(organisation(20))
    database.check()
    asked = Counter(name for name, _ in database.requests)
    for query, parameters in database.requests:
        accounts = len(parameters.get("account_ids") or ())
        for name in ("topic_arns", "key_ids"):
            assert min(accounts, len(parameters.get(name) or ())) <= 1, (query, parameters)
        if query == "metric_filters":
            assert len(parameters.get("log_group_names") or ()) == 1
            assert len(parameters.get("regions") or ()) == 1
    assert asked["trails"] == asked["metric_filters"] == asked["alarms"] == 1
    assert asked["topics"] == asked["topic_subscriptions"] == 20


def test_work_grows_with_the_accounts_only() -> None:
    few, many = FakeDatabase(organisation(10)), FakeDatabase(organisation(40))
    few.check()
    many.check()
    assert len(many.requests) <= 4 * len(few.requests)
