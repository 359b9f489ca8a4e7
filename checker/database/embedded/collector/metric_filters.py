"""``aws_cloudwatch_log_metric_filter``: DescribeMetricFilters per account, region and log group, page by page.

Steampipe shows the first metric transformation; the whole list, as the API returns it, goes to ``sp_ctx``, and so does
all else that it has no column for.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.asking import Account, Asker, Question, Row, row
from checker.database.embedded.collector.units import Outcome, Unit

TABLE = "aws_cloudwatch_log_metric_filter"


def collect(asker: Asker, question: Question) -> list[Outcome]:
    """Ask for the filters of the log groups, or of all groups. Returns what failed."""
    places, failed = accounts.places(asker, question)
    groups: tuple[str, ...] = ("",) if question.log_group_names is None else question.log_group_names
    units = [
        _unit(asker, account, region, group)
        for account, region in places
        for group in dict.fromkeys(groups)
        if not asker.has(TABLE, account.connection, region, "")
    ]
    return failed + [outcome for outcome in asker.ask(units) if outcome.error is not None]


def _unit(asker: Asker, account: Account, region: str, group: str) -> Unit:
    def work() -> None:
        arguments = {"logGroupName": group} if group else {}
        # A group that does not exist is a failure of that kind, so that nobody takes it for one without filters.
        pages = asker.aws.pages(account.connection, region, "logs", "DescribeMetricFilters", arguments)
        asker.keep(TABLE, [_row(account, region, item) for page in pages for item in page["metricFilters"]])

    return Unit((TABLE, account.connection, region, group), work)


def _row(account: Account, region: str, item: Row) -> Row:
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
