"""What a check costs in calls, and where they go."""

from __future__ import annotations

from checker.database.embedded.database import EmbeddedDatabase
from checker.demo.world import World
from tests.builders import HOME, A
from tests.checker.database.embedded.reading import Read, actions
from tests.emulator.client import EmulatedAws
from tests.scenarios import CENTRAL_TOPIC, SCENARIOS


def staged(read: Read, topic: str = CENTRAL_TOPIC, region: str = HOME) -> None:
    """The stages of a check of one account."""
    assert read("accounts")
    assert read("trails", regions=[region])
    assert read("metric_filters", regions=[region], log_group_names=["ct"])
    assert read("alarms", regions=[region])
    assert read("topics", regions=[region], account_ids=[A], topic_arns=[topic])
    assert read("topic_subscriptions", regions=[region], account_ids=[A], topic_arns=[topic])


def test_a_realistic_account_costs_nine_calls_in_one_region(world: World, emulator: EmulatedAws, read: Read) -> None:
    SCENARIOS["realistic"].build(world)
    emulator.clear_calls()
    staged(read)
    staged(read)
    assert actions(emulator) == {
        "GetCallerIdentity": 1,
        "DescribeTrails": 1,
        "GetTrailStatus": 1,
        "GetEventSelectors": 1,
        "DescribeMetricFilters": 1,
        "DescribeAlarms": 1,
        "GetTopicAttributes": 1,
        "ListSubscriptionsByTopic": 1,
        "GetSubscriptionAttributes": 1,
    }
    assert {call["region"] for call in emulator.calls()} == {HOME}


def test_an_empty_account_costs_two(emulator: EmulatedAws, read: Read) -> None:
    assert read("accounts")
    assert read("trails", regions=[HOME]) == []
    assert actions(emulator) == {"GetCallerIdentity": 1, "DescribeTrails": 1}


def test_a_trail_is_asked_where_it_lives(world: World, emulator: EmulatedAws, read: Read) -> None:
    SCENARIOS["ok_other_home_region"].build(world)
    emulator.clear_calls()
    (trail,) = read("trails", regions=[HOME])
    assert (trail.region, trail.home_region, trail.is_logging) == (HOME, "eu-west-1", True)
    assert len(read("trails", regions=[HOME, "eu-west-1"])) == 2
    assert {(call["action"], call["region"]) for call in emulator.calls()} == {
        ("GetCallerIdentity", HOME),
        ("DescribeTrails", HOME),
        ("DescribeTrails", "eu-west-1"),
        ("GetTrailStatus", "eu-west-1"),
        ("GetEventSelectors", "eu-west-1"),
    }
    assert len(emulator.calls()) == 5


def test_many_alarms_are_read_page_by_page(world: World, emulator: EmulatedAws, read: Read) -> None:
    for number in range(120):
        world.alarm(CENTRAL_TOPIC, AlarmName=f"alarm-{number:03}")
    emulator.clear_calls()
    assert len(read("alarms", regions=[HOME])) == 120
    assert actions(emulator)["DescribeAlarms"] <= 2


def test_clearing_the_cache_asks_anew(
    world: World, emulator: EmulatedAws, database: EmbeddedDatabase, read: Read
) -> None:
    assert read("alarms", regions=[HOME]) == []
    world.alarm(CENTRAL_TOPIC)
    assert read("alarms", regions=[HOME]) == []
    database.clear_cache()
    assert [row.name for row in read("alarms", regions=[HOME])] == ["root"]
    assert actions(emulator)["DescribeAlarms"] == 2
