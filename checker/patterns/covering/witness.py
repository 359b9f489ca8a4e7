"""From sets of groups to one event: the most plausible choice, as nested JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checker.patterns.covering.background import EVENT_NAME, EVENT_SOURCE
from checker.patterns.covering.budget import BudgetExceeded
from checker.patterns.covering.compile import CompiledQuestion
from checker.patterns.covering.event_model import Path
from checker.patterns.covering.predicates import Found, State
from checker.patterns.covering.solver import Constraint, Sets

MAX_TRIES = 3
MAX_ELEMENTS = 10_000
"""Elements of an array that an example may have."""


class TooManyElements(Exception):
    """An example would need an array of more than `MAX_ELEMENTS`."""


def lowest(groups: int) -> int:
    """The set with only the most plausible group of a set that is not empty."""
    return groups & -groups


def most_plausible(compiled: CompiledQuestion, constraints: Sequence[Constraint], solved: Sets) -> Sets:
    """One group for every field, trying for each field its most plausible ones first.

    Fields that may be absent come first, so that the event has no more of them than it needs.
    """
    order = sorted(
        range(len(compiled.states)),
        key=lambda field: (compiled.states[field].samples[0][0] is not State.ABSENT, field),
    )
    decided = list(compiled.start)
    for field in order:
        solved = list(_prefer(compiled, constraints, decided, solved, field))
        decided[field] = solved[field] = lowest(solved[field])
    return decided


def _prefer(
    compiled: CompiledQuestion, constraints: Sequence[Constraint], decided: Sets, solved: Sets, field: int
) -> Sets:
    """A solution that keeps what is decided and gives ``field`` the most plausible group that it finds."""
    candidates = compiled.start[field]
    for _ in range(MAX_TRIES):
        wanted = lowest(candidates)
        candidates &= ~wanted
        if not wanted or solved[field] & wanted:
            break
        attempt = list(decided)
        attempt[field] = wanted
        try:
            better = compiled.solve(constraints, attempt)
        except BudgetExceeded:
            break
        if better is not None:
            return better
    return solved


def build_event(compiled: CompiledQuestion, chosen: Sets) -> dict[str, Any]:
    """The event that has the first sample of the lowest group of every set. Raises `TooManyElements`.

    Elements between two that are chosen are like the one before them (null before the first).
    """
    states: dict[Path, Sequence[Found]] = {
        path: states.samples[lowest(groups).bit_length() - 1]
        for path, states, groups in zip(compiled.paths, compiled.states, chosen, strict=True)
    }
    picked = {path: samples[0] for path, samples in states.items()}
    _match_source(compiled, states, picked)
    rank = {path: index for index, path in enumerate(compiled.model.fields)}
    event: dict[str, Any] = {}
    containers: dict[Path, dict[Any, Any]] = {(): event}
    for path in sorted(picked, key=lambda path: (len(path), rank.get(path, len(rank)), str(path))):
        state = picked[path]
        parent = containers.get(path[:-1])
        if state is State.ABSENT or parent is None or (state is None and path not in compiled.named):
            continue
        value: Any = _Elements() if state is State.ARRAY else {} if state is State.OBJECT else state
        if isinstance(value, dict):
            containers[path] = value
        parent[path[-1]] = value
    return {key: _json(value) for key, value in event.items()}


class _Elements(dict[int, Any]):
    """Elements of an array by their numbers."""


def _json(value: Any) -> Any:
    """The value with arrays as lists."""
    if not isinstance(value, dict):
        return value
    parts = {key: _json(part) for key, part in value.items()}
    if not isinstance(value, _Elements):
        return parts
    length = 1 + max(parts, default=-1)
    if length > MAX_ELEMENTS:
        raise TooManyElements
    elements: list[Any] = []
    for number in range(length):
        elements.append(parts.get(number, elements[-1] if elements else None))
    return elements


def _match_source(compiled: CompiledQuestion, states: dict[Path, Sequence[Found]], picked: dict[Path, Found]) -> None:
    """Prefer a name and a source that belong together."""
    if EVENT_NAME not in states or EVENT_SOURCE not in states:
        return
    typical = {call["eventName"]: call["eventSource"] for call in compiled.model.calls}
    for name in states[EVENT_NAME]:
        if not isinstance(name, str):
            continue
        sources = compiled.model.event_sources.get(name, (typical[name],) if name in typical else ())
        for source in sources:
            if source in states[EVENT_SOURCE]:
                picked[EVENT_NAME], picked[EVENT_SOURCE] = name, source
                return
