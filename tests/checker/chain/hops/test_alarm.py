"""Hop 4. Which alarms watch exactly the metric that the filter publishes, and ring for one event."""

from __future__ import annotations

from typing import Any

import pytest

from checker.arns import LogGroupId
from checker.chain.decisions import FilterQuestion
from checker.chain.hops.alarm import judge_alarms, judge_feed
from checker.chain.hops.metric_filter import Feed, Publication, judge_filters
from checker.chain.lookup import Lookup
from checker.facts import Facts, ReadFailure
from checker.findings import HopStatus
from tests.builders import ROOT, A, B, alarm, metric_filter
from tests.checker.chain.judging import account, control

GROUP = LogGroupId(A, "us-east-1", "ct")
METRIC = {"Namespace": "CISBenchmark", "MetricName": "root", "Dimensions": []}
OTHER = {"Namespace": "CISBenchmark", "MetricName": "other"}


def publication(**transformation: Any) -> Publication:
    """What the benchmark's filter publishes; with arguments as AWS itself shows it."""
    shown = {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"} | transformation
    item = metric_filter(A, metric_transformations=[shown] if transformation else None)
    (outcome,) = judge_filters(GROUP, Lookup(Facts(metric_filters=(item,))), FilterQuestion(control(), A))
    assert outcome.follow is not None
    return outcome.follow.publication


def stat(
    identifier: str, metric: dict[str, Any] = METRIC, *, returned: bool | None = False, **more: Any
) -> dict[str, Any]:
    query = {"Id": identifier, "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 300}, "Expression": None}
    return query | ({} if returned is None else {"ReturnData": returned}) | more


def expression(text: str, *, returned: bool | None = True, identifier: str = "e1") -> dict[str, Any]:
    query: dict[str, Any] = {"Id": identifier, "Expression": text, "MetricStat": None}
    return query | ({} if returned is None else {"ReturnData": returned})


def math(*queries: Any, **changes: Any) -> Any:
    unset = {"metric_name": None, "namespace": None, "statistic": None, "period": None}
    return alarm(A, metrics=list(queries), **(unset | changes))


def judge(*alarms: Any, published: Publication | None = None) -> tuple[str, str]:
    outcome = judge_alarms(GROUP, published or publication(), alarms)[0]
    return str(outcome.verdict.status), outcome.verdict.sentence


def test_the_benchmarks_alarm_rings() -> None:
    status, reason = judge(alarm(A))
    assert status == "ok"
    assert "alarm root compares the sum in 300 s with >= 1" in reason


def test_no_alarm() -> None:
    status, reason = judge()
    assert status == "alarm"
    assert reason.startswith("no alarm in us-east-1 watches the metric CISBenchmark/root. Add one: `aws ")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"namespace": "Other"}, "(alarm root watches Other/root, another metric)"),
        ({"namespace": "cisbenchmark"}, "(alarm root watches cisbenchmark/root, another metric)"),
        ({"metric_name": "other"}, "CISBenchmark/root."),
        # PromQL and other alarms without a metric.
        ({"metric_name": None, "namespace": None, "metrics": None}, "CISBenchmark/root."),
        ({"metric_name": "root", "namespace": None}, "CISBenchmark/root."),
        ({"metric_name": None, "namespace": None, "alarm_rule": "ALARM(x)"}, "CISBenchmark/root."),
    ],
)
def test_an_alarm_of_something_else_is_not_it(changes: dict[str, Any], hint: str) -> None:
    status, reason = judge(alarm(A, **changes))
    assert status == "alarm"
    assert reason.startswith("no alarm in us-east-1 watches the metric")
    assert hint in reason


def test_one_event_of_ten_is_said_in_numbers() -> None:
    status, reason = judge(alarm(A, threshold=10.0))
    assert status == "alarm"
    assert "10 events in 300 s are needed" in reason


def test_the_best_alarm_comes_first() -> None:
    loud, deaf, dynamic = alarm(A, name="z"), alarm(A, name="a", threshold=5.0), alarm(A, name="m", threshold=None)
    outcomes = judge_alarms(GROUP, publication(), [deaf, dynamic, loud])
    assert [outcome.verdict.status for outcome in outcomes] == [HopStatus.OK, HopStatus.UNKNOWN, HopStatus.ALARM]


