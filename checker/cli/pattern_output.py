"""How the pattern commands print their answers: text for people, JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from checker.chain.filter_decision import Decision
from checker.cli.pattern_answer import Answer
from checker.cli.pattern_live import LiveAnswer
from checker.patterns import Position, parse, to_text
from checker.text.json_text import json_line

SCHEMA = "alarmchain.pattern/v1"


def position_document(position: Position | None) -> dict[str, int] | None:
    """A position as JSON."""
    if position is None:
        return None
    return {"line": position.line, "column": position.column, "offset": position.offset}


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer to one question, in a batch too: the same fields whatever the verdict is."""
    decision, proposal = answer.decision, answer.proposal
    return {
        "verdict": str(decision.verdict),
        "witness": decision.witness,
        "reason": decision.reason,
        "remarks": list(decision.remarks),
        "position": position_document(decision.position),
        "reference": decision.reference or None,
        "repair": proposal.pattern if proposal else None,
        "repair_beside": proposal.beside if proposal else None,
        "accept": list(decision.accept),
    }


def no_answer(verdict: str, reason: str, hint: str) -> dict[str, Any]:
    """What stands in the place of an answer, with the same fields and the hint."""
    fields = ("witness", "reason", "remarks", "position", "reference", "repair", "repair_beside", "accept")
    return {"verdict": verdict, **dict.fromkeys(fields), "reason": reason, "hint": hint}


def check_document(answer: Answer, live: Sequence[LiveAnswer] | None) -> dict[str, Any]:
    """The answer of ``pattern check`` as one document."""
    control = answer.control
    return {
        "schema": SCHEMA,
        "control": control.key,
        "control_id": control.control_id,
        "benchmark": control.benchmark,
        "pattern": answer.pattern,
        **answer_document(answer),
        "covered": _covered(answer.decision),
        "accepted_elsewhere": list(answer.decision.accepted_elsewhere),
        "live": None if live is None else [_live_document(check) for check in live],
    }


def _covered(decision: Decision) -> dict[str, str] | None:
    if decision.covered is None:
        return None
    return {"source": decision.covered.source, "pattern": decision.reference}


def _live_document(answer: LiveAnswer) -> dict[str, Any]:
    return {
        "pattern": answer.pattern,
        "accepted": answer.accepted,
        "agrees": answer.agrees,
        "checks": [{"event": check.event, "expected": check.expected, "aws": check.actual} for check in answer.checks],
    }


def check_text(answer: Answer, live: Sequence[LiveAnswer] | None) -> str:
    """The answer of ``pattern check`` for a person."""
    control, decision = answer.control, answer.decision
    lines = [f"{decision.verdict}: {control.control_id} {control.title} ({control.benchmark})", decision.reason]
    lines += decision.remarks
    if decision.position is not None:
        lines += caret(answer.pattern, decision.position)
    if decision.witness is not None:
        lines += ["", "An event that slips through:", textwrap.indent(json_line(decision.witness, indent=2), "  ")]
    if decision.covered is not None:
        lines += ["", "Covers the text:", f"  {decision.reference}"]
        if decision.accepted_elsewhere:
            lines += ["", "Covers texts that others accept (they count with --accept):"]
            lines += [f"  {source}" for source in decision.accepted_elsewhere]
    lines += _proposal_lines(answer)
    for check in live or ():
        lines += ["", *_live_lines(check)]
    return "\n".join(lines) + "\n"


def _proposal_lines(answer: Answer) -> list[str]:
    """The reference pattern that the reason speaks of, and what to write in the place of the pattern or beside it."""
    reference, proposal = answer.decision.reference, answer.proposal
    if answer.decision.covered is not None or not reference:
        return []
    if proposal is None:
        return ["", "The reference pattern:", f"  {reference}"]
    if proposal.beside:
        return ["", "The reference pattern, for a filter of its own beside this one:", f"  {proposal.pattern}"]
    if to_text(parse(reference)) == proposal.pattern:
        return ["", "The reference pattern, which can take its place:", f"  {proposal.pattern}"]
    return ["", "The reference pattern:", f"  {reference}", "", "A pattern that covers it:", f"  {proposal.pattern}"]


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
