"""``aws_cloudwatch_log_metric_filter``: DescribeMetricFilters per account, region and log group, page by page.

Steampipe shows the first metric transformation; the whole list, as the API returns it, goes to ``sp_ctx``, and so does
all else that it has no column for.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.log_groups import ask_by_group
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import Collecting, ConnectedAccount, Row, RowRequest, row

TABLE = "aws_cloudwatch_log_metric_filter"


def collect(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the filters of the log groups, or of all groups. Returns what failed."""
    return ask_by_group(collector, request, _call)


def _call(collector: Collecting, account: ConnectedAccount, region: str, group: str | None) -> Call:
    def work() -> None:
        arguments = {"logGroupName": group} if group else {}
        # A group that does not exist is a failure of that kind, so that nobody takes it for one without filters.
        pages = collector.aws.pages(account.connection, region, "logs", "DescribeMetricFilters", arguments)
        collector.keep(TABLE, [_row(account, region, item) for page in pages for item in page["metricFilters"]])

    return Call(work, TABLE, account.connection, region, group)


def _row(account: ConnectedAccount, region: str, item: Row) -> Row:
    """A metric filter as Steampipe shows it: the first transformation in columns, all of them beside."""
    name, group = str(item["filterName"]), str(item["logGroupName"])
    transformations = item.get("metricTransformations") or []
    first = transformations[0] if transformations else {}
    arn = f"arn:{account.partition}:logs:{region}:{account.account_id}:log-group:{group}:metric-filter:{name}"
    created = item.get("creationTime")
    beyond = {
        "metric_transformations": transformations,
        "field_selection_criteria": item.get("fieldSelectionCriteria"),
        "emit_system_field_dimensions": item.get("emitSystemFieldDimensions") or [],
        "apply_on_transformed_logs": bool(item.get("applyOnTransformedLogs")),
        "unknown_fields": undecided("logs.DescribeMetricFilters", "metricFilters", item),
    }
    return row(account, region, title=name, aka=arn, **beyond) | {
        "name": name,
        "log_group_name": group,
        "creation_time": datetime.fromtimestamp(created / 1000, UTC) if created else None,
        "filter_pattern": item.get("filterPattern"),
        "metric_transformation_name": first.get("metricName"),
        "metric_transformation_namespace": first.get("metricNamespace"),
        "metric_transformation_value": first.get("metricValue"),
    }
