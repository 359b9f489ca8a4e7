"""Runs a ``credential_process`` so that it can neither hang, nor flood, nor ask on a terminal that nobody watches.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO

LIMIT_BYTES = 1_000_000
"""More than any credentials need."""

_running: set[BoundedProcess] = set()


class ProcessGaveUp(Exception):
    """The process did not answer in time, or printed without end. ``str()`` says which."""


class BoundedProcess:
    """Stands in for ``subprocess.Popen`` where botocore starts the process: same call, same answers, with bounds.

    Without a terminal the process gets a session of its own: it cannot open one either, and is ended with all that it
    started. With a terminal it may ask there, and Ctrl-C reaches it.
    """

    def __init__(self, command: Sequence[str], *, seconds: float, stdout: int, stderr: int) -> None:
        self._seconds = seconds
        self._detached = not sys.stdin.isatty() if sys.stdin is not None else True
        self._child = subprocess.Popen(  # noqa: S603 - the person's own configuration names it
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=self._detached
        )
        _running.add(self)

    @property
    def returncode(self) -> int | None:
        """The exit code, once it ended."""
        return self._child.returncode

    def communicate(self) -> tuple[bytes, bytes]:
        """What it printed, when it has ended. Raises ``ProcessGaveUp``."""
        end = time.monotonic() + self._seconds
        texts: dict[int, bytes] = {}
        streams = [stream for stream in (self._child.stdout, self._child.stderr) if stream is not None]
        readers = [
            threading.Thread(target=_read, args=(number, stream, texts), name="credential-process", daemon=True)
            for number, stream in enumerate(streams)
        ]
        try:
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join(max(0.0, end - time.monotonic()))
            if any(len(text) > LIMIT_BYTES for text in texts.values()):
                raise ProcessGaveUp(f"its credential_process prints more than {LIMIT_BYTES} bytes")
            try:
                self._child.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                raise ProcessGaveUp(f"its credential_process did not end within {self._seconds:g} s") from error
            if any(reader.is_alive() for reader in readers):
                raise ProcessGaveUp(f"its credential_process did not close its output within {self._seconds:g} s")
        finally:
            self.end()
            for reader, stream in zip(readers, streams, strict=True):
                reader.join(1)
                if not reader.is_alive():
                    stream.close()
        return texts.get(0, b""), texts.get(1, b"")

    def end(self) -> None:
        """Kill what is left of it."""
        _running.discard(self)
        try:
            if self._detached and hasattr(os, "killpg"):
                os.killpg(self._child.pid, signal.SIGKILL)
            else:
                self._child.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self._child.wait()


def _read(number: int, stream: IO[bytes], texts: dict[int, bytes]) -> None:
    """Read to the end, but no more than the limit and a little."""
    texts[number] = stream.read(LIMIT_BYTES + 1)


def _end_all() -> None:
    for process in tuple(_running):
        process.end()


atexit.register(_end_all)
