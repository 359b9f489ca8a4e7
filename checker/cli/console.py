"""How the program speaks: the product on stdout, the conversation on stderr, files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import typer

from checker.errors import AlarmchainError, UsageError
from checker.reports import Style

BUG_HINT = "this is a bug in alarmchain: please report it with the command that you ran"


def say(message: str) -> None:
    """One line of conversation."""
    typer.echo(message, err=True)


def fail(error: AlarmchainError) -> None:
    """An error: one line, and a line with the hint."""
    say(f"alarmchain: {_one_line(str(error))}")
    if error.hint:
        say(f"hint: {_one_line(error.hint)}")


def bug(error: BaseException) -> None:
    """An error that nobody expected. Without a traceback, which could hold credentials, unless one is asked for."""
    from checker.masking import mask_secrets

    say(f"alarmchain: {type(error).__name__}: {mask_secrets(_one_line(str(error)))}")
    say(f"hint: {BUG_HINT} (ALARMCHAIN_TRACEBACK=1 shows where)")
    if os.environ.get("ALARMCHAIN_TRACEBACK") == "1":
        import traceback

        say(mask_secrets("".join(traceback.format_tb(error.__traceback__))))


def stdout_style() -> Style:
    """What stdout can show. ``NO_COLOR`` and pipes get no colours."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns if terminal else _piped_width()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(width=max(40, min(width, 140)), color=color, unicode=encoding.startswith("utf"))


def _piped_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else 100


def print_text(text: str) -> None:
    """The product, to stdout. A reader that went away (``| head``) is no error."""
    try:
        typer.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(path: Path, text: str) -> None:
    """Write a file whole: to a neighbour first, then renamed. Raises ``UsageError`` when that is not possible."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a path in a folder that can be written to") from error
    neighbour = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        neighbour.chmod(0o666 & ~_umask())
        neighbour.replace(path)
    except OSError as error:
        neighbour.unlink(missing_ok=True)
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _one_line(text: str) -> str:
    return " ".join(text.split())
