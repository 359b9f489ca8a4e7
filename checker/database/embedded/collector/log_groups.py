"""``aws_cloudwatch_log_group``: DescribeLogGroups per account, region and name, or of all groups page by page.

A name is asked for as a prefix: the API sorts by name, so the group of exactly that name comes first and the first
page answers. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import Collecting, ConnectedAccount, Row, RowRequest, row

TABLE = "aws_cloudwatch_log_group"


def collect(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the log groups. Returns what failed."""
    return ask_by_group(collector, request, _call)


def ask_by_group(
    collector: Collecting,
    request: RowRequest,
    call: Callable[[Collecting, ConnectedAccount, str, str | None], Call],
) -> list[Outcome]:
    """Make ``call`` for each log group that is named, else once a region (name ``None``). Returns what failed.

    A region that was answered as a whole is not asked for its groups again.
    """
    places, failed = accounts.places(collector, request)
    names = (None,) if request.log_group_names is None else request.log_group_names
    calls = [
        call(collector, account, region, name)
        for account, region in places
        for name in dict.fromkeys(names)
        if not collector.has(call(collector, account, region, None))
    ]
    return failed + [outcome for outcome in collector.ask(calls) if outcome.error is not None]


def _call(collector: Collecting, account: ConnectedAccount, region: str, name: str | None) -> Call:
    def work() -> None:
        if name:
            arguments = {"logGroupNamePrefix": name}
            pages: list[Row] = [collector.aws.call(account.connection, region, "logs", "DescribeLogGroups", arguments)]
        else:
            pages = collector.aws.pages(account.connection, region, "logs", "DescribeLogGroups")
        found = [item for page in pages for item in page["logGroups"] if name in {None, item["logGroupName"]}]
        collector.keep(TABLE, [_row(account, region, item) for item in found])

    return Call(work, TABLE, account.connection, region, name)


def _row(account: ConnectedAccount, region: str, item: Row) -> Row:
    """A log group as Steampipe shows it, with what Steampipe has no column for."""
    name, arn = str(item["logGroupName"]), item.get("arn")
    created = item.get("creationTime")
    unknown = undecided("logs.DescribeLogGroups", "logGroups", item)
    return row(account, region, title=name, aka=arn, unknown_fields=unknown) | {
        "name": name,
        "arn": arn,
        "log_group_arn": item.get("logGroupArn"),
        "log_group_class": item.get("logGroupClass"),
        "creation_time": datetime.fromtimestamp(created / 1000, UTC) if created else None,
        "kms_key_id": item.get("kmsKeyId"),
        "metric_filter_count": item.get("metricFilterCount"),
        "retention_in_days": item.get("retentionInDays"),
        "stored_bytes": item.get("storedBytes"),
        "data_protection_status": item.get("dataProtectionStatus"),
        "inherited_properties": item.get("inheritedProperties"),
    }
