"""One check from start to end: open the databases, gather, judge, report. Prints nothing.

``check`` is the public Python API; the command line goes through the same functions.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from checker import __version__
from checker.chain.assemble import connection_failed
from checker.controls import DEFAULT_BENCHMARK, load_catalogue, select
from checker.controls.selected import SelectedControl
from checker.database.opening import (
    DatabaseOptions,
    Opened,
    borrow_database,
    open_databases,
)
from checker.errors import RunError, UnknownControl, UsageError
from checker.facts import Facts
from checker.findings import Coverage, DatabaseInfo, Finding, Report, Status
from checker.gather import Gathered, Progress, Reader, Selection, gather

if TYPE_CHECKING:
    from checker.database.session import OwnConnection
    from checker.waivers.reading import WaiverSet

__all__ = [
    "CheckOptions",
    "CheckResult",
    "ControlOptions",
    "DatabaseOptions",
    "Opened",
    "borrow_database",
    "check",
    "check_accounts",
    "open_databases",
]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to judge and how strictly. ``today`` decides which waivers have expired. ``leave_out_unseen``: an account
    that nobody can see is left out instead of an error."""

    account_ids: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    waivers: WaiverSet | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    leave_out_unseen: bool = False


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The report with the facts behind it, which a remediation plan builds on."""

    report: Report
    facts: Facts
    gathered: Gathered


@dataclass(frozen=True, slots=True)
class ControlOptions:
    """Which controls: ids in any spelling, or all of a benchmark, and what narrows them."""

    controls: tuple[str, ...] = ()
    benchmark: str = DEFAULT_BENCHMARK
    all_controls: bool = False
    level: int | None = None
    severity: str | None = None
    tags: tuple[str, ...] = ()
    controls_dir: Path | None = None

    def selected(self) -> tuple[SelectedControl, ...]:
        """The controls. Raises ``UsageError`` for what is not there."""
        return select(
            load_catalogue(self.controls_dir),
            self.controls,
            benchmark=self.benchmark,
            all_controls=self.all_controls,
            level=self.level,
            severity=self.severity,
            tags=self.tags,
        )


class PlainArguments(TypedDict, total=False):
    """Fields of the option objects as arguments of ``check``. Where many are possible, a plain text is one of them."""

    benchmark: str
    all_controls: bool
    level: int | None
    severity: str | None
    tags: str | Sequence[str]
    controls_dir: Path | None
    accounts: str | Sequence[str]
    accept: str | Sequence[str]
    waivers: WaiverSet | None
    database: str | None
    connections: str | Sequence[str]
    profiles: str | Sequence[str]
    region: str | None
    timeout: float
    concurrency: int
    fresh: bool


def check(
    controls: str | Sequence[str] = (),
    *,
    selecting: ControlOptions | None = None,
    judging: CheckOptions | None = None,
    reading: DatabaseOptions | None = None,
    connection: OwnConnection | None = None,
    session: object = None,
    progress: Progress | None = None,
    **plain: Unpack[PlainArguments],
) -> Report:
    """Check controls in every account that the database shows, and return the report.

    ``controls`` takes ids in any spelling (``root_usage``, ``4.3``, ``cis_v300_4_3``, ``CloudWatch.1``); none means
    control 4.3. ``database`` is a libpq URL or key=value string, a service name, ``steampipe`` or ``embedded``; without
    it ``ALARMCHAIN_DATABASE``, the local Steampipe service and the embedded database are tried in this order.
    ``connection`` is an own psycopg connection, which stays open and keeps its transaction mode. ``timeout`` is in
    seconds and per statement. ``session`` is a session or credentials of boto3 or botocore, or a mapping of names to
    them: the accounts that they enter are read, by the embedded database. ``selecting``, ``judging`` and ``reading``
    are the same settings as objects; a plain argument replaces the field of its name.

    Raises ``checker.errors.UsageError`` for what was asked wrongly and ``checker.errors.RunError`` when there is no
    report; what could not be read of an account is a finding with status ``error``.
    """
    groups = [
        selecting or ControlOptions(),
        judging or CheckOptions(),
        reading or DatabaseOptions(os.environ.get("ALARMCHAIN_DATABASE"), origin="ALARMCHAIN_DATABASE"),
    ]
    given: dict[str, Any] = {**plain, **({"controls": controls} if controls else {})}
    if given.get("database", "") is None:
        del given["database"]
    chosen, options, where = _filled(groups, given)
    selected = chosen.selected()
    if session is not None:
        where = _with_session(where, session, connection)
    opening = open_databases(where) if connection is None else borrow_database(connection, where)
    with opening as opened:
        reader = Reader(concurrency=where.concurrency, progress=progress)
        return check_accounts(opened, selected, options, reader, benchmark=chosen.benchmark).report


def _with_session(where: DatabaseOptions, session: object, connection: OwnConnection | None) -> DatabaseOptions:
    from checker.aws.credentials import handed_in

    elsewhere = where.origin == "the caller" and where.database != "embedded"
    if elsewhere or connection is not None or where.profiles or where.connections:
        raise UsageError("a session is one way to read", hint="give no other database, connection or profile with it")
    return replace(where, database="embedded", origin="the caller", sign_in=handed_in(session))


_FIELDS = {"accounts": "account_ids"}
"""Arguments whose field has another name."""
_PLAIN = frozenset({"controls", *PlainArguments.__optional_keys__})
_MANY = frozenset({"controls", "tags", "accounts", "accept", "connections", "profiles"})


def _filled(groups: list[Any], given: dict[str, Any]) -> list[Any]:
    """The groups with the given arguments in their fields. Raises ``TypeError`` for one that no group has."""
    for name, value in given.items():
        field_name = _FIELDS.get(name, name)
        index = next((i for i, group in enumerate(groups) if name in _PLAIN and hasattr(group, field_name)), None)
        if index is None:
            raise TypeError(f"check() got an unexpected keyword argument {name!r}")
        changes = {field_name: _texts(value) if name in _MANY else value}
        if name == "database":
            changes["origin"] = "the caller"
        groups[index] = replace(groups[index], **changes)
    return groups


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@contextmanager
def collection_held_back() -> Iterator[None]:
    """Do not look for cycles meanwhile; as it was afterwards.

    A run over thousands of accounts makes hundreds of thousands of rows that live to its end and hold no cycles.
    Looking through all of them again and again took two fifths of its time, and a growing share.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@collection_held_back()
