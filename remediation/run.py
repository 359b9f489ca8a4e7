"""The front door of repairing: ``plan``, ``apply``, ``undo``. Prints nothing; whoever calls is asked and told.

``plan`` only reads. ``apply`` writes in the accounts for which ``approve`` answers yes, ``undo`` when it answers yes to
what would be removed: there is no default, so nobody writes by leaving an argument out. The command line goes through
``open_repair``, which keeps the databases open from the plan to the look afterwards.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from checker.aws.access import AwsAccess
from checker.aws.call import CallFailed
from checker.aws.credentials import SignIn
from checker.errors import AlarmchainError, AwsUnavailable
from checker.findings import DatabaseInfo
from checker.gather import Progress, Reader
from checker.run import CheckOptions, CheckResult, Opened, check_accounts, open_databases
from remediation.applying.apply import apply_accounts
from remediation.applying.approval import Fit, fit
from remediation.applying.call import Executor
from remediation.applying.endpoint_policies import read_policies
from remediation.applying.history import read_history
from remediation.applying.journal import Journal, default_path
from remediation.applying.objects import Presence, inspect
from remediation.applying.outcome import RunResult, StepResult
from remediation.applying.preflight import preflight
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import UndoPlan, plan_undo
from remediation.applying.verification import Standing, Verified, is_settled, verify
from remediation.order import RepairOrder
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.name_template import check_template
from remediation.planning.reading import read_and_plan
from remediation.planning.steps import Step
from remediation.showing.plan_document import digest

__all__ = ["Applied", "Listener", "Repair", "RepairOrder", "Undone", "apply", "open_repair", "plan", "undo"]

LATE_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Waits before each look after applying, until what was added is visible."""


