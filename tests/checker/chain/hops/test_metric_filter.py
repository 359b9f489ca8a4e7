"""Hop 3. Which filters cover a control, alone or together, and whether what they publish can make an alarm fire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from checker.arns import LogGroupId
from checker.chain.aws_rules.publishers import metric_value, transformations
from checker.chain.decisions import FilterQuestion
from checker.chain.hops.metric_filter import FilterOutcome, judge_filters
from checker.chain.lookup import Lookup
from checker.facts import Facts, MetricFilter
from checker.findings import HopStatus
from tests.builders import ROOT, A, B, metric_filter
from tests.checker.chain.judging import control

GROUP = LogGroupId(A, "us-east-1", "ct")
SIGN_IN = f'{ROOT[:-2]} && $.eventName = "ConsoleLogin" }}'
NO_SIGN_IN = f'{ROOT[:-2]} && $.eventName != "ConsoleLogin" }}'
UNRELATED = '{ $.eventName = "DeleteTrail" }'


def judge(filters: Sequence[MetricFilter], *, account: str = A) -> list[FilterOutcome]:
    return judge_filters(GROUP, Lookup(Facts(metric_filters=tuple(filters))), FilterQuestion(control(), account))


def published(**changes: Any) -> dict[str, Any]:
    return {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"} | changes


def test_a_filter_that_covers_publishes_what_an_alarm_can_watch() -> None:
    (outcome,) = judge([metric_filter(A)])
    assert outcome.verdict.status is HopStatus.OK
    assert outcome.verdict.resource == f"arn:aws:logs:us-east-1:{A}:log-group:ct:metric-filter:root"
    assert "covers 4.3 and publishes 1 to CISBenchmark/root" in outcome.verdict.sentence
    assert outcome.follow is not None
    assert (outcome.follow.publication.value, outcome.follow.publication.zeros) == (1.0, False)
    assert any("dimensions" in text for text in outcome.unverified)


def test_a_source_that_shows_all_transformations_leaves_nothing_unverified() -> None:
    (outcome,) = judge([metric_filter(A, metric_transformations=[published()])])
    assert outcome.unverified == ()


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ([], "FILTER_NONE"),
        ([metric_filter(A, metric_transformation_name=None)], "FILTER_WITHOUT_METRIC"),
        ([metric_filter(A, metric_transformation_namespace=None)], "FILTER_WITHOUT_METRIC"),
        ([metric_filter(A, metric_transformations=[])], "FILTER_WITHOUT_METRIC"),
    ],
)
def test_nothing_that_publishes(filters: list[MetricFilter], code: str) -> None:
    (outcome,) = judge(filters)
    assert outcome.verdict.status is HopStatus.ALARM
    assert outcome.verdict.code == code


def test_a_filter_that_misses_is_broken_with_a_witness() -> None:
    (outcome,) = judge([metric_filter(A, filter_pattern=SIGN_IN)])
    assert outcome.verdict.status is HopStatus.ALARM
    assert outcome.decision is not None
    assert outcome.decision.witness is not None
    assert outcome.follow is None


def test_of_filters_that_miss_the_one_meant_for_the_control_is_named() -> None:
    filters = [
        metric_filter(A, name="a-trail", filter_pattern=UNRELATED, metric_transformation_name="trail"),
        metric_filter(A, name="b-root", filter_pattern=SIGN_IN),
        metric_filter(A, name="c-broken", filter_pattern="{ oops", metric_transformation_name="broken"),
    ]
    for order in (filters, filters[::-1]):
        (outcome,) = judge(order)
        assert "metric filter b-root" in outcome.verdict.sentence


def test_two_halves_that_publish_to_one_metric_cover_together() -> None:
    halves = [
        metric_filter(A, name="in", filter_pattern=SIGN_IN),
        metric_filter(A, name="out", filter_pattern=NO_SIGN_IN),
    ]
    (outcome,) = judge(halves)
    assert outcome.verdict.status is HopStatus.OK
    assert "metric filters in, out together" in outcome.verdict.sentence
    assert outcome.follow is not None
    assert {item.name for item in outcome.follow.publication.filters} == {"in", "out"}


def test_two_halves_that_publish_to_two_metrics_do_not() -> None:
    halves = [
        metric_filter(A, name="in", filter_pattern=SIGN_IN),
        metric_filter(A, name="out", filter_pattern=NO_SIGN_IN, metric_transformation_name="other"),
    ]
    assert [outcome.verdict.status for outcome in judge(halves)] == [HopStatus.ALARM]


def test_a_half_with_value_0_is_no_half() -> None:
    halves = [
        metric_filter(A, name="in", filter_pattern=SIGN_IN),
        metric_filter(A, name="out", filter_pattern=NO_SIGN_IN, metric_transformation_value="0"),
    ]
    assert [outcome.verdict.status for outcome in judge(halves)] == [HopStatus.ALARM]


def test_the_smaller_value_of_two_halves_counts() -> None:
    halves = [
        metric_filter(A, name="in", filter_pattern=SIGN_IN, metric_transformation_value="5"),
        metric_filter(A, name="out", filter_pattern=NO_SIGN_IN, metric_transformation_value="0.5"),
    ]
    (outcome,) = judge(halves)
    assert outcome.follow is not None
    assert outcome.follow.publication.value == 0.5


@pytest.mark.parametrize(
    ("value", "status", "sentence"),
    [
        ("2", HopStatus.OK, "publishes 2"),
        ("0.5", HopStatus.OK, "publishes 0.5"),
        ("0", HopStatus.ALARM, "publishes 0: no alarm can tell an event from none"),
        ("-1", HopStatus.ALARM, "publishes -1"),
        ("$.errorCode", HopStatus.UNKNOWN, "a value taken from the event"),
        (None, HopStatus.UNKNOWN, "publishes a value that could not be read"),
        ("nan", HopStatus.UNKNOWN, "which is no number"),
    ],
)
def test_metric_values(value: str | None, status: HopStatus, sentence: str) -> None:
    (outcome,) = judge([metric_filter(A, metric_transformation_value=value)])
    assert outcome.verdict.status is status
    assert sentence in outcome.verdict.sentence
    assert (outcome.follow is not None) == (status is HopStatus.OK)


def test_a_way_that_holds_hides_those_that_do_not() -> None:
    filters = [
        metric_filter(A, name="a", metric_transformation_value="0", metric_transformation_name="zero"),
        metric_filter(A, name="b", metric_transformation_value="$.x", metric_transformation_name="field"),
        metric_filter(A, name="c"),
    ]
    assert [outcome.verdict.status for outcome in judge(filters)] == [HopStatus.OK, HopStatus.UNKNOWN]


def test_a_pattern_that_was_not_read_is_not_known() -> None:
    (outcome,) = judge([metric_filter(A, filter_pattern=None)])
    assert outcome.verdict.status is HopStatus.UNKNOWN
    assert "could not be read" in outcome.verdict.sentence


def test_the_empty_pattern_matches_everything() -> None:
    (outcome,) = judge([metric_filter(A, filter_pattern="")])
    assert outcome.verdict.status is HopStatus.OK


@pytest.mark.parametrize(("fixed_to", "account", "status"), [(A, A, "ok"), (A, B, "alarm"), (B, B, "ok")])
def test_recipient_account_is_that_of_the_account_in_question(fixed_to: str, account: str, status: str) -> None:
    (outcome,) = judge(
        [metric_filter(A, filter_pattern=f'{ROOT[:-2]} && $.recipientAccountId = "{fixed_to}" }}')], account=account
    )
    assert str(outcome.verdict.status) == status


def test_every_transformation_of_the_api_is_a_metric() -> None:
    item = metric_filter(
        A,
        metric_transformations=[
            published(metricName="first"),
            published(metricName="second", unit="Count", defaultValue=0.0, dimensions={"b": "$.y", "a": "$.x"}),
        ],
    )
    first, second = transformations(item)
    assert (first.metric, first.unit, first.default, first.dimensions, first.complete) == (
        "first",
        None,
        None,
        (),
        True,
    )
    assert (second.metric, second.unit, second.default) == ("second", "Count", 0.0)
    assert second.dimensions == (("a", "$.x"), ("b", "$.y"))
    assert len(judge([item])) == 2


@pytest.mark.parametrize(
    ("filters", "zeros"),
    [
        ([metric_filter(A, metric_transformations=[published(defaultValue=0)])], True),
        ([metric_filter(A, metric_transformations=[published(defaultValue=1)])], False),
        ([metric_filter(A), metric_filter(A, name="zero", filter_pattern="", metric_transformation_value="0")], True),
    ],
)
def test_zeros_come_from_a_default_value_or_another_filter(filters: list[MetricFilter], zeros: bool) -> None:
    publications = [outcome.follow.publication for outcome in judge(filters) if outcome.follow]
    assert [publication.zeros for publication in publications] == [zeros]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), ("1e3", 1000.0), ("", None), ("$.size", None), ("inf", None), ("nan", None), ("-2", -2.0)],
)
def test_metric_value(text: str, number: float | None) -> None:
    assert metric_value(text) == number


# -- which events a filter looks at --------------------------------------------------------------------------------


def seeing(**changes: Any) -> MetricFilter:
    """The benchmark's filter as AWS itself shows it."""
    known = {"metric_transformations": [published()], "unknown_fields": []}
    return metric_filter(A, **(known | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "FILTER_COVERS"),
        ({"field_selection_criteria": f'@aws.account = "{A}"'}, "FILTER_COVERS"),
        ({"field_selection_criteria": f'@aws.account = "{B}"'}, "FILTER_SELECTS_OTHER_EVENTS"),
        ({"field_selection_criteria": '@aws.region = "eu-west-1"'}, "FILTER_SELECTS_OTHER_EVENTS"),
        ({"field_selection_criteria": "@aws.account ~ 1"}, "FILTER_SELECTION_UNDECIDED"),
        ({"apply_on_transformed_logs": False}, "FILTER_COVERS"),
        ({"apply_on_transformed_logs": True}, "FILTER_ON_TRANSFORMED_LOGS"),
        ({"unknown_fields": ["newField"]}, "FILTER_FIELD_UNKNOWN"),
        ({"unknown_fields": ["newField"], "filter_pattern": SIGN_IN}, "FILTER_MISSES_EVENTS"),
    ],
)
def test_a_filter_that_covers_must_see_the_events(changes: dict[str, Any], code: str) -> None:
    (outcome,) = judge([seeing(**changes)])
    assert outcome.verdict.code == code
    assert (outcome.follow is not None) is (code == "FILTER_COVERS")


