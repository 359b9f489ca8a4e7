"""Opening the databases of a run: where they are, which connections answer, and which are not covered."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checker.database.choosing import chosen
from checker.database.interface import (
    DEFAULT_CONCURRENCY,
    DEFAULT_TIMEOUT_SECONDS,
    DatabaseKind,
    ReadFailed,
)
from checker.database.locate import locate
from checker.database.query_files import load_queries
from checker.database.source import Source
from checker.errors import MissingRights, NoAwsTables, UsageError
from checker.findings import DatabaseInfo

if TYPE_CHECKING:
    from checker.aws.credentials import SignIn
    from checker.database.session import OwnConnection, Session


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Where to read and how. ``origin`` says where ``database`` was set, for the report. ``profiles_also_write``: the
    profiles serve for more than reading, so that they are no mistake where another than the embedded database answers.
    ``sign_in``: what the embedded database and writing get credentials from besides the profiles.
    """

    database: str | None = None
    origin: str = "the caller"
    connections: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    region: str | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    concurrency: int = DEFAULT_CONCURRENCY
    fresh: bool = False
    profiles_also_write: bool = False
    sign_in: SignIn | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The open databases of a run, with what the report says of them."""

    sources: tuple[Source, ...]
    info: DatabaseInfo
    not_covered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def asks_aws(self) -> bool:
        """Whether what is read is what AWS says now, and not a copy that somebody made."""
        return all(source.database.asks_aws for source in self.sources)

    def clear_caches(self) -> None:
        """Make sure that what is read from now on is fresh."""
        for source in self.sources:
            source.database.clear_cache()


@contextmanager
def open_databases(options: DatabaseOptions) -> Iterator[Opened]:
    """Open what the options ask for and close it afterwards. Raises ``UsageError`` or ``RunError``."""
    location = locate(options.database, origin=options.origin, environ=os.environ, home=home_folder())
    if location.conninfo is not None:
        options = replace(options, connections=chosen_connections(location.conninfo, options))
    with ExitStack() as stack:
        if location.conninfo is None:
            yield _open_embedded(options, location.why, stack)
            return
        from checker.database.session import Session

        if options.profiles and not options.profiles_also_write:
            raise UsageError(
                "`profiles` selects AWS profiles of the embedded database, but another database answers",
                hint="add `database=embedded`, or choose with `connections`",
            )
        sessions = [
            stack.enter_context(
                Session.connect(
                    location.conninfo, timeout=options.timeout, schema=schema, concurrency=options.concurrency
                )
            )
            for schema in options.connections or (None,)
        ]
        yield _describe(sessions, options, location.why)


@contextmanager
def borrow_database(connection: OwnConnection, options: DatabaseOptions) -> Iterator[Opened]:
    """Read through a caller's own connection, which stays open."""
    from checker.database.session import Session

    if len(options.connections) > 1:
        raise UsageError("an own connection reads one schema", hint="give at most one of connections")
    schema = options.connections[0] if options.connections else None
    with Session.borrow(connection, timeout=options.timeout, schema=schema) as session:
        yield _describe([session], options, "the caller's own connection")


def _open_embedded(options: DatabaseOptions, why: str, stack: ExitStack) -> Opened:
    from checker.database.embedded.database import EmbeddedDatabase
    from checker.database.embedded.settings import EmbeddedSettings

    if options.connections:
        raise UsageError(
            "`connections` selects connections of a Steampipe service, but the embedded database answers",
            hint="select AWS profiles with `profiles`, or name the service with `database`",
        )
    settings = EmbeddedSettings(
        chosen_profiles(options), options.region, options.timeout, options.concurrency, options.sign_in
    )
    database = stack.enter_context(EmbeddedDatabase(settings))
    source = Source(database, database.first_region)
    return Opened((source,), DatabaseInfo("embedded", database.target, why, tuple(database.connections)))


def _describe(sessions: Sequence[Session], options: DatabaseOptions, why: str) -> Opened:
    """The sessions as sources, with the connections that they cover and those that nobody asked."""
    schemas = [_schema(session, name) for session, name in zip(sessions, options.connections or (None,), strict=True)]
    if options.fresh:
        for session in sessions:
            session.clear_cache()
    known = _connections(sessions[0])
    for session, schema in zip(sessions, schemas, strict=True):
        session.know_connections(members(schema, known))
    sources = [Source(session, lambda _connection: options.region) for session in sessions]
    covered = tuple(dict.fromkeys(name for session in sessions for name in session.connections)) or tuple(schemas)
    first = sessions[0]
    others = tuple(known) if known else first.schemas_with_aws_tables()
    not_covered = tuple(name for name in others if name not in covered and not (known and known[name] is not None))
    notes = []
    if not_covered and not options.connections:
        notes.append(
            f"only {', '.join(schemas)} was asked, the first of the server's search path; not covered: "
            f"{', '.join(not_covered)} (choose with --connection, or name an aggregator)"
        )
    info = DatabaseInfo(str(first.kind), first.target, why, covered)
    return Opened(tuple(sources), info, not_covered, tuple(notes))


def _schema(session: Session, asked: str | None) -> str:
    try:
        return session.answering_schema()
    except NoAwsTables as error:
        if asked is None:
            raise
        raise UsageError(f"`connections`: {asked} has no AWS tables", hint=error.hint) from error


def _connections(session: Session) -> dict[str, list[str] | None]:
    """AWS connections of a Steampipe service: name -> member patterns for an aggregator, ``None`` for a plain one."""
    if session.kind is not DatabaseKind.STEAMPIPE:
        return {}
    try:
        rows = session.ask(load_queries()["connections"], {})
    except (ReadFailed, MissingRights):
        return {}
    aws = [row for row in rows if "/aws@" in (row.plugin or "") or (row.plugin or "").endswith("/aws")]
    return {row.name: list(row.connections or []) if row.type == "aggregator" else None for row in aws}


def members(schema: str, known: dict[str, list[str] | None]) -> tuple[str, ...]:
    """The plain connections behind a schema: itself, or those of an aggregator; empty for what is not known."""
    patterns = known.get(schema)
    if schema not in known:
        return ()
    if patterns is None:
        return (schema,)
    plain = [name for name, members in known.items() if members is None]
    return tuple(name for name in plain if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def chosen_connections(conninfo: str, options: DatabaseOptions) -> tuple[str, ...]:
    """The schemas that ``connections`` means. Asks the server only for a name with ``*``, ``?`` or ``[]`` in it."""

    def known() -> list[str]:
        from checker.database.pool import Pool, rows

        with closing(Pool(conninfo, timeout=options.timeout, concurrency=1)) as pool, pool.connection() as connection:
            # A schema without AWS tables is not meant by a pattern.
            found = rows(
                connection,
                "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = %s",
                ("aws_cloudtrail_trail",),
            )
        return [row[0] for row in found]

    return chosen(options.connections, known, "connections")


def chosen_profiles(options: DatabaseOptions) -> tuple[str, ...]:
    """The AWS profiles that ``profiles`` means. The configuration files are read only for a pattern."""

    def known() -> tuple[str, ...]:
        from checker.database.embedded.settings import EmbeddedSettings

        return EmbeddedSettings().sessions().known()

    return chosen(options.profiles, known, "profiles")


def home_folder() -> Path | None:
    """The user's folder, where there is one."""
    try:
        return Path.home()
    except RuntimeError:
        return None
