"""What ``alarmchain remediate`` does once its options are read: it shows the plan, asks, and shows what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli import console, remediation_exit
from checker.cli.check import announce
from checker.cli.progress import attached_progress
from checker.cli.remediation_approval import Approval, Destination
from checker.cli.remediation_console import SCHEMA, report
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from checker.text.json_text import json_text

if TYPE_CHECKING:
    from checker.findings import DatabaseInfo
    from remediation.applying.approval import Fit
    from remediation.planning.model import Plan
    from remediation.run import Approve, Listener, Repair, RepairOrder


def run(order: RepairOrder, approval: Approval, destination: Destination, saved: Plan | None) -> ExitCode:
    """Plan (or take the saved plan), then show, emit, save or apply it. Returns the exit code."""
    from remediation.applying.approval import Fit
    from remediation.run import open_repair

    if saved is not None and not approval.apply and not approval.preflight:
        return _show(saved, destination)
    with open_repair(order, _listener()) as repair:
        made = repair.plan()
        fitting = Fit(made) if saved is None else repair.fit(saved, strict=approval.strict)
        if approval.preflight:
            fitting = _preflight(repair, fitting)
        approval.check_size(fitting.plan)
        if approval.save:
            _save(approval.save, made)
        if approval.apply:
            approve = approval.answers(fitting.plan)
            _emit(fitting.plan, destination)
            return _apply(repair, fitting, approve, destination)
    return _show(fitting.plan, destination)


def _preflight(repair: Repair, fitting: Fit) -> Fit:
    """Say what AWS would not allow, before anything is done."""
    from remediation.showing.text import denied_text

    checked = repair.preflight(fitting)
    if checked.denied:
        console.say(denied_text(checked.denied).rstrip("\n"))
    elif checked.open_accounts:
        console.say("preflight: nothing that could be asked is denied")
    return checked


def _listener() -> Listener:
    from remediation.run import Listener

    return Listener(opened=_announce, note=console.say, step=report, progress=attached_progress)


def _announce(info: DatabaseInfo) -> None:
    announce(info.kind, info.target, info.why, info.connections)


def _show(made: Plan, destination: Destination) -> ExitCode:
    from remediation.showing.plan_document import to_document
    from remediation.showing.text import plan_text

    if destination.emit:
        _emit(made, destination)
    else:
        document = to_document(made, masked=True)
        destination.put(json_text(document) if destination.as_json else plan_text(made, destination.style))
    return remediation_exit.of_plan(made)


def _apply(repair: Repair, fitting: Fit, approve: Approve, destination: Destination) -> ExitCode:
    """Show the plan, apply what is approved, and tell what came of it."""
    from remediation.applying.verification import run_document
    from remediation.showing.plan_document import to_document
    from remediation.showing.text import changed_text, plan_text, run_text

    made = fitting.plan
    if not destination.as_json:
        destination_of_plan = console.print_text if destination.output is None else console.say
        destination_of_plan(plan_text(made, console.stdout_style()))
    if fitting.changed:
        console.say(changed_text(fitting.changed).rstrip("\n"))
    applied = repair.apply(fitting, approve)
    if applied.run is not None:
        console.say(run_text(applied.run).rstrip("\n"))
    code = remediation_exit.of_applied(applied)
    if destination.as_json:
        document = {
            "schema": SCHEMA,
            "plan": to_document(made, masked=True),
            **run_document(applied.run, applied.verified),
            "denied": {account: list(found) for account, found in applied.denied.items()},
            "changed": {account: list(found) for account, found in applied.changed.items()},
            "exit_code": int(code),
        }
        destination.put(json_text(document))
    else:
        destination.put("".join(f"{item.sentence}\n" for item in applied.verified))
    return code


def _save(path: Path, made: Plan) -> None:
    from remediation.showing.plan_document import digest, to_document

    console.write_json(path, to_document(made, masked=False), private=True)
    console.say(f"plan saved to {path}, digest {digest(made)}")


def _emit(made: Plan, destination: Destination) -> None:
    """Print or write the plan as code, where that was asked for."""
    if destination.emit is None:
        return
    from remediation.emit import emit

    files = emit(made, destination.emit)
    if not files:
        console.say("nothing to add, so there is no code")
    if destination.output is None:
        if len(files) > 1:
            raise UsageError(f"the plan becomes {len(files)} files", hint="give a folder with --output DIR")
        console.print_text("".join(files.values()))
        return
    try:
        for folder in {destination.output, *((destination.output / name).parent for name in files)}:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{destination.output}: {error.strerror}", hint="give a folder with --output") from error
    for name, text in files.items():
        console.write_file(destination.output / name, text, private=True)
        console.say(f"written to {destination.output / name}")