def test_what_is_not_known_is_named() -> None:
    (outcome,) = judge([seeing(unknown_fields=["metricTransformations.b", "a"])])
    assert "metric filter root: a, metricTransformations.b are set" in outcome.verdict.reason


def test_whether_a_member_is_selected_in_its_owners_group_is_decided_only_when_both_agree() -> None:
    own, member = f'@aws.account = "{A}"', f'@aws.account = "{B}"'
    codes = [judge([seeing(field_selection_criteria=text)], account=B)[0].verdict.code for text in (own, member)]
    assert codes == ["FILTER_SELECTION_UNDECIDED", "FILTER_SELECTION_UNDECIDED"]
    both = f'@aws.account IN ["{A}", "{B}"]'
    assert judge([seeing(field_selection_criteria=both)], account=B)[0].verdict.code == "FILTER_COVERS"


def test_filters_that_select_other_events_add_nothing_to_those_of_their_metric() -> None:
    parts = [seeing(name="a", filter_pattern=SIGN_IN), seeing(name="b", filter_pattern=NO_SIGN_IN)]
    assert judge(parts)[0].verdict.code == "FILTER_COVERS"
    elsewhere = [
        parts[0],
        seeing(name="b", filter_pattern=NO_SIGN_IN, field_selection_criteria=f'@aws.account = "{B}"'),
    ]
    assert judge(elsewhere)[0].verdict.code == "FILTER_MISSES_EVENTS"


