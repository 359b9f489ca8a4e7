"""``aws_kms_key``: DescribeKey and GetKeyPolicy per key; ListKeys only when no key is named.

A topic may name its key by id, ARN or alias. DescribeKey takes an alias too (``alias/mine``); the row's ``id`` is
then the alias as it was asked for, because that is what the query compares, and ``arn`` is the key's own.
https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
"""

from __future__ import annotations

from checker.aws.call import CallFailed
from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import (
    Collecting,
    ConnectedAccount,
    Row,
    RowRequest,
    document,
    is_missing,
    row,
)

TABLE = "aws_kms_key"
_METADATA = {
    "arn": "Arn",
    "key_manager": "KeyManager",
    "creation_date": "CreationDate",
    "aws_account_id": "AWSAccountId",
    "enabled": "Enabled",
    "customer_master_key_spec": "KeySpec",
    "description": "Description",
    "deletion_date": "DeletionDate",
    "key_state": "KeyState",
    "key_usage": "KeyUsage",
    "origin": "Origin",
    "valid_to": "ValidTo",
    "multi_region": "MultiRegion",
    "multi_region_configuration": "MultiRegionConfiguration",
}


def collect(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the keys. Returns what failed."""
    places, failed = accounts.places(collector, request)
    if request.key_ids is not None:
        wanted = [(place, key) for place in places for key in dict.fromkeys(request.key_ids)]
    else:
        listings = collector.ask([_listing(collector, account, region) for account, region in places])
        failed.extend(listing for listing in listings if listing.error is not None)
        wanted = [
            (place, key)
            for place, listing in zip(places, listings, strict=True)
            if listing.error is None
            for key in listing.value
        ]
    outcomes = collector.ask([_key(collector, account, region, key) for (account, region), key in wanted])
    return failed + [outcome for outcome in outcomes if outcome.error is not None]


def _listing(collector: Collecting, account: ConnectedAccount, region: str) -> Call:
    def work() -> list[str]:
        pages = collector.aws.pages(account.connection, region, "kms", "ListKeys")
        return [key["KeyId"] for page in pages for key in page["Keys"]]

    return Call(work, f"{TABLE} list", account.connection, region)


def _key(collector: Collecting, account: ConnectedAccount, region: str, asked: str) -> Call:
    """Describe a key and its policy; a key that is gone is no row."""

    def work() -> None:
        try:
            answer = collector.aws.call(account.connection, region, "kms", "DescribeKey", {"KeyId": asked})
            metadata: Row = answer["KeyMetadata"]
            arguments = {"KeyId": metadata["Arn"], "PolicyName": "default"}
            policy = collector.aws.call(account.connection, region, "kms", "GetKeyPolicy", arguments)["Policy"]
        except CallFailed as failure:
            if not is_missing(failure):
                raise
            return
        described = {column: metadata.get(name) for column, name in _METADATA.items()}
        unknown = undecided("kms.DescribeKey", "KeyMetadata", metadata)
        shared = row(account, region, title=asked, aka=metadata["Arn"], unknown_fields=unknown)
        collector.keep(TABLE, [shared | described | {"id": asked, "policy": document(policy)}])

    return Call(work, TABLE, account.connection, region, asked)
