"""``EmbeddedDatabase``: answers the query files from AWS itself, through a private Postgres that it fills on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from checker.database.embedded import schema
from checker.database.embedded.server import Server
from checker.database.embedded.settings import EmbeddedSettings
from checker.database.interface import Answer, DatabaseKind, Parameters
from checker.database.query_files import Query, load_queries
from checker.facts import ReadFailure

_PLUGIN = "alarmchain/turbot/aws@embedded"
_STATEMENT_SECONDS = 60.0
_ACCOUNTS = "aws_account"
_TRAILS = "aws_cloudtrail_trail"


class EmbeddedDatabase:
    """One run's database. Every connection is an AWS profile. Safe to use from several threads at once.

    Rows are read from AWS when a query first asks for them, and once: what was answered or refused is remembered
    until ``clear_cache``. What fails costs its own rows only, and is told beside them.

    Making one starts the server, and asks AWS nothing yet, but for a role that needs an MFA code. Raises
    ``DatabaseUnavailable`` when the server cannot start.
    """

    def __init__(self, settings: EmbeddedSettings | None = None) -> None:
        settings = settings or EmbeddedSettings()
        self._server = Server()
        self._closed = threading.Event()
        try:
            # The server starts while psycopg and botocore, which are slow to import, are imported.
            from checker.database.embedded.collector.collect import Collector
            from checker.database.embedded.store import Store
            from checker.database.session import Session

            self._server.wait()
            self._session = Session.connect(
                self._server.conninfo, timeout=_STATEMENT_SECONDS, concurrency=min(settings.concurrency, 16)
            )
            self._store = Store(self._server.conninfo)
            self._collector = Collector(settings, self._store)
            self._list_connections()
        except BaseException:
            self._server.close()
            raise

    @property
    def kind(self) -> DatabaseKind:
        """Always ``embedded``."""
        return DatabaseKind.EMBEDDED

    @property
    def target(self) -> str:
        """What a report says in the place of host and port, which this database has not."""
        return "private Postgres"

    @property
    def asks_aws(self) -> bool:
        """Always: a question that was not asked before costs calls."""
        return True

    @property
    def shows_composites(self) -> bool:
        """Always: they are rows without a metric."""
        return True

    def oldest_row_seconds(self) -> int:
        """Always 0: every row was read in this run."""
        return 0

    @property
    def connections(self) -> tuple[str, ...]:
        """The profiles, in the order given; ``default`` for the default credentials."""
        return self._collector.aws.connections

    def first_region(self, connection: str) -> str:
        """Where the first look at a connection goes."""
        return self._collector.aws.first_region(connection)

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """Rows of the query, and a failure for each thing that was not read."""
        failures: tuple[ReadFailure, ...] = ()
        if query.table.startswith("aws_"):
            failures = self._collector.collect(query.table, query.name, parameters)
        answer = self._session.read(query, parameters)
        return Answer(answer.rows, (*failures, *answer.failures))

    @property
    def conninfo(self) -> str:
        """How libpq reaches the private server."""
        return self._server.conninfo

    @property
    def calls(self) -> int:
        """How many requests were sent to AWS so far, those that were tried again included."""
        return self._collector.calls

    def fill(
        self, tables: Iterable[str], account_ids: Sequence[str] | None, regions: Sequence[str] | None
    ) -> tuple[ReadFailure, ...]:
        """Bring the rows of whole tables. Returns what failed.

        ``account_ids``: of these accounts only. ``regions``: ``None`` takes, for each connection, the region of the
        first look and those where its trails live.
        """
        names = sorted(set(tables) & set(schema.columns()))
        failures: list[ReadFailure] = []
        for connection in self.connections:
            asked: dict[str, Sequence[str] | None] = {"connections": [connection], "account_ids": account_ids}
            places, failed = (tuple(regions), ()) if regions else self._places(connection, asked, names)
            failures.extend(failed)
            for table in names:
                failures.extend(self._collector.collect(table, table, {**asked, "regions": places}))
        return tuple(dict.fromkeys(failures))

    def _places(
        self, connection: str, asked: Parameters, tables: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[ReadFailure, ...]]:
        """The region that was looked from, and those where the connection's trails live. An account has no region."""
        first = self.first_region(connection)
        if not set(tables) - {_ACCOUNTS, _TRAILS}:
            return (first,), ()
        failed = self._collector.collect(_TRAILS, _TRAILS, {**asked, "regions": [first]})
        trails = self._session.ask(load_queries()["trails"], {**asked, "regions": [first]})
        return tuple(
            dict.fromkeys([first, *sorted(trail.home_region for trail in trails if trail.home_region)])
        ), failed

    def clear_cache(self) -> None:
        """Forget what was read, refusals included: from now on AWS is asked anew."""
        self._collector.clear()

    def cancel(self) -> None:
        """End the questions that are being waited for. They may be asked again."""
        self._collector.cancel()
        self._session.cancel()

    def close(self) -> None:
        """Stop asking, and stop the server. Harmless when done before."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._collector.close()
        self._session.close()
        self._store.close()
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _list_connections(self) -> None:
        problems = {name: self._collector.aws.problem(name) for name in self.connections}
        self._store.set_connections(
            (name, "error" if problem else "ready", "plugin", None, _PLUGIN, problem)
            for name, problem in problems.items()
        )
