"""Checks a certificate apart from the solver: from the patterns, the model and the evaluator alone.

`follow` goes down the proof to its last boxes, where one condition must fail for certain; `check_classes` lists the
states that a field can have, each of which must behave like a class.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from checker.patterns.covering.certificate import Certificate, Excluded, FieldClasses, Proof
from checker.patterns.covering.event_model import Path
from checker.patterns.covering.predicates import State
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.language.tree import And, Comparison, Operator, Or, Wildcard, walk
from checker.patterns.matching.match import holds
from tests.checker.patterns.covering.clauses import Either, clause
from tests.checker.patterns.covering.reachable import numbers, spelt, texts

TYPES = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def confirm(certificate: Certificate, question: CoverQuestion) -> None:
    """Raise `AssertionError` unless the certificate proves that no event answers the question."""
    paths = [field.path for field in certificate.fields]
    clauses = [clause(condition, question, paths) for condition in certificate.conditions]
    units: dict[Path, dict[Any, None]] = {path: {} for path in paths}
    for part, _ in chain.from_iterable(clauses):
        for path, unit in walk(part, lambda node: node[1] if node[0] in (And, Or) else None):
            units[path][unit] = None
    for field in certificate.fields:
        check_classes(field, list(units[field.path]), question, clauses[0][0][0])
    box = {field.path: frozenset(range(len(field.classes))) for field in certificate.fields}
    follow(certificate.proof, box, certificate, clauses)


def follow(proof: Proof, box: dict[Path, frozenset[int]], certificate: Certificate, clauses: list[Any]) -> None:
    """Check that the parts make up the box, and that in each of the last ones a condition fails for certain."""
    if isinstance(proof, Excluded):
        states = {field.path: [field.classes[at] for at in box[field.path]] for field in certificate.fields}
        assert all(truth(part, states) is (not wanted) for part, wanted in clauses[proof.condition])
        return
    path = certificate.fields[proof.field].path
    assert box[path] <= frozenset().union(*(part for part, _ in proof.parts))
    for part, inner in proof.parts:
        follow(inner, {**box, path: box[path] & part}, certificate, clauses)


def truth(part: Any, states: dict[Path, list[Any]]) -> bool | None:
    """What a tree says of every event with these states, if it says the same of all."""
    if part[0] in (And, Or):
        found = {truth(inner, states) for inner in part[1]}
        decisive = part[0] is Or
        return decisive if decisive in found else None if None in found else not decisive
    found = {says(part[1], state) for state in states[part[0]]}
    return found.pop() if len(found) == 1 else None


def says(unit: Any, state: Any) -> bool:
    """What the evaluator says of an event with this state."""
    if isinstance(unit, Either):
        return any(says(part, state) is wanted for part, wanted in unit.parts)
    if isinstance(unit, State | str):
        return state is unit if isinstance(unit, State) else state is not State.ABSENT
    value = {State.OBJECT: {}, State.ARRAY: []}[state] if state in (State.OBJECT, State.ARRAY) else state
    return holds(unit, {} if state is State.ABSENT else {"v": value})


def check_classes(field: FieldClasses, units: list[Any], question: CoverQuestion, wanted: Any) -> None:
    """Check that the field has no state that behaves like none of its classes."""
    model, fixed = question.model.field(field.path), dict(question.fixed).get(".".join(map(str, field.path)))
    known = {signature(state, units) for state in field.classes}
    conditions = [unit for unit in units if not isinstance(unit, State | str)]
    if field.texts is None:
        states: list[Any] = [*numbers(conditions), *(model.values or texts(conditions)), True, False, None, *State]
    else:
        allowed = listed(wanted, field.path) if fixed is None else frozenset({fixed})
        assert allowed is not None
        assert allowed <= field.texts
        states = [state for text in field.texts for state in spelt(text)]
    for state in states:
        if isinstance(state, State):
            possible = model.can_be_absent if state is State.ABSENT else state.value in model.types
        else:
            possible = TYPES[type(state)] in model.types and not (model.values and state not in model.values)
        assert not possible or signature(state, units) in known, (field.path, state)


def signature(state: Any, units: list[Any]) -> tuple[Any, ...]:
    return tuple(says(unit, state) for unit in units)


def listed(part: Any, path: Path) -> frozenset[str] | None:
    """The texts of which the field has one wherever the reference matches, if it says so."""
    kind, inner = part
    if kind == path and isinstance(inner, And | Or):
        kind, inner = type(inner), [(path, unit) for unit in inner.parts]
    if kind in (And, Or):
        found = [listed(one, path) for one in inner]
        sets = [texts for texts in found if texts is not None]
        bounded = sets and (kind is And or len(sets) == len(found))
        return (sets[0].intersection if kind is And else sets[0].union)(*sets) if bounded else None
    equal = kind == path and isinstance(inner, Comparison) and inner.operator is Operator.EQUAL
    text = inner.value.literal if equal and isinstance(inner.value, Wildcard) else None
    return None if text is None else frozenset({text})
