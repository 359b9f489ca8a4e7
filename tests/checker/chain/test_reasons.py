"""The catalogue of reasons: every code is produced by a state here, and means what its verdict says."""

from __future__ import annotations

import ast
import itertools
import json
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.chain.assemble import connection_failed
from checker.chain.reasons import NOT_REACHED, Code
from checker.facts import Facts, FailureKind, KmsKey, ReadFailure
from checker.findings import Finding, Hop, HopStatus, Status
from tests.builders import ROOT, A, B, alarm, metric_filter, subscription, topic, topic_arn, trail
from tests.checker.chain.event_selectors import advanced, classic, field
from tests.checker.chain.judging import account, control, finding_of
from tests.checker.chain.test_assemble import ORG_ARN, facts, of_owner, organisation_facts, shown_to_member
from tests.length import examples

ROOM = Path(__file__).parents[3] / "checker" / "chain"
KEY = f"arn:aws:kms:us-east-1:{A}:key/1234"
GROUP = f"arn:aws:logs:us-east-1:{A}:log-group:ct:*"
KMS = '{{ $.eventSource = "kms.amazonaws.com" && $.eventName = "{}" }}'


@dataclass(frozen=True)
class State:
    """Facts, and the control that is asked about."""

    facts: Facts
    control: str = "4.3"


def of_trail(**changes: Any) -> State:
    return State(facts(trails=(trail(A, **changes),)))


def of_filter(**changes: Any) -> State:
    return State(facts(metric_filters=(metric_filter(A, **changes),)))


def published(**changes: Any) -> list[dict[str, Any]]:
    return [{"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"} | changes]


def of_alarm(**changes: Any) -> State:
    return State(facts(alarms=(alarm(A, **changes),)))


def of_topic(**changes: Any) -> State:
    return State(facts(topics=(topic(A, **changes),)))


def of_subscription(**changes: Any) -> State:
    return State(facts(subscriptions=(subscription(A, **changes),)))


def statement(effect: str = "Allow", **changes: Any) -> dict[str, Any]:
    """A topic policy of one statement for CloudWatch."""
    allowed = {"Effect": effect, "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    return {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": "*", **changes}]}


def refused(query: str, **changes: Any) -> State:
    table = {"topic_subscriptions": "subscriptions"}.get(query, query)
    failure = ReadFailure(query, "AccessDenied: no", f"aws_{A}", A, "us-east-1", "x:Describe")
    return State(facts(**{table: ()}, failures=(replace(failure, **changes),)))


def key(**changes: Any) -> KmsKey:
    return KmsKey("1234", KEY, "CUSTOMER", "Enabled", statement(Action="kms:*"), "us-east-1", A, None, **changes)


def split(*, alarms: tuple[str, ...] = ("a", "b")) -> State:
    """Control 4.7 split over two filters with a metric and an alarm each."""
    parts = (("a", KMS.format("DisableKey")), ("b", KMS.format("ScheduleKeyDeletion")))
    filters = (metric_filter(A, name=n, filter_pattern=p, metric_transformation_name=n) for n, p in parts)
    watching = tuple(alarm(A, name=n, metric_name=n, arn=f"arn:aws:cloudwatch:us-east-1:{A}:alarm:{n}") for n in alarms)
    return State(facts(metric_filters=tuple(filters), alarms=watching), "4.7")


def composite(rule: str, **changes: Any) -> State:
    over = alarm(A, name="over", metric_name=None, namespace=None, alarm_rule=rule, **changes)
    return State(facts(alarms=(alarm(A, alarm_actions=[]), over)))


