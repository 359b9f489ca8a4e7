"""What is asked at each stage, given what is known: nothing that no chain can need."""

from __future__ import annotations

from dataclasses import replace

from checker.controls import load_catalogue, select
from checker.database.interface import DatabaseKind
from checker.facts import Account, Alarm, Facts
from checker.gather import Reader, Selection, Source, gather
from tests.builders import A, B, alarm, metric_filter, organisation, subscription, topic, topic_arn, trail
from tests.checker.chain.judging import account
from tests.checker.chain.test_assemble import of_owner, organisation_facts, shown_to_member
from tests.checker.gather.fakes import FakeDatabase


def asked(database: FakeDatabase) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for name, parameters in database.requests:
        found.setdefault(name, []).append({key: value for key, value in parameters.items() if value is not None})
    return found


def test_each_stage_asks_for_what_the_one_before_named() -> None:
    database = FakeDatabase(organisation(1))
    database.check()
    one = ("000000000001",)
    assert asked(database) == {
        "accounts": [{}],
        "trails": [{"account_ids": one, "regions": ("us-east-1",)}],
        "metric_filters": [{"account_ids": one, "regions": ("us-east-1",), "log_group_names": ("ct",)}],
        "alarms": [{"account_ids": one, "regions": ("us-east-1",)}],
        "topics": [{"account_ids": one, "regions": ("us-east-1",), "topic_arns": (topic_arn(one[0]),)}],
        "topic_subscriptions": [{"account_ids": one, "regions": ("us-east-1",), "topic_arns": (topic_arn(one[0]),)}],
    }


def test_a_stage_that_nothing_leads_to_is_left_out() -> None:
    whole = organisation(1)
    for changes, last in (
        ({"trails": ()}, "trails"),
        ({"trails": (trail("000000000001", is_logging=False),)}, "trails"),
        ({"trails": (trail("000000000001", log_group_arn=None),)}, "trails"),
        ({"metric_filters": ()}, "metric_filters"),
        ({"metric_filters": (metric_filter("000000000001", filter_pattern="{ $.x = 1 }"),)}, "metric_filters"),
        ({"alarms": ()}, "alarms"),
        ({"alarms": (alarm("000000000001", threshold=9.0),)}, "alarms"),
        ({"alarms": (alarm("000000000001", actions_enabled=False),)}, "alarms"),
        ({"topics": ()}, "topics"),
        ({"topics": (topic("000000000001", policy={"Statement": []}),)}, "topics"),
    ):
        database = FakeDatabase(replace(whole, **changes))
        database.check()
        assert database.requests[-1][0] == last, changes


def test_a_status_that_the_first_look_did_not_tell_is_asked_of_the_home_region() -> None:
    facts = organisation(1)
    one = "000000000001"
    unread = trail(one, "us-east-1", home_region="eu-west-1", is_logging=None)
    home = trail(one, "eu-west-1", home_region="eu-west-1")
    database = FakeDatabase(replace(facts, trails=(unread, home)))
    database.check()
    assert [request["regions"] for request in asked(database)["trails"]] == [("us-east-1",), ("eu-west-1",)]


def test_the_owner_of_an_organisation_trail_is_read_although_only_the_member_was_asked_for() -> None:
    database = FakeDatabase(organisation_facts())
    selection = Selection(select(load_catalogue()), account_ids=(A,))
    gathered = gather([database.source], selection, Reader())
    assert [item.account_id for item in gathered.accounts] == [A]
    assert {row.account_id for row in gathered.facts.trails} == {A, B}
    assert {row.account_id for row in gathered.facts.subscriptions} == {B}
    assert asked(database)["alarms"] == [{"account_ids": (B,), "regions": ("us-east-1",)}]


def test_an_owner_that_is_not_visible_is_not_asked() -> None:
    facts = organisation_facts(accounts=(account(A),), trails=(shown_to_member(), of_owner()))
    database = FakeDatabase(facts)
    database.check()
    assert asked(database)["trails"] == [{"account_ids": (A,), "regions": ("us-east-1",)}]
    assert "metric_filters" not in asked(database)


def test_composite_alarms_over_a_quiet_one_lead_to_their_topics() -> None:
    facts = organisation(1)
    one = "000000000001"
    quiet = alarm(one, alarm_actions=[])
    over = alarm(one, name="over", metric_name=None, namespace=None, alarm_rule="ALARM(root) OR ALARM(x)")
    database = FakeDatabase(replace(facts, alarms=(quiet, over)))
    gathered = database.check()
    assert [row.topic_arn for row in gathered.facts.topics] == [topic_arn(one)]
    assert len(gathered.facts.subscriptions) == 1