def test_an_anomaly_band_is_no_fixed_threshold() -> None:
    status, reason = judge(
        alarm(A, threshold=None, threshold_metric_id="ad1", comparison_operator="GreaterThanUpperThreshold")
    )
    assert status == "unknown"
    assert "no fixed threshold" in reason


def test_an_extended_statistic_is_the_statistic() -> None:
    assert judge(alarm(A, statistic=None, extended_statistic="p100"))[0] == "ok"


# -- units ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "published", "status"),
    [
        ("", {"unit": "Count"}, "ok"),
        (None, {"unit": "Count"}, "ok"),
        ("Count", {"unit": "Count"}, "ok"),
        ("Seconds", {"unit": "Count"}, "alarm"),
        ("Count", {"unit": None}, "alarm"),
        ("None", {"unit": None}, "ok"),
        ("None", {"unit": "Count"}, "alarm"),
    ],
)
def test_an_alarm_takes_datapoints_of_its_unit_only(unit: str | None, published: dict[str, Any], status: str) -> None:
    assert judge(alarm(A, unit=unit), published=publication(**published))[0] == status


@pytest.mark.parametrize(("unit", "status"), [("Count", "unknown"), ("None", "ok"), ("", "ok")])
def test_a_unit_that_the_source_does_not_show_is_not_known(unit: str, status: str) -> None:
    assert judge(alarm(A, unit=unit))[0] == status


# -- dimensions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watched", "published", "status", "sentence"),
    [
        ([], {}, "ok", ""),
        ([{"Name": "x", "Value": "1"}], None, "alarm", "with the dimension x, which the filter does not publish"),
        ([], {"x": "$.eventName"}, "alarm", "without the dimension x that the filter publishes"),
        ([{"Name": "x", "Value": "CreateUser"}], {"x": "$.eventName"}, "alarm", "only events whose $.eventName is"),
        ([{"Name": "x", "Value": A}], {"x": "$.recipientAccountId"}, "ok", ""),
        ([{"Name": "x", "Value": B}], {"x": "$.recipientAccountId"}, "alarm", "only events whose $.recipientAccountId"),
    ],
)
def test_dimensions_are_part_of_the_metric(
    watched: list[dict[str, str]], published: dict[str, str] | None, status: str, sentence: str
) -> None:
    shown = publication() if published is None else publication(dimensions=published)
    found, reason = judge(alarm(A, dimensions=watched), published=shown)
    assert found == status
    assert sentence in reason


# -- metric math ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queries", "status"),
    [
        ([stat("m1", returned=True)], "ok"),
        ([stat("m1", returned=None)], "ok"),
        ([stat("m1"), expression("m1")], "ok"),
        ([stat("m1"), expression("SUM([m1])")], "ok"),
        ([stat("m1"), expression("sum( [ m1 ] )")], "ok"),
        ([stat("m1"), expression("MAX([m1])")], "ok"),
        ([stat("m1"), expression("FILL(m1, 0)")], "ok"),
        ([stat("m1"), expression("FILL(m1, REPEAT)")], "ok"),
        ([stat("m1"), expression("FILL(m1,LINEAR)")], "ok"),
        ([stat("m1"), expression("FILL(e2, 0)"), expression("SUM([m1])", returned=False, identifier="e2")], "ok"),
        ([stat("m1"), expression("FILL(m1, 1)")], "alarm"),
        ([stat("m1"), expression("FILL(m1, m2)")], "unknown"),
        ([stat("m1"), expression("RATE(m1)")], "unknown"),
        ([stat("m1"), expression("m1 * 2")], "unknown"),
        ([stat("m1"), stat("m2", OTHER), expression("m1 + m2")], "unknown"),
        ([stat("m1"), stat("m2", OTHER), expression("SUM([m1, m2])")], "unknown"),
        ([stat("m1", returned=None), expression("m1", returned=True)], "ok"),
        ([stat("m1", returned=True), stat("m2", OTHER, returned=True)], "unknown"),
        ([stat("m1"), expression("e1")], "unknown"),
        # The metric is there, but another one is returned: not it.
        ([stat("m1"), stat("m2", OTHER, returned=True)], "alarm"),
        ([stat("m2", OTHER, returned=True)], "alarm"),
        (["not a query"], "unknown"),
        ([expression("SEARCH('{CISBenchmark} MetricName=\"root\"', 'Sum', 300)")], "unknown"),
        ([expression("search('{CISBenchmark} MetricName=\"other\"', 'Sum', 300)")], "alarm"),
    ],
)
def test_metric_math_that_returns_the_metric_itself(queries: list[Any], status: str) -> None:
    assert judge(math(*queries))[0] == status


