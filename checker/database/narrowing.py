"""Asking a database that fails as a whole so that one failing connection, account or region costs only its own rows.

One failing connection fails a query of Steampipe's aggregator with no rows at all. First everything is asked at once;
when that fails, again without the connections that the error names, or by connection when it names none; then by
account, by region, and by group, topic or key. What still fails is a fact about its account.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.database.interface import NAMES, Answer, Parameters, ReadFailed
from checker.database.query_files import Query
from checker.facts import Account, ReadFailure

Ask = Callable[[Query, Parameters], list[Any]]
"""Answers a question whole, or raises ``ReadFailed``."""

_NARROWED = ("account_ids", "regions", *NAMES)
_Values = Mapping[str, tuple[str, ...] | None]


class Narrowing:
    """Asks, and asks again with less. Thread-safe.

    ``connections`` are those behind the database (empty: not known, as in a plain Postgres). Through which of them an
    account is read is learned from the rows that list accounts.
    """

    def __init__(self, ask: Ask, connections: Sequence[str] = ()) -> None:
        self.connections = tuple(connections)
        self._ask = ask
        self._connection_of: dict[str, str] = {}
        self._stops = 0
        self._lock = threading.Lock()

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """What could be read, and what failed, a failure for each account concerned."""
        values = {name: None if value is None else tuple(value) for name, value in parameters.items()}
        answer = _Question(self, query, self._stops).read(values)
        for row in answer.rows:
            if isinstance(row, Account) and row.connection:
                self.learn(row.account_id, row.connection)
        return answer

    def stop(self) -> None:
        """Have the questions that are being asked ask no more after what they wait for."""
        self._stops += 1

    def stopped_since(self, stops: int) -> bool:
        """Whether somebody said ``stop`` since."""
        return self._stops != stops

    def ask(self, query: Query, values: _Values) -> list[Any]:
        """Ask once."""
        return self._ask(query, values)

    def connection_of(self, account_id: str) -> str:
        """The connection through which an account is read; empty when that is not known."""
        return self._connection_of.get(account_id, "")

    def learn(self, account_id: str, connection: str) -> None:
        """Remember through which connection an account is read."""
        # An account behind two connections is read through the first of them only.
        with self._lock:
            self._connection_of[account_id] = min(self._connection_of.get(account_id, connection), connection)


class _Question:
    """One question, down to its smallest parts."""

    def __init__(self, narrowing: Narrowing, query: Query, stops: int) -> None:
        self._narrowing = narrowing
        self._query = query
        self._stops = stops

    def read(self, values: _Values) -> Answer:
        """Ask, and when that fails, ask for the parts."""
        try:
            return Answer(self._narrowing.ask(self._query, values))
        except ReadFailed as error:
            return self._again(values, error.failures)

    def _again(self, values: _Values, failures: Sequence[ReadFailure]) -> Answer:
        if self._narrowing.stopped_since(self._stops):
            return self._given_up(values, failures[0] if failures else None)
        parts = self._by_connection(values)
        if len(parts) > 1:
            return self._without_the_guilty(parts, failures, final=len(values.get("regions") or ()) <= 1)
        for name in _NARROWED:
            if len(found := values.get(name) or ()) > 1:
                return _sum(self.read({**values, name: (value,)}) for value in found)
        return self._given_up(values, failures[0] if failures else None)

    def _without_the_guilty(
        self, parts: Mapping[str, _Values], failures: Sequence[ReadFailure], *, final: bool
    ) -> Answer:
        """The connections that the failures name apart from the others. ``final``: there is nothing to narrow down."""
        named = {failure.connection: failure for failure in failures if failure.connection}
        guilty = [name for name in parts if name in named]
        others = [part for name, part in parts.items() if name not in named]
        if guilty and others:
            others = [_together(others)]
        return _sum(
            [
                *(self._given_up(parts[name], named[name]) if final else self.read(parts[name]) for name in guilty),
                *map(self.read, others),
            ]
        )

    def _by_connection(self, values: _Values) -> dict[str, _Values]:
        accounts = values.get("account_ids") or ()
        if not accounts:
            names = values.get("connections") or self._narrowing.connections
            return {name: {**values, "connections": (name,)} for name in names}
        grouped: dict[str, list[str]] = defaultdict(list)
        for account in accounts:
            grouped[self._narrowing.connection_of(account)].append(account)
        return {
            name: {**values, "connections": (name,) if name else None, "account_ids": tuple(group)}
            for name, group in grouped.items()
        }

    def _given_up(self, values: _Values, failure: ReadFailure | None) -> Answer:
        """The failure for each account of a part, with its region and connection."""
        found = failure or ReadFailure(self._query.name, "no answer")
        regions = values.get("regions") or ()
        connections = values.get("connections") or ()
        named = [one for name in NAMES if len(one := values.get(name) or ()) == 1]
        if not connections and len(self._narrowing.connections) == 1:
            # Asked alone, a connection is not named in its errors.
            connections = self._narrowing.connections
        return Answer(
            [],
            tuple(
                replace(
                    found,
                    connection=found.connection
                    or self._narrowing.connection_of(account or "")
                    or (connections[0] if connections else None),
                    account_id=account,
                    region=regions[0] if len(regions) == 1 else found.region,
                    name=named[0][0] if named else None,
                )
                for account in values.get("account_ids") or (None,)
            ),
        )


def _sum(answers: Iterable[Answer]) -> Answer:
    rows: list[Any] = []
    failures: list[ReadFailure] = []
    for answer in answers:
        rows.extend(answer.rows)
        failures.extend(answer.failures)
    return Answer(rows, tuple(failures))


def _together(parts: Sequence[_Values]) -> _Values:
    names = tuple(name for part in parts for name in part.get("connections") or ())
    accounts = tuple(account for part in parts for account in part.get("account_ids") or ())
    unnamed = any(not part.get("connections") for part in parts)
    return {**parts[0], "connections": None if unnamed else names, "account_ids": accounts or None}
