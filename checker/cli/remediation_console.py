"""How ``alarmchain remediate`` asks, tells and writes."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from checker.cli import console
from checker.errors import UsageError

if TYPE_CHECKING:
    from remediation.applying.outcome import StepResult

SCHEMA = "alarmchain.remediation/v1"


def ask(question: str) -> str:
    """The person's answer: ``y``, ``n``, ``all`` or ``quit``. The end of the input quits."""
    words = {"y": "y", "yes": "y", "n": "n", "no": "n", "": "n", "a": "all", "all": "all", "q": "quit", "quit": "quit"}
    while True:
        typer.echo(f"{question} [y/n/all/quit] ", err=True, nl=False)
        line = sys.stdin.readline()
        if not line:
            return "quit"
        if (answer := words.get(line.strip().lower())) is not None:
            return answer


def can_ask() -> bool:
    """There is a person at a terminal."""
    return sys.stdin.isatty()


def report(result: StepResult) -> None:
    """Tell the person what became of a step."""
    from remediation.showing.text import result_line

    console.say(result_line(result))


def write_private(path: Path, text: str) -> None:
    """Write a file whole, readable for its owner only: it may hold an endpoint's token. Raises ``UsageError``."""
    neighbour: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        neighbour = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        neighbour.replace(path)
    except OSError as error:
        if neighbour is not None:
            neighbour.unlink(missing_ok=True)
        raise UsageError(f"{path}: {error.strerror}", hint="give a path that can be written to") from error


def as_json_text(document: dict[str, Any]) -> str:
    """A document as it is printed and saved."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
