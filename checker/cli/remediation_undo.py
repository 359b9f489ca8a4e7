"""``alarmchain remediate undo``: show what would go and what would stay, ask, and do it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli import console
from checker.cli.remediation_console import SCHEMA, as_json_text, ask, can_ask, report
from checker.errors import UsageError
from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from remediation.applying.outcome import RunResult


def run_undo(
    run_id: str, *, path: Path, profiles: tuple[str, ...], role_name: str | None, yes: bool, as_json: bool
) -> ExitCode:
    """Plan the undo of a run, ask, and do it. Returns the exit code."""
    from checker.aws.access import AwsAccess
    from remediation.applying.apply import Workshop
    from remediation.applying.history import find_run
    from remediation.applying.journal import Journal
    from remediation.applying.undo import Fate, plan_undo, undo
    from remediation.applying.verification import run_document
    from remediation.showing.text import run_text, undo_text

    if not yes and not can_ask():
        raise UsageError("undo asks for approval, and there is no terminal", hint="add --yes to approve it")
    access = AwsAccess(profiles=profiles, role_name=role_name)
    planned = plan_undo(find_run(path, run_id), access)
    result: RunResult | None = None
    unseen = any(item.fate is Fate.UNSEEN for item in planned.items)
    if not as_json:
        console.print_text(undo_text(planned))
    if planned.removals:
        if not yes and ask(f"remove {len(planned.removals)} objects?") not in ("y", "all"):
            return ExitCode.ALARM
        with Journal(path) as journal:
            result = undo(planned, Workshop(access, journal, observe=report))
        if not result.good:
            console.say(run_text(result).rstrip("\n"))
    if as_json:
        items = [
            {"resource": item.deed.resource, "kind": item.deed.kind, "fate": str(item.fate), "why": item.why or None}
            for item in planned.items
        ]
        undone = {"schema": SCHEMA, "undoes": planned.run.run_id, "items": items, **run_document(result, ())}
        console.print_text(as_json_text(undone))
    if result is not None and result.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.STEP_FAILED if unseen or (result is not None and not result.good) else ExitCode.OK
