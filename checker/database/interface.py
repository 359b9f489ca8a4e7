"""The seam between what is asked (``checker.gather``) and who answers (Steampipe, a plain Postgres, AWS itself)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


NAMES = ("log_group_names", "topic_arns", "key_ids")
"""The parameters that name single things."""


class DatabaseKind(StrEnum):
    """What answers, as a report names it. What follows from it are properties of the database."""

    STEAMPIPE = "steampipe"
    POSTGRES = "postgres"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query as its fact type, and what could not be read; either may be there without the other."""

    rows: list[Any]
    failures: tuple[ReadFailure, ...] = ()


class ReadFailed(AlarmchainError):
    """A question got no answer at all. ``failures`` says which connections failed, with action and message.

    A failure without a connection concerns the whole question. Raised inside the database room only, where a failing
    part fails the whole; what ``Database.read`` returns holds rows and failures side by side.
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
    def asks_aws(self) -> bool:
        """Whether a question may cost calls of AWS, so that it must ask for no more than is needed.

        Rows of a database that asks nobody are a copy, as old as whoever made it left them.
        """

    @property
    def shows_composites(self) -> bool:
        """Whether composite alarms are among the rows."""

    def oldest_row_seconds(self) -> int:
        """How old a row can be because of a cache; 0 when every row is fresh. May ask the server."""

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """Rows of the query, and what failed. One connection's, account's or region's trouble costs only its rows.

        Raises ``RunError`` when the database itself is lost.
        """

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
