"""Hop 4: the metric and its evaluation. Sources: CloudWatch user guide (missing data, math), ``PutMetricAlarm``."""

from __future__ import annotations

from typing import Any

from tests.builders import NAMESPACE
from tests.checker.further.rows import Case, State, case, chain


def _one(expect: str, name: str, why: str, **columns: Any) -> Case:
    return case(name, expect, why, chain(alarm=columns))


def _stat(**changes: Any) -> dict[str, Any]:
    metric = {"Namespace": NAMESPACE, "MetricName": "root"}
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": True} | changes


def _math(expression: str | None, **changes: Any) -> dict[str, Any]:
    queries = [_stat(ReturnData=expression is None)]
    if expression is not None:
        queries.append({"Id": "e1", "Expression": expression, "ReturnData": True})
    empty: dict[str, Any] = dict.fromkeys(("metric_name", "namespace", "statistic", "period"))
    return empty | {"metrics": queries} | changes


def _beside_good() -> State:
    return chain(alarm={"threshold": 10.0}).alarm(name="zz-good")


NULLS: dict[str, Any] = dict.fromkeys(
    (
        "arn",
        "metric_name",
        "namespace",
        "statistic",
        "period",
        "evaluation_periods",
        "threshold",
        "comparison_operator",
        "actions_enabled",
        "alarm_actions",
        "dimensions",
        "metrics",
        "unit",
        "treat_missing_data",
    )
)

CASES: tuple[Case, ...] = (
    case("none", "alarm alarm", "no alarm", chain(alarm=None)),
    case(
        "other_region",
        "alarm alarm",
        "an alarm sees metrics of its own region",
        chain(alarm=None).alarm(region="eu-west-1"),
    ),
    case("second_good", "ok", "one alarm that fires is enough", _beside_good()),
    _one("alarm alarm", "metric_case", "metric names are case sensitive", metric_name="Root"),
    _one("alarm alarm", "everything_null", "a PromQL alarm watches no metric", **NULLS),
    _one("ok", "insufficient_data", "the present state does not decide", state_value="INSUFFICIENT_DATA"),
    _one("alarm alarm", "greater_than_one", "1 > 1 is false", comparison_operator="GreaterThanThreshold"),
    _one("ok", "greater_than_zero", "1 > 0", comparison_operator="GreaterThanThreshold", threshold=0.0),
    _one("alarm alarm", "less_than_one", "1 < 1 is false", comparison_operator="LessThanThreshold"),
    _one(
        "error alarm",
        "anomaly",
        "an anomaly band is no fixed threshold",
        comparison_operator="GreaterThanUpperThreshold",
        threshold=None,
        threshold_metric_id="ad1",
    ),
    _one("error alarm", "threshold_null", "not read", threshold=None),
    _one("error alarm", "statistic_null", "not read", statistic=None),
    _one("ok", "maximum", "the maximum of one value 1 is 1", statistic="Maximum"),
    _one("ok", "average", "without zeros the average is 1", statistic="Average"),
    _one("ok", "minimum", "without zeros the minimum is 1", statistic="Minimum"),
    _one("ok", "sample_count", "one event is one sample", statistic="SampleCount"),
    _one("ok", "percentile", "the 90th percentile of one value is the value", statistic=None, extended_statistic="p90"),
    _one(
        "alarm alarm",
        "percentile_low_samples",
        "low sample counts are ignored",
        statistic=None,
        extended_statistic="p90",
        evaluate_low_sample_count_percentile="ignore",
    ),
    _one(
        "ok",
        "one_of_five",
        "M of N: one datapoint of five is enough",
        evaluation_periods=5,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
    ),
    _one(
        "alarm alarm",
        "two_of_five",
        "one event gives one of the two datapoints",
        evaluation_periods=5,
        datapoints_to_alarm=2,
        treat_missing_data="notBreaching",
    ),
    _one(
        "alarm alarm",
        "three_of_three",
        "N of N where M is left out",
        evaluation_periods=3,
        treat_missing_data="notBreaching",
    ),
    _one(
        "alarm alarm",
        "two_of_two_ignore",
        "missing data keeps the state",
        evaluation_periods=2,
        treat_missing_data="ignore",
    ),
    _one("ok", "three_of_three_missing", "table of missing data, row - - X - -: ALARM", evaluation_periods=3),
    _one("ok", "not_breaching", "the usual choice", treat_missing_data="notBreaching"),
    _one("ok", "ignore", "goes to ALARM once", treat_missing_data="ignore"),
    _one("alarm alarm", "breaching", "always red, never changes", treat_missing_data="breaching"),
    _one("ok", "one_day", "the length of the period does not matter", period=86400),
    _one("ok", "ten_seconds", "the length of the period does not matter", period=10),
    _one("ok", "math_metric", "the metric itself as a query", **_math(None)),
    _one("ok", "math_identity", "e1 = m1", **_math("m1")),
    _one("ok", "math_sum", "SUM of one series is the series", **_math("SUM([m1])")),
    _one("ok", "math_fill_zero", "FILL(m1, 0) is 0 at rest", **_math("FILL(m1, 0)")),
    _one(
        "ok",
        "math_fill_breaching",
        "with FILL nothing is missing",
        **_math("FILL(m1, 0)", treat_missing_data="breaching"),
    ),
    _one("alarm alarm", "math_fill_one", "FILL(m1, 1) breaches at rest", **_math("FILL(m1, 1)")),
    _one(
        "alarm alarm", "math_fill_two_of_two", "the next datapoint is a 0", **_math("FILL(m1, 0)", evaluation_periods=2)
    ),
    _one("error alarm", "math_arithmetic", "not modelled", **_math("m1 + 1 / 2")),
    _one("alarm alarm", "math_threshold", "1 >= 5 is false", **_math("m1", threshold=5.0)),
    _one(
        "alarm alarm",
        "math_foreign_account",
        "AccountId: the metric of another account",
        **_math(None) | {"metrics": [_stat(AccountId="210987654321")]},
    ),
    _one(
        "alarm alarm",
        "math_other_metric",
        "another metric",
        **_math(None)
        | {
            "metrics": [
                {
                    "Id": "m1",
                    "ReturnData": True,
                    "MetricStat": {
                        "Metric": {"Namespace": "AWS/EC2", "MetricName": "CPU"},
                        "Period": 300,
                        "Stat": "Sum",
                    },
                }
            ]
        },
    ),
    _one("error alarm", "unit_on_steampipe", "the filter's unit is not visible", unit="Count"),
    _one(
        "alarm alarm",
        "dimension_on_steampipe",
        "no filter of CIS publishes dimensions; the alarm asks for one",
        dimensions=[{"Name": "Account", "Value": "x"}],
    ),
)
