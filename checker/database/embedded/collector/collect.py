"""Sees that the rows a query is about to read are there, and says what could not be read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from checker.aws.call import Abandoned, CallFailed
from checker.database.embedded.collector import accounts, alarms, keys, log_groups, metric_filters, topics, trails
from checker.database.embedded.collector.once import Call, Cancelled, OnceOnly, Outcome, OutOfTime, abandoned
from checker.database.embedded.collector.table import Collecting, ConnectedAccount, Row, RowRequest
from checker.database.embedded.settings import EmbeddedSettings
from checker.database.embedded.store import Store
from checker.database.interface import Parameters
from checker.facts import FailureKind, ReadFailure

_COLLECTORS: Mapping[str, Callable[[Collecting, RowRequest], list[Outcome]]] = {
    trails.TABLE: trails.collect,
    metric_filters.TABLE: metric_filters.collect,
    alarms.TABLE: alarms.collect,
    topics.TABLE: topics.collect_topics,
    topics.SUBSCRIPTION_TABLE: topics.collect_subscriptions,
    keys.TABLE: keys.collect,
    log_groups.TABLE: log_groups.collect,
}


class Collector:
    """Asks AWS on demand, each thing once until ``clear``. Thread-safe."""

    def __init__(self, settings: EmbeddedSettings, store: Store) -> None:
        self._store = store
        self._once = OnceOnly(settings.concurrency, settings.timeout)
        self._lock = threading.Lock()
        self._account_ids: dict[str, str] = {}
        self.calls = 0
        self.aws = settings.sessions(before_send=self._before_send)

    def collect(self, table: str, query: str, parameters: Parameters) -> tuple[ReadFailure, ...]:
        """Fill ``table`` with what the parameters ask for. Returns what failed, in the name of ``query``."""
        identities = self._identities(parameters)
        known = [outcome for outcome in identities if outcome.error is None]
        failed = [outcome for outcome in identities if outcome.error is not None]
        wanted = parameters.get("account_ids")
        if table != accounts.TABLE:
            if wanted is not None:
                # Nobody can have learned an account id from a connection that does not say who it is.
                failed = []
            asked = [outcome.value for outcome in known if wanted is None or outcome.value.account_id in wanted]
            collect = _COLLECTORS.get(table)
            failed.extend(collect(self, _request(tuple(asked), parameters)) if collect is not None else [])
        return tuple(self._failure(outcome, query) for outcome in failed)

    def clear(self) -> None:
        """Forget what was read, refusals included."""
        self._once.clear()
        self._store.clear()
        self.aws.forget()

    def cancel(self) -> None:
        """End what is being waited for."""
        self._once.cancel()

    def close(self) -> None:
        """Cancel, and let the threads end."""
        self._once.close()

    def keep(self, table: str, rows: Iterable[Row]) -> None:
        """Store rows, unless the request behind them was given up."""
        if not abandoned():
            self._store.add(table, rows)

    def ask(self, calls: Sequence[Call]) -> list[Outcome]:
        """What the calls came to. Raises what no answer of AWS explains: that is a bug."""
        outcomes = self._once.ask(calls)
        for outcome in outcomes:
            if outcome.error is not None and not isinstance(outcome.error, CallFailed | OutOfTime | Cancelled):
                raise outcome.error
        return outcomes

    def has(self, call: Call) -> bool:
        """Whether the call was answered before."""
        return self._once.has(call)

    def _before_send(self) -> None:
        """Before every request. Raises ``Abandoned`` when nobody waits for the answer any more."""
        if abandoned():
            raise Abandoned
        with self._lock:
            self.calls += 1

    def _identities(self, parameters: Parameters) -> list[Outcome]:
        chosen = parameters.get("connections")
        connections = [name for name in self.aws.connections if chosen is None or name in chosen]
        outcomes = self.ask([accounts.identity(self, connection) for connection in connections])
        with self._lock:
            for outcome in outcomes:
                if isinstance(outcome.value, ConnectedAccount):
                    self._account_ids[outcome.value.connection] = outcome.value.account_id
        return outcomes

    def _failure(self, outcome: Outcome, query: str) -> ReadFailure:
        """The failure of a call, in the name of a query. Without credentials no action was called."""
        error, call = outcome.error, outcome.call
        called = error if isinstance(error, CallFailed) else None
        slow = FailureKind.UNREACHABLE if isinstance(error, OutOfTime) else None
        return ReadFailure(
            query=query,
            message=called.reason if called else str(error),
            connection=call.connection,
            account_id=self._account_ids.get(call.connection),
            region=called.region if called else call.region,
            action=called.action if called and not called.before_any_call else None,
            kind=called.kind if called else slow,
            name=call.name,
        )


def _request(asked: tuple[ConnectedAccount, ...], parameters: Parameters) -> RowRequest:
    values: dict[str, Any] = {
        name: None if (value := parameters.get(name)) is None else tuple(value)
        for name in ("regions", "log_group_names", "topic_arns", "key_ids")
    }
    return RowRequest(asked, **values)
