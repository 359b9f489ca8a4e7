"""What a pattern that covers a control leaves out all the same, and what the verdict relies on: sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from checker.controls.selected import Event
from checker.patterns.covering.cover import Cover, CoverVerdict
from checker.patterns.covering.event_model import EventModel

Against = Callable[[str, EventModel], Cover]
"""Decides the patterns in question against a text, given what events there are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What limits the events that count: ``own`` has the control's, ``everybody`` those of all services."""

    everybody: EventModel
    own: EventModel
    events: tuple[Event, ...]


def remarks_of(against: Against, text: str, limits: Limits) -> tuple[str, ...]:
    """The remarks on patterns that cover ``text`` given the limits. None if they cover it without any."""
    if _covers(against(text, _unlimited(limits.everybody))):
        return ()
    remarks = [remark for remark in limits.own.remarks if not _covers(against(text, _doubting(limits.own, remark)))]
    return (*_other_services(against, text, limits), *_retired(against, limits), *remarks)


def _covers(decision: Cover) -> bool:
    return decision.verdict is CoverVerdict.COVERS


@lru_cache(maxsize=64)
def _unlimited(model: EventModel) -> EventModel:
    return model.without(model.remarks).with_retired()


@lru_cache(maxsize=256)
def _doubting(model: EventModel, remark: str) -> EventModel:
    return model.without([remark])


@lru_cache(maxsize=256)
def _with_retired(model: EventModel) -> EventModel:
    return model.with_retired()


def _other_services(against: Against, text: str, limits: Limits) -> list[str]:
    witness = against(text, limits.everybody).witness
    if witness is None:
        return []
    own = " and ".join(dict.fromkeys(event.source for event in limits.events))
    name, source = witness.get("eventName"), witness.get("eventSource")
    return [
        f"It is limited to calls to {own}: other services have calls of these names ({name} of {source}), which are "
        "not events of this control."
    ]


def _retired(against: Against, limits: Limits) -> list[str]:
    retired = limits.own.retired
    left_out = [
        event.name
        for event in limits.events
        if event.name in retired.names
        and not _covers(against(f'{{ $.eventName = "{event.name}" }}', _with_retired(limits.own)))
    ]
    return [f"It leaves out {', '.join(left_out)}: {retired.remark}, so they need no alarm."] if left_out else []
