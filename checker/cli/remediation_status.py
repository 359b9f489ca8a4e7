"""``alarmchain remediate status``: look at everything that the journal's runs own."""

from __future__ import annotations

from pathlib import Path

from checker.cli import console, remediation_exit
from checker.cli.sign_in import sign_in
from checker.exit_codes import ExitCode

SCHEMA = "alarmchain.status/v1"


def run_status(path: Path, *, profiles: tuple[str, ...], role_name: str | None, as_json: bool) -> ExitCode:
    """Read the journal, look, and print. Returns the exit code. Raises ``JournalUnusable``."""
    from checker.aws.access import AwsAccess
    from remediation.applying.history import read_history
    from remediation.applying.status import look_at_ours
    from remediation.showing.status_text import status_document, status_text

    history = read_history(path)
    for damaged in history.damaged:
        console.say(damaged.sentence)
    found = look_at_ours(history, AwsAccess(profiles=profiles, role_name=role_name, sign_in=sign_in()))
    if as_json:
        console.print_json({"schema": SCHEMA, **status_document(found)})
    else:
        console.print_text(status_text(found))
    return remediation_exit.of_status(found)
