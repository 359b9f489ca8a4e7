"""``alarmchain remediate undo``: show what would go and what would stay, ask, and do it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli import console, remediation_exit
from checker.cli.remediation_console import SCHEMA, report
from checker.cli.sign_in import sign_in
from checker.errors import UsageError
from checker.exit_codes import ExitCode

if TYPE_CHECKING:
    from remediation.applying.undo_plan import UndoPlan


def run_undo(
    run_id: str, *, path: Path, profiles: tuple[str, ...], role_name: str | None, yes: bool, as_json: bool
) -> ExitCode:
    """Plan the undo of a run, ask, and do it. Returns the exit code."""
    from remediation.applying.verification import run_document
    from remediation.run import Listener, undo
    from remediation.showing.text import undo_text, undone_text

    if not yes and not console.can_ask():
        raise UsageError("undo asks for approval, and there is no terminal", hint="add --yes to approve it")

    def shown(planned: UndoPlan) -> None:
        if not as_json:
            console.print_text(undo_text(planned))

    def approve(planned: UndoPlan) -> bool:
        return yes or console.ask(f"remove {len(planned.removals)} objects?") in ("y", "all")

    undone = undo(
        run_id,
        approve=approve,
        journal=path,
        profiles=profiles,
        role_name=role_name,
        sign_in=sign_in(),
        listener=Listener(note=console.say, undoing=shown, step=report),
    )
    if undone.run is not None and not undone.run.good:
        console.say(undone_text(undone.run, undone.plan.run.run_id).rstrip("\n"))
    if as_json and undone.approved:
        items = [
            {
                "resource": item.call.resource,
                "kind": item.call.kind,
                "fate": str(item.action),
                "why": item.why or None,
            }
            for item in undone.plan.items
        ]
        document = {"schema": SCHEMA, "undoes": undone.plan.run.run_id, "items": items, **run_document(undone.run, ())}
        console.print_json(document)
    return remediation_exit.of_undone(undone)
