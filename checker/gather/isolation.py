"""Asking so that one failing connection, account or region costs only its own rows.

First everything at once; when that fails, again without the connections that the error names, or by connection when it
names none; then by account, by region, and by group, topic or key. What still fails is a fact about its account.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

from checker.database.interface import DEFAULT_CONCURRENCY, ReadFailed
from checker.database.query_files import Catalogue, load_queries
from checker.database.source import Source
from checker.facts import ReadFailure
from checker.gather.progress import Progress, Silent

INTERRUPTED = "interrupted before it was read"
_NAMES = ("log_group_names", "topic_arns", "key_ids")
_POLL_SECONDS = 0.2
_CANCEL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """One question: a query file with its parameters. ``None`` for a parameter means "all"."""

    source: Source
    query: str
    parameters: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    def narrowed(self, **parameters: tuple[str, ...] | None) -> Request:
        """The same question about fewer."""
        return replace(self, parameters={**self.parameters, **parameters})

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a parameter; empty for "all"."""
        return self.parameters.get(name) or ()


class Reader:
    """Asks requests, several at a time, and keeps what failed."""

    def __init__(
        self,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        progress: Progress | None = None,
        queries: Catalogue | None = None,
    ) -> None:
        self.failures: list[ReadFailure] = []
        self._stopped = threading.Event()
        self._progress = progress or Silent()
        self._queries = queries or load_queries()
        self._concurrency = max(1, concurrency)
        self._connection_of: dict[str, str] = {}
        self._lock = threading.Lock()
        self._running = 0

    @property
    def interrupted(self) -> bool:
        """Ctrl-C ended the reading: what was not read by then is among the failures."""
        return self._stopped.is_set()

    def learn_connection(self, account_id: str, connection: str | None) -> None:
        """Remember through which connection an account is read."""
        if connection:
            self._connection_of[account_id] = connection

    def read(self, stage: str, requests: Sequence[Request]) -> list[Any]:
        """Rows of all requests. Never raises for what cannot be read; Ctrl-C ends the reading, not the run."""
        if not requests:
            return []
        self._progress.stage(stage, sum(map(_accounts_of, requests)))
        pool = ThreadPoolExecutor(max_workers=min(self._concurrency, len(requests)), thread_name_prefix="read")
        futures: dict[Future[list[Any]], Request] = {}
        try:
            for request in requests:
                futures[pool.submit(self._counted, request)] = request
            self._watch({future: _accounts_of(request) for future, request in futures.items()})
        except KeyboardInterrupt:
            self._stopped.set()
            self._cancel(requests)
        finally:
            pool.shutdown(wait=True, cancel_futures=self.interrupted)
        rows: list[Any] = []
        for future, request in futures.items():
            if future.cancelled():
                self._record(request, INTERRUPTED)
            else:
                rows.extend(future.result())
        # Ctrl-C may come while the questions are handed out.
        for request in requests[len(futures) :]:
            self._record(request, INTERRUPTED)
        return rows

    def _counted(self, request: Request) -> list[Any]:
        with self._lock:
            self._running += 1
        try:
            return self._isolated(request)
        finally:
            with self._lock:
                self._running -= 1

    def _cancel(self, requests: Sequence[Request]) -> None:
        """Stop what runs. Again and again, because a statement may begin just after the first order."""
        databases = {id(request.source.database): request.source.database for request in requests}
        while self._running:
            for database in databases.values():
                database.cancel()
            time.sleep(_CANCEL_SECONDS)

    def _watch(self, accounts: Mapping[Future[list[Any]], int]) -> None:
        pending = set(accounts)
        while pending:
            # A short poll, because waiting without a limit would keep Ctrl-C from arriving on some platforms.
            done, pending = wait(pending, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            self._progress.advance(sum(accounts[future] for future in done))

    def _isolated(self, request: Request) -> list[Any]:
        if self.interrupted:
            self._record(request, INTERRUPTED)
            return []
        try:
            return request.source.database.read(self._queries[request.query], request.parameters)
        except ReadFailed as error:
            if self._stopped.is_set():
                self._record(request, INTERRUPTED)
                return []
            return self._again(request, error.failures)

    def _again(self, request: Request, failures: Sequence[ReadFailure]) -> list[Any]:
        named: dict[str, ReadFailure] = {f.connection: f for f in failures if f.connection}
        parts = self._by_connection(request)
        if len(parts) > 1:
            rows: list[Any] = []
            guilty = [name for name in parts if name in named]
            final = len(request.values("regions")) <= 1
            for name in guilty:
                if final:
                    self._record(parts[name], named[name].message, named[name])
                else:
                    rows.extend(self._isolated(parts[name]))
            others = [part for name, part in parts.items() if name not in guilty]
            if guilty and others:
                others = [_together(request, others)]
            for part in others:
                rows.extend(self._isolated(part))
            return rows
        for name in ("account_ids", "regions", *_NAMES):
            if len(values := request.values(name)) > 1:
                return [row for value in values for row in self._isolated(request.narrowed(**{name: (value,)}))]
        failure = failures[0] if failures else None
        self._record(request, failure.message if failure else "no answer", failure)
        return []

    def _by_connection(self, request: Request) -> dict[str, Request]:
        accounts = request.values("account_ids")
        if not accounts:
            names = request.values("connections") or request.source.connections
            return {name: request.narrowed(connections=(name,)) for name in names}
        grouped: dict[str, list[str]] = defaultdict(list)
        for account in accounts:
            grouped[self._connection_of.get(account, "")].append(account)
        return {
            name: request.narrowed(connections=(name,) if name else None, account_ids=tuple(group))
            for name, group in grouped.items()
        }

    def _record(self, request: Request, message: str, failure: ReadFailure | None = None) -> None:
        regions = request.values("regions")
        region = regions[0] if len(regions) == 1 else (failure.region if failure else None)
        connections = request.values("connections")
        named = failure.connection if failure else None
        if not connections and len(request.source.connections) == 1:
            # Asked alone, a connection is not named in its errors.
            connections = request.source.connections
        found = [
            ReadFailure(
                query=request.query,
                message=message,
                connection=named or self._connection_of.get(account or "") or (connections[0] if connections else None),
                account_id=account,
                region=region,
                action=failure.action if failure else None,
                kind=failure.kind if failure else None,
                name=next((values[0] for values in map(request.values, _NAMES) if len(values) == 1), None),
            )
            for account in (request.values("account_ids") or (None,))
        ]
        with self._lock:
            self.failures.extend(found)


def _accounts_of(request: Request) -> int:
    return max(1, len(request.values("account_ids")))


def _together(request: Request, parts: Sequence[Request]) -> Request:
    names = tuple(name for part in parts for name in part.values("connections"))
    accounts = tuple(account for part in parts for account in part.values("account_ids"))
    unnamed = any(not part.values("connections") for part in parts)
    return request.narrowed(connections=None if unnamed else names, account_ids=accounts or None)
