"""Hop 1: a trail that delivers the control's events from every region.

Rules and sources: CIS AWS Foundations 4.x, audit ("multi-region, logging, management events, read and write");
CloudTrail user guide, "Logging management events" (classic and advanced selectors, ``ExcludeManagementEventSources``),
API reference ``EventSelector`` and ``AdvancedFieldSelector`` (fields of management selectors).
A ``None`` was not read: it makes the verdict unknown, never false.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from checker.chain.verdicts import verdict
from checker.controls.selected import SelectedControl
from checker.facts import Trail
from checker.findings import Hop, HopStatus, HopVerdict

EXCLUDABLE_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""What ``ExcludeManagementEventSources`` accepts. Leaving these out matters only to controls about them."""

_ANY_SOURCE = ""


def one_row_per_trail(rows: Iterable[Trail]) -> list[Trail]:
    """One row per (viewing account, trail): the home region's row where it is there, because it decides."""
    chosen: dict[tuple[str, str], Trail] = {}
    for row in rows:
        key = (row.account_id, row.arn)
        if key not in chosen or _nearness(row) < _nearness(chosen[key]):
            chosen[key] = row
    return sorted(chosen.values(), key=lambda trail: (trail.account_id, trail.arn))


def _nearness(row: Trail) -> tuple[bool, str, str]:
    # Beyond the home region the order is of no matter, but it must not depend on who answered first.
    return row.region != row.home_region, row.region, row.connection or ""


def judge_trail(trail: Trail, control: SelectedControl) -> HopVerdict:
    """Does this trail deliver what the control watches? See the module for the rules."""
    named = f"trail {trail.name}"
    if trail.is_multi_region_trail is False:
        return _alarm(
            trail,
            f"{named} is single-region: it records {trail.home_region or trail.region} only. "
            "Make it a multi-region trail.",
        )
    if trail.is_multi_region_trail and trail.include_global_service_events is False:
        return _alarm(trail, f"{named} leaves out global service events (IAM, STS, sign-in). Include them.")
    if trail.is_logging is False:
        return _alarm(trail, f"{named} does not log: its recording is stopped. Start logging.")
    problem = selector_problem(trail.event_selectors, trail.advanced_event_selectors, control.event_sources)
    if problem:
        return _alarm(trail, f"{named} {problem}")
    unread = [
        name
        for name, value in (
            ("whether it is multi-region", trail.is_multi_region_trail),
            ("whether it logs", trail.is_logging),
            ("its event selectors", _first(trail.event_selectors, trail.advanced_event_selectors)),
        )
        if value is None
    ]
    if unread:
        return _verdict(trail, HopStatus.UNKNOWN, f"{named}: {' and '.join(unread)} could not be read.")
    return _verdict(
        trail, HopStatus.OK, f"{named} is multi-region, logs, and delivers management events, read and write."
    )


def selector_problem(classic: Any, advanced: Any, sources: frozenset[str]) -> str | None:
    """What the selectors keep back from a control whose events have these ``sources`` (empty: any source).

    ``None`` when nothing is kept back, also when the selectors were not read. Without any selector CloudTrail's
    default holds: all management events.
    """
    wanted = sources or frozenset({_ANY_SOURCE})
    if advanced:
        return _advanced_problem(advanced, wanted)
    if classic:
        return _classic_problem(classic, wanted)
    return None


def _classic_problem(selectors: Sequence[dict[str, Any]], sources: frozenset[str]) -> str | None:
    # API reference EventSelector: what is left out is true (IncludeManagementEvents) and All (ReadWriteType).
    management = [selector for selector in selectors if selector.get("IncludeManagementEvents") is not False]
    if not management:
        return "delivers no management events: its event selectors take data events only. Include management events."
    for source in sorted(sources):
        takes: set[str] = set()
        for selector in management:
            excluded = frozenset(selector.get("ExcludeManagementEventSources") or ())
            if source not in excluded:
                takes |= _kinds(selector.get("ReadWriteType") or "All")
        if problem := _missing(takes, source, by="ExcludeManagementEventSources"):
            return problem
    return None


def _kinds(read_write_type: str) -> set[str]:
    return {"All": {"read", "write"}, "ReadOnly": {"read"}, "WriteOnly": {"write"}}.get(read_write_type, set())


def _missing(takes: set[str], source: str, *, by: str) -> str | None:
    if not takes and source != _ANY_SOURCE:
        return f"leaves out the events of {source} ({by}). Stop excluding them."
    if takes == {"read", "write"}:
        return None
    if not takes:
        return "delivers no management events. Include management events, read and write."
    kind, other = ("read", "write") if takes == {"read"} else ("write", "read")
    return f"delivers {kind} events only: {other} events are left out. Select all management events."


def _advanced_problem(selectors: Sequence[dict[str, Any]], sources: frozenset[str]) -> str | None:
    management = [fields for selector in selectors if _is_management(fields := _fields(selector))]
    if not management:
        return "delivers no management events: no advanced selector takes eventCategory Management. Add one."
    narrowed: str | None = None
    for source in sorted(sources):
        takes: set[str] = set()
        for fields in management:
            problem = _narrowing(fields, source)
            if problem is None:
                takes |= _advanced_kinds(fields)
            elif problem:
                narrowed = narrowed or problem
        if takes != {"read", "write"}:
            if narrowed:
                return f"narrows its management events by {narrowed}. Add a selector for all of them."
            return _missing(takes, source, by="an advanced selector on eventSource")
    return None


def _fields(selector: dict[str, Any]) -> list[dict[str, Any]]:
    return [field for field in selector.get("FieldSelectors") or [] if isinstance(field, dict)]


def _is_management(fields: list[dict[str, Any]]) -> bool:
    return any(
        field.get("Field") == "eventCategory" and "Management" in (field.get("Equals") or []) for field in fields
    )


def _advanced_kinds(fields: list[dict[str, Any]]) -> set[str]:
    kinds = {"read", "write"}
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


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _alarm(trail: Trail, reason: str) -> HopVerdict:
    return _verdict(trail, HopStatus.ALARM, reason)


def _verdict(trail: Trail, status: HopStatus, reason: str) -> HopVerdict:
    evidence = {
        "is_multi_region_trail": trail.is_multi_region_trail,
        "is_logging": trail.is_logging,
        "event_selectors": trail.event_selectors,
        "advanced_event_selectors": trail.advanced_event_selectors,
    }
    return verdict(Hop.TRAIL, status, reason, trail.arn, evidence=evidence)