def test_a_plain_database_is_asked_once_a_stage_and_shows_every_region_of_the_trails() -> None:
    database = FakeDatabase(organisation(3), kind=DatabaseKind.POSTGRES)
    gathered = database.check()
    assert {name: len(requests) for name, requests in asked(database).items()} == dict.fromkeys(
        ("accounts", "trails", "metric_filters", "alarms", "topics", "topic_subscriptions"), 1
    )
    assert "regions" not in asked(database)["trails"][0]
    assert len(gathered.facts.trails) == 6


def test_an_account_behind_two_connections_is_read_through_the_first() -> None:
    facts = organisation(1)
    twice = (*facts.accounts, replace(facts.accounts[0], connection="z"))
    first, second = FakeDatabase(replace(facts, accounts=twice)), FakeDatabase(facts)
    gathered = gather([first.source, second.source], Selection(select(load_catalogue())), Reader())
    assert [item.connection for item in gathered.accounts] == ["aws_000000000001"]
    assert [name for name, _ in second.requests] == ["accounts"]


def test_the_first_look_is_where_the_source_says_or_the_partition_begins() -> None:
    source = FakeDatabase(organisation(1)).source
    china = Account(A, "aws-cn", None, "c")
    assert source.region_for(china) == "cn-north-1"
    told = Source(source.database, lambda connection: "eu-west-1" if connection == "c" else None)
    assert told.region_for(china) == "eu-west-1"
    assert told.region_for(Account(A, "aws", None, None)) == "us-east-1"


def test_every_stage_keeps_rows_of_all_accounts() -> None:
    gathered = FakeDatabase(organisation(4)).check()
    facts = gathered.facts
    for rows in (facts.metric_filters, facts.alarms, facts.topics, facts.subscriptions):
        assert len({row.account_id for row in rows}) == 4
    assert subscription("000000000004") in facts.subscriptions


def test_a_group_that_many_accounts_share_is_followed_once() -> None:
    owner = "999999999999"
    own = trail(owner, is_organization_trail=True)
    members = [f"{number:012}" for number in range(1, 31)]
    seen = [replace(own, account_id=m, connection=f"aws_{m}", is_logging=None, event_selectors=None) for m in members]
    facts = Facts(
        accounts=tuple(Account(i, "aws", i, f"aws_{i}") for i in [owner, *members]),
        trails=(own, *seen),
        metric_filters=(metric_filter(owner),),
        alarms=(alarm(owner),),
        topics=(topic(owner),),
        subscriptions=(subscription(owner),),
    )
    database = FakeDatabase(facts)
    gathered = database.check()
    asked = [name for name, _ in database.requests]
    assert asked.count("metric_filters") == asked.count("alarms") == asked.count("topics") == 1
    assert len(gathered.facts.subscriptions) == 1


def watching(account_id: str, of: str) -> Alarm:
    """An alarm of a monitoring account on the root metric of another account."""
    metric = {"Namespace": "CISBenchmark", "MetricName": "root", "Dimensions": []}
    stat = {"Metric": metric, "Stat": "Sum", "Period": 300}
    query = {"Id": "m1", "MetricStat": stat, "AccountId": of, "ReturnData": True}
    return alarm(account_id, name=f"watch-{of}", metrics=[query], metric_name=None, namespace=None, statistic=None)


def test_alarms_of_the_other_accounts_are_read_once_and_only_where_own_ones_do_not_do() -> None:
    whole = organisation(4)
    first, second, third, monitor = [account.account_id for account in whole.accounts]
    facts = replace(
        whole,
        trails=tuple(row for row in whole.trails if row.account_id != monitor),
        alarms=(alarm(third), watching(monitor, first), watching(monitor, second)),
    )
    database = FakeDatabase(facts)
    gathered = database.check()
    assert [str(finding.status) for finding in gathered.findings] == ["ok", "ok", "ok", "alarm"]
    place = {"regions": ("us-east-1",)}
    assert asked(database)["alarms"] == [
        {"account_ids": (first, second, third), **place},
        {"account_ids": (monitor,), **place},
    ]
    assert {row.topic_arn for row in gathered.facts.topics} == {topic_arn(third), topic_arn(monitor)}


def test_reading_the_alarms_of_all_grows_with_the_accounts() -> None:
    for size in (4, 40):
        whole = organisation(size)
        database = FakeDatabase(replace(whole, alarms=()))
        database.check()
        asked_accounts = [request["account_ids"] for request in asked(database)["alarms"]]
        assert sum(len(ids) for ids in asked_accounts if isinstance(ids, tuple)) == size