def _nothing(_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told while it goes on. ``opened``: the database that answers; ``note``: a sentence on what is being done
    or could not be; ``step``: the end of each step; ``undoing``: what an undo would do, before it is approved;
    ``progress``: makes what follows the reading."""

    opened: Callable[[DatabaseInfo], None] = _nothing
    note: Callable[[str], None] = _nothing
    step: Callable[[StepResult], None] = _nothing
    undoing: Callable[[UndoPlan], None] = _nothing
    progress: Callable[[], AbstractContextManager[Progress | None]] = nullcontext


SILENT = Listener()

Approve = Callable[[AccountPlan], bool]
"""Whether the steps of this account may be carried out. Asked for all accounts before anything is done."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying came to. ``run`` is ``None`` when nothing was carried out, ``verified`` empty after Ctrl-C."""

    plan: Plan
    run: RunResult | None
    verified: tuple[Verified, ...]
    declined: tuple[str, ...]
    """Accounts with steps that were not approved."""
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Accounts that a saved plan does not fit any more, and why: nothing was done there."""
    denied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Accounts in which AWS would not allow it, and what: nothing was done there."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing came to. ``run`` is ``None`` when nothing was removed: nothing to remove, or not approved."""

    plan: UndoPlan
    run: RunResult | None
    approved: bool


def plan(order: RepairOrder, *, listener: Listener = SILENT) -> Plan:
    """What is missing, as a plan. Reads only.

    Raises ``UsageError`` for what was asked wrongly and ``RunError`` when nothing could be read.
    """
    with open_repair(order, listener) as repair:
        return repair.plan()


def apply(
    order: RepairOrder,
    *,
    approve: Approve,
    saved: Plan | None = None,
    strict: bool = False,
    listener: Listener = SILENT,
) -> Applied:
    """Plan (or take what still fits of a saved plan, with its own selection), carry out what is approved, and read
    again what is true. ``strict``: a saved plan must fit in every account.

    Raises ``AccountChanged`` when nothing of the saved plan fits any more, ``JournalUnusable`` before anything is done
    and ``JournalFailed`` when the journal cannot be written any more; besides, what ``plan`` raises.
    """
    with open_repair(order.for_saved(saved) if saved else order, listener) as repair:
        made = repair.plan()
        return repair.apply(repair.fit(saved, strict=strict) if saved else Fit(made), approve)


def undo(
    run_id: str,
    *,
    approve: Callable[[UndoPlan], bool],
    journal: Path | None = None,
    profiles: Sequence[str] = (),
    role_name: str | None = None,
    sign_in: SignIn | None = None,
    listener: Listener = SILENT,
) -> Undone:
    """Remove what a run made, as far as nobody has changed it and nobody needs it. ``run_id`` may be shortened.

    ``approve`` is asked when there is something to remove. Raises ``UnknownRun``, ``PlanRefused`` for a run that is
    itself an undo, ``JournalUnusable`` and ``JournalFailed``.
    """
    path = journal or default_path()
    access = AwsAccess(profiles=profiles, role_name=role_name, sign_in=sign_in)
    history = read_history(path)
    for damaged in history.damaged:
        listener.note(damaged.sentence)
    planned = plan_undo(history.find(run_id, where=path), history, access)
    listener.undoing(planned)
    if not planned.removals:
        return Undone(planned, None, approved=True)
    if not approve(planned):
        return Undone(planned, None, approved=False)
    with Journal(path) as opened:
        result = carry_out_undo(planned, Executor(access, opened, observe=listener.step))
    return Undone(planned, result, approved=True)


@contextmanager
def open_repair(order: RepairOrder, listener: Listener = SILENT) -> Iterator[Repair]:
    """Open the databases of an order. Raises ``UsageError`` for settings that cannot be, before anything is opened."""
    order.settings.check([control.key for control in order.selected])
    check_template(order.settings, order.selected)
    with open_databases(replace(order.database, profiles_also_write=True)) as opened:
        listener.opened(opened.info)
        yield Repair(order, listener, opened)


class Repair:
    """One order with its databases open: plan, compare with a saved plan, apply."""

    def __init__(self, order: RepairOrder, listener: Listener, opened: Opened) -> None:
        self._order = order
        self._listener = listener
        self._opened = opened
        self._access = AwsAccess(
            profiles=order.database.profiles, role_name=order.role_name, sign_in=order.database.sign_in
        )

    def plan(self) -> Plan:
        """The plan as things are now."""
        result = self._check(self._opened, self._order.check)
        for note in result.report.notes:
            self._listener.note(f"note: {note}")
        policies = read_policies(
            self._order.settings.endpoints,
            self._access,
            connections={account.account_id: account.connection for account in reversed(result.facts.accounts)},
            note=self._listener.note,
        )
        with self._listener.progress() as progress:
            self._made, self._facts = read_and_plan(
                result.gathered.sources,
                result.report.findings,
                result.facts,
                self._order.selected,
                self._order.settings,
                self._reader(progress),
                policies,
            )
        self._made = replace(self._made, scope=self._order.scope_of(self._made))
        return self._made

    def fit(self, saved: Plan, *, strict: bool) -> Fit:
        """Compare a saved plan with the one that was made last. Raises ``AccountChanged``."""
        found = fit(saved, self._made, self._facts, self._is_there)
        found.check(strict=strict)
        return found

    def preflight(self, fitting: Fit) -> Fit:
        """Ask AWS whether it would allow the calls. What could not be found out is noted, and holds nothing up."""
        names = {(alarm.account_id, alarm.region, alarm.name) for alarm in self._facts.alarms}
        alarms = Counter((account, region) for account, region, _ in names)
        found = preflight(fitting.open_accounts, self._access, alarms)
        for account in found:
            for text in account.unknown:
                self._listener.note(f"preflight of account {account.account_id}: {text}")
        return replace(fitting, denied={account.account_id: account.denied for account in found if account.denied})

    def apply(self, fitting: Fit, approve: Approve) -> Applied:
        """Carry out the accounts that fit and are approved, and read again what is true. What was done is told even
        when reading fails. Raises ``JournalUnusable`` and ``JournalFailed``."""
        made, changed = fitting.plan, fitting.changed
        asked = fitting.open_accounts
        approved = [account for account in asked if approve(account)]
        declined = tuple(account.account_id for account in asked if account not in approved)
        result = self._carry_out(approved, made) if approved else None
        if result is not None and result.interrupted:
            return Applied(made, result, (), declined, changed, fitting.denied)
        failed = [account.account_id for account in result.accounts if not account.good] if result else []
        held_up = dict.fromkeys(declined, Standing.DECLINED) | dict.fromkeys(failed, Standing.STOPPED)
        held_up |= dict.fromkeys(changed, Standing.CHANGED) | dict.fromkeys(fitting.denied, Standing.DENIED)
        return Applied(made, result, self._verify(made, held_up), declined, changed, fitting.denied)

    def _carry_out(self, approved: Sequence[AccountPlan], made: Plan) -> RunResult:
        with Journal(self._order.journal) as journal:
            executor = Executor(self._access, journal, observe=self._listener.step)
            return apply_accounts(approved, executor, controls=made.controls, digest=digest(made))

    def _check(self, opened: Opened, options: CheckOptions) -> CheckResult:
        """Read past every cache, and judge."""
        opened.clear_caches()
        selected = self._order.selected
        with self._listener.progress() as progress:
            return check_accounts(opened, selected, options, self._reader(progress), benchmark=selected[0].benchmark)

    def _reader(self, progress: Progress | None) -> Reader:
        return Reader(concurrency=self._order.database.concurrency, progress=progress)

    def _is_there(self, account: AccountPlan, step: Step) -> bool:
        try:
            session = self._access.open(
                account.account_id, region=step.region, partition=account.partition, connection=account.connection
            )
            return inspect(session, step.kind, step.region, step.arguments).presence is Presence.OURS
        except (AwsUnavailable, CallFailed):
            return False

    def _verify(self, made: Plan, held_up: Mapping[str, Standing]) -> tuple[Verified, ...]:
        """Look again until what was added is visible, or the waits are used up."""
        verified: tuple[Verified, ...] = ()
        try:
            with self._past_caches() as (opened, options):
                for wait in LATE_SECONDS:
                    time.sleep(wait)
                    seen = self._check(opened, options)
                    verified = verify(made, seen.report.findings, held_up, subscriptions=seen.facts.subscriptions)
                    if is_settled(verified):
                        break
        except AlarmchainError as error:
            self._listener.note(f"what is true now could not be checked: {error}")
        return verified or verify(made, (), held_up)

    @contextmanager
    def _past_caches(self) -> Iterator[tuple[Opened, CheckOptions]]:
        """Where the present state can be read. The rows of a plain Postgres are a copy: AWS itself is asked instead."""
        if self._opened.asks_aws:
            yield self._opened, self._order.check
            return
        self._listener.note("a plain Postgres shows what was copied into it: AWS itself is asked for the result")
        database = replace(self._order.database, database="embedded", origin="applying", connections=())
        with open_databases(database) as opened:
            # Its credentials may show other accounts than the copy holds.
            yield opened, replace(self._order.check, account_ids=())
