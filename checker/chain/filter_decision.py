"""A control's question about patterns: do they cover any text that the control accepts?

A control asks about its own events, service and name: a call of the same name to another service is none of them.
What a pattern that covers leaves out all the same, and what the verdict relies on, is said in ``remarks``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.chain.filter_remarks import Limits, remarks_of
from checker.controls.selected import Event, ForeignText, Reference, SelectedControl
from checker.patterns.covering.cover import Cover, CoverVerdict, PatternLike, cover
from checker.patterns.covering.event_model import EventModel, default_model
from checker.patterns.covering.repair import Proposal, propose
from checker.patterns.language.tree import Position
from checker.patterns.matching.match import matches


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a control.

    ``covered`` is the text that made it pass; ``accepted_elsewhere`` names the sources of other people's texts that
    the patterns cover although these do not count, and ``accept`` the ids with which they would. Reason and witness
    of a miss are those of ``reference``. ``remarks`` are sentences about a pattern that covers.
    """

    verdict: CoverVerdict
    reason: str
    witness: Mapping[str, Any] | None = None
    position: Position | None = None
    covered: Reference | ForeignText | None = None
    accepted_elsewhere: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    reference: str = ""
    """The pattern that the reason speaks of as the reference."""
    remarks: tuple[str, ...] = ()


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
    everybody = model or default_model()
    own = own_events(everybody, control.events)

    def against(text: str, events: EventModel = own) -> Cover:
        return cover(patterns, text, model=events, fixed=fixed, excluding=excluding)

    counting: list[tuple[Reference | ForeignText, str]] = [
        (reference, reference.effective) for reference in control.references
    ]
    foreign = [text for text in control.accepted_elsewhere if text.source_id not in accept]
    counting += [(text, text.pattern) for text in control.accepted_elsewhere if text.source_id in accept]
    decisions: list[tuple[str, Cover]] = []
    for text, pattern in counting:
        decision = against(pattern)
        if decision.verdict is CoverVerdict.COVERS:
            remarks = remarks_of(against, pattern, Limits(everybody, own, control.events))
            reason = "It matches every event that the control is about." if remarks else decision.reason
            return Decision(decision.verdict, reason, covered=text, reference=pattern, remarks=remarks)
        decisions.append((pattern, decision))
        if decision.verdict is CoverVerdict.INVALID:
            break
    if not decisions:
        return Decision(CoverVerdict.UNKNOWN, f"The control {control.key} has no reference pattern.")
    undecided = [entry for entry in decisions if entry[1].verdict is CoverVerdict.UNKNOWN]
    reference, best = (undecided or decisions)[0]
    missed = [decision.witness for _, decision in decisions if decision.witness is not None]

    def covers_too(text: ForeignText) -> bool:
        """An event that is known to be missed refutes most texts without a decision."""
        if any(matches(text.pattern, event) for event in missed):
            return False
        return against(text.pattern).verdict is CoverVerdict.COVERS

    elsewhere = [] if best.verdict is CoverVerdict.INVALID else [text for text in foreign if covers_too(text)]
    return Decision(
        best.verdict,
        best.reason + _would_count(elsewhere),
        best.witness,
        best.position,
        accepted_elsewhere=tuple(dict.fromkeys(text.source for text in elsewhere)),
        accept=tuple(dict.fromkeys(text.source_id for text in elsewhere)),
        reference=reference,
    )


def proposal_for(
    pattern: str,
    control: SelectedControl,
    *,
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
    missed: Mapping[str, Any] | None = None,
) -> Proposal | None:
    """A pattern near to ``pattern`` that covers the control's first text and counts nothing outside of the two.

    ``missed`` is an event that it is known to miss. ``None`` if it covers already, or the control has no text.
    """
    if not control.references:
        return None
    everybody = model or default_model()
    own = own_events(everybody, control.events)
    reference = control.references[0].effective
    return propose(pattern, reference, model=own, fixed=fixed, everybody=everybody, missed=missed)


@lru_cache(maxsize=512)
def own_events(model: EventModel, events: tuple[Event, ...]) -> EventModel:
    """The model in which only the services that the control means have the operations that it lists."""
    sources: dict[str, tuple[str, ...]] = {}
    for event in events:
        sources[event.name] = (*sources.get(event.name, ()), event.source)
    return model.limited_to(sources) if sources else model


def _would_count(texts: Sequence[ForeignText]) -> str:
    """Which ``--accept`` would make it count, as a sentence that follows the reason."""
    if not texts:
        return ""
    first = texts[0]
    return f" It covers the text of {first.source}: --accept {first.source_id} makes it count."
