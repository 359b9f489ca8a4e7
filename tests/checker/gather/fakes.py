"""A database that answers from facts in memory, filters as the query files do, fails where told, and records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import fields
from types import TracebackType
from typing import Any, Self

from checker.controls import load_catalogue, select
from checker.database.interface import Answer, DatabaseKind, Parameters, ReadFailed
from checker.database.narrowing import Narrowing
from checker.database.query_files import Query
from checker.facts import Facts, ReadFailure
from checker.gather import Gathered, Progress, Reader, Selection, Source, gather

TABLES = {
    "accounts": "accounts",
    "trails": "trails",
    "metric_filters": "metric_filters",
    "alarms": "alarms",
    "topics": "topics",
    "topic_subscriptions": "subscriptions",
    "kms_keys": "keys",
    "log_groups": "log_groups",
}
COLUMNS = {
    "connections": "connection",
    "account_ids": "account_id",
    "regions": "region",
    "log_group_names": "log_group_name",
    "topic_arns": "topic_arn",
    "key_ids": "id",
}
Rule = Callable[[str, Parameters], Sequence[ReadFailure]]


class FakeDatabase:
    """See the module. ``rule`` gives the failures of a question; any failure fails it whole, as on an aggregator."""

    def __init__(
        self, facts: Facts, *, kind: DatabaseKind = DatabaseKind.STEAMPIPE, rule: Rule = lambda _q, _p: ()
    ) -> None:
        self.facts = facts
        self.kind = kind
        self.target = "fake"
        self.shows_composites = False
        names = sorted({account.connection or "" for account in facts.accounts})
        self.narrowing = Narrowing(self.ask, names)
        self.requests: list[tuple[str, Parameters]] = []
        self.cancelled = False
        self._rule = rule
        self._lock = threading.Lock()

    @property
    def source(self) -> Source:
        """This database, looked at as gathering does."""
        return Source(self)

    @property
    def asks_aws(self) -> bool:
        """See ``Database.asks_aws``."""
        return self.kind is not DatabaseKind.POSTGRES

    def oldest_row_seconds(self) -> int:
        """See ``Database.oldest_row_seconds``."""
        return 0

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """See ``Database.read``: narrowed down, as a session does."""
        return self.narrowing.read(query, parameters)

    def ask(self, query: Query, parameters: Parameters) -> list[Any]:
        """Answer whole, or fail whole."""
        with self._lock:
            self.requests.append((query.name, dict(parameters)))
        if failures := self._rule(query.name, parameters):
            raise ReadFailed(failures)
        rows = getattr(self.facts, TABLES[query.name])
        return [row for row in rows if self._passes(row, parameters)]

    def check(self, ids: Sequence[str] = (), *, progress: Progress | None = None, concurrency: int = 4) -> Gathered:
        """Gather for controls of the default benchmark."""
        selection = Selection(select(load_catalogue(), ids))
        return gather([self.source], selection, Reader(concurrency=concurrency, progress=progress))

    def clear_cache(self) -> None:
        """See ``Database.clear_cache``."""

    def cancel(self) -> None:
        """See ``Database.cancel``."""
        self.cancelled = True
        self.narrowing.stop()

    def close(self) -> None:
        """See ``Database.close``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _passes(row: Any, parameters: Parameters) -> bool:
        names = {field.name for field in fields(row)}
        for parameter, values in parameters.items():
            column = COLUMNS[parameter]
            if values is not None and column in names and getattr(row, column) not in values:
                return False
        return True
