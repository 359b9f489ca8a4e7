"""What the modules of the tables share: the account that is asked, what is asked for, and the shape of a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checker.arns import parse_arn
from checker.aws.call import CallFailed
from checker.aws.sessions import Sessions
from checker.database.embedded.collector.once import Call, Outcome
from checker.facts import FailureKind

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """An account as one connection sees it."""

    connection: str
    account_id: str
    partition: str


@dataclass(frozen=True, slots=True)
class RowRequest:
    """What a query asks for. ``None`` means all; accounts are those that connections and account ids left over."""

    accounts: tuple[ConnectedAccount, ...]
    regions: tuple[str, ...] | None = None
    log_group_names: tuple[str, ...] | None = None
    topic_arns: tuple[str, ...] | None = None
    key_ids: tuple[str, ...] | None = None


class Collecting(Protocol):
    """What a table's module works with."""

    @property
    def aws(self) -> Sessions:
        """Makes the calls."""

    def keep(self, table: str, rows: Iterable[Row]) -> None:
        """Store rows of a table."""

    def ask(self, calls: Sequence[Call]) -> list[Outcome]:
        """What the calls came to, each asked once in a run. Not to be used by a call: it would wait for itself."""

    def has(self, call: Call) -> bool:
        """Whether the call was made and answered before."""


def row(account: ConnectedAccount, region: str, *, title: str, aka: str | None, **alarmchain: Any) -> Row:
    """The columns that every table has. ``alarmchain`` is what Steampipe has no column for, kept in ``sp_ctx``."""
    context: Row = {"connection_name": account.connection}
    if alarmchain:
        context["alarmchain"] = alarmchain
    return {
        "title": title,
        "akas": [aka] if aka else None,
        "partition": account.partition,
        "region": region,
        "account_id": account.account_id,
        "sp_connection_name": account.connection,
        "sp_ctx": context,
    }


def filled(value: Mapping[str, Any], keys: Sequence[str]) -> Row:
    """``value`` with every key of ``keys``, absent ones null: Steampipe shows the fields of AWS's type, set or not."""
    return {key: value.get(key) for key in keys}


def document(text: object, *, otherwise: Any = None) -> Any:
    """A JSON text of AWS (policies, filter policies) as a value; ``None`` when it is empty.

    What is not JSON becomes ``otherwise``.
    """
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return otherwise


def is_missing(failure: CallFailed) -> bool:
    """Whether AWS said that there is no such thing: that is an answer. SNS says so of an ARN that can be none."""
    return failure.kind is FailureKind.NOT_FOUND or failure.code == "InvalidParameter"


def owner(arn: str) -> str:
    """The account in an ARN."""
    parsed = parse_arn(arn)
    return parsed.account_id if parsed else ""


def home(arn: str) -> str:
    """The region in an ARN."""
    parsed = parse_arn(arn)
    return parsed.region if parsed else ""