def check_accounts(
    opened: Opened,
    controls: tuple[SelectedControl, ...],
    options: CheckOptions,
    reader: Reader,
    *,
    benchmark: str = DEFAULT_BENCHMARK,
) -> CheckResult:
    """Gather and judge over databases that are open. Raises ``UnknownControl`` for an account that nobody can see."""
    selection = Selection(controls, options.account_ids, options.accept, _exclusions(options))
    shows_composites = any(source.database.shows_composites for source in opened.sources)
    gathered = gather(opened.sources, selection, reader, shows_composites=shows_composites)
    if not options.leave_out_unseen:
        _check_accounts_seen(options.account_ids, gathered)
    if not gathered.visible and not gathered.failed_connections and gathered.complete:
        raise RunError(
            f"{opened.info.target}: the database shows no AWS account",
            hint="is a connection configured? aws_account has no row",
        )
    findings = [_accepted(finding, options) for finding in gathered.findings]
    if not options.account_ids:
        # Asked by account, a connection that does not tell its account is none of them: all that were asked answered.
        findings.extend(_of_failed_connections(gathered, controls))
    notes = opened.notes
    if options.waivers is not None:
        notes = (*notes, *options.waivers.notes(findings, options.today))
    return CheckResult(_report(opened, gathered, tuple(findings), benchmark, notes), gathered.facts, gathered)


def _accepted(finding: Finding, options: CheckOptions) -> Finding:
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
    """The report: the findings, with what was asked, what answered and what did not."""
    judged = {account.account_id for account in gathered.accounts}
    failed = {finding.account_id for finding in findings if finding.status is Status.ERROR}
    age = max((source.database.oldest_row_seconds() for source in opened.sources), default=0)
    info = opened.info
    return Report(
        generated_at=datetime.now(UTC),
        version=__version__,
        database=DatabaseInfo(info.kind, info.target, info.why, info.connections, age),
        benchmark=benchmark,
        findings=findings,
        coverage=Coverage(
            accounts_answered=len(judged - failed),
            accounts_failed=len(judged & failed) + len({f.connection for f in findings if f.account_id is None}),
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
            f"`accounts`: nobody here can see {', '.join(unseen)}", hint=f"accounts that can be seen: {seen}{rest}"
        )
