"""The program's mouth and pen: the product on stdout, the conversation on stderr, files written whole or not at all.

Nothing else in the program echoes, asks or writes what it was asked for. Whatever goes out is ``printable`` here,
whoever wrote it.
"""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import typer

from checker.cli.colors import ColorWhen, has_colors
from checker.cli.flags import with_flags
from checker.cli.pager import paged
from checker.errors import AlarmchainError, UsageError
from checker.text.json_text import json_text
from checker.text.printable import printable, printable_but_colors
from checker.text.secrets import mask_secrets
from checker.text.style import Style

Write = Callable[[str], None]
"""Takes the next piece of a product."""

BUG_HINT = "this is a bug in alarmchain: please report it with the command that you ran"

_ANSWERS = {"y": "y", "yes": "y", "n": "n", "no": "n", "": "n", "a": "all", "all": "all", "q": "quit", "quit": "quit"}
_DESCRIPTORS = ("/dev/std", "/dev/fd/", "/proc/")


# -- the conversation ----------------------------------------------------------------------------------------------


def say(message: str, *, end: str = "\n") -> None:
    """A line of conversation."""
    typer.echo(printable(message) + end, err=True, nl=False)


def overwrite(line: str) -> None:
    """A line on the terminal that takes the place of the one before it."""
    say("", end=f"\r{printable(line)}")


def fail(error: AlarmchainError) -> None:
    """An error: one line, and a line with the hint."""
    say(f"alarmchain: {with_flags(_one_line(str(error)))}")
    for line in getattr(error, "excerpt", ()):
        say(line)
    if error.hint:
        say(f"hint: {with_flags(_one_line(error.hint))}")


def bug(error: BaseException) -> None:
    """An error that nobody expected. Without a traceback, which could hold credentials, unless one is asked for."""
    say(f"alarmchain: {type(error).__name__}: {mask_secrets(_one_line(str(error)))}")
    say(f"hint: {BUG_HINT} (ALARMCHAIN_TRACEBACK=1 shows where)")
    if os.environ.get("ALARMCHAIN_TRACEBACK") == "1":
        import traceback

        say(mask_secrets("".join(traceback.format_tb(error.__traceback__))))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def ask(question: str) -> str:
    """The person's answer: ``y``, ``n``, ``all`` or ``quit``. The end of the input quits."""
    while True:
        say(f"{question} [y/n/all/quit] ", end="")
        line = sys.stdin.readline()
        if not line:
            return "quit"
        if (answer := _ANSWERS.get(line.strip().lower())) is not None:
            return answer


def can_ask() -> bool:
    """There is a person at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_stdin() -> str:
    """All of stdin. Raises ``UsageError`` when it is closed or not UTF-8."""
    if sys.stdin is None:
        raise UsageError("stdin is closed", hint="give a file, or the text itself")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"stdin: not UTF-8 (byte {error.start})", hint="give UTF-8") from error


# -- the product ---------------------------------------------------------------------------------------------------


def is_terminal() -> bool:
    """Whether stdout is one."""
    return sys.stdout.isatty()


def stdout_style(when: ColorWhen = ColorWhen.AUTO) -> Style:
    """What stdout can show. ``when``: whether it gets colours, see ``has_colors``."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((80, 24)).columns if terminal else _piped_width()
    color = has_colors(when, os.environ, terminal=terminal)
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(width=max(40, min(width, 140)), color=color, unicode=encoding.startswith("utf"))


def _piped_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else 100


def print_text(text: str, *, colored: bool | None = None) -> None:
    """The product, to stdout; it brings its own line ends. ``colored``: whether it has colours, when that is known.

    Raises ``OutputLost`` when nobody can take it.
    """
    keep = stdout_style().color if colored is None else colored
    typer.echo(printable_but_colors(text) if keep else printable(text), nl=False, color=keep)


def print_paged(text: str, *, colored: bool) -> None:
    """``print_text``, through the pager of the person when the text has more lines than the terminal.

    ``PAGER`` names it, ``less`` without it; ``PAGER=cat`` is none, and so is one that does not start.
    """
    lines = shutil.get_terminal_size((80, 24)).lines
    if can_ask() and is_terminal() and os.environ.get("TERM") != "dumb" and text.count("\n") >= lines:
        shown = printable_but_colors(text) if colored else printable(text)
        sys.stdout.flush()
        if paged(shown, shlex.split(os.environ.get("PAGER") or "less")):
            return
    print_text(text, colored=colored)


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """The product as a JSON document, to stdout. Raises ``OutputLost``."""
    print_text(json_text(document, indent=indent))


@contextmanager
def product(path: Path | None) -> Iterator[Write]:
    """Where a product goes that is printed piece by piece: stdout, or a file that is whole or not there.

    A file gets what was written to the letter; stdout gets what is printable. Raises ``UsageError`` or ``OutputLost``.
    """
    if path is None:
        yield print_text
        return
    try:
        if is_written_through(path):
            with path.open("w", encoding="utf-8", newline="") as stream:
                yield lambda text: _write(stream, text)
        else:
            with _replacing(_followed(path), private=False) as stream:
                yield lambda text: _write(stream, text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)


# -- files ---------------------------------------------------------------------------------------------------------


def check_writable(path: Path) -> None:
    """Raise ``UsageError`` before the work is done when ``write_file`` could not write there."""
    target = Path(os.path.realpath(path))
    place = path if is_written_through(path) else target.parent
    if target.is_dir() or not target.name:
        raise UsageError(f"{path}: is a folder", hint="give the path of a file")
    if place is not path and not place.is_dir():
        raise UsageError(f"{path}: the folder does not exist", hint="give a path in a folder that exists")
    if not os.access(place, os.W_OK):
        raise UsageError(f"{path}: permission denied", hint="give a path in a folder that can be written to")


def write_file(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file whole: to a neighbour first, then renamed. Raises ``UsageError`` when that is not possible.

    A link is followed, a file keeps its mode, and what is no file (a device, a named pipe, ``/dev/stdout``) is written
    to as it is. ``private``: only its owner may read the file, because it holds the tokens of endpoints.
    """
    try:
        if is_written_through(path):
            path.write_text(text, encoding="utf-8")
        else:
            _replace(_followed(path), text, private=private)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file, which need not exist. Raises ``UsageError`` when that is not possible."""
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def write_json(path: Path, document: Any, *, private: bool = False) -> None:
    """A JSON document as a file. See ``write_file``."""
    write_file(path, json_text(document), private=private)


def is_written_through(path: Path) -> bool:
    """Whether the path is no place of a file of its own: a device, a pipe, a descriptor of a process."""
    if os.path.abspath(path).startswith(_DESCRIPTORS):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _followed(path: Path) -> Path:
    """Where a link leads in the end. Raises ``OSError`` for links that lead to each other."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def _replace(target: Path, text: str, *, private: bool) -> None:
    """Put a whole new file in the place of the target, which may not exist."""
    with _replacing(target, private=private) as stream:
        stream.write(text)


@contextmanager
def _replacing(target: Path, *, private: bool) -> Iterator[TextIO]:
    """A neighbour of the target that takes its place at the end, or goes without a trace when anything is raised."""
    mode = 0o600 if private else _mode(target)
    import tempfile

    handle, name = tempfile.mkstemp(prefix=".alarmchain-", dir=target.parent)
    neighbour = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
        neighbour.chmod(mode)
        neighbour.replace(target)
    except BaseException:
        neighbour.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The mode that the file has, or would get."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
