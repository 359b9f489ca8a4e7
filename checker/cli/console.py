"""How the program speaks: the product on stdout, the conversation on stderr, files written whole or not at all."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import typer

from checker.errors import AlarmchainError, UsageError
from checker.reports import Style
from checker.text.printable import printable

BUG_HINT = "this is a bug in alarmchain: please report it with the command that you ran"

_ESCAPED = "alarmchain.escaped"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """What the encoding lacks as ``\\uXXXX``, so that JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(_ESCAPED, _escape)


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
    from checker.text.secrets import mask_secrets

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
    encoding = sys.stdout.encoding or "ascii"
    try:
        # A name in another alphabet must not end the run.
        typer.echo(text.encode(encoding, _ESCAPED).decode(encoding), nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_writable(path: Path) -> None:
    """Raise ``UsageError`` before the work is done when ``write_file`` could not write there."""
    target = _real(path)
    if target.is_dir() or not target.name:
        raise UsageError(f"{path}: is a folder", hint="give the path of a file")
    if not target.parent.is_dir():
        raise UsageError(f"{path}: the folder does not exist", hint="give a path in a folder that exists")
    place = target if target.exists() and not target.is_file() else target.parent
    if not os.access(place, os.W_OK):
        raise UsageError(f"{path}: permission denied", hint="give a path in a folder that can be written to")


def write_file(path: Path, text: str) -> None:
    """Write a file whole: to a neighbour first, then renamed. Raises ``UsageError`` when that is not possible.

    A link is followed, a file keeps its mode, and what is no file (``/dev/stdout``, a pipe) is written to as it is.
    """
    target = _real(path)
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
        else:
            _replace(target, text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _replace(target: Path, text: str) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=".alarmchain-", dir=target.parent)
    neighbour = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        neighbour.chmod(mode)
        neighbour.replace(target)
    except OSError:
        neighbour.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
