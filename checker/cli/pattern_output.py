"""How the pattern commands print their answers: text for people, JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from checker.chain.filter_decision import Decision
from checker.cli.pattern_live import LiveAnswer
from checker.controls import Reference, SelectedControl
from checker.patterns import CoverVerdict, Position
from checker.text.json_text import json_line

SCHEMA = "alarmchain.pattern/v1"


def position_document(position: Position | None) -> dict[str, int] | None:
    """A position as JSON."""
    if position is None:
        return None
    return {"line": position.line, "column": position.column, "offset": position.offset}


def batch_document(decision: Decision, repaired: str | None) -> dict[str, Any]:
    """One answer of a batch: exactly the fields of the contract."""
    return {
        "verdict": str(decision.verdict),
        "witness": decision.witness,
        "reason": decision.reason,
        "position": position_document(decision.position),
        "repair": repaired,
    }


def check_document(
    control: SelectedControl, pattern: str, decision: Decision, repaired: str | None, live: Sequence[LiveAnswer] | None
) -> dict[str, Any]:
    """The answer of ``pattern check`` as one document."""
    return {
        "schema": SCHEMA,
        "control": control.key,
        "control_id": control.control_id,
        "benchmark": control.benchmark,
        "pattern": pattern,
        **batch_document(decision, repaired),
        "covered": _covered(decision),
        "accepted_elsewhere": list(decision.accepted_elsewhere),
        "live": None if live is None else [_live_document(answer) for answer in live],
    }


def _covered(decision: Decision) -> dict[str, str] | None:
    if decision.covered is None:
        return None
    text = decision.covered.effective if isinstance(decision.covered, Reference) else decision.covered.pattern
    return {"source": decision.covered.source, "pattern": text}


def _live_document(answer: LiveAnswer) -> dict[str, Any]:
    return {
        "pattern": answer.pattern,
        "accepted": answer.accepted,
        "agrees": answer.agrees,
        "checks": [{"event": check.event, "expected": check.expected, "aws": check.actual} for check in answer.checks],
    }


def check_text(
    control: SelectedControl, pattern: str, decision: Decision, repaired: str | None, live: Sequence[LiveAnswer] | None
) -> str:
    """The answer of ``pattern check`` for a person."""
    lines = [f"{decision.verdict}: {control.control_id} {control.title} ({control.benchmark})", decision.reason]
    if decision.position is not None:
        lines += caret(pattern, decision.position)
    if decision.witness is not None:
        lines += ["", "An event that slips through:", textwrap.indent(json_line(decision.witness, indent=2), "  ")]
    covered = _covered(decision)
    if covered:
        lines += ["", "Covers the text:", f"  {covered['pattern']}"]
    if decision.accepted_elsewhere:
        lines += ["", "Covers texts that others accept (they count with --accept):"]
        lines += [f"  {source}" for source in decision.accepted_elsewhere]
    if repaired is not None:
        lines += ["", "A pattern that covers it:", f"  {repaired}"]
    for answer in live or ():
        lines += ["", *_live_lines(answer)]
    return "\n".join(lines) + "\n"


def caret(text: str, position: Position) -> list[str]:
    """The line of an error with a caret under the place, shortened around it when it is long."""
    line = (text.split("\n") or [""])[position.line - 1].rstrip("\r")
    start = max(0, position.column - 61)
    shown = line[start : start + 100].replace("\t", " ")
    return ["", f"  {shown}", f"  {' ' * (position.column - 1 - start)}^"]


def _live_lines(answer: LiveAnswer) -> list[str]:
    if not answer.accepted:
        return [f"AWS refuses the pattern{_agreement(answer)}: {answer.pattern}"]
    lines = [f"AWS accepts the pattern{_agreement(answer)}: {answer.pattern}"]
    lines += [
        f"  {'matches' if check.actual else 'does not match'}"
        f"{'' if check.actual == check.expected else ' (we say otherwise)'}: {json_line(check.event)}"
        for check in answer.checks
    ]
    return lines


def _agreement(answer: LiveAnswer) -> str:
    return " and agrees" if answer.agrees else " and DISAGREES with us"


def summary_line(verdicts: Sequence[CoverVerdict]) -> str:
    """``3 covers, 1 misses`` for stderr."""
    return ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in CoverVerdict if verdict in verdicts)
