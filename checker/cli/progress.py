"""Live progress on a terminal: the current stage and how many accounts are done. Silent when stderr is piped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checker.cli import console

if TYPE_CHECKING:
    from checker.gather.progress import Progress


class Line:
    """One line on stderr that is written over."""

    def __init__(self) -> None:
        self._name = ""
        self._total = 0
        self._done = 0
        self._length = 0

    def stage(self, name: str, total: int) -> None:
        """See ``Progress.stage``."""
        self._name, self._total, self._done = name, total, 0
        self._draw()

    def advance(self, accounts: int) -> None:
        """See ``Progress.advance``."""
        self._done = min(self._total, self._done + accounts)
        self._draw()

    def clear(self) -> None:
        """Take the line away."""
        console.overwrite(" " * self._length)
        console.overwrite("")

    def _draw(self) -> None:
        text = f"reading {self._name}: {self._done} of {self._total}"
        console.overwrite(text.ljust(self._length))
        self._length = max(self._length, len(text))


@contextmanager
def attached_progress() -> Iterator[Progress]:
    """A live line where stderr is a terminal, else nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        from checker.gather.progress import Silent

        yield Silent()
        return
    line = Line()
    try:
        yield line
    finally:
        line.clear()
