"""The ``alarmchain`` command: its groups, and how every error leaves it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from checker import __version__
from checker.cli import config as config_commands
from checker.cli import console
from checker.cli.config import ConfigOption
from checker.cli.stdout import guarded
from checker.errors import AlarmchainError
from checker.exit_codes import ExitCode


class Program(TyperGroup):
    """The root command: turns what the program raises into one line, a hint and the exit code of the table."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *rest: Any, **extra: Any) -> Any:
        """See ``TyperGroup.main``."""
        with guarded():
            return self._ended(args, prog_name, *rest, **extra)

    def _ended(self, args: Sequence[str] | None, prog_name: str | None, *rest: Any, **extra: Any) -> Any:
        try:
            return super().main(args, prog_name or "alarmchain", *rest, **extra)
        except AlarmchainError as error:
            console.fail(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            console.say("interrupted")
            sys.exit(ExitCode.INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the one place that meets a bug; everything expected is above
            console.bug(error)
            sys.exit(ExitCode.FAILED)


app = typer.Typer(
    name="alarmchain",
    cls=Program,
    help="Decide whether the use of an AWS account's root user reaches a person, prove it, and repair the chain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        console.print_text(f"alarmchain {__version__}\n")
        raise typer.Exit


@app.callback()
def program(
    config: ConfigOption = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Decide whether the use of an AWS account's root user reaches a person, prove it, and repair the chain."""


def _add_commands() -> None:
    from checker.cli import check, connections, controls, demo, doctor, pattern, query, remediate

    app.command("check")(check.check)
    app.add_typer(remediate.app, name="remediate")
    app.add_typer(pattern.app, name="pattern")
    app.add_typer(controls.app, name="controls")
    app.add_typer(query.app, name="query")
    app.add_typer(config_commands.app, name="config")
    app.command("connections")(connections.connections)
    app.command("doctor")(doctor.doctor)
    app.command("demo")(demo.demo)


_add_commands()
