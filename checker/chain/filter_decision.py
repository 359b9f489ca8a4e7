"""A control's question about patterns: do they cover any text that the control accepts?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.controls.selected import ForeignText, Reference, SelectedControl
from checker.patterns.covering.cover import Cover, CoverVerdict, PatternLike, cover
from checker.patterns.covering.event_model import EventModel
from checker.patterns.language.tree import Position


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a control.

    ``covered`` is the text that made it pass; ``accepted_elsewhere`` names the sources of other people's texts that
    the patterns cover although these do not count. Reason and witness of a miss are those of the first reference.
    """

    verdict: CoverVerdict
    reason: str
    witness: Mapping[str, Any] | None = None
    position: Position | None = None
    covered: Reference | ForeignText | None = None
    accepted_elsewhere: tuple[str, ...] = ()


def decide(
    patterns: PatternLike | Sequence[PatternLike],
    control: SelectedControl,
    *,
    accept: Sequence[str] = (),
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
    excluding: Sequence[PatternLike] = (),
) -> Decision:
    """Whether the union of ``patterns`` covers any reference of ``control``.

    ``accept`` lists the `ForeignText.source_id` that count too. A control passes if one text is covered; otherwise
    it is ``unknown`` if one could not be decided, else ``misses`` or ``invalid``.
    """

    def against(text: str) -> Cover:
        return cover(patterns, text, model=model, fixed=fixed, excluding=excluding)

    counting: list[tuple[Reference | ForeignText, str]] = [
        (reference, reference.effective) for reference in control.references
    ]
    foreign = [text for text in control.accepted_elsewhere if text.source_id not in accept]
    counting += [(text, text.pattern) for text in control.accepted_elsewhere if text.source_id in accept]
    decisions: list[Cover] = []
    for text, pattern in counting:
        decision = against(pattern)
        if decision.verdict is CoverVerdict.COVERS:
            return Decision(decision.verdict, decision.reason, covered=text)
        decisions.append(decision)
        if decision.verdict is CoverVerdict.INVALID:
            break
    if not decisions:
        return Decision(CoverVerdict.UNKNOWN, f"The control {control.key} has no reference pattern.")
    undecided = [decision for decision in decisions if decision.verdict is CoverVerdict.UNKNOWN]
    best = (undecided or decisions)[0]
    elsewhere = (
        ()
        if best.verdict is CoverVerdict.INVALID
        else tuple(
            dict.fromkeys(text.source for text in foreign if against(text.pattern).verdict is CoverVerdict.COVERS)
        )
    )
    return Decision(best.verdict, best.reason, best.witness, best.position, None, elsewhere)
