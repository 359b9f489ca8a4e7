"""What the pattern commands read: pattern texts, events in every usual packing, and batches."""

from __future__ import annotations

import codecs
import gzip
import io
import itertools
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import DataFileError, UsageError

STDIN = "-"
GZIP = b"\x1f\x8b"
"""How a gzip file begins."""


def read_bytes(name: str) -> bytes:
    """The content of a file, or of stdin for ``-``; unpacked if it is gzip. Raises `UsageError`."""
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise _unreadable(name, error) from error
    return _unpacked(content, name)


def _unpacked(content: bytes, name: str) -> bytes:
    """The content, out of its gzip wrapping if it has one. Raises `UsageError`."""
    try:
        return gzip.decompress(content) if content.startswith(GZIP) else content
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{name}: {reason}", hint="name a file that can be read, or - for stdin")


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


def batch_lines(name: str) -> Iterator[tuple[int, bytes]]:
    """Line numbers and lines of a file, or of stdin for ``-``, as they come; empty ones are skipped.

    A gzip file is unpacked first. Raises `UsageError` if it cannot be read.
    """
    if name != STDIN:
        yield from _filled(io.BytesIO(read_bytes(name)))
        return
    first = sys.stdin.buffer.readline()
    if first.startswith(GZIP):
        yield from _filled(io.BytesIO(_unpacked(first + sys.stdin.buffer.read(), name)))
    else:
        yield from _filled(itertools.chain([first], sys.stdin.buffer))


def _filled(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if text.strip():
            yield number, text
