"""The seam between what is asked (``checker.gather``) and who answers (Steampipe, a plain Postgres, AWS itself)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, Self

from checker.database.query_files import Query
from checker.errors import AlarmchainError
from checker.facts import ReadFailure

DEFAULT_TIMEOUT_SECONDS = 300.0
"""How long one statement may take, unless a setting says otherwise."""
DEFAULT_CONCURRENCY = 4
"""How many reads go on at a time, unless a setting says otherwise."""

Parameters = Mapping[str, Sequence[str] | None]
"""Values by parameter name; ``None`` or a missing name means "all"."""


class DatabaseKind(StrEnum):
    """What answers, because that decides what a question costs."""

    STEAMPIPE = "steampipe"
    POSTGRES = "postgres"
    EMBEDDED = "embedded"


class ReadFailed(AlarmchainError):
    """A query got no answer. ``failures`` says which connections failed, with action and message.

    A failure without a connection concerns the whole question.
    """

    def __init__(self, failures: Sequence[ReadFailure]) -> None:
        self.failures = tuple(failures)
        super().__init__("; ".join(failure.message for failure in self.failures))


class Database(Protocol):
    """Answers the questions of the query files. Safe to use from several threads at once."""

    @property
    def kind(self) -> DatabaseKind:
        """What answers."""

    @property
    def target(self) -> str:
        """``host:port/name``, without any secret."""

    @property
    def row_age_seconds(self) -> int:
        """How old a row can be because of a cache; 0 when every row is fresh."""

    @property
    def partial_failures(self) -> tuple[ReadFailure, ...]:
        """Refusals that left columns of a row null although its question was answered."""

    def read(self, query: Query, parameters: Parameters) -> list[Any]:
        """Rows of the query as its fact type. Raises ``ReadFailed`` when any connection failed."""

    def clear_cache(self) -> None:
        """Make sure that what is read from now on is fresh. A database without a cache does nothing."""

    def cancel(self) -> None:
        """Stop the statements that are running. Callable from another thread."""

    def close(self) -> None:
        """Release the connection and everything started for it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
