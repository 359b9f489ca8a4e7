"""Event selectors with which a trail delivers a control's events, and goes on delivering what it delivers today. Pure.

``PutEventSelectors`` replaces every selector of the trail, so the whole document is made from the ones that were read:
selectors of data events stay as they are, those of management events give way to one that takes them all.

Sources: CloudTrail API reference, ``PutEventSelectors`` (a trail logs an event that matches any of its selectors; at
most five event selectors; either classic or advanced ones), ``EventSelector`` (``ExcludeManagementEventSources``),
``AdvancedFieldSelector`` (``eventCategory``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checker.chain.hops.trail import judge_trail
from checker.controls.selected import SelectedControl
from checker.facts import Trail
from checker.findings import HopStatus

MOST_CLASSIC = 5
_EXCLUSIONS = "ExcludeManagementEventSources"


@dataclass(frozen=True, slots=True)
class Selectors:
    """A document for ``PutEventSelectors``. ``parameter`` is the name of the argument that takes it."""

    parameter: str
    document: tuple[Mapping[str, Any], ...]


def widened(trail: Trail, control: SelectedControl) -> Selectors | None:
    """The smallest widening that the control's rule accepts; ``None`` when the selectors were not read, or when five
    selectors of data events leave no place for one more."""
    for selectors in _candidates(trail):
        classic = selectors.document if selectors.parameter == "EventSelectors" else None
        advanced = selectors.document if classic is None else None
        # Only the selectors are tried: whatever else is wrong with the trail is said elsewhere.
        as_sound = replace(
            trail,
            event_selectors=classic,
            advanced_event_selectors=advanced,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
        )
        if judge_trail(as_sound, control).status is HopStatus.OK:
            return selectors
    return None


def _candidates(trail: Trail) -> Iterator[Selectors]:
    """Sources that are left out today stay out, when the control does not need them: they may cost money."""
    if trail.advanced_event_selectors:
        kept = [_as_taken_back(entry) for entry in trail.advanced_event_selectors if not _takes_management(entry)]
        management = [entry for entry in trail.advanced_event_selectors if _takes_management(entry)]
        excluded = _left_out_by_all(set(_advanced_exclusions(entry)) for entry in management)
        for left_out in [excluded, []] if excluded else [[]]:
            yield Selectors("AdvancedEventSelectors", (*kept, _all_management(left_out)))
    elif trail.event_selectors:
        kept = [_without_management(entry) for entry in trail.event_selectors if entry.get("DataResources")]
        management = [entry for entry in trail.event_selectors if entry.get("IncludeManagementEvents") is not False]
        excluded = _left_out_by_all(set(entry.get(_EXCLUSIONS) or ()) for entry in management)
        if len(kept) < MOST_CLASSIC:
            for left_out in [excluded, []] if excluded else [[]]:
                everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
                yield Selectors("EventSelectors", (*kept, {**everything, _EXCLUSIONS: left_out}))


def _without_management(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same data events. Its management events are a part of what the selector for all of them takes."""
    return {**entry, "IncludeManagementEvents": False, _EXCLUSIONS: []}


def _fields(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    # Steampipe shows operators that are not used as null, which AWS does not take back.
    return [{name: value for name, value in field.items() if value} for field in entry.get("FieldSelectors") or []]


def _takes_management(entry: Mapping[str, Any]) -> bool:
    return any(
        field.get("Field") == "eventCategory" and "Management" in field.get("Equals", ()) for field in _fields(entry)
    )


def _as_taken_back(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "FieldSelectors": _fields(entry)}


def _advanced_exclusions(entry: Mapping[str, Any]) -> Iterator[str]:
    for field in _fields(entry):
        if field.get("Field") == "eventSource":
            yield from field.get("NotEquals", ())


def _left_out_by_all(exclusions: Iterable[set[str]]) -> list[str]:
    """A source that one selector leaves out and another takes is delivered today."""
    sets = list(exclusions)
    return sorted(set.intersection(*sets)) if sets else []


def _all_management(left_out: list[str]) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [{"Field": "eventCategory", "Equals": ["Management"]}]
    if left_out:
        fields.append({"Field": "eventSource", "NotEquals": left_out})
    return {"Name": "All management events", "FieldSelectors": fields}
