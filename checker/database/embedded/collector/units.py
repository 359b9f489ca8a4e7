"""Units of asking: each is asked once, by one thread, and its outcome remembered, refusals included."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from typing import Any

Key = tuple[str, ...]

_current = threading.local()


class OutOfTime(Exception):
    """A unit did not end within the timeout."""


class Cancelled(Exception):
    """A unit was cancelled by the person."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to ask: ``key`` names it within a run (table, connection, region, ...), ``work`` asks and stores."""

    key: Key
    work: Callable[[], Any]

    @property
    def connection(self) -> str:
        """The connection that is asked."""
        return self.key[1]

    @property
    def region(self) -> str | None:
        """The region that is asked, if one is."""
        return self.key[2] if len(self.key) > 2 else None

    @property
    def name(self) -> str | None:
        """The one thing that is asked for, if it is one."""
        return (self.key[3] or None) if len(self.key) > 3 else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a unit came to: its value, or the exception that ended it."""

    unit: Unit
    value: Any = None
    error: BaseException | None = None


def abandoned() -> bool:
    """Whether the unit that this thread works on was cancelled or ran out of time."""
    future: Future[Any] | None = getattr(_current, "future", None)
    return future is not None and future.done()


class Memo:
    """Runs units on up to ``concurrency`` daemon threads, each unit once. Thread-safe.

    Daemon threads, because a call that hangs in a socket must not keep an interrupted program from ending.
    """

    def __init__(self, concurrency: int, timeout: float) -> None:
        self._concurrency = concurrency
        self._timeout = timeout
        self._lock = threading.Lock()
        self._asked: dict[Key, Future[Any]] = {}
        self._tasks: queue.SimpleQueue[tuple[Unit, Future[Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def ask(self, units: Iterable[Unit]) -> list[Outcome]:
        """Outcomes of the units in their order, when all have ended or the timeout has."""
        asked = [(unit, self._submit(unit)) for unit in units]
        end = time.monotonic() + self._timeout
        wait_for([future for _, future in asked], timeout=self._timeout)
        for unit, future in asked:
            if not future.done() and time.monotonic() >= end:
                _fail(future, OutOfTime(f"no answer within {self._timeout:g} s ({unit.key[0]})"))
        return [_outcome(unit, future) for unit, future in asked]

    def has(self, key: Key) -> bool:
        """Whether the unit of this key was asked and answered."""
        with self._lock:
            future = self._asked.get(key)
        return future is not None and future.done() and future.exception() is None

    def clear(self) -> None:
        """Forget all outcomes. Units that still run end unheard."""
        self._drop(Cancelled("the cache was cleared"))

    def cancel(self) -> None:
        """End what is being waited for. Cancelled units may be asked again."""
        self._drop(Cancelled("cancelled"), only_running=True)

    def close(self) -> None:
        """Cancel and let the threads end after the call that each is in."""
        self.cancel()
        with self._lock:
            for _ in self._threads:
                self._tasks.put(None)
            self._threads.clear()

    def _submit(self, unit: Unit) -> Future[Any]:
        with self._lock:
            future = self._asked.get(unit.key)
            if future is None:
                future = self._asked[unit.key] = Future()
                self._tasks.put((unit, future))
                if len(self._threads) < self._concurrency:
                    thread = threading.Thread(target=self._work, name="alarmchain-collector", daemon=True)
                    self._threads.append(thread)
                    thread.start()
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            unit, future = task
            if future.done():
                continue
            _current.future = future
            try:
                value = unit.work()
            except Exception as error:  # noqa: BLE001 - it is carried to the thread that waits, and raised there
                _fail(future, error)
            else:
                _succeed(future, value)

    def _drop(self, reason: Exception, *, only_running: bool = False) -> None:
        with self._lock:
            gone = [key for key, future in self._asked.items() if not (only_running and future.done())]
            futures = [self._asked.pop(key) for key in gone]
        for future in futures:
            _fail(future, reason)


def _outcome(unit: Unit, future: Future[Any]) -> Outcome:
    error = future.exception()
    return Outcome(unit, error=error) if error is not None else Outcome(unit, value=future.result())


def _fail(future: Future[Any], error: BaseException) -> None:
    try:
        future.set_exception(error)
    except InvalidStateError:
        return


def _succeed(future: Future[Any], value: Any) -> None:
    try:
        future.set_result(value)
    except InvalidStateError:
        return