FOREIGN = topic_arn(B)
SIGN_IN = f'{ROOT[:-2]} && $.eventName = "ConsoleLogin" }}'
NO_KMS = field("eventSource", NotEquals=["kms.amazonaws.com"])
OVER_TWO = [
    {"Id": "m1", "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "CISBenchmark", "MetricName": "root"}}},
    {"Id": "e1", "Expression": "RATE(m1)", "ReturnData": True},
]
OF_ANOTHER = [
    {
        "Id": "m1",
        "AccountId": B,
        "MetricStat": {"Metric": {"Namespace": "CISBenchmark", "MetricName": "root"}, "Stat": "Sum", "Period": 300},
    }
]
UNREAD_ORG = organisation_facts(accounts=(account(A),), trails=(shown_to_member(),))
NOT_AT_OWNER = organisation_facts(trails=(shown_to_member(), of_owner(arn=f"{ORG_ARN}-2")))

STATES: dict[str, State] = {
    "TRAIL_NONE": State(facts(trails=())),
    "TRAIL_SINGLE_REGION": of_trail(is_multi_region_trail=False),
    "TRAIL_WITHOUT_GLOBAL_EVENTS": of_trail(include_global_service_events=False),
    "TRAIL_NOT_LOGGING": of_trail(is_logging=False),
    "TRAIL_WITHOUT_MANAGEMENT_EVENTS": of_trail(event_selectors=[classic(management=False)]),
    "TRAIL_LEAVES_OUT_SOURCE": State(
        facts(trails=(trail(A, event_selectors=None, advanced_event_selectors=[advanced(NO_KMS)]),)), "4.7"
    ),
    "TRAIL_LEAVES_OUT_READS": of_trail(event_selectors=[classic("WriteOnly")]),
    "TRAIL_LEAVES_OUT_WRITES": of_trail(event_selectors=[classic("ReadOnly")]),
    "TRAIL_NARROWED": of_trail(
        event_selectors=None, advanced_event_selectors=[advanced(field("eventName", Equals=["ConsoleLogin"]))]
    ),
    "TRAIL_PARTLY_READ": of_trail(is_logging=None),
    "TRAILS_NOT_READ": refused("trails"),
    "TRAIL_FIELD_UNKNOWN": of_trail(unknown_fields=["newField"]),
    "TRAIL_OF_UNCONNECTED_ACCOUNT": State(UNREAD_ORG),
    "TRAIL_NOT_AT_ITS_OWNER": State(NOT_AT_OWNER),
    "LOG_GROUP_NONE": of_trail(log_group_arn=None),
    "LOG_GROUP_DELIVERY_FAILS": of_trail(latest_cloudwatch_logs_delivery_error="AccessDenied"),
    "LOG_GROUP_GONE": refused("metric_filters", kind=FailureKind.NOT_FOUND, name="ct"),
    "LOG_GROUP_NOT_AN_ARN": of_trail(log_group_arn="ct"),
    "LOG_GROUP_OF_UNCONNECTED_ACCOUNT": of_trail(log_group_arn=GROUP.replace(A, B)),
    "FILTER_NONE": State(facts(metric_filters=())),
    "FILTER_WITHOUT_METRIC": of_filter(metric_transformation_name=None),
    "FILTER_NONE_ABOUT_CONTROL": of_filter(filter_pattern='{ $.eventName = "CreateVpc" }'),
    "FILTER_MISSES_EVENTS": of_filter(filter_pattern=SIGN_IN),
    "FILTER_PATTERN_INVALID": of_filter(filter_pattern=ROOT.replace(" }", "")),
    "FILTER_VALUE_NOT_POSITIVE": of_filter(metric_transformation_value="0"),
    "FILTER_SELECTS_OTHER_EVENTS": of_filter(field_selection_criteria='@aws.region = "eu-west-1"'),
    "FILTER_SELECTION_UNDECIDED": of_filter(field_selection_criteria="something new"),
    "FILTER_ON_TRANSFORMED_LOGS": of_filter(apply_on_transformed_logs=True),
    "FILTER_FIELD_UNKNOWN": of_filter(unknown_fields=["newField"]),
    "FILTER_VALUE_UNKNOWN": of_filter(metric_transformation_value="$.size"),
    "FILTER_UNDECIDED": of_filter(filter_pattern='"\\"Root\\""'),
    "FILTER_PATTERN_NOT_READ": of_filter(filter_pattern=None),
    "FILTERS_NOT_READ": refused("metric_filters"),
    "ALARM_NONE": State(facts(alarms=())),
    "ALARM_OTHER_DIMENSIONS": of_alarm(dimensions=[{"Name": "x", "Value": "1"}]),
    "ALARM_OTHER_ACCOUNT": of_alarm(metric_name=None, namespace=None, metrics=OF_ANOTHER),
    "ALARM_OTHER_UNIT": State(
        facts(metric_filters=(metric_filter(A, metric_transformations=published()),), alarms=(alarm(A, unit="Bytes"),))
    ),
    "ALARM_NEEDS_MORE_EVENTS": of_alarm(threshold=10.0),
    "ALARM_NEEDS_MORE_PERIODS": of_alarm(evaluation_periods=2, treat_missing_data="notBreaching"),
    "ALARM_ALWAYS_RED": of_alarm(treat_missing_data="breaching"),
    "ALARM_IGNORES_FEW_SAMPLES": of_alarm(
        statistic=None, extended_statistic="p90", evaluate_low_sample_count_percentile="ignore"
    ),
    "ALARM_COUNTS_OTHER_SAMPLES": State(
        facts(
            metric_filters=(metric_filter(A, metric_transformations=published(defaultValue=0)),),
            alarms=(alarm(A, statistic="SampleCount"),),
        )
    ),
    "ALARM_FIRING_UNKNOWN": of_alarm(threshold=None),
    "ALARM_EXPRESSION_UNDECIDED": of_alarm(metric_name=None, namespace=None, metrics=OVER_TWO),
    "ALARM_FIELD_UNKNOWN": of_alarm(unknown_fields=["newField"]),
    "ALARM_UNIT_UNKNOWN": of_alarm(unit="Bytes"),
    "ALARMS_NOT_READ": refused("alarms"),
    "TOPIC_ACTIONS_OFF": of_alarm(actions_enabled=False),
    "TOPIC_NO_ACTION": of_alarm(alarm_actions=[]),
    "TOPIC_NONE_AMONG_ACTIONS": of_alarm(alarm_actions=[f"arn:aws:lambda:us-east-1:{A}:function:x"]),
    "TOPIC_FIFO": of_alarm(alarm_actions=[f"{topic_arn(A)}.fifo"]),
    "TOPIC_OTHER_REGION": of_alarm(alarm_actions=[topic_arn(A).replace("us-east-1", "eu-west-1")]),
    "TOPIC_GONE": State(facts(topics=())),
    "TOPIC_POLICY_DENIES": of_topic(policy=statement("Deny")),
    "TOPIC_POLICY_DOES_NOT_ALLOW": of_topic(policy=statement(Principal={"Service": "events.amazonaws.com"})),
    "TOPIC_KEY_MANAGED_BY_AWS": of_topic(kms_master_key_id="alias/aws/sns"),
    "TOPIC_KEY_UNUSABLE": State(
        facts(topics=(topic(A, kms_master_key_id=KEY),), keys=(replace(key(), key_state="Disabled"),))
    ),
    "TOPIC_KEY_GONE": State(facts(topics=(topic(A, kms_master_key_id=KEY),))),
    "TOPIC_FIELD_UNKNOWN": of_topic(unknown_fields=["newField"]),
    "TOPIC_ACTIONS_NOT_READ": of_alarm(actions_enabled=None),
    "TOPIC_POLICY_NOT_READ": of_topic(policy=None),
    "TOPIC_POLICY_UNDECIDED": of_topic(policy=statement(Condition={"StringEquals": {"new:Key": "x"}})),
    "TOPIC_OF_UNCONNECTED_ACCOUNT": of_alarm(alarm_actions=[FOREIGN]),
    "TOPIC_COMPOSITE_UNDECIDED": composite("XOR(root)"),
    "TOPIC_NOT_READ": refused("topics"),
    "SUBSCRIPTION_HEARD_BY_PERSON": State(facts()),
    "SUBSCRIPTION_HEARD_BY_MACHINE": of_subscription(protocol="sqs", endpoint=f"arn:aws:sqs:us-east-1:{A}:queue"),
    "SUBSCRIPTION_NONE": State(facts(subscriptions=())),
    "SUBSCRIPTION_PENDING": of_subscription(subscription_arn=None),
    "SUBSCRIPTION_DELETED": of_subscription(subscription_arn="Deleted"),
    "SUBSCRIPTION_SWALLOWS": of_subscription(filter_policy={"severity": ["high"]}),
    "SUBSCRIPTION_FIELD_UNKNOWN": of_subscription(unknown_fields=["newField"]),
    "SUBSCRIPTION_FILTER_UNDECIDED": of_subscription(filter_policy={"AlarmName": ["root"]}),
    "SUBSCRIPTIONS_NOT_READ": refused("topic_subscriptions"),
    "SUBSCRIPTIONS_OF_UNCONNECTED_ACCOUNT": State(
        facts(
            alarms=(alarm(A, alarm_actions=[FOREIGN]),),
            topics=(topic(B, policy=statement()),),
            subscriptions=(),
        )
    ),
}
"""A state for each code that a finding can have, but for a connection that fails."""

ON_THE_WAY = {
    "TRAIL_HOLDS": (State(facts()), Hop.TRAIL),
    "LOG_GROUP_HOLDS": (State(facts()), Hop.LOG_GROUP),
    "FILTER_COVERS": (State(facts()), Hop.FILTER),
    "FILTERS_COVER_TOGETHER": (split(), Hop.FILTER),
    "ALARM_FIRES": (State(facts()), Hop.ALARM),
    "TOPIC_HOLDS": (State(facts()), Hop.TOPIC),
}
"""Codes of hops that hold in front of others."""


def judged(state: State) -> Finding:
    return finding_of(state.facts, identifier=state.control, first_region="us-east-1")


@pytest.mark.parametrize("name", STATES)
def test_no_command_replaces_what_is_there(name: str) -> None:
    """PutMetricFilter, PutMetricAlarm and SetTopicAttributes replace: a new name, or the document with more in it."""
    state = STATES[name]
    for command in re.findall("`([^`]*)`", judged(state).remedy or ""):
        words = shlex.split(command)
        options = dict(itertools.pairwise(words))
        assert options.get("--filter-name") not in {row.name for row in state.facts.metric_filters}
        assert "put-metric-alarm" not in words or options["--alarm-name"] not in {
            row.name for row in state.facts.alarms
        }
        assert not {"put-event-selectors", "delete-metric-filter", "put-key-policy"} & set(words)
        if options.get("--attribute-name") == "Policy":
            (row,) = state.facts.topics
            kept = json.loads(options["--attribute-value"])["Statement"][:-1]
            assert kept == row.policy["Statement"]


@pytest.mark.parametrize("name", STATES)
def test_a_state_gives_its_code(name: str) -> None:
    finding = judged(STATES[name])
    assert finding.code == name, finding.reason
    code = Code[name]
    named = next(hop for hop in finding.hops if hop.code == name)
    assert (named.hop, named.status) == (code.value.hop, code.value.status)
    assert finding.status is {HopStatus.OK: Status.OK, HopStatus.ALARM: Status.ALARM}.get(named.status, Status.ERROR)
    assert {hop.code for hop in finding.hops if hop.status is HopStatus.NOT_REACHED} <= {NOT_REACHED}
    # What is alarm ends with what to type, what is not known with what to do.
    if finding.status is Status.ALARM:
        assert re.search(r"`(aws|alarmchain) [^`]+`", finding.remedy), finding.remedy
    assert finding.remedy or finding.status is Status.OK
    assert finding.sentence.endswith(".")


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_a_hop_that_holds_has_its_code(name: str) -> None:
    state, hop = ON_THE_WAY[name]
    assert next(item for item in judged(state).hops if item.hop is hop).code == name


def test_a_connection_that_failed_has_its_code() -> None:
    finding = connection_failed(control(), "aws_x", "sts:GetCallerIdentity", "no")
    assert finding.code == finding.hops[0].code == "CONNECTION_NOT_READ"


def test_the_states_the_catalogue_and_the_source_have_the_same_codes() -> None:
    catalogue = {code.name for code in Code}
    assert {*STATES, *ON_THE_WAY, "CONNECTION_NOT_READ"} == catalogue
    used = {
        node.attr
        for path in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }
    assert used == catalogue


def test_the_page_has_an_anchor_for_each_code() -> None:
    page = (ROOM.parents[1] / "docs" / "reasons.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (\w+)$", page, re.MULTILINE)
    assert headings == [code.name for hop in Hop for code in Code if code.value.hop is hop]
    for code in Code:
        assert code.anchor == f"docs/reasons.md#{code.name.lower()}"
        assert code.value.meaning in page


def test_codes_and_meanings_belong_to_one_hop_each() -> None:
    prefixes = {Hop.TRAIL: ("TRAIL", "CONNECTION"), Hop.FILTER: ("FILTER",), Hop.ALARM: ("ALARM",)}
    for code in Code:
        assert code.name.startswith(prefixes.get(code.value.hop, (code.value.hop.name,)))
        assert code.value.meaning.endswith(".")
        assert (code.value.remedy == "") == (code.value.status is HopStatus.OK)


# -- sentences that are true in every state ---------------------------------------------------------------------------

_NAME = st.integers(1, 9).map(lambda number: f"zz{number}")
_SAYS_NOTHING = {
    "no trail is visible": "trails",
    "has no metric filter": "metric_filters",
    "has no subscription": "subscriptions",
}


@st.composite
def states(draw: st.DrawFn) -> Facts:
    """An account whose parts have names of their own, some of them broken, missing or about something else."""
    groups = draw(st.lists(_NAME, min_size=1, max_size=2, unique=True))
    trails = tuple(
        trail(
            A,
            name=name,
            arn=f"arn:aws:cloudtrail:us-east-1:{A}:trail/{name}",
            log_group_arn=draw(st.sampled_from([None, *(GROUP.replace(":ct:", f":{group}:") for group in groups)])),
            is_logging=draw(st.sampled_from([True, True, False, None])),
            is_multi_region_trail=draw(st.sampled_from([True, True, True, False])),
        )
        for name in draw(st.lists(_NAME, max_size=2, unique=True))
    )
    metrics = draw(st.lists(_NAME, min_size=1, max_size=3, unique=True))
    filters = tuple(
        metric_filter(
            A,
            name=name,
            log_group_name=draw(st.sampled_from(groups)),
            filter_pattern=draw(st.sampled_from([ROOT, ROOT, SIGN_IN, '{ $.eventName = "CreateVpc" }', "{ x", None])),
            metric_transformation_name=draw(st.sampled_from([*metrics, None])),
            metric_transformation_value=draw(st.sampled_from(["1", "1", "0", "$.x"])),
        )
        for name in draw(st.lists(_NAME, max_size=3, unique=True))
    )
    topics = draw(st.lists(_NAME, min_size=1, max_size=2, unique=True))
    arns = [f"arn:aws:sns:us-east-1:{A}:{name}" for name in topics]
    alarms = tuple(
        alarm(
            A,
            name=name,
            arn=f"arn:aws:cloudwatch:us-east-1:{A}:alarm:{name}",
            metric_name=draw(st.sampled_from(metrics)),
            threshold=draw(st.sampled_from([1.0, 1.0, 9.0])),
            actions_enabled=draw(st.sampled_from([True, True, False])),
            alarm_actions=draw(st.lists(st.sampled_from(arns), max_size=2, unique=True)),
        )
        for name in draw(st.lists(_NAME, max_size=3, unique=True))
    )
    existing = draw(st.lists(st.sampled_from(arns), unique=True))
    told = draw(st.lists(st.sampled_from(arns), max_size=2))
    return Facts(
        accounts=(account(A),),
        trails=trails,
        metric_filters=filters,
        alarms=alarms,
        topics=tuple(topic(A, topic_arn=arn, policy=draw(st.sampled_from([statement(), None]))) for arn in existing),
        subscriptions=tuple(
            subscription(
                A,
                topic_arn=arn,
                subscription_arn=draw(st.sampled_from([f"{arn}:1", None])),
                protocol=draw(st.sampled_from(["email", "sqs"])),
            )
            for arn in told
        ),
    )


@settings(max_examples=examples(150), deadline=None)
@given(states())
def test_no_reason_names_what_is_not_there_or_says_nothing_where_something_is(state: Facts) -> None:
    finding = finding_of(state, first_region="us-east-1")
    there = set(re.findall(r"\bzz\d\b", repr(state)))
    for hop in finding.hops:
        assert set(re.findall(r"\bzz\d\b", hop.reason)) <= there
        for words, table in _SAYS_NOTHING.items():
            subject = re.search(rf"(zz\d) {words}", hop.reason)
            rows = getattr(state, table)
            if words in hop.reason:
                named = subject[1] if subject else ""
                assert not [row for row in rows if not named or named in (_group_or_topic(row))]
        for kind, rows in (("metric filter", state.metric_filters), ("trail", state.trails), ("alarm", state.alarms)):
            for name in re.findall(rf"\b{kind} (zz\d)\b", hop.reason):
                assert name in {row.name for row in rows}, hop.reason
    if finding.status is Status.ALARM:
        assert re.search(r"`aws [^`]+`", finding.remedy)
    assert ("reaches a person" in finding.reason) == (finding.code == "SUBSCRIPTION_HEARD_BY_PERSON")


def _group_or_topic(row: Any) -> tuple[str, ...]:
    return (getattr(row, "log_group_name", ""), str(getattr(row, "topic_arn", "")).rpartition(":")[2])
