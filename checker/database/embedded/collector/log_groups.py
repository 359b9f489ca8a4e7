"""``aws_cloudwatch_log_group``: DescribeLogGroups per account, region and name, or of all groups page by page.

A name is asked for as a prefix: the API sorts by name, so the group of exactly that name comes first and the first
page answers. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.asking import Account, Asker, Question, Row, row
from checker.database.embedded.collector.units import Outcome, Unit

TABLE = "aws_cloudwatch_log_group"


def collect(asker: Asker, question: Question) -> list[Outcome]:
    """Ask for the log groups. Returns what failed."""
    places, failed = accounts.places(asker, question)
    names: tuple[str, ...] = ("",) if question.log_group_names is None else question.log_group_names
    units = [
        _unit(asker, account, region, name)
        for account, region in places
        for name in dict.fromkeys(names)
        if not asker.has(TABLE, account.connection, region, "")
    ]
    return failed + [outcome for outcome in asker.ask(units) if outcome.error is not None]


def _unit(asker: Asker, account: Account, region: str, name: str) -> Unit:
    def work() -> None:
        if name:
            arguments = {"logGroupNamePrefix": name}
            pages: list[Row] = [asker.aws.call(account.connection, region, "logs", "DescribeLogGroups", arguments)]
        else:
            pages = asker.aws.pages(account.connection, region, "logs", "DescribeLogGroups")
        found = [item for page in pages for item in page["logGroups"] if name in {"", item["logGroupName"]}]
        asker.keep(TABLE, [_row(account, region, item) for item in found])

    return Unit((TABLE, account.connection, region, name), work)


def _row(account: Account, region: str, item: Row) -> Row:
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
