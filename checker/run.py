"""One check from start to end: open the databases, gather, judge, report. Prints nothing.

``check`` is the public Python API; the command line goes through the same functions.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from checker import __version__
from checker.catalogue import load_queries
from checker.chain.assemble import Judge, connection_failed
from checker.chain.lookup import Lookup
from checker.controls import DEFAULT_BENCHMARK, load_catalogue, select
from checker.controls.model import SelectedControl
from checker.database.interface import DatabaseKind, ReadFailed
from checker.database.locate import locate
from checker.errors import NoAwsTables, RunError, UnknownControl, UsageError
from checker.facts import Account, Facts
from checker.findings import Coverage, DatabaseInfo, Finding, Report, Status
from checker.gather import Gathered, Progress, Reader, Selection, Source, gather

if TYPE_CHECKING:
    from checker.database.session import OwnConnection, Session
    from checker.waivers import WaiverSet

DEFAULT_TIMEOUT_SECONDS = 300.0
DEFAULT_CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Where to read and how. ``origin`` says where ``database`` was set, for the report."""

    database: str | None = None
    origin: str = "--database"
    connections: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    region: str | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    concurrency: int = DEFAULT_CONCURRENCY
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to judge and how strictly. ``today`` decides which waivers have expired."""

    account_ids: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    waivers: WaiverSet | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


@dataclass(frozen=True, slots=True)
class Opened:
    """The open databases of a run, with what the report says of them."""

    sources: tuple[Source, ...]
    info: DatabaseInfo
    not_covered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def clear_caches(self) -> None:
        """Make sure that what is read from now on is fresh."""
        for source in self.sources:
            source.database.clear_cache()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The report with the facts behind it, which a remediation plan builds on."""

    report: Report
    facts: Facts
    gathered: Gathered


def check(
    controls: Sequence[str] = (),
    *,
    benchmark: str = DEFAULT_BENCHMARK,
    database: str | None = None,
    connection: OwnConnection | None = None,
    connections: Sequence[str] = (),
    profiles: Sequence[str] = (),
    region: str | None = None,
    accounts: Sequence[str] = (),
    accept: Sequence[str] = (),
    all_controls: bool = False,
    waivers: WaiverSet | None = None,
    controls_dir: Path | None = None,
    fresh: bool = False,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    concurrency: int = DEFAULT_CONCURRENCY,
    progress: Progress | None = None,
) -> Report:
    """Check controls in every account that the database shows, and return the report.

    ``controls`` takes ids in any spelling (``root_usage``, ``4.3``, ``cis_v300_4_3``, ``CloudWatch.1``); none means
    control 4.3. ``database`` is a libpq URL or key=value string, a service name, ``steampipe`` or ``embedded``; without
    it ``ALARMCHAIN_DATABASE``, the local Steampipe service and the embedded database are tried in this order.
    ``connection`` is an own psycopg connection, which stays open and keeps its transaction mode. ``timeout`` is in
    seconds and per statement.

    Raises ``checker.errors.UsageError`` for what was asked wrongly and ``checker.errors.RunError`` when there is no
    report; what could not be read of an account is a finding with status ``error``.
    """
    selected = select(load_catalogue(controls_dir), tuple(controls), benchmark=benchmark, all_controls=all_controls)
    asked = database if database is not None else os.environ.get("ALARMCHAIN_DATABASE")
    options = DatabaseOptions(
        database=asked,
        origin="the caller" if database is not None else "ALARMCHAIN_DATABASE",
        connections=tuple(connections),
        profiles=tuple(profiles),
        region=region,
        timeout=timeout,
        concurrency=concurrency,
        fresh=fresh,
    )
    check_options = CheckOptions(account_ids=tuple(accounts), accept=tuple(accept), waivers=waivers)
    opening = open_databases(options) if connection is None else borrow_database(connection, options)
    with opening as opened:
        reader = Reader(concurrency=concurrency, progress=progress)
        return check_accounts(opened, selected, check_options, reader, benchmark=benchmark).report


def check_accounts(
    opened: Opened,
    controls: tuple[SelectedControl, ...],
    options: CheckOptions,
    reader: Reader,
    *,
    benchmark: str = DEFAULT_BENCHMARK,
) -> CheckResult:
    """Gather and judge over databases that are open. Raises ``UnknownControl`` for an account that nobody can see."""
    excluding = _exclusions(options)
    gathered = gather(opened.sources, Selection(controls, options.account_ids, options.accept, excluding), reader)
    _check_accounts_seen(options.account_ids, gathered)
    if not gathered.visible and not gathered.failed_connections and gathered.complete:
        raise RunError(
            f"{opened.info.target}: the database shows no AWS account",
            hint="is a connection configured? aws_account has no row",
        )
    shows_composites = any(source.database.kind is DatabaseKind.EMBEDDED for source in opened.sources)
    judge = Judge(
        Lookup(gathered.facts, shows_composites=shows_composites), options.accept, dict(gathered.first_regions)
    )
    findings = [
        _judged(judge, account, control, options, excluding) for account in gathered.accounts for control in controls
    ]
    findings.extend(_of_failed_connections(gathered, controls))
    notes = opened.notes
    if options.waivers is not None:
        notes = (*notes, *options.waivers.notes(findings, options.today))
    return CheckResult(_report(opened, gathered, tuple(findings), benchmark, notes), gathered.facts, gathered)


