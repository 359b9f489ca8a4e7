"""What ``alarmchain remediate`` does once its options are read: plan, show, ask, apply, verify, undo."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli import console
from checker.cli.check import announce
from checker.cli.progress import attached_progress
from checker.cli.remediation_approval import Approval, Destination
from checker.cli.remediation_console import SCHEMA, as_json_text, ask, report, write_private
from checker.errors import AlarmchainError, AwsUnavailable, UsageError
from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from checker.aws.access import AwsAccess
    from checker.controls.selected import SelectedControl
    from checker.run import CheckOptions, CheckResult, DatabaseOptions, Opened
    from remediation.applying.outcome import RunResult
    from remediation.applying.verification import Verified
    from remediation.emit import EmitFormat
    from remediation.planning.model import AccountPlan, Plan
    from remediation.planning.settings import Settings
    from remediation.planning.steps import Step

LATE_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Waits before each look after applying, until what was added is visible."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at, with which credentials, and how to repair it."""

    selected: tuple[SelectedControl, ...]
    settings: Settings
    check: CheckOptions
    database: DatabaseOptions
    role_name: str | None
    journal: Path


def run(question: Question, approval: Approval, destination: Destination, saved: Plan | None) -> ExitCode:
    """Plan (or take the saved plan), then show, emit, save or apply it. Returns the exit code."""
    with _opened(question.database) as opened:
        work = _Work(question, opened)
        made = work.plan() if saved is None or approval.apply else saved
        if saved is not None and approval.apply:
            work.check_still_fits(saved, made)
            made = saved
        approval.check_size(made)
        if approval.save:
            _save(approval.save, made)
        if destination.emit:
            _emit(made, destination.emit, destination)
        if not approval.apply:
            return _show(made, destination)
        return _apply(work, made, approval, destination)


class _Work:
    """One open database and the access to AWS, for planning, comparing and verifying."""

    def __init__(self, question: Question, opened: Opened) -> None:
        from checker.aws.access import AwsAccess

        self.question = question
        self._opened = opened
        self.access: AwsAccess = AwsAccess(profiles=question.database.profiles, role_name=question.role_name)

    def check(self, opened: Opened, options: CheckOptions) -> CheckResult:
        """Read past every cache, and judge."""
        from checker.gather import Reader
        from checker.run import check_accounts

        opened.clear_caches()
        with attached_progress() as progress:
            reader = Reader(concurrency=self.question.database.concurrency, progress=progress)
            selected = self.question.selected
            return check_accounts(opened, selected, options, reader, benchmark=selected[0].benchmark)

    def plan(self) -> Plan:
        """The plan as things are now."""
        from checker.gather import Reader
        from remediation.planning.reading import read_and_plan

        result = self.check(self._opened, self.question.check)
        for note in result.report.notes:
            console.say(f"note: {note}")
        with attached_progress() as progress:
            reader = Reader(concurrency=self.question.database.concurrency, progress=progress)
            made, self._facts = read_and_plan(
                result.gathered.sources,
                result.report.findings,
                result.facts,
                self.question.selected,
                self.question.settings,
                reader,
            )
        return made

    def check_still_fits(self, saved: Plan, again: Plan) -> None:
        """Raises ``AccountChanged``."""
        from remediation.applying.approval import check_still_fits

        check_still_fits(saved, again, self._facts, self._is_there)

    def _is_there(self, account: AccountPlan, step: Step) -> bool:
        from checker.aws.call import CallFailed
        from remediation.applying.objects import Presence, look

        try:
            session = self.access.open(
                account.account_id, region=step.region, partition=account.partition, connection=account.connection
            )
            return look(session, step.kind, step.region, step.arguments).presence is Presence.OURS
        except (AwsUnavailable, CallFailed):
            return False

    def verify(self, made: Plan, declined: Sequence[str], stopped: Sequence[str]) -> tuple[Verified, ...]:
        """Look again until what was added is visible, or patience ends. What was done is told even when this fails."""
        from remediation.applying.verification import is_settled, verify

        verified: tuple[Verified, ...] = ()
        try:
            with self._past_caches() as (opened, options):
                for wait in LATE_SECONDS:
                    time.sleep(wait)
                    findings = self.check(opened, options).report.findings
                    verified = verify(made, findings, declined=declined, stopped=stopped)
                    if is_settled(verified):
                        break
        except AlarmchainError as error:
            console.say(f"what is true now could not be checked: {error}")
        return verified or verify(made, (), declined=declined, stopped=stopped)

    @contextmanager
    def _past_caches(self) -> Iterator[tuple[Opened, CheckOptions]]:
        """Where the present state can be read. The rows of a plain Postgres are a copy: AWS itself is asked instead."""
        from checker.database.interface import DatabaseKind
        from checker.run import open_databases

        if self._opened.info.kind != DatabaseKind.POSTGRES:
            yield self._opened, self.question.check
            return
        console.say("a plain Postgres shows what was copied into it: AWS itself is asked for the result")
        database = replace(self.question.database, database="embedded", origin="applying", connections=())
        with open_databases(database) as opened:
            # Its credentials may show other accounts than the copy holds.
            yield opened, replace(self.question.check, account_ids=())


