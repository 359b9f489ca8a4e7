"""Asks requests, several at a time, and keeps what failed; Ctrl-C ends the reading, not the run.

A database says what it could not read beside the rows that it has, so that one failing connection, account or region
costs only its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from checker.database.interface import DEFAULT_CONCURRENCY, NAMES
from checker.database.query_files import Catalogue, load_queries
from checker.database.source import Source
from checker.facts import ReadFailure
from checker.gather.progress import Progress, Silent

INTERRUPTED = "interrupted before it was read"
_POLL_SECONDS = 0.2
_CANCEL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """One question: a query file with its parameters. ``None`` for a parameter means "all"."""

    source: Source
    query: str
    parameters: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

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
        self._told: set[ReadFailure] = set()
        self._stopped = threading.Event()
        self._progress = progress or Silent()
        self._queries = queries or load_queries()
        self._concurrency = max(1, concurrency)
        self._lock = threading.Lock()
        self._running = 0

    @property
    def interrupted(self) -> bool:
        """Ctrl-C ended the reading: what was not read by then is among the failures."""
        return self._stopped.is_set()

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
                self._record(request)
            else:
                rows.extend(future.result())
        # Ctrl-C may come while the questions are handed out.
        for request in requests[len(futures) :]:
            self._record(request)
        return rows

    def _counted(self, request: Request) -> list[Any]:
        with self._lock:
            self._running += 1
        try:
            return self._answered(request)
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

    def _answered(self, request: Request) -> list[Any]:
        if self.interrupted:
            self._record(request)
            return []
        answer = request.source.database.read(self._queries[request.query], request.parameters)
        if answer.failures and self._stopped.is_set():
            self._record(request)
            return answer.rows
        with self._lock:
            # A database that remembers what was refused says so again when it is asked again.
            self.failures.extend(failure for failure in answer.failures if failure not in self._told)
            self._told.update(answer.failures)
        return answer.rows

    def _record(self, request: Request) -> None:
        """Note that a request was interrupted, for each account that it is about."""
        regions = request.values("regions")
        region = regions[0] if len(regions) == 1 else None
        found = [
            ReadFailure(request.query, INTERRUPTED, account_id=account, region=region, name=_only_name(request))
            for account in (request.values("account_ids") or (None,))
        ]
        with self._lock:
            self.failures.extend(found)


def _only_name(request: Request) -> str | None:
    """The log group, topic or key that a request is about, where it is about one."""
    return next((values[0] for values in map(request.values, NAMES) if len(values) == 1), None)


def _accounts_of(request: Request) -> int:
    return max(1, len(request.values("account_ids")))