def test_metric_math_is_evaluated_with_its_own_statistic_and_period() -> None:
    query = stat("m1", returned=True)
    query["MetricStat"] |= {"Stat": "Average", "Period": 60, "Unit": "Seconds"}
    assert judge(math(query), published=publication(unit="Seconds"))[0] == "ok"
    assert judge(math(query), published=publication(unit="Count"))[0] == "alarm"
    assert "the average in 60 s" in judge(math(query), published=publication(unit="Seconds"))[1]


def test_zeros_that_fill_gaps_are_datapoints() -> None:
    # Less than 1 is in ALARM from the start.
    status, reason = judge(
        math(stat("m1"), expression("FILL(m1, 0)"), comparison_operator="LessThanThreshold", threshold=1.0)
    )
    assert status == "alarm"
    assert "zeros" in reason


@pytest.mark.parametrize(("account", "status"), [(None, "ok"), (A, "ok"), (B, "alarm")])
def test_a_metric_of_another_account_is_another_metric(account: str | None, status: str) -> None:
    found, reason = judge(math(stat("m1", returned=True, AccountId=account)))
    assert found == status
    if account == B:
        assert f"watches the metric of account {B}. Watch that of {A}, or add an alarm beside it" in reason


# -- queries -------------------------------------------------------------------------------------------------------


def insights(text: str, *, period: int | None = 300, **more: Any) -> dict[str, Any]:
    return expression(text) | {"Period": period} | more


PER_REGION = "SELECT SUM(root) FROM SCHEMA(CISBenchmark, Region)"


@pytest.mark.parametrize(
    ("text", "dimensions", "status"),
    [
        ("SELECT SUM(root) FROM CISBenchmark", {}, "ok"),
        ('SELECT SUM("root") FROM SCHEMA("CISBenchmark")', {}, "ok"),
        (f"{PER_REGION} GROUP BY Region ORDER BY SUM() DESC", {"Region": "$.awsRegion"}, "ok"),
        (PER_REGION, {"Region": "$.awsRegion"}, "ok"),
        ("SELECT SUM(root) FROM CISBenchmark", {"Region": "$.awsRegion"}, "ok"),
        (PER_REGION, {}, "alarm"),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark)", {"Region": "$.awsRegion"}, "alarm"),
        (PER_REGION, {"User": "$.eventName"}, "alarm"),
        ("SELECT SUM(other) FROM CISBenchmark", {}, "alarm"),
        ("SELECT SUM(root) FROM Other", {}, "alarm"),
        ("SELECT SUM(root) FROM CISBenchmark WHERE a = 'b'", {}, "unknown"),
        (f"{PER_REGION} GROUP BY Region", {"Region": "$.awsRegion"}, "unknown"),
        # Not a query that AWS documents, and it may be over the metric.
        ("SELECT P99(root) FROM CISBenchmark", {}, "unknown"),
        ("SELECT P99(other) FROM CISBenchmark", {}, "alarm"),
    ],
)
def test_a_metrics_insights_query(text: str, dimensions: dict[str, str], status: str) -> None:
    assert judge(math(insights(text)), published=publication(dimensions=dimensions))[0] == status


@pytest.mark.parametrize(
    ("function", "threshold", "status"),
    [("SUM", 1.0, "ok"), ("SUM", 2.0, "alarm"), ("COUNT", 1.0, "ok"), ("MAX", 1.0, "ok"), ("MIN", 1.0, "ok")],
)
def test_a_query_is_evaluated_by_its_function(function: str, threshold: float, status: str) -> None:
    text = f"SELECT {function}(root) FROM SCHEMA(CISBenchmark)"
    assert judge(math(insights(text), threshold=threshold))[0] == status
    zeros = publication(defaultValue=0)
    assert judge(math(insights(text)), published=zeros)[0] == ("ok" if function in {"SUM", "MAX"} else "alarm")


@pytest.mark.parametrize(
    ("period", "periods", "status"),
    [
        (300, 36, "ok"),
        (300, 37, "unknown"),
        (10800, 1, "ok"),
        (10801, 1, "unknown"),
        (None, 1, "unknown"),
        (60, None, "ok"),
    ],
)
def test_a_query_looks_back_three_hours(period: int | None, periods: int | None, status: str) -> None:
    row = math(
        insights("SELECT SUM(root) FROM CISBenchmark", period=period),
        evaluation_periods=periods,
        datapoints_to_alarm=1,
    )
    assert judge(row)[0] == status


