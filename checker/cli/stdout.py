"""Stdout and stderr that may be closed or full: every way of printing then ends alike, also that of the help."""

from __future__ import annotations

import codecs
import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from checker.errors import OutputLost

_ESCAPED = "alarmchain.escaped"
_STANDARD_STREAMS = 3


def _escape(error: UnicodeError) -> tuple[str, int]:
    """What the encoding lacks as ``\\uXXXX``, so that JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(_ESCAPED, _escape)


class Guarded:
    """A stream whose failures are ``OutputLost`` where it is ``needed``, and nothing where it is not.

    An ``OSError`` would be taken by the parser of the command line, which has an exit code of its own for it.
    ``stream`` is ``None`` where the program was started with the stream closed.
    """

    def __init__(self, stream: TextIO | None, *, needed: bool) -> None:
        self._stream = stream
        self._needed = needed

    def write(self, text: str) -> int:
        """See ``TextIO.write``; a name in another alphabet must not end the run. Raises ``OutputLost``."""
        encoding = self.encoding
        shown = str.encode(text, encoding, _ESCAPED).decode(encoding)
        if not shown:
            # A parser's question whether this is a stream of text. Some devices refuse even nothing.
            return 0
        try:
            self._open().write(shown)
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """See ``TextIO.flush``. Raises ``OutputLost``."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def isatty(self) -> bool:
        """See ``TextIO.isatty``."""
        return self._stream is not None and self._stream.isatty()

    @property
    def encoding(self) -> str:
        """See ``TextIO.encoding``."""
        return "utf-8" if self._stream is None else self._stream.encoding or "ascii"

    def fileno(self) -> int:
        """See ``TextIO.fileno``."""
        return self._open().fileno()

    def _open(self) -> TextIO:
        if self._stream is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._stream

    def _give_up(self, error: OSError) -> None:
        """What is still to come goes nowhere, or Python would complain of it once more when it exits."""
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
        if self._needed:
            raise OutputLost(error) from error


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Meanwhile stdout and stderr are ``Guarded``."""
    _occupy()
    before: Any = (sys.stdout, sys.stderr)
    streams: Any = (Guarded(sys.stdout, needed=True), Guarded(sys.stderr, needed=False))
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _occupy() -> None:
    """Take the numbers of closed standard streams, or the next file that is opened would be one of them."""
    while (handle := os.open(os.devnull, os.O_RDWR)) < _STANDARD_STREAMS:
        pass
    os.close(handle)
