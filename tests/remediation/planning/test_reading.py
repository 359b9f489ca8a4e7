"""What a plan needs beyond a check, and only for chains that are broken behind a log group that works."""

from __future__ import annotations

from dataclasses import replace

from checker.chain.assemble import Judge
from checker.chain.lookup import Lookup
from checker.chain.needs import Need
from checker.controls import load_catalogue, select
from checker.database.interface import DatabaseKind
from checker.facts import Facts, LogGroup, ReadFailure
from checker.findings import Finding
from checker.gather import Gathered, Reader
from remediation.planning.reading import key_needs, read_for_plan
from tests.builders import A, B, alarm, metric_filter, organisation, subscription, topic, topic_arn
from tests.checker.gather.fakes import FakeDatabase

Asked = list[tuple[str, dict[str, object]]]
ONE = "000000000001"
PLACE: dict[str, object] = {"account_ids": (ONE,), "regions": ("us-east-1",)}


def log_group(account: str) -> LogGroup:
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:ct"
    return LogGroup("ct", arn, "STANDARD", 1, "us-east-1", account, f"aws_{account}")


def findings_of(gathered: Gathered) -> list[Finding]:
    judge = Judge(Lookup(gathered.facts))
    (control,) = select(load_catalogue())
    return [judge.finding(account, control) for account in gathered.accounts]


def planned(
    database: FakeDatabase, *, topics: tuple[str, ...] = ()
) -> tuple[Facts, list[tuple[str, dict[str, object]]]]:
    """The facts for a plan, and what was asked for them."""
    gathered = database.check()
    database.requests.clear()
    facts = read_for_plan(gathered.sources, gathered.facts, findings_of(gathered), Reader(), topics=topics)
    asked: Asked = [
        (name, {key: value for key, value in p.items() if value is not None}) for name, p in database.requests
    ]
    return facts, asked


def test_a_complete_chain_needs_nothing_more() -> None:
    facts, asked = planned(FakeDatabase(organisation(2)))
    assert asked == []
    assert len(facts.subscriptions) == 2


def test_a_chain_without_a_log_group_is_nothing_that_a_plan_could_add_to() -> None:
    _, asked = planned(FakeDatabase(replace(organisation(1), trails=())))
    assert asked == []


def test_everything_beside_a_broken_chain_is_read_once() -> None:
    whole = organisation(1)
    other = topic(ONE, topic_arn=f"{topic_arn(ONE)}-other", kms_master_key_id="1234")
    facts = replace(
        whole,
        metric_filters=(metric_filter(ONE, filter_pattern='{ $.a = "b" }'),),
        log_groups=(log_group(ONE),),
        topics=(*whole.topics, other),
        subscriptions=(*whole.subscriptions, subscription(ONE, topic_arn=other.topic_arn)),
    )
    database = FakeDatabase(facts)
    found, asked = planned(database, topics=("arn:aws:sns:us-east-1:999999999999:foreign",))
    group = PLACE | {"log_group_names": ("ct",)}
    assert asked == [
        ("log_groups", group),
        ("metric_filters", PLACE),
        ("alarms", PLACE),
        ("topic_subscriptions", PLACE),
        ("topics", PLACE | {"topic_arns": (topic_arn(ONE), other.topic_arn)}),
        ("kms_keys", PLACE | {"key_ids": ("1234",)}),
    ]
    assert [item.name for item in found.log_groups] == ["ct"]
    assert {item.topic_arn for item in found.topics} == {topic_arn(ONE), other.topic_arn}
    assert len(found.subscriptions) == 2


def test_a_plain_database_is_asked_once_for_all_accounts() -> None:
    whole = organisation(3)
    broken = tuple(alarm(account.account_id, threshold=9.0) for account in whole.accounts)
    database = FakeDatabase(replace(whole, alarms=broken), kind=DatabaseKind.POSTGRES)
    _, asked = planned(database)
    names = [name for name, _ in asked]
    assert len(names) == len(set(names))
    assert "log_groups" in names


def test_what_is_refused_is_added_to_the_failures_once() -> None:
    whole = replace(organisation(1), subscriptions=())
    database = FakeDatabase(whole, rule=lambda name, _: [ReadFailure(name, "no")] if name == "log_groups" else [])
    facts, _ = planned(database)
    assert [(failure.query, failure.message) for failure in facts.failures] == [("log_groups", "no")]


def test_only_customer_keys_of_the_topics_are_read() -> None:
    arn = f"arn:aws:kms:eu-west-1:{B}:key/abc"
    topics = [
        topic(A),
        topic(A, kms_master_key_id="alias/aws/sns"),
        topic(A, kms_master_key_id="1234"),
        topic(A, kms_master_key_id=arn),
        topic(A, kms_master_key_id="alias/mine"),
        topic(A, kms_master_key_id="5678", region="cn-north-1", partition="aws-cn"),
    ]
    sources = dict.fromkeys((A, B), FakeDatabase(organisation(1)).source)
    assert {(need.account_id, need.region, need.name) for need in key_needs(topics, sources)} == {
        (A, "us-east-1", "1234"),
        (B, "eu-west-1", "abc"),
        (A, "us-east-1", "alias/mine"),
        (A, "cn-north-1", "5678"),
    }
    assert key_needs(topics, {B: sources[B]}) == {Need("kms_keys", B, "eu-west-1", "abc")}