def test_metric_math_over_a_query() -> None:
    query = insights("SELECT SUM(root) FROM CISBenchmark", Id="q1", ReturnData=False)
    assert judge(math(query, expression("FILL(q1, 0)")))[0] == "ok"
    assert judge(math(query, expression("q1 * 2")))[0] == "unknown"
    grouped = insights(f"{PER_REGION} GROUP BY Region ORDER BY SUM()", Id="q1", ReturnData=False)
    shown = publication(dimensions={"Region": "$.awsRegion"})
    assert judge(math(grouped, expression("FILL(q1, 0)")), published=shown)[0] == "unknown"
    elsewhere = insights("SELECT SUM(root) FROM CISBenchmark", AccountId=B)
    assert judge(math(elsewhere))[0] == "alarm"
    # The metric is asked for, and another query is what the alarm returns.
    other = insights("SELECT SUM(other) FROM CISBenchmark", Id="q2")
    assert judge(math(query, other))[0] == "alarm"


def test_what_a_query_takes_in_besides_is_said() -> None:
    row = math(insights("SELECT SUM(root) FROM CISBenchmark"))
    (outcome,) = judge_alarms(GROUP, publication(), [row])
    assert outcome.unverified == ("alarm root: its query also takes in metrics of the same name with other dimensions",)
    exact = math(insights("SELECT SUM(root) FROM SCHEMA(CISBenchmark)"))
    assert judge_alarms(GROUP, publication(), [exact])[0].unverified == ()


@pytest.mark.parametrize(
    ("criteria", "status"),
    [
        ({"PromQLCriteria": {"Query": "sum(http_server_errors) > 5"}}, "alarm"),
        ({"PromQLCriteria": {"Query": 'sum(errors{a="b"}) by (c) > 5'}}, "alarm"),
        ({"PromQLCriteria": {"Query": "sum(errors {a='b'})"}}, "alarm"),
        ({"PromQLCriteria": {"Query": "sum(root) > 0"}}, "unknown"),
        ({"PromQLCriteria": {"Query": '{"root", "@aws.namespace"="CISBenchmark"}'}}, "unknown"),
        ({"PromQLCriteria": {"Query": 'sum({a="b"})'}}, "unknown"),
        ({"PromQLCriteria": {"Query": 'errors or {a="b"}'}}, "unknown"),
        ({"PromQLCriteria": {"Query": 'errors{__name__=~"r.*"}'}}, "unknown"),
        ({"PromQLCriteria": {}}, "unknown"),
        ({"SomethingNew": {}}, "unknown"),
        ("text", "unknown"),
        (None, "alarm"),
    ],
)
def test_a_promql_alarm_is_undecided_where_it_may_be_over_the_metric(criteria: Any, status: str) -> None:
    row = alarm(A, metric_name=None, namespace=None, metrics=None, threshold=None, evaluation_criteria=criteria)
    assert judge(row)[0] == status


def test_promql_spells_other_characters_as_an_underscore() -> None:
    row = alarm(A, metric_name=None, evaluation_criteria={"PromQLCriteria": {"Query": "root_use > 0"}})
    assert judge(row, published=publication(metricName="root-use"))[0] == "unknown"


@pytest.mark.parametrize(
    "metrics",
    ["text", {"Id": "m1"}, [stat("m1"), "text"], [None], [stat("m1"), {"Id": "m2", "ReturnData": True}]],
)
def test_a_definition_that_cannot_be_read_is_not_known(metrics: Any) -> None:
    assert judge(alarm(A, metric_name=None, metrics=metrics))[0] == "unknown"


def test_an_anomaly_band_is_undecided_for_the_metric_and_nothing_to_another() -> None:
    band = expression("ANOMALY_DETECTION_BAND(m1, 2)", identifier="ad1")
    for metric, status in ((METRIC, "unknown"), (OTHER, "alarm")):
        row = math(
            stat("m1", metric, returned=True),
            band,
            threshold=None,
            threshold_metric_id="ad1",
            comparison_operator="GreaterThanUpperThreshold",
        )
        assert judge(row)[0] == status


