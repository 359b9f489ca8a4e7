"""Which events are missed, in words.

Starting from the witness, its fields are generalised one at a time, as long as every event of the reference that
fits the description is still missed. What cannot be generalised any more is a description. If events are missed that
do not fit it, one of them is described in the same way, and so on: what is left out for several reasons is named
reason by reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from checker.patterns.covering.budget import BudgetExceeded
from checker.patterns.covering.compile import CompiledQuestion
from checker.patterns.covering.formula import AnyOf
from checker.patterns.covering.predicates import Every, Found, Not, Predicate, Scalar, Some, State, bases
from checker.patterns.covering.solver import Constraint, In, Sets, fields_of
from checker.patterns.covering.wording import (
    listed,
    named_texts,
    path_text,
    plural,
    predicate_words,
    subject,
    value_words,
)
from checker.patterns.language.tree import Pattern

MANY_GROUPS = 40
"""Groups that are tried one by one, which is cheaper for few."""
MAX_KINDS = 4
"""Kinds of missed events that are described; that there are more is said."""


def describe_miss(
    compiled: CompiledQuestion,
    missed: Sequence[Constraint],
    matching: Sequence[Constraint],
    reference: Pattern,
    chosen: Sets,
) -> str:
    """A sentence about the events of the reference that are missed, of which ``chosen`` is one.

    ``missed`` says that the reference matches, and then that each of the patterns does not; ``matching`` that each
    of the patterns does.
    """
    wanted = missed[0]
    noun = subject(reference)
    if not compiled.complete:
        return some_missed(reference)
    try:
        if compiled.solve([wanted, AnyOf(tuple(matching))]) is None:
            never = not compiled.narrowed and compiled.solve([AnyOf(tuple(matching))]) is None
            return f"It misses every {noun}.{' No CloudTrail event can match it.' if never else ''}"
    except BudgetExceeded:
        return some_missed(reference)
    kinds, complete = _kinds(compiled, missed, matching, chosen)
    if not kinds:
        return some_missed(reference)
    first, *more = dict.fromkeys(kinds)
    named = [f"every {noun} {first}", *(f"every one {kind}" for kind in more)]
    if not complete:
        return f"It misses {', '.join(named)}, among others."
    return f"It misses {', and '.join(named)}."


def some_missed(reference: Pattern) -> str:
    """The sentence where nothing more general was found than the witness."""
    return f"It misses some {plural(subject(reference))}; the witness is one."


def _kinds(
    compiled: CompiledQuestion, missed: Sequence[Constraint], matching: Sequence[Constraint], chosen: Sets
) -> tuple[list[str], bool]:
    """Descriptions of missed events, that of ``chosen`` first, and whether they are all that are missed."""
    kinds: list[str] = []
    left = list(missed)
    current: Sets | None = chosen
    try:
        while current is not None and len(kinds) < MAX_KINDS:
            feasible = list(compiled.narrow([missed[0]]) or compiled.start)
            region = _generalise(compiled, missed[0], matching, current, feasible)
            phrases = (
                _phrase(compiled, field, groups & feasible[field], feasible[field]) for field, groups in region.items()
            )
            kinds.append(" and ".join(phrases))
            left.append(AnyOf(tuple(In(field, compiled.start[field] & ~groups) for field, groups in region.items())))
            solved = compiled.solve(left)
            current = [groups & -groups for groups in solved] if solved is not None else None
    except BudgetExceeded:
        return kinds, False
    return kinds, current is None


def _generalise(
    compiled: CompiledQuestion, wanted: Constraint, matching: Sequence[Constraint], chosen: Sets, feasible: Sets
) -> dict[int, int]:
    """The fields that matter and the groups of each for which every event is missed.

    Groups that no event of the reference has beside the others are taken out of ``feasible``. Fields are let go in
    this order: those the patterns do not name, those that may be absent, the rest.
    """
    named = {field for constraint in matching for field in fields_of(constraint)}
    region = list(chosen)
    order = sorted(
        range(len(region)),
        key=lambda field: (field in named, compiled.model.field(compiled.paths[field]).always, -field),
    )

    def without(constraints: Sequence[Constraint], field: int, groups: int) -> int:
        """Those of the groups with which no event satisfies the constraints."""
        found, together = 0, groups.bit_count() > MANY_GROUPS
        while groups:
            attempt = list(region)
            attempt[field] = groups if together else groups & -groups
            solved = compiled.solve(constraints, attempt)
            if solved is None:
                found |= attempt[field]
            groups &= ~(attempt[field] if solved is None else solved[field])
        return found

    hit = [wanted, AnyOf(tuple(matching))]

    kept = []
    for field in order:
        attempt = list(region)
        attempt[field] = compiled.start[field]
        if compiled.solve(hit, attempt) is None:
            region[field] = compiled.start[field]
        else:
            kept.append(field)
    for field in kept:
        feasible[field] &= ~without([wanted], field, feasible[field] & ~region[field])
        region[field] |= without(hit, field, feasible[field] & ~region[field])
    return {field: region[field] for field in sorted(kept)}


def _phrase(compiled: CompiledQuestion, field: int, groups: int, feasible: int) -> str:
    """``whose eventName is not ConsoleLogin``."""
    path = compiled.paths[field]
    name = path_text(path)
    inside = _listable(compiled, field, groups)
    outside = _listable(compiled, field, feasible & ~groups)
    if inside == [State.ABSENT]:
        return f"without {name}"
    if outside == [State.ABSENT]:
        return f"with {name}"
    if inside is not None and (outside is None or len(inside) <= len(outside)):
        return f"whose {name} is {listed(inside)}"
    if outside is not None:
        return f"whose {name} is not {listed(outside)}"
    if words := _set_words(compiled, field, groups, feasible):
        return f"whose {name} is {words}"
    sample = compiled.states[field].samples[(groups & -groups).bit_length() - 1][0]
    return f"whose {name} is, for example, {value_words(sample)}"


def _set_words(compiled: CompiledQuestion, field: int, groups: int, feasible: int) -> str | None:
    """The groups as a set that the patterns name, ``like Put*``, or as all but it."""
    states = compiled.states[field]
    absent = feasible & sum(1 << bit for bit, samples in enumerate(states.samples) if State.ABSENT in samples)
    for predicate, place in compiled.conditions(compiled.paths[field]).items():
        mask = feasible & states.masks[place]
        if excluded := _excluded(predicate):
            mask = feasible & ~mask & ~absent
            words = predicate_words(Some(excluded))
        else:
            words = predicate_words(predicate)
        if words is None:
            continue
        for found, text in (
            (mask, words),
            (feasible & ~mask, f"not {words}"),
            (mask | absent, f"absent or {words}"),
        ):
            if found == groups:
                return text
    return None


def _excluded(predicate: Predicate) -> tuple[Predicate, ...]:
    """What a condition leaves out that asks for a text that is none of several; empty for any other condition."""
    parts = predicate.parts if isinstance(predicate, Every) else ()
    left_out = tuple(part.part for part in parts if isinstance(part, Not))
    return left_out if len(left_out) + sum(isinstance(part, Scalar) for part in parts) == len(parts) else ()


def _listable(compiled: CompiledQuestion, field: int, groups: int) -> list[Found] | None:
    """The states of the groups, if they are few and known: no group of all other texts among them."""
    path = compiled.paths[field]
    known: set[Found] = {
        text for predicate in compiled.conditions(path) for base in bases(predicate) for text in named_texts(base)
    }
    known |= set(compiled.model.field(path).values or ())
    found: list[Found] = []
    for bit in range(groups.bit_length()):
        if groups >> bit & 1:
            samples = compiled.states[field].samples[bit]
            if any(_stands_for_others(sample, known) for sample in samples):
                return None
            found += dict.fromkeys(samples)
    return sorted(found, key=value_words) or None


def _stands_for_others(sample: Found, known: set[Found]) -> bool:
    if isinstance(sample, bool):
        return False
    return isinstance(sample, int | float) or (isinstance(sample, str) and sample not in known)
