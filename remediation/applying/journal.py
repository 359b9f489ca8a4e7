"""The journal: one JSON object a line, appended and fsynced before and after every call that changes something.

A line that says what is going to be done is on the disk before the call leaves, and a line that says what became of
it before the next step begins. So whatever kills the program, at most the last call of a run is without an outcome,
and ``history``, ``undo`` and a new apply know exactly which one. Nothing in it is a secret: endpoints are masked,
with a digest to recognise them by.

Lines (fields are added, never renamed; ``schema`` is ``alarmchain.journal/v1``)::

    {"event": "run_started", "run_id": ..., "at": ..., "kind": "apply" | "undo", "undoes": null | RUN, ...}
    {"event": "account_started", "run_id": ..., "account_id": ..., "caller": ARN}
    {"event": "intent", "run_id": ..., "account_id": ..., "region": ..., "operation": "logs:PutMetricFilter",
     "kind": "metric_filter", "resource": ARN, "arguments": {...}, "step": ID, "used_by": ["alarm NAME", ...], ...}
    {"event": "outcome", "run_id": ..., "step": ID, "outcome": "applied", "request_id": ..., "message": ...}
    {"event": "account_finished" | "run_finished", ...}
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import platformdirs

from remediation.errors import JournalFailed, JournalUnusable

SCHEMA = "alarmchain.journal/v1"
FILE_NAME = "journal.jsonl"


def default_path() -> Path:
    """``journal.jsonl`` in the user's state folder (on Linux ``~/.local/state/alarmchain``).

    Raises ``JournalUnusable`` for a user without a home folder.
    """
    try:
        return Path(platformdirs.user_state_dir("alarmchain", appauthor=False)) / FILE_NAME
    except RuntimeError as error:
        raise JournalUnusable(
            "there is no home folder to keep the journal in", hint="give a place with `journal=FILE`"
        ) from error


def new_run_id(now: datetime) -> str:
    """Sortable and unique: ``20260704T101500Z-3f9a1c``."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Journal:
    """Appends to the file of one run. The file is created with mode 0600, its folder with 0700.

    Several runs may go on at once: each line is one locked append, and each step is one locked section. Raises
    ``JournalUnusable`` when the file cannot be opened; nothing must be changed then.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime] | None = None) -> None:
        self.path = path
        self._clock = clock or (lambda: datetime.now(UTC))
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable(path, error) from error
        self._depth = 0
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise no_file(path)
        self._sync_folder()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other run with this journal waiting: between the look at an object and the outcome of the call
        nobody else may add or remove it. May be entered again inside."""
        if self._depth == 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def write(self, event: str, run_id: str, **fields: Any) -> None:
        """Append one line and wait until it is on the disk. Raises ``JournalFailed``."""
        line = {"schema": SCHEMA, "event": event, "run_id": run_id, "at": self._clock().isoformat(), **fields}
        data = (json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str) + "\n").encode()
        try:
            with self.exclusive():
                if self._ends_in_the_middle():
                    data = b"\n" + data
                while data:
                    data = data[os.write(self._descriptor, data) :]
                os.fsync(self._descriptor)
        except OSError as error:
            raise JournalFailed(
                f"the journal {self.path} cannot be written any more: {error.strerror or error}",
                hint="make room and run it again; what was announced is in the journal, and can be undone from it",
            ) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ends_in_the_middle(self) -> bool:
        """A run was killed while its line was being written."""
        size = os.fstat(self._descriptor).st_size
        return size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"

    def _sync_folder(self) -> None:
        # Else the file's name may be lost with the power although its lines were fsynced.
        try:
            descriptor = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                self.close()
                raise unusable(self.path, error) from error


def no_file(path: Path) -> JournalUnusable:
    """The error for a device or a pipe: what is written there cannot be read again, so nothing could be taken back."""
    return JournalUnusable(
        f"the journal {path} cannot be used: it is no file", hint="give the path of a file with `journal=FILE`"
    )


def unusable(path: Path, error: OSError) -> JournalUnusable:
    """The error for a journal that cannot be opened or read."""
    return JournalUnusable(
        f"the journal {path} cannot be used: {error.strerror or error}",
        hint="give another place with `journal=FILE`; without a journal nothing is changed",
    )
