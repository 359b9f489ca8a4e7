"""``alarmchain demo``: a check of emulated accounts. Needs no AWS and no Steampipe."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from checker.cli import console
from checker.exit_codes import ExitCode
from checker.reports import Format, render

_NEXT_STEPS = (
    ("check", "what Steampipe shows if it runs here, else what your AWS credentials show"),
    ("check --database embedded", "your AWS credentials, without Steampipe"),
    ("remediate", "what would close the gaps; nothing is done before you have said so"),
    ("check --help", "profiles, accounts, other controls, formats"),
)


def demo() -> None:
    """Check a few emulated accounts, to see what a report looks like. Touches no real account."""
    console.say("starting an emulated AWS with six accounts ...")
    from checker.controls import load_catalogue, select
    from checker.demo.accounts import ACCOUNTS, emulated_aws
    from checker.gather import Reader
    from checker.run import CheckOptions, DatabaseOptions, check_accounts, open_databases

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
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
    console.print_text(_next_steps(_program()))
    raise typer.Exit(ExitCode.OK)


def _next_steps(program: str) -> str:
    lines = [(f"{program} {arguments}", what) for arguments, what in _NEXT_STEPS]
    width = max(len(line) for line, _ in lines) + 2
    return "\n".join(["", "Your own accounts:", *(f"  {line:{width}}{what}" for line, what in lines), ""])


def _program() -> str:
    """How to call this program from where we are: by its name where that leads here, else by its path."""
    here = Path(sys.argv[0])
    found = shutil.which(here.name)
    if here.name != "alarmchain" or (found and Path(found).resolve() == here.resolve()):
        return "alarmchain"
    return shlex.quote(os.path.relpath(here))


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
