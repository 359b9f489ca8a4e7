"""Why no event slips through, in a form that can be checked without searching: the proof behind ``covers``.

The states of every field fall into classes, each with a representative. A box is a choice of classes for every field.
The proof divides the box of all events again and again, until each part is excluded by one condition: the reference
does not match there, a pattern does, or the event model says that there is no such event.
It is built on request only: a check does not pay for it. Which fields a selector with ``*`` can mean is taken from
`checker.patterns.covering.encode`; everything else in it can be checked from the patterns and the model alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.patterns.covering.background import Origin
from checker.patterns.covering.budget import Budget, BudgetExceeded
from checker.patterns.covering.compile import CompiledQuestion
from checker.patterns.covering.encode import Encoder
from checker.patterns.covering.event_model import Path
from checker.patterns.covering.formula import AllOf, AnyOf, leaves_of
from checker.patterns.covering.predicates import Found
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.covering.solver import Constraint, In, Search, Sets, components
from checker.patterns.covering.states import StateTable, bits_of
from checker.patterns.language.tree import Pattern

MAX_STEPS = 500_000


@dataclass(frozen=True, slots=True)
class FieldClasses:
    """The classes of the states of one field, by one state of each.

    With ``texts``, only the scalars that are spelt like one of them: no other is in an event of the reference.
    """

    path: Path
    classes: tuple[Found, ...]
    texts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The condition that the reference matches."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Unwanted:
    """The condition that a pattern does not match."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Excluded:
    """No event of this box satisfies the condition of this number."""

    condition: int


@dataclass(frozen=True, slots=True)
class Divided:
    """The box in parts: for each part the classes that are left of one field, and why there is no event in it."""

    field: int
    parts: tuple[tuple[frozenset[int], Proof], ...]


Proof = Excluded | Divided


@dataclass(frozen=True, slots=True)
class Certificate:
    """Fields with their classes, the conditions on an event that slips through, and the proof that there is none."""

    fields: tuple[FieldClasses, ...]
    conditions: tuple[Wanted | Unwanted | Origin, ...]
    proof: Proof


def certify(question: CoverQuestion) -> Certificate | None:
    """The certificate that no event answers the question.

    ``None`` where there is such an event, or where it is not excluded class by class: by wildcards that are only
    compared with each other, because their texts are too many to list. ``None`` also where the proof would be too long.
    """
    try:
        return _certified(question)
    except BudgetExceeded:
        return None


def _certified(question: CoverQuestion) -> Certificate | None:
    """The certificate by the smaller question if that has one, else by all fields that the rules connect."""
    encoder = Encoder.of((question.wanted, *question.unwanted), question.model, Budget(MAX_STEPS))
    formulas = [
        encoder.pattern(question.wanted, True),
        *(encoder.pattern(pattern, False) for pattern in question.unwanted),
    ]
    if encoder.inexact:
        return None
    table = StateTable(Budget(MAX_STEPS))
    for full in (False, True):
        compiled = CompiledQuestion(formulas, question.model, dict(question.fixed), table, full=full)
        compiled.search = Search(Budget(MAX_STEPS))
        if compiled.complete and compiled.solve(compiled.formulas) is None:
            return _of_compiled(compiled, question)
    return None


def _of_compiled(compiled: CompiledQuestion, question: CoverQuestion) -> Certificate:
    """The certificate of a compiled without a solution."""
    conditions = [Wanted(question.wanted), *map(Unwanted, question.unwanted), *compiled.origins]
    fields = [
        FieldClasses(path, tuple(samples[0] for samples in states.samples), compiled.texts_of(path))
        for path, states in zip(compiled.paths, compiled.states, strict=True)
    ]
    empty = next((field for field, groups in enumerate(compiled.start) if not groups), None)
    if empty is not None:
        return Certificate(tuple(fields), tuple(conditions), Divided(empty, ()))
    constraints = enumerate([*compiled.formulas, *compiled.background])
    pending = [entry for number, constraint in constraints for entry in _apart(number, constraint)]
    return Certificate(tuple(fields), tuple(conditions), _Prover(compiled.search).prove(compiled.start, pending))


Numbered = tuple[int, Constraint]


def _apart(number: int, constraint: Constraint) -> list[Numbered]:
    """The parts of a conjunction, each with the number of the condition that it belongs to."""
    if isinstance(constraint, AllOf):
        return [entry for part in constraint.parts for entry in _apart(number, part)]
    return [(number, constraint)]


class _Prover:
    """Divides boxes. ``search`` says which of several independent choices has no answer."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def prove(self, start: Sets, constraints: Sequence[Numbered]) -> Proof:
        """Why no choice of classes satisfies the constraints, which is known."""
        sets = list(start)
        cuts: list[tuple[int, int, int, int]] = []
        pending = list(constraints)
        changed = True
        while changed:
            changed = False
            queue, pending = pending, []
            while queue:
                number, constraint = queue.pop()
                simpler = self.search.simplify(constraint, sets)
                if simpler is False:
                    return _with_cuts(cuts, Excluded(number))
                if isinstance(simpler, In):
                    left = sets[simpler.field] & simpler.groups
                    cuts.append((simpler.field, sets[simpler.field] & ~left, left, number))
                    sets[simpler.field] = left
                    changed = True
                elif isinstance(simpler, AllOf):
                    queue += _apart(number, simpler)
                elif isinstance(simpler, AnyOf):
                    pending.append((number, simpler))
        return _with_cuts(cuts, self._divide(sets, pending))

    def _divide(self, sets: Sets, pending: Sequence[Numbered]) -> Proof:
        """Two parts of the box, by a choice among the constraints that cannot hold together."""
        numbers = {id(constraint): number for number, constraint in pending}
        open_choices: list[AnyOf[In]] = [constraint for _, constraint in pending if isinstance(constraint, AnyOf)]
        together = next(part for part in components(open_choices) if self.search.solve(sets, part) is None)
        choice = min(together, key=lambda constraint: len(constraint.parts))
        literal = _first(choice)
        rest = [(numbers[id(constraint)], constraint) for constraint in together]
        parts = []
        for groups in (sets[literal.field] & literal.groups, sets[literal.field] & ~literal.groups):
            inner = list(sets)
            inner[literal.field] = groups
            parts.append((frozenset(bits_of(groups)), self.prove(inner, rest)))
        return Divided(literal.field, tuple(parts))


def _first(constraint: Constraint) -> In:
    return next(iter(leaves_of(constraint)))


def _with_cuts(cuts: Sequence[tuple[int, int, int, int]], proof: Proof) -> Proof:
    """The proof of what is left after the cuts, as a proof of the whole."""
    for field, away, left, number in reversed(cuts):
        proof = Divided(field, ((frozenset(bits_of(away)), Excluded(number)), (frozenset(bits_of(left)), proof)))
    return proof
