"""The command line: the only room that prints, asks and exits."""

from __future__ import annotations


def main() -> None:
    """Entry point of the ``alarmchain`` command."""
    from checker.cli.app import app

    app()
