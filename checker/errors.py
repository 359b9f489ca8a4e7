"""Errors that a person sees. One root, one line and one hint each.

::

    AlarmchainError
    ├── UsageError            2  what was typed or configured is wrong
    │   ├── UnknownControl       no control, benchmark or account of that name
    │   ├── UnknownQuery         no query of that name
    │   ├── StatementRefused     the server does not run this SQL; says where, and shows the line
    │   └── DataFileError        a TOML, SQL or JSON file is wrong; says file and line
    └── RunError              4  the run itself failed, there is no report
        ├── DatabaseUnavailable  nothing listens, or the server refused
        ├── AuthenticationFailed wrong user or password
        ├── NoAwsTables          connected, but no AWS tables in reach
        ├── MissingRights        connected, but not allowed to read
        ├── AwsUnavailable       AWS did not answer or refused the credentials
        └── OutputLost           stdout is closed or full

``checker.patterns.PatternSyntaxError`` and ``checker.database.ReadFailed`` are values of their rooms, not
ends of a run, and derive from the root too.
"""

from __future__ import annotations

import errno

from checker.exit_codes import ExitCode


class AlarmchainError(Exception):
    """Root of every error that the program raises on purpose.

    ``str(error)`` is one line: what, where. ``hint`` is one line: what to do.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(AlarmchainError):
    """A bad option, argument or configuration."""

    exit_code = ExitCode.USAGE


class UnknownControl(UsageError):
    """A control, benchmark or account that is not there. The hint names the nearest ones."""


class UnknownQuery(UsageError):
    """A query that is not there. The hint names the nearest ones."""


class StatementRefused(UsageError):
    """SQL that a person wrote is not run. ``excerpt`` is the line and, below it, a caret; empty without a place."""

    def __init__(self, message: str, *, excerpt: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.excerpt = excerpt


class DataFileError(UsageError):
    """A file that people write is wrong. ``where`` is ``file:line``."""

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str = "") -> None:
        self.path = path
        self.line = line
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {message}", hint=hint)


class RunError(AlarmchainError):
    """The run itself failed: there is no report."""


class DatabaseUnavailable(RunError):
    """Nothing listens there, or the server refused or dropped the connection."""


class AuthenticationFailed(RunError):
    """The server did not accept user or password."""


class NoAwsTables(RunError):
    """The database answers, but no AWS tables are in reach of its search path."""


class MissingRights(RunError):
    """The database answers, but does not let this user read."""


class AwsUnavailable(RunError):
    """AWS could not be asked at all: no credentials, or no endpoint answered."""


class OutputLost(RunError):
    """What was to be printed on stdout could not be: it is closed, or its disk is full. ``cause`` says which."""

    def __init__(self, cause: OSError) -> None:
        closed = cause.errno in (errno.EPIPE, errno.EBADF)
        reason = "it was closed before everything was printed" if closed else cause.strerror
        super().__init__(f"stdout cannot be written to: {reason}")