def _show(made: Plan, destination: Destination) -> ExitCode:
    from remediation.applying.verification import exit_code_of_plan
    from remediation.showing.plan_document import to_document
    from remediation.showing.text import plan_text

    if not destination.emit:
        document = to_document(made, masked=True)
        destination.put(as_json_text(document) if destination.as_json else plan_text(made))
    return exit_code_of_plan(made)


def _apply(work: _Work, made: Plan, approval: Approval, destination: Destination) -> ExitCode:
    from remediation.applying.verification import exit_code_after, run_document
    from remediation.showing.plan_document import digest, to_document
    from remediation.showing.text import plan_text, run_text

    if not destination.as_json:
        destination_of_plan = console.print_text if destination.output is None else console.say
        destination_of_plan(plan_text(made))
    approved = _approved(made, approval)
    declined = [account.account_id for account in made.touched if account not in approved]
    result: RunResult | None = None
    if approved:
        result = _carry_out(work, approved, made, digest(made))
        console.say(run_text(result).rstrip("\n"))
    stopped = [account.account_id for account in result.accounts if not account.good] if result else []
    verified = () if result is not None and result.interrupted else work.verify(made, declined, stopped)
    code = exit_code_after(made, result, verified)
    if destination.as_json:
        document = {
            "schema": SCHEMA,
            "plan": to_document(made, masked=True),
            **run_document(result, verified),
            "exit_code": int(code),
        }
        destination.put(as_json_text(document))
    else:
        destination.put("".join(f"{item.sentence}\n" for item in verified))
    return code


def _carry_out(work: _Work, approved: list[AccountPlan], made: Plan, digest: str) -> RunResult:
    from remediation.applying.apply import Workshop, apply_accounts
    from remediation.applying.journal import Journal

    with Journal(work.question.journal) as journal:
        workshop = Workshop(work.access, journal, observe=report)
        return apply_accounts(approved, workshop, controls=made.controls, digest=digest)


def _approved(made: Plan, approval: Approval) -> list[AccountPlan]:
    """The accounts to touch, asked one after the other."""
    if approval.yes:
        return list(made.touched)
    approved: list[AccountPlan] = []
    everything = False
    for account in made.touched:
        steps = len(account.calls)
        answer = "y" if everything else ask(f"add {steps} object{'s' if steps > 1 else ''} in {account.account_id}?")
        if answer == "quit":
            break
        everything = everything or answer == "all"
        if answer in ("y", "all"):
            approved.append(account)
    return approved


def _save(path: Path, made: Plan) -> None:
    from remediation.showing.plan_document import digest, to_document

    write_private(path, as_json_text(to_document(made, masked=False)))
    console.say(f"plan saved to {path}, digest {digest(made)}")


def _emit(made: Plan, kind: EmitFormat, destination: Destination) -> None:
    from remediation.emit import emit

    files = emit(made, kind)
    if not files:
        console.say("nothing to add, so there is no code")
    if destination.output is None:
        if len(files) > 1:
            raise UsageError(f"the plan becomes {len(files)} files", hint="give a folder with --output DIR")
        console.print_text("".join(files.values()))
        return
    try:
        destination.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{destination.output}: {error.strerror}", hint="give a folder with --output") from error
    for name, text in files.items():
        write_private(destination.output / name, text)
        console.say(f"written to {destination.output / name}")


@contextmanager
def _opened(database: DatabaseOptions) -> Iterator[Opened]:
    """The databases; profiles are handed on only where they mean something for reading."""
    from checker.database.locate import locate
    from checker.run import open_databases

    location = locate(database.database, origin=database.origin, environ=os.environ, home=_home())
    reading = database if location.conninfo is None else replace(database, profiles=())
    with open_databases(reading) as opened:
        announce(opened.info.kind, opened.info.target, opened.info.why, opened.info.connections)
        yield opened


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None