def test_one_filter_that_sees_the_events_is_enough() -> None:
    blind = seeing(name="a", field_selection_criteria=f'@aws.account = "{B}"')
    outcomes = judge([blind, seeing(name="b")])
    assert [outcome.verdict.code for outcome in outcomes] == ["FILTER_COVERS"]


def test_a_source_that_hides_these_fields_says_so() -> None:
    (outcome,) = judge([metric_filter(A)])
    for name in ("fieldSelectionCriteria", "emitSystemFieldDimensions", "applyOnTransformedLogs"):
        assert any(name in text for text in outcome.unverified)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("$.size", "FILTER_VALUE_UNKNOWN", "publish $.size, a value taken from the event"),
        ("many", "FILTER_VALUE_UNKNOWN", "publish many, which is no number"),
        ("-1", "FILTER_VALUE_NOT_POSITIVE", "publish -1: no alarm can tell"),
    ],
)
def test_of_two_halves_the_one_whose_value_does_not_serve_is_told_and_replaced(
    value: str, code: str, words: str
) -> None:
    halves = [
        metric_filter(A, name="a", filter_pattern=SIGN_IN),
        metric_filter(A, name="b", filter_pattern=NO_SIGN_IN, metric_transformation_value=value),
    ]
    (outcome,) = judge(halves)
    assert outcome.verdict.code == code
    assert words in outcome.verdict.sentence
    assert NO_SIGN_IN in outcome.verdict.remedy


