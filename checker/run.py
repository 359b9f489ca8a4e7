"""One check from start to end: open the databases, gather, judge, report. Prints nothing.

``check`` is the public Python API; the command line goes through the same functions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from checker import __version__
from checker.chain.assemble import connection_failed
from checker.collection import collection_held_back
from checker.controls import DEFAULT_BENCHMARK, load_catalogue, select
from checker.controls.selected import SelectedControl
from checker.database.interface import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_SECONDS, DatabaseKind
from checker.database.opening import (
    DatabaseOptions,
    Opened,
    borrow_database,
    open_databases,
)
from checker.errors import RunError, UnknownControl
from checker.facts import Facts
from checker.findings import Coverage, DatabaseInfo, Finding, Report, Status
from checker.gather import Gathered, Progress, Reader, Selection, gather

if TYPE_CHECKING:
    from checker.database.session import OwnConnection
    from checker.waivers.reading import WaiverSet

__all__ = [
    "CheckOptions",
    "CheckResult",
    "DatabaseOptions",
    "Opened",
    "borrow_database",
    "check",
    "check_accounts",
    "open_databases",
]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What to judge and how strictly. ``today`` decides which waivers have expired."""

    account_ids: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    waivers: WaiverSet | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


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
    shows_composites = any(source.database.kind is DatabaseKind.EMBEDDED for source in opened.sources)
    gathered = gather(opened.sources, selection, reader, shows_composites=shows_composites)
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
            f"--account: nobody here can see {', '.join(unseen)}", hint=f"accounts that can be seen: {seen}{rest}"
        )