def with_system_fields(*names: str) -> Publication:
    shown = {"metricName": "root", "metricNamespace": "CISBenchmark", "metricValue": "1"}
    item = metric_filter(A, metric_transformations=[shown], emit_system_field_dimensions=list(names))
    (outcome,) = judge_filters(GROUP, Lookup(Facts(metric_filters=(item,))), FilterQuestion(control(), A))
    assert outcome.follow is not None
    return outcome.follow.publication


ACCOUNT = {"Name": "@aws.account", "Value": A}
REGION = {"Name": "@aws.region", "Value": "us-east-1"}


@pytest.mark.parametrize(
    ("dimensions", "status"),
    [
        ([ACCOUNT, REGION], "ok"),
        ([], "alarm"),
        ([ACCOUNT], "alarm"),
        ([ACCOUNT | {"Value": B}, REGION], "alarm"),
        ([ACCOUNT, REGION | {"Value": "eu-west-1"}], "alarm"),
        ([ACCOUNT, REGION, {"Name": "x", "Value": "y"}], "alarm"),
    ],
)
def test_dimensions_of_system_fields_must_be_watched_as_they_are(dimensions: list[Any], status: str) -> None:
    published = with_system_fields("@aws.account", "@aws.region")
    assert judge(alarm(A, dimensions=dimensions), published=published)[0] == status


def test_an_alarm_with_a_field_that_is_not_decided_is_unknown_and_followed() -> None:
    (outcome,) = judge_alarms(GROUP, publication(), [alarm(A, unknown_fields=["EvaluationState"])])
    assert outcome.verdict.code == "ALARM_FIELD_UNKNOWN"
    assert outcome.follow is not None
    (broken,) = judge_alarms(GROUP, publication(), [alarm(A, threshold=9.0, unknown_fields=["EvaluationState"])])
    assert broken.verdict.status is HopStatus.ALARM


def test_a_default_value_that_breaches_is_left_out_by_a_filter_beside_with_an_alarm_of_its_own() -> None:
    (outcome,) = judge_alarms(GROUP, publication(defaultValue=1), [alarm(A)])
    remedy = outcome.verdict.remedy or ""
    assert outcome.verdict.code == "ALARM_ALWAYS_RED"
    assert remedy.startswith("Publish without that default value: `aws logs put-metric-filter")
    assert "--metric-name root-plain" in remedy


# -- monitoring accounts -------------------------------------------------------------------------------------------

MONITOR = "333333333333"


def monitoring(account_id: str = A, **changes: Any) -> Any:
    """An alarm of a monitoring account on the metric of an account."""
    query = stat("m1", returned=True, AccountId=account_id)
    place = {"account_id": MONITOR, "name": "watch", "arn": f"arn:aws:cloudwatch:us-east-1:{MONITOR}:alarm:watch"}
    return math(query, **(place | changes))


def fed(*alarms: Any, failures: tuple[ReadFailure, ...] = ()) -> list[tuple[str, str | None]]:
    accounts = tuple(account(number) for number in (A, B, MONITOR))
    lookup = Lookup(Facts(accounts=accounts, alarms=alarms, failures=failures))
    outcomes = judge_feed(Feed(GROUP, publication()), lookup)
    return [(o.verdict.code, o.follow.account_id if o.follow else None) for o in outcomes]


def test_an_alarm_of_a_monitoring_account_counts_where_the_accounts_own_do_not() -> None:
    assert fed(monitoring()) == [("ALARM_FIRES", MONITOR)]
    assert fed(alarm(A, threshold=9.0), monitoring()) == [
        ("ALARM_FIRES", MONITOR),
        ("ALARM_NEEDS_MORE_EVENTS", None),
    ]
    assert fed(alarm(A), monitoring()) == [("ALARM_FIRES", A)]


