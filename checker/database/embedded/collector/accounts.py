"""``aws_account`` and ``aws_region``: GetCallerIdentity once a connection, DescribeRegions for "every region"."""

from __future__ import annotations

from checker.arns import parse_arn
from checker.aws.partitions import DEFAULT_PARTITION, partition_of
from checker.database.embedded.collector.asking import Account, Asker, Question, row
from checker.database.embedded.collector.units import Outcome, Unit

TABLE = "aws_account"
REGION_TABLE = "aws_region"


def identity(asker: Asker, connection: str) -> Unit:
    """Who a connection is. The unit's value is an ``Account``."""

    def work() -> Account:
        region = asker.aws.first_region(connection)
        answer = asker.aws.call(connection, region, "sts", "GetCallerIdentity")
        caller = parse_arn(str(answer["Arn"]))
        account = Account(connection, str(answer["Account"]), caller.partition if caller else DEFAULT_PARTITION)
        arn = f"arn:{account.partition}:::{account.account_id}"
        asker.keep(TABLE, [row(account, "global", title=account.account_id, aka=arn) | {"arn": arn}])
        return account

    return Unit((TABLE, connection), work)


def regions(asker: Asker, account: Account) -> Unit:
    """The regions of an account. The unit's value is the names of those that are enabled."""

    def work() -> tuple[str, ...]:
        first = asker.aws.first_region(account.connection)
        answer = asker.aws.call(account.connection, first, "ec2", "DescribeRegions", {"AllRegions": True})
        found = answer["Regions"]
        asker.keep(
            REGION_TABLE,
            [
                row(account, name, title=name, aka=f"arn:{account.partition}::{name}:{account.account_id}")
                | {"name": name, "opt_in_status": region.get("OptInStatus")}
                for region in found
                for name in [region["RegionName"]]
            ],
        )
        return tuple(region["RegionName"] for region in found if region.get("OptInStatus") != "not-opted-in")

    return Unit((REGION_TABLE, account.connection), work)


def places(asker: Asker, question: Question) -> tuple[list[tuple[Account, str]], list[Outcome]]:
    """Accounts with their regions, and what failed on the way: the regions asked for, else every enabled one.

    A region of another partition than the account's is left out: credentials are worth nothing there.
    """
    if question.regions is not None:
        asked = dict.fromkeys(question.regions)
        return [
            (account, region)
            for account in question.accounts
            for region in asked
            if partition_of(region) == account.partition
        ], []
    outcomes = asker.ask([regions(asker, account) for account in question.accounts])
    found = [
        (account, region)
        for account, outcome in zip(question.accounts, outcomes, strict=True)
        if outcome.error is None
        for region in outcome.value
    ]
    return found, [outcome for outcome in outcomes if outcome.error is not None]
