"""What the pattern commands read: pattern texts, events in every usual packing, and batches."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import DataFileError, UsageError

STDIN = "-"


def read_bytes(name: str) -> bytes:
    """The content of a file, or of stdin for ``-``; unpacked if it is gzip. Raises `UsageError`."""
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{name}: {reason}", hint="name a file that can be read, or - for stdin") from error


def read_text(name: str) -> str:
    """The content as UTF-8 text, without a byte order mark. Raises `UsageError`."""
    try:
        return read_bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error


def pattern_text(argument: str | None, file: Path | None) -> str:
    """The pattern of a command line: an argument, stdin, or a file; exactly one. Raises `UsageError`."""
    if (argument is None) == (file is None):
        raise UsageError(
            "give one pattern: an argument, - for stdin, or --file",
            hint="quote the pattern with single quotation marks in a shell",
        )
    if file is not None:
        return read_text(str(file))
    return read_text(STDIN) if argument == STDIN else argument or ""


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event and where it came from, ``file:number`` counting from 1."""

    name: str
    event: dict[str, Any]


def read_events(name: str) -> list[NamedEvent]:
    """The events of a file: one JSON object, a list, a log file with ``Records``, or JSON lines.

    Raises `UsageError` for anything else.
    """
    text = read_text(name)
    shown = "stdin" if name == STDIN else name
    try:
        documents = [json.loads(text)]
    except (ValueError, RecursionError):
        documents = [document for _, document in json_lines(text, shown)]
    events = [event for document in documents for event in _unpack(document, shown)]
    return [NamedEvent(f"{shown}:{number}", event) for number, event in enumerate(events, 1)]


def _unpack(document: Any, shown: str) -> Iterator[dict[str, Any]]:
    found = document
    if isinstance(document, dict):
        found = document["Records"] if isinstance(document.get("Records"), list) else [document]
    if not isinstance(found, list) or not all(isinstance(event, dict) for event in found):
        raise UsageError(f"{shown}: events must be JSON objects", hint='one object, a list, or {"Records": [...]}')
    yield from found


def json_lines(text: str, shown: str) -> Iterator[tuple[int, Any]]:
    """Line numbers and values of JSON lines; empty lines are skipped. Raises `DataFileError`."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataFileError(
                "not a JSON value", path=shown, line=number, hint="write one JSON object a line"
            ) from error


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One question of a batch."""

    number: int
    control: str
    pattern: str


def read_batch(name: str) -> list[BatchLine]:
    """All lines of a batch, read before the first is answered. Raises `DataFileError` naming the line."""
    shown = "stdin" if name == STDIN else name
    lines: list[BatchLine] = []
    for number, entry in json_lines(read_text(name), shown):
        control = entry.get("control") if isinstance(entry, dict) else None
        pattern = entry.get("pattern") if isinstance(entry, dict) else None
        if not isinstance(control, str) or not isinstance(pattern, str):
            raise DataFileError(
                "a line needs the strings control and pattern",
                path=shown,
                line=number,
                hint='{"control": "4.3", "pattern": "..."}',
            )
        lines.append(BatchLine(number, control, pattern))
    return lines