@pytest.mark.parametrize(
    "other",
    [
        monitoring(B),
        monitoring(MONITOR),
        monitoring(region="eu-west-1"),
        alarm(MONITOR),
        math(stat("m1", OTHER, returned=True, AccountId=A), account_id=MONITOR),
        math(stat("m1", returned=True, AccountId=A), stat("m2", AccountId=B), account_id=MONITOR),
    ],
    ids=["another account", "its own", "another region", "no account", "another metric", "two accounts"],
)
def test_an_alarm_of_another_account_that_watches_something_else_does_not(other: Any) -> None:
    assert fed(other) == [("ALARM_NONE", None)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"SELECT SUM(root) FROM CISBenchmark WHERE AWS.AccountId = '{A}'", "ALARM_EXPRESSION_UNDECIDED"),
        (f"select sum(root) from CISBenchmark where \"AWS.AccountId\"='{A}'", "ALARM_EXPRESSION_UNDECIDED"),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY AWS.AccountId ORDER BY SUM()", "ALARM_EXPRESSION_UNDECIDED"),
        (f"SELECT SUM(root) FROM CISBenchmark WHERE AWS.AccountId = '{B}'", "ALARM_NONE"),
        (f"SELECT SUM(other) FROM CISBenchmark WHERE AWS.AccountId = '{A}'", "ALARM_NONE"),
        ("SELECT SUM(root) FROM CISBenchmark", "ALARM_NONE"),
        (f"m1 WHERE AWS.AccountId = '{A}'", "ALARM_NONE"),
    ],
)
def test_a_query_of_a_monitoring_account_over_this_account_is_not_nothing(query: str, code: str) -> None:
    assert fed(math(insights(query), account_id=MONITOR)) == [(code, None)]


def test_a_query_over_every_account_says_nothing_new_of_its_own() -> None:
    grouped = "SELECT SUM(root) FROM CISBenchmark GROUP BY AWS.AccountId ORDER BY SUM()"
    assert fed(math(insights(grouped))) == [("ALARM_EXPRESSION_UNDECIDED", None)]


def test_what_a_monitoring_account_watches_is_judged_like_any_alarm() -> None:
    assert fed(monitoring(threshold=9.0)) == [("ALARM_NEEDS_MORE_EVENTS", None)]


def test_own_alarms_that_were_not_read_do_not_hide_one_that_was() -> None:
    denied = ReadFailure("alarms", "Denied", None, A, "us-east-1")
    assert fed(monitoring(), failures=(denied,)) == [("ALARM_FIRES", MONITOR), ("ALARMS_NOT_READ", None)]


def test_alarms_of_others_that_were_not_read_are_said_and_decide_nothing() -> None:
    denied = tuple(ReadFailure("alarms", "Denied", None, number, "us-east-1") for number in (MONITOR, B))
    lookup = Lookup(Facts(accounts=tuple(map(account, (A, B, MONITOR))), failures=denied))
    (outcome,) = judge_feed(Feed(GROUP, publication()), lookup)
    assert outcome.verdict.code == "ALARM_NONE"
    assert outcome.unverified == (f"the alarms of {B}, {MONITOR} could not be read: one there may watch this metric",)


def unverified(*alarms: Any, failed: int = 2) -> tuple[str, ...]:
    others = [f"{number:012}" for number in range(1, failed + 1)]
    denied = tuple(ReadFailure("alarms", "Denied", None, number, "us-east-1") for number in others)
    lookup = Lookup(Facts(accounts=tuple(map(account, (A, MONITOR, *others))), alarms=alarms, failures=denied))
    return judge_feed(Feed(GROUP, publication()), lookup)[0].unverified


def test_what_others_hide_is_of_no_matter_where_a_monitoring_account_holds() -> None:
    assert unverified(monitoring()) == ()


@pytest.mark.parametrize(("failed", "more"), [(3, ""), (4, " and 1 more")])
def test_three_accounts_that_were_not_read_are_named(failed: int, more: str) -> None:
    (said,) = unverified(failed=failed)
    assert f"000000000003{more} could not be read" in said


def test_what_to_type_keeps_the_alarms_actions_and_the_filters_pattern() -> None:
    (slow,) = judge_alarms(GROUP, publication(), [alarm(A, threshold=9.0)])
    assert f"--alarm-actions arn:aws:sns:us-east-1:{A}:cis" in slow.verdict.remedy
    (silent,) = judge_alarms(GROUP, publication(), [alarm(A, threshold=9.0, alarm_actions=[])])
    assert "--alarm-actions TOPIC_ARN" in silent.verdict.remedy
    narrow = publication(dimensions={"User": "$.userIdentity.arn"})
    (outcome,) = judge_alarms(GROUP, narrow, [alarm(A)])
    assert ROOT in outcome.verdict.remedy


@pytest.mark.parametrize(("published", "words"), [({"unit": "Count"}, "Count is"), ({"unit": None}, "no unit is")])
def test_the_unit_that_is_published_is_said(published: dict[str, Any], words: str) -> None:
    assert f"but {words} published." in judge(alarm(A, unit="Bytes"), published=publication(**published))[1]