def test_an_invalid_pattern_is_blamed_last() -> None:
    invalid = metric_filter(A, name="a", filter_pattern='{ $.userIdentity.type = "Root" && }')
    elsewhere = metric_filter(A, name="b", filter_pattern=SIGN_IN, metric_transformation_name="other")
    rest = metric_filter(A, name="c", filter_pattern=NO_SIGN_IN, metric_transformation_name="third")
    (outcome,) = judge([invalid, elsewhere, rest])
    assert outcome.verdict.code == "FILTER_MISSES_EVENTS"
    assert outcome.verdict.remedy.startswith("Widen the pattern, or add")
    assert " ct: it misses every root call" in outcome.verdict.sentence
    (outcome,) = judge([invalid])
    assert outcome.verdict.code == "FILTER_PATTERN_INVALID"
    assert outcome.verdict.remedy.startswith("Add a filter")
    assert " ct: CloudWatch Logs does not accept" in outcome.verdict.sentence


@pytest.mark.parametrize(("count", "more"), [(5, "(it has 0, 1, 2, 3, 4)"), (6, "(it has 0, 1, 2, 3, 4 and 1 more)")])
def test_five_filters_about_something_else_are_named(count: int, more: str) -> None:
    (outcome,) = judge([metric_filter(A, name=str(number), filter_pattern=UNRELATED) for number in range(count)])
    assert outcome.verdict.code == "FILTER_NONE_ABOUT_CONTROL"
    assert more in outcome.verdict.sentence


def test_a_filter_of_calls_that_misses_some_has_a_witness_too() -> None:
    facts = Facts(metric_filters=(metric_filter(A, filter_pattern='{ $.eventName = "CreateTrail" }'),))
    (outcome,) = judge_filters(GROUP, Lookup(facts), FilterQuestion(control("4.5"), A))
    assert outcome.decision is not None
    assert outcome.decision.witness is not None