def _judged(
    judge: Judge,
    account: Account,
    control: SelectedControl,
    options: CheckOptions,
    excluding: Callable[[str, str], tuple[str, ...]],
) -> Finding:
    finding = judge.finding(account, control, excluding=excluding(control.key, account.account_id))
    return options.waivers.apply(finding, options.today) if options.waivers is not None else finding


def _exclusions(options: CheckOptions) -> Callable[[str, str], tuple[str, ...]]:
    waivers = options.waivers
    if waivers is None:
        return lambda _control, _account: ()
    return lambda control, account: tuple(
        exclusion.pattern for exclusion in waivers.exclusions_for(control, account, options.today)
    )


def _of_failed_connections(gathered: Gathered, controls: tuple[SelectedControl, ...]) -> Iterator[Finding]:
    for failure in gathered.failed_connections:
        for control in controls:
            yield connection_failed(control, failure.connection, failure.action, failure.message)


def _report(
    opened: Opened, gathered: Gathered, findings: tuple[Finding, ...], benchmark: str, notes: tuple[str, ...]
) -> Report:
    judged = {account.account_id for account in gathered.accounts}
    failed = {finding.account_id for finding in findings if finding.status is Status.ERROR}
    age = max((source.database.row_age_seconds for source in opened.sources), default=0)
    info = opened.info
    return Report(
        generated_at=datetime.now(UTC),
        version=__version__,
        database=DatabaseInfo(info.kind, info.target, info.why, info.connections, age),
        benchmark=benchmark,
        findings=findings,
        coverage=Coverage(
            accounts_answered=len(judged - failed),
            accounts_failed=len(judged & failed) + len(gathered.failed_connections),
            failures=gathered.facts.failures,
            connections_not_covered=opened.not_covered,
            complete=gathered.complete,
        ),
        notes=notes,
    )


def _check_accounts_seen(asked: Sequence[str], gathered: Gathered) -> None:
    visible = {account.account_id for account in gathered.visible}
    unseen = [account for account in asked if account not in visible]
    if unseen and gathered.complete:
        seen = ", ".join(sorted(visible)) or "none"
        failed = ", ".join(sorted(f.connection or "?" for f in gathered.failed_connections))
        rest = f"; these connections failed: {failed}" if failed else ""
        raise UnknownControl(
            f"--account: nobody here can see {', '.join(unseen)}", hint=f"accounts that can be seen: {seen}{rest}"
        )


@contextmanager
def open_databases(options: DatabaseOptions) -> Iterator[Opened]:
    """Open what the options ask for and close it afterwards. Raises ``UsageError`` or ``RunError``."""
    location = locate(options.database, origin=options.origin, environ=os.environ, home=_home())
    with ExitStack() as stack:
        if location.conninfo is None:
            yield _open_embedded(options, location.why, stack)
            return
        from checker.database.session import Session

        if options.profiles:
            raise UsageError(
                "--profile selects AWS profiles of the embedded database, but another database answers",
                hint="add --database embedded, or choose with --connection",
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

    if options.connections:
        raise UsageError(
            "--connection selects connections of a Steampipe service, but the embedded database answers",
            hint="select AWS profiles with --profile, or name the service with --database",
        )
    database = stack.enter_context(
        EmbeddedDatabase.open(
            options.profiles, region=options.region, timeout=options.timeout, concurrency=options.concurrency
        )
    )
    source = Source(database, tuple(database.connections), database.first_region)
    return Opened((source,), DatabaseInfo("embedded", database.target, why, tuple(database.connections)))


def _describe(sessions: Sequence[Session], options: DatabaseOptions, why: str) -> Opened:
    schemas = [_schema(session, name) for session, name in zip(sessions, options.connections or (None,), strict=True)]
    if options.fresh:
        for session in sessions:
            session.clear_cache()
    known = _connections(sessions[0])
    sources = [
        Source(session, _members(schema, known), lambda _connection: options.region)
        for session, schema in zip(sessions, schemas, strict=True)
    ]
    covered = tuple(dict.fromkeys(name for source in sources for name in source.connections)) or tuple(schemas)
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
        raise UsageError(f"--connection: {asked} has no AWS tables", hint=error.hint) from error


def _connections(session: Session) -> dict[str, list[str] | None]:
    """AWS connections of a Steampipe service: name -> member patterns for an aggregator, ``None`` for a plain one."""
    if session.kind is not DatabaseKind.STEAMPIPE:
        return {}
    try:
        rows = session.read(load_queries()["connections"], {})
    except ReadFailed:
        return {}
    aws = [row for row in rows if "/aws@" in (row.plugin or "") or (row.plugin or "").endswith("/aws")]
    return {row.name: list(row.connections or []) if row.type == "aggregator" else None for row in aws}


def _members(schema: str, known: dict[str, list[str] | None]) -> tuple[str, ...]:
    patterns = known.get(schema)
    if schema not in known:
        return ()
    if patterns is None:
        return (schema,)
    plain = [name for name, members in known.items() if members is None]
    return tuple(name for name in plain if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None
