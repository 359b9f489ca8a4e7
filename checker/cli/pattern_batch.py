"""``alarmchain pattern check --batch``: one JSON line in, one out, as they come. A bad line is an error of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from checker.cli import console, pattern_input, pattern_output
from checker.cli.pattern_answer import REPAIRABLE, Asking
from checker.errors import AlarmchainError, UsageError
from checker.exit_codes import ExitCode
from checker.patterns import CoverVerdict

ERROR = "error"
"""Verdict of a line that asks nothing that can be answered."""
_FORM = '{"control": "4.3", "pattern": "..."}'


def run_batch(name: str, asking: Asking) -> ExitCode:
    """Answer every line of a file, or of stdin for ``-``, in order and as soon as it is read.

    2 if a line was no question, else 1 if one misses or is invalid, else 3 if one could not be decided.
    """
    counts: Counter[str] = Counter()
    for number, line in pattern_input.batch_lines(name):
        document = {"line": number, **_answered(line, asking)}
        counts[document["verdict"]] += 1
        console.print_json(document, indent=None)
    if counts:
        console.say(", ".join(f"{counts[verdict]} {verdict}" for verdict in (*CoverVerdict, ERROR) if counts[verdict]))
    if counts[ERROR]:
        return ExitCode.USAGE
    if any(counts[verdict] for verdict in REPAIRABLE):
        return ExitCode.ALARM
    return ExitCode.UNDECIDED if counts[CoverVerdict.UNKNOWN] else ExitCode.OK


def _answered(line: bytes, asking: Asking) -> dict[str, Any]:
    """The question and its answer, or what is wrong with it."""
    asked: dict[str, Any] = {"control": None, "pattern": None}
    try:
        asked |= _question(line)
        answer = asking.answer(asked["pattern"], asking.control(asked["control"]))
    except AlarmchainError as error:
        return {**asked, **pattern_output.no_answer(ERROR, str(error), error.hint)}
    return {**asked, **pattern_output.answer_document(answer)}


def _question(line: bytes) -> Iterator[tuple[str, str]]:
    """``control`` and ``pattern`` of a line. Raises `UsageError`."""
    try:
        entry = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8 text", hint="save the batch as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("not a JSON value", hint=_FORM) from error
    question = entry if isinstance(entry, dict) else {}
    if not all(isinstance(question.get(key), str) for key in ("control", "pattern")):
        raise UsageError("a line needs the strings control and pattern", hint=_FORM)
    return ((key, question[key]) for key in ("control", "pattern"))
