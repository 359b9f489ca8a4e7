"""What a trail's event selectors keep back from a control. Pure.

Sources: CloudTrail user guide, "Logging management events" (classic and advanced selectors,
``ExcludeManagementEventSources``); API reference ``EventSelector`` (what is left out is true for
``IncludeManagementEvents`` and All for ``ReadWriteType``) and ``AdvancedFieldSelector`` (fields of management
selectors; selectors add up, the fields of one are joined by AND).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.chain.reasons import Code

EXCLUDABLE_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""What ``ExcludeManagementEventSources`` accepts. Leaving these out matters only to controls about them."""

BOTH = frozenset({"read", "write"})
"""The kinds of management events."""

_ANY_SOURCE = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is not delivered: a clause that says so of a trail."""

    code: Code
    clause: str


def kept_back(classic: Any, advanced: Any, wanted: dict[str, frozenset[str]]) -> Kept | None:
    """What the selectors keep back from a control that needs these kinds (read, write) of each event source.

    Nothing wanted means read and write of any source. ``None`` when nothing is kept back, also when the selectors were
    not read. Without any selector CloudTrail's default holds: all management events.
    """
    needs = wanted or {_ANY_SOURCE: BOTH}
    if advanced:
        return _advanced(advanced, needs)
    if classic:
        return _classic(classic, needs)
    return None


def _classic(selectors: Sequence[dict[str, Any]], needs: dict[str, frozenset[str]]) -> Kept | None:
    management = [selector for selector in selectors if selector.get("IncludeManagementEvents") is not False]
    if not management:
        clause = "delivers no management events: its event selectors take data events only"
        return Kept(Code.TRAIL_WITHOUT_MANAGEMENT_EVENTS, clause)
    for source, kinds in sorted(needs.items()):
        whole = [selector for selector in management if source not in (selector.get(_EXCLUDED) or ())]
        takes = frozenset[str]().union(*(_kinds(selector.get("ReadWriteType") or "All") for selector in whole))
        anything = frozenset[str]().union(*(_kinds(selector.get("ReadWriteType") or "All") for selector in management))
        if kept := _missing(takes, anything, kinds, source, by=_EXCLUDED):
            return kept
    return None


_EXCLUDED = "ExcludeManagementEventSources"


def _kinds(read_write_type: str) -> frozenset[str]:
    return {"All": BOTH, "ReadOnly": frozenset({"read"}), "WriteOnly": frozenset({"write"})}.get(
        read_write_type, frozenset()
    )


def _missing(
    takes: frozenset[str], anything: frozenset[str], kinds: frozenset[str], source: str, *, by: str
) -> Kept | None:
    """What is not taken: of any source (``anything`` is what is), or of ``kinds`` of this one.

    The benchmarks ask for read and write events of a trail; of a single source that is left out only the kinds count
    that the control watches.
    """
    if not anything:
        return Kept(Code.TRAIL_WITHOUT_MANAGEMENT_EVENTS, "delivers no management events")
    if "read" not in anything:
        return Kept(Code.TRAIL_LEAVES_OUT_READS, "delivers write events only: read events are left out")
    if "write" not in anything:
        return Kept(Code.TRAIL_LEAVES_OUT_WRITES, "delivers read events only: write events are left out")
    missing = kinds - takes
    if not missing:
        return None
    which = "" if not takes else f"{' and '.join(sorted(missing))} "
    return Kept(Code.TRAIL_LEAVES_OUT_SOURCE, f"leaves out the {which}events of {source} ({by})")


def _advanced(selectors: Sequence[dict[str, Any]], needs: dict[str, frozenset[str]]) -> Kept | None:
    """What advanced selectors keep from a control: ``None`` when all its events arrive."""
    management = [fields for selector in selectors if _is_management(fields := _fields(selector))]
    if not management:
        clause = "delivers no management events: no advanced selector takes eventCategory Management"
        return Kept(Code.TRAIL_WITHOUT_MANAGEMENT_EVENTS, clause)
    anything = frozenset[str]().union(*map(_advanced_kinds, management))
    narrowed: str | None = None
    for source, kinds in sorted(needs.items()):
        takes: frozenset[str] = frozenset()
        for fields in management:
            narrowing = _narrowing(fields, source)
            if narrowing is None:
                takes |= _advanced_kinds(fields)
            elif narrowing:
                narrowed = narrowed or narrowing
        if narrowed and not kinds <= takes:
            return Kept(Code.TRAIL_NARROWED, f"narrows its management events by {narrowed}")
        if kept := _missing(takes, anything, kinds, source, by="an advanced selector on eventSource"):
            return kept
    return None


def _fields(selector: dict[str, Any]) -> list[dict[str, Any]]:
    return [field for field in selector.get("FieldSelectors") or [] if isinstance(field, dict)]


def _is_management(fields: list[dict[str, Any]]) -> bool:
    return any(
        field.get("Field") == "eventCategory" and "Management" in (field.get("Equals") or []) for field in fields
    )


def _advanced_kinds(fields: list[dict[str, Any]]) -> frozenset[str]:
    kinds = BOTH
    for field in fields:
        if field.get("Field") != "readOnly":
            continue
        if values := field.get("Equals"):
            kinds &= {"read" if str(value).lower() == "true" else "write" for value in values}
        if values := field.get("NotEquals"):
            kinds -= {"read" if str(value).lower() == "true" else "write" for value in values}
    return kinds


def _narrowing(fields: list[dict[str, Any]], source: str) -> str | None:
    """``None``: takes the source whole. Empty text: leaves exactly this source out. Text: what narrows it."""
    for field in fields:
        name = field.get("Field")
        if name in {"eventCategory", "readOnly"}:
            continue
        if name == "eventSource" and not _passes(field, source):
            return "" if source != _ANY_SOURCE else "eventSource"
        if name == "eventType" and _only_leaves_out_service_events(field):
            continue
        if name != "eventSource":
            return str(name)
    return None


def _passes(field: dict[str, Any], source: str) -> bool:
    """Whether events of a source pass a field selector; of any source, when no excludable one is cut."""
    if source == _ANY_SOURCE:
        positive = any(field.get(operator) for operator in ("Equals", "StartsWith", "EndsWith"))
        left_out = set(field.get("NotEquals") or ())
        cut = field.get("NotStartsWith") or field.get("NotEndsWith")
        return not positive and not cut and left_out <= EXCLUDABLE_SOURCES
    tests = (
        ("Equals", lambda value: source == value, True),
        ("StartsWith", source.startswith, True),
        ("EndsWith", source.endswith, True),
        ("NotEquals", lambda value: source == value, False),
        ("NotStartsWith", source.startswith, False),
        ("NotEndsWith", source.endswith, False),
    )
    return all(
        any(test(value) for value in field[operator]) is wanted
        for operator, test, wanted in tests
        if field.get(operator)
    )


def _only_leaves_out_service_events(field: dict[str, Any]) -> bool:
    # No control watches AwsServiceEvent records: they are not calls that anybody made.
    # Steampipe shows the operators that are not used as null.
    used = {operator for operator, values in field.items() if operator != "Field" and values}
    return used == {"NotEquals"} and set(field["NotEquals"]) == {"AwsServiceEvent"}
