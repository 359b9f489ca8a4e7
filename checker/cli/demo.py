"""``alarmchain demo``: a check of emulated accounts. Needs no AWS and no Steampipe."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from checker.cli import console
from checker.exit_codes import ExitCode
from checker.reports import Format, render

NEXT_STEPS = """
Your own accounts:
  alarmchain check                                   the local Steampipe service, else your AWS credentials
  alarmchain check --database embedded -p PROFILE    AWS profiles, without Steampipe
  alarmchain check --database steampipe -c aws_all   an aggregator of a Steampipe service
  alarmchain remediate                               what would close the gaps, before anything is done
"""


def demo() -> None:
    """Check a few emulated accounts, to see what a report looks like. Touches no real account."""
    from checker.controls import load_catalogue, select
    from checker.demo.world import ACCOUNTS, emulated_aws
    from checker.gather import Reader
    from checker.run import CheckOptions, DatabaseOptions, check_accounts, open_databases

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    console.say("starting an emulated AWS with six accounts ...")
    profiles = tuple(account.profile for account in ACCOUNTS)
    with (
        tempfile.TemporaryDirectory(prefix="alarmchain-demo-") as folder,
        _without_own_aws(Path(folder)),
        emulated_aws(Path(folder)) as environment,
    ):
        os.environ.update(environment)
        with open_databases(DatabaseOptions(database="embedded", profiles=profiles)) as opened:
            result = check_accounts(opened, select(load_catalogue()), CheckOptions(), Reader())
    console.print_text(render(result.report, Format.TEXT, console.stdout_style()))
    console.print_text(NEXT_STEPS)
    raise typer.Exit(ExitCode.OK)


@contextmanager
def _without_own_aws(folder: Path) -> Iterator[None]:
    """Nothing of the user's own AWS settings takes part: no variables, no profiles. They are back afterwards."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = str(folder / "none")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
