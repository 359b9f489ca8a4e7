"""``alarmchain doctor``: what works here and what does not, each with the next step. Safe to paste into an issue."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checker import __version__
from checker.cli import console
from checker.cli.config import current_config
from checker.cli.flags import with_flags
from checker.cli.grouping import Without, grouped
from checker.cli.options import Reading, as_tuple
from checker.cli.settable import PREFIX
from checker.errors import AlarmchainError
from checker.exit_codes import ExitCode
from checker.text.style import OutputFormat

if TYPE_CHECKING:
    from checker.database.diagnosis import Diagnosis

SCHEMA = "alarmchain.doctor/v1"
_ACCOUNT = re.compile(r"(?<!\d)\d{8}(?=\d{4}(?!\d))")


@grouped
def doctor(
    *,
    context: typer.Context,
    reading: Annotated[Reading, Without("fresh", "concurrency")],
    output_format: Annotated[OutputFormat, typer.Option("--format", "-f", help="How to print.")] = OutputFormat.TEXT,
) -> None:
    """Look at settings, database, tables, connections and credentials, and say what to do about each problem.

    Account ids are shortened and secrets masked, so that the output can be shown to others. Exit code: 0, or 4 when
    there is a problem.
    """
    from checker.database.diagnosis import State

    found = [shortened(diagnosis) for diagnosis in _all(context, reading)]
    if output_format is OutputFormat.JSON:
        console.print_json({"schema": SCHEMA, "checks": [asdict(diagnosis) for diagnosis in found]})
    else:
        for diagnosis in found:
            console.print_text(f"{diagnosis.state:<8} {diagnosis.topic}: {diagnosis.found}\n")
            if diagnosis.next_step:
                console.print_text(f"{'':<8} next: {with_flags(diagnosis.next_step)}\n")
    if any(diagnosis.state is State.PROBLEM for diagnosis in found):
        raise typer.Exit(ExitCode.FAILED)


def shortened(diagnosis: Diagnosis) -> Diagnosis:
    """Without what others need not know: account ids but their last digits, and the name of the home folder."""
    from dataclasses import replace

    text = _ACCOUNT.sub("********", diagnosis.found)
    home = os.path.expanduser("~")
    return replace(diagnosis, found=text.replace(home, "~") if len(home) > 1 else text)


def _all(context: typer.Context, reading: Reading) -> Iterator[Diagnosis]:
    yield from _program(context)
    yield from _database(context, reading)
    yield from _credentials(reading)


def _program(context: typer.Context) -> Iterator[Diagnosis]:
    from checker.database.diagnosis import Diagnosis, State

    yield Diagnosis("program", State.OK, f"alarmchain {__version__}, Python {platform.python_version()}")
    yield Diagnosis("configuration", State.OK, f"file: {current_config(context).path or 'none found'}")
    # A variable that nothing reads has ended the program before.
    names = sorted(name for name, value in os.environ.items() if name.startswith(PREFIX) and value)
    yield Diagnosis("variables", State.OK, f"set: {', '.join(names) or 'none'}")


def _database(context: typer.Context, reading: Reading) -> Iterator[Diagnosis]:
    from checker.database.diagnosis import Diagnosis, State, diagnoses_of, failed
    from checker.database.free_opening import open_free

    try:
        with open_free(reading.database_options(context)) as opened:
            kind = "the embedded database" if opened.places[0].embedded else "found"
            yield Diagnosis("database", State.OK, f"{kind}: {opened.why}")
            for place in opened.places:
                yield from diagnoses_of(place)
    except AlarmchainError as error:
        yield failed("database", error)


def _credentials(reading: Reading) -> Iterator[Diagnosis]:
    """Who each profile is: whoever checks without Steampipe, and whoever repairs."""
    from checker.aws.call import CallFailed
    from checker.database.diagnosis import Diagnosis, State, skew
    from checker.database.embedded.settings import EmbeddedSettings

    sessions = EmbeddedSettings(as_tuple(reading.profile), reading.region, min(reading.timeout, 20.0)).sessions()
    for name in sessions.connections:
        try:
            answer = sessions.call(name, sessions.first_region(name), "sts", "GetCallerIdentity")
        except CallFailed as error:
            yield Diagnosis(
                "credentials",
                State.WARNING,
                f"profile {name}: {error.reason}",
                "needed to repair, or without Steampipe",
            )
            continue
        yield Diagnosis("credentials", State.OK, f"profile {name}: account {answer['Account']}")
        if (moment := _date(answer)) is not None:
            yield skew("clock of AWS", moment, "AWS's clock")


def _date(answer: dict[str, Any]) -> float | None:
    """How far AWS's clock is ahead, by the answer's date; ``None`` without one."""
    import time

    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(text).timestamp() - time.time() if text else None
