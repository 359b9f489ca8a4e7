"""``aws_cloudwatch_alarm``: DescribeAlarms per account and region, metric and composite alarms in one go.

Steampipe shows metric alarms only. Composite alarms become rows without a metric, with their rule in ``sp_ctx``.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import Collecting, ConnectedAccount, Row, RowRequest, filled, row

TABLE = "aws_cloudwatch_alarm"
_COMMON = {
    "name": "AlarmName",
    "arn": "AlarmArn",
    "state_value": "StateValue",
    "actions_enabled": "ActionsEnabled",
    "alarm_configuration_updated_timestamp": "AlarmConfigurationUpdatedTimestamp",
    "alarm_description": "AlarmDescription",
    "state_reason": "StateReason",
    "state_reason_data": "StateReasonData",
    "state_updated_timestamp": "StateUpdatedTimestamp",
    "state_transitioned_timestamp": "StateTransitionedTimestamp",
}
_METRIC = {
    "comparison_operator": "ComparisonOperator",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "evaluate_low_sample_count_percentile": "EvaluateLowSampleCountPercentile",
    "evaluation_periods": "EvaluationPeriods",
    "extended_statistic": "ExtendedStatistic",
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "period": "Period",
    "threshold": "Threshold",
    "threshold_metric_id": "ThresholdMetricId",
    "treat_missing_data": "TreatMissingData",
}
_ACTIONS = {
    "alarm_actions": "AlarmActions",
    "ok_actions": "OKActions",
    "insufficient_data_actions": "InsufficientDataActions",
}
_QUERY = ("Id", "AccountId", "Expression", "Label", "MetricStat", "Period", "ReturnData")


def collect(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the alarms of the request's places. Returns what failed."""
    places, failed = accounts.places(collector, request)
    outcomes = collector.ask([_call(collector, account, region) for account, region in places])
    return failed + [outcome for outcome in outcomes if outcome.error is not None]


def _call(collector: Collecting, account: ConnectedAccount, region: str) -> Call:
    def work() -> None:
        arguments = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        pages = collector.aws.pages(account.connection, region, "cloudwatch", "DescribeAlarms", arguments)
        collector.keep(TABLE, [_metric_row(account, region, item) for page in pages for item in page["MetricAlarms"]])
        collector.keep(
            TABLE, [_composite_row(account, region, item) for page in pages for item in page.get("CompositeAlarms", [])]
        )

    return Call(work, TABLE, account.connection, region)


def _metric_row(account: ConnectedAccount, region: str, item: Row) -> Row:
    """A metric alarm as Steampipe shows it, with what Steampipe has no column for."""
    beyond = {"unknown_fields": undecided("cloudwatch.DescribeAlarms", "MetricAlarms", item)}
    if criteria := item.get("EvaluationCriteria"):
        beyond["evaluation_criteria"] = criteria
    return (
        row(account, region, title=str(item["AlarmName"]), aka=item["AlarmArn"], **beyond)
        | _shared(item)
        | {column: item.get(key) for column, key in _METRIC.items()}
        | {
            # Go's zero values, as Steampipe shows enumerations and lists that are not set.
            "statistic": item.get("Statistic") or "",
            "unit": item.get("Unit") or "",
            "dimensions": item.get("Dimensions") or [],
            "metrics": [_metric_query(query) for query in item.get("Metrics") or []],
        }
    )


def _composite_row(account: ConnectedAccount, region: str, item: Row) -> Row:
    title, arn, rule = str(item["AlarmName"]), item["AlarmArn"], item.get("AlarmRule")
    unknown = undecided("cloudwatch.DescribeAlarms", "CompositeAlarms", item)
    return row(account, region, title=title, aka=arn, alarm_rule=rule, unknown_fields=unknown) | _shared(item)


def _shared(item: Row) -> Row:
    described = {column: item.get(key) for column, key in _COMMON.items()}
    return described | {column: item.get(key) or [] for column, key in _ACTIONS.items()}


def _metric_query(query: Row) -> Row:
    shown = filled(query, _QUERY)
    if (stat := query.get("MetricStat")) is not None:
        metric = filled(stat["Metric"], ("Namespace", "MetricName")) | {
            "Dimensions": stat["Metric"].get("Dimensions") or []
        }
        shown["MetricStat"] = filled(stat, ("Period", "Stat")) | {"Metric": metric, "Unit": stat.get("Unit") or ""}
    return shown
