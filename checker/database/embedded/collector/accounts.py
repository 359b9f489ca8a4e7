"""``aws_account``: GetCallerIdentity once a connection; and the regions: DescribeRegions for "every region"."""

from __future__ import annotations

from checker.arns import parse_arn
from checker.aws.partitions import DEFAULT_PARTITION, partition_of
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import Collecting, ConnectedAccount, RowRequest, row

TABLE = "aws_account"


def identity(collector: Collecting, connection: str) -> Call:
    """Who a connection is. The call's value is an ``ConnectedAccount``."""

    def work() -> ConnectedAccount:
        region = collector.aws.first_region(connection)
        answer = collector.aws.call(connection, region, "sts", "GetCallerIdentity")
        caller = parse_arn(str(answer["Arn"]))
        account = ConnectedAccount(
            connection, str(answer["Account"]), caller.partition if caller else DEFAULT_PARTITION
        )
        arn = f"arn:{account.partition}:::{account.account_id}"
        collector.keep(TABLE, [row(account, "global", title=account.account_id, aka=arn) | {"arn": arn}])
        return account

    return Call(work, TABLE, connection)


def regions(collector: Collecting, account: ConnectedAccount) -> Call:
    """The regions of an account. The call's value is the names of those that are enabled."""

    def work() -> tuple[str, ...]:
        first = collector.aws.first_region(account.connection)
        answer = collector.aws.call(account.connection, first, "ec2", "DescribeRegions", {"AllRegions": True})
        enabled = [region for region in answer["Regions"] if region.get("OptInStatus") != "not-opted-in"]
        return tuple(region["RegionName"] for region in enabled)

    return Call(work, "regions", account.connection)


def places(collector: Collecting, request: RowRequest) -> tuple[list[tuple[ConnectedAccount, str]], list[Outcome]]:
    """Accounts with their regions, and what failed on the way: the regions asked for, else every enabled one.

    A region of another partition than the account's is left out: credentials are worth nothing there.
    """
    if request.regions is not None:
        asked = dict.fromkeys(request.regions)
        return [
            (account, region)
            for account in request.accounts
            for region in asked
            if partition_of(region) == account.partition
        ], []
    outcomes = collector.ask([regions(collector, account) for account in request.accounts])
    found = [
        (account, region)
        for account, outcome in zip(request.accounts, outcomes, strict=True)
        if outcome.error is None
        for region in outcome.value
    ]
    return found, [outcome for outcome in outcomes if outcome.error is not None]
