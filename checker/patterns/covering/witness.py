"""From sets of groups to one event: the most plausible choice, as nested JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from checker.patterns.covering.budget import BudgetExceeded
from checker.patterns.covering.calls import MAX_CALLS, group_of, groups_of, likely_calls
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


def most_plausible(
    compiled: CompiledQuestion, constraints: Sequence[Constraint], solved: Sets
) -> tuple[Sets, Mapping[Path, str]]:
    """One group for every field, and the texts of fields that belong together.

    A call is tried first whose name, service and refusal go together; then for each field its most plausible groups.
    Fields that may be absent come first, so that the event has no more of them than it needs.
    """
    order = sorted(
        range(len(compiled.states)),
        key=lambda field: (compiled.states[field].samples[0][0] is not State.ABSENT, field),
    )
    start, texts = _call(compiled, constraints)
    decided = list(start)
    if texts:
        solved = compiled.solve(constraints, start) or solved
    for field in order:
        solved = list(_prefer(compiled, constraints, decided, solved, (field, start[field])))
        decided[field] = solved[field] = lowest(solved[field])
    return decided, texts


def _call(compiled: CompiledQuestion, constraints: Sequence[Constraint]) -> tuple[Sets, Mapping[Path, str]]:
    """The sets that leave the first likely call that satisfies the constraints, and its texts; all sets for none."""
    possible = compiled.narrow(constraints) or compiled.start
    for call in islice(likely_calls(compiled), MAX_CALLS):
        groups = groups_of(compiled, call)
        if groups is None or not all(possible[field] & found for field, found in groups.items()):
            continue
        start = [groups.get(field, everything) for field, everything in enumerate(compiled.start)]
        try:
            if compiled.solve(constraints, start) is not None:
                return start, call
        except BudgetExceeded:
            break
    return compiled.start, {}


def _prefer(
    compiled: CompiledQuestion, constraints: Sequence[Constraint], decided: Sets, solved: Sets, wish: tuple[int, int]
) -> Sets:
    """A solution that keeps what is decided and gives a field the most plausible group that it finds.

    ``wish`` is the number of the field and the groups that it may have.
    """
    field, candidates = wish
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


def build_event(compiled: CompiledQuestion, chosen: Sets, texts: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """The event that has the first sample of the lowest group of every set. Raises `TooManyElements`.

    A field of ``texts`` has its text there, if that is in the group.
    Elements between two that are chosen are like the one before them (null before the first).
    """
    states: dict[Path, Sequence[Found]] = {
        path: states.samples[lowest(groups).bit_length() - 1]
        for path, states, groups in zip(compiled.paths, compiled.states, chosen, strict=True)
    }
    picked = {path: samples[0] for path, samples in states.items()}
    for path, text in (texts or {}).items():
        if path in states:
            field = compiled.paths.index(path)
            if lowest(chosen[field]) & group_of(compiled, field, text) and states[path][0] is not State.ABSENT:
                picked[path] = text
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
