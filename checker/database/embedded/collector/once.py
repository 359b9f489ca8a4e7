"""Calls of a run: each is made once, by one thread, and its outcome remembered, refusals included."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from typing import Any

_current = threading.local()


class OutOfTime(Exception):
    """A call did not end within the timeout."""


class Cancelled(Exception):
    """A call was cancelled by the person."""


@dataclass(frozen=True, slots=True)
class Call:
    """Something to ask AWS, and to store. Two of the same table, connection, region and name are one within a run.

    ``region`` is ``None`` where none is asked, ``name`` where not one thing is asked for but all.
    """

    work: Callable[[], Any] = field(compare=False)
    table: str
    connection: str
    region: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: its value, or the exception that ended it."""

    call: Call
    value: Any = None
    error: BaseException | None = None


def abandoned() -> bool:
    """Whether the call that this thread works on was cancelled or ran out of time."""
    future: Future[Any] | None = getattr(_current, "future", None)
    return future is not None and future.done()


class OnceOnly:
    """Runs calls on up to ``concurrency`` daemon threads, each once. Thread-safe.

    Daemon threads, because a call that hangs in a socket must not keep an interrupted program from ending.
    """

    def __init__(self, concurrency: int, timeout: float) -> None:
        self._concurrency = concurrency
        self._timeout = timeout
        self._lock = threading.Lock()
        self._asked: dict[Call, Future[Any]] = {}
        self._tasks: queue.SimpleQueue[tuple[Call, Future[Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def ask(self, calls: Iterable[Call]) -> list[Outcome]:
        """Outcomes of the calls in their order, when all have ended or the timeout has."""
        asked = [(call, self._submit(call)) for call in calls]
        end = time.monotonic() + self._timeout
        wait_for([future for _, future in asked], timeout=self._timeout)
        for call, future in asked:
            if not future.done() and time.monotonic() >= end:
                _fail(future, OutOfTime(f"no answer within {self._timeout:g} s ({call.table})"))
        return [_outcome(call, future) for call, future in asked]

    def has(self, call: Call) -> bool:
        """Whether the call was made and answered."""
        with self._lock:
            future = self._asked.get(call)
        return future is not None and future.done() and future.exception() is None

    def clear(self) -> None:
        """Forget all outcomes. Calls that still run end unheard."""
        self._drop(Cancelled("the cache was cleared"))

    def cancel(self) -> None:
        """End what is being waited for. Cancelled calls may be asked again."""
        self._drop(Cancelled("cancelled"), only_running=True)

    def close(self) -> None:
        """Cancel and let the threads end after the call that each is in."""
        self.cancel()
        with self._lock:
            for _ in self._threads:
                self._tasks.put(None)
            self._threads.clear()

    def _submit(self, call: Call) -> Future[Any]:
        with self._lock:
            future = self._asked.get(call)
            if future is None:
                future = self._asked[call] = Future()
                self._tasks.put((call, future))
                if len(self._threads) < self._concurrency:
                    thread = threading.Thread(target=self._work, name="alarmchain-collector", daemon=True)
                    self._threads.append(thread)
                    thread.start()
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            call, future = task
            if future.done():
                continue
            _current.future = future
            try:
                value = call.work()
            except Exception as error:  # noqa: BLE001 - it is carried to the thread that waits, and raised there
                _fail(future, error)
            else:
                _succeed(future, value)

    def _drop(self, reason: Exception, *, only_running: bool = False) -> None:
        with self._lock:
            gone = [call for call, future in self._asked.items() if not (only_running and future.done())]
            futures = [self._asked.pop(call) for call in gone]
        for future in futures:
            _fail(future, reason)


def _outcome(call: Call, future: Future[Any]) -> Outcome:
    error = future.exception()
    return Outcome(call, error=error) if error is not None else Outcome(call, value=future.result())


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
