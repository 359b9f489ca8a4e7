"""A question about events: which fields matter, what the event model says of them, and is there an event?

Constraints of the model are added for the fields that the formulas name (enough for a proof that there is none), or
for all fields that an example shows and the rules connect (needed for an example).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checker.patterns.covering.background import Background, Origin
from checker.patterns.covering.budget import Budget
from checker.patterns.covering.event_model import EventModel, Path, dotted
from checker.patterns.covering.formula import AllOf, AnyOf, Formula, Leaf, leaves_of, listed_texts
from checker.patterns.covering.predicates import (
    Equals,
    Every,
    Is,
    Not,
    OneOf,
    Predicate,
    Scalar,
    Some,
    bases,
    states_spelt,
)
from checker.patterns.covering.solver import Constraint, In, Search, Sets
from checker.patterns.covering.states import FieldStates, StateTable
from checker.patterns.language.tree import Wildcard

MAX_STEPS_QUICK = 20_000
MAX_STEPS_FULL = 30_000
MAX_LEMMAS = 128


class CompiledQuestion:
    """The fields, their states and the constraints on them.

    Events that do not satisfy the first of ``formulas`` may be missing; the others may be solved in any combination.
    ``table`` pays for the building, each search has a budget of its own.
    """

    def __init__(
        self,
        formulas: Sequence[Formula],
        model: EventModel,
        fixed: Mapping[str, str],
        table: StateTable,
        *,
        full: bool,
        loose: bool = False,
    ) -> None:
        self.model = model
        self.fixed = {dotted(path): text for path, text in fixed.items()}
        self.full = full
        self.table = table
        paths = {leaf.path: None for formula in formulas for leaf in leaves_of(formula)}
        self.named = frozenset(paths)
        """The fields that the formulas themselves speak of."""
        if full:
            paths |= dict.fromkeys(path for path, known in model.fields.items() if known.shown)
            paths |= dict.fromkeys(self.fixed)
        background = Background(model, self.fixed, full=full)
        rules = background.rules(paths, formulas)
        for path in list(paths):
            paths |= dict.fromkeys(path[:length] for length in range(1, len(path)))
        self.paths: list[Path] = sorted(paths, key=lambda path: (len(path), str(path)))
        known = [*rules, *background.structure(self.paths)]
        self.origins: list[Origin] = [origin for origin, _ in known]
        """Where each constraint of the background comes from."""
        always = [formula for _, formula in known]
        table.budget.spend(10 * len(paths))
        self.listed = {path: frozenset({text}) for path, text in self.fixed.items()}
        """Fields whose text is one of a few in every event that counts."""
        for path, texts in listed_texts(formulas[0]).items():
            self.listed[path] = self.listed[path] & texts if path in self.fixed else texts
        self.narrowed: set[Path] = set()
        """Fields of which states were left out that no event that counts has, because they are too many to list."""
        self._compiler = _Compiler(self, [*formulas, *always], loose, table)
        self.states = self._compiler.states
        self.complete = all(states.complete for states in self.states)
        self.formulas: list[Constraint] = [self._compiler.compile(formula) for formula in formulas]
        self.background: list[Constraint] = [self._compiler.compile(formula) for formula in always]
        self.background += self._compiler.lemmas()
        self.search = Search(Budget(MAX_STEPS_FULL if full else MAX_STEPS_QUICK))
        self.start: Sets = [states.everything for states in self.states]

    def compile(self, formula: Formula) -> Constraint:
        """A formula whose leaves are all among those the compiled was made with."""
        return self._compiler.compile(formula)

    def solve(self, constraints: Iterable[Constraint], start: Sets | None = None) -> Sets | None:
        """Sets of groups whose every combination satisfies the constraints and the model; ``None`` if none does.

        Raises `checker.patterns.covering.budget.BudgetExceeded`.
        """
        sets = self.start if start is None else start
        return self.search.solve(sets, [*constraints, *self.background]) if all(sets) else None

    def narrow(self, constraints: Iterable[Constraint]) -> Sets | None:
        """What the constraints leave of every field without a search."""
        return self.search.narrow(self.start, [*constraints, *self.background])

    def texts_of(self, path: Path) -> frozenset[str] | None:
        """The texts that were left of a field: all others were taken out before the states were listed."""
        left_out = path in self.fixed or path in self.narrowed or not self.full
        return self.listed.get(path) if left_out else None

    def conditions(self, path: Path) -> Mapping[Predicate, int]:
        """The conditions on a field, and their places in the masks of its states."""
        return self._compiler.conditions[path]


class _Compiler:
    """Numbers fields and conditions, and turns formulas into constraints on sets of groups.

    With ``loose``, the atomic conditions on a field whose groups could not all be listed become independent of each
    other: more events than there are, so that only "there is none" can be concluded.
    """

    def __init__(self, compiled: CompiledQuestion, formulas: Sequence[Formula], loose: bool, table: StateTable) -> None:
        self.conditions: dict[Path, dict[Predicate, int]] = {path: {} for path in compiled.paths}
        for formula in formulas:
            for leaf in leaves_of(formula):
                positive = self.conditions[leaf.path]
                positive.setdefault(_core(leaf.predicate), len(positive))
        self.budget = table.budget
        self.field_numbers: dict[Path, int] = {}
        self.states: list[FieldStates] = []
        self.loose: dict[tuple[Path, Predicate], int] = {}
        for path in compiled.paths:
            predicates = list(self.conditions[path])
            model = compiled.model.field(path)
            listed = compiled.listed.get(path)
            states = table.of(model, predicates, compiled.texts_of(path))
            if listed is not None and not states.complete:
                states = table.of(model, predicates, listed)
                compiled.narrowed.add(path)
            if not loose or states.complete:
                self.field_numbers[path] = len(self.states)
                self.states.append(states)
                continue
            for base in dict.fromkeys(part for predicate in predicates for part in _atoms(predicate)):
                self.loose[path, base] = len(self.states)
                self.states.append(FieldStates(((False,), (True,)), (2,), complete=True))

    def compile(self, formula: Formula) -> Constraint:
        match formula:
            case Leaf(path, predicate):
                if path not in self.field_numbers:
                    return self._loosely(path, predicate, True)
                core = _core(predicate)
                states = self.states[self.field_numbers[path]]
                groups = states.masks[self.conditions[path][core]]
                return In(self.field_numbers[path], groups if core is predicate else states.everything & ~groups)
            case AllOf(parts):
                return AllOf(tuple(self.compile(part) for part in parts))
            case AnyOf(parts):
                return AnyOf(tuple(self.compile(part) for part in parts))

    def lemmas(self) -> list[Constraint]:
        """What of the atomic conditions that were made independent does depend: one text form within another."""
        found: list[Constraint] = []
        by_path: dict[Path, list[tuple[Predicate, int]]] = {}
        for (path, atom), field in self.loose.items():
            by_path.setdefault(path, []).append((atom, field))
        for atoms in by_path.values():
            texts = [atom.value for atom, _ in atoms if isinstance(atom, Equals) and isinstance(atom.value, Wildcard)]
            star = _new_character(texts)
            self.budget.spend(len(atoms) * min(len(atoms), MAX_LEMMAS))
            for atom, field in atoms:
                found += [
                    AnyOf((In(field, 1), In(other_field, 2 if relation else 1)))
                    for other, other_field in atoms[:MAX_LEMMAS]
                    if other_field != field and (relation := _relation(atom, other, star)) is not None
                ]
        return found

    def _loosely(self, path: Path, predicate: Predicate, holds: bool) -> Constraint:
        match predicate:
            case Not(part):
                return self._loosely(path, part, not holds)
            case Every(parts) | Some(parts):
                kind = AllOf if isinstance(predicate, Every) == holds else AnyOf
                return kind(tuple(self._loosely(path, part, holds) for part in parts))
            case OneOf():
                texts = (In(self.loose[path, atom], 2 if holds else 1) for atom in _atoms(predicate))
                return (AnyOf if holds else AllOf)(tuple(texts))
            case _:
                return In(self.loose[path, predicate], 2 if holds else 1)


def _relation(atom: Predicate, other: Predicate, star: str) -> bool | None:
    """True if ``atom`` implies ``other``, false if it excludes it, ``None`` if neither is known.

    A text says so only where every scalar that is spelt like it agrees: the number 7 and the string are both ``"7"``.
    A text with wildcards lies within another one exactly if the other equals it with a new character, ``star``, for
    each ``*``.
    """
    if isinstance(atom, OneOf):
        (text,) = atom.texts
        outcomes = {other.holds(state) for state in states_spelt(text)}
        return outcomes.pop() if len(outcomes) == 1 else None
    if not isinstance(atom, Equals):
        return None
    if isinstance(other, Scalar):
        return True
    if isinstance(other, Is) and not {True, False} & other.states:
        return False
    if isinstance(atom.value, Wildcard) and isinstance(other, Equals) and isinstance(other.value, Wildcard):
        return other.holds(star.join(atom.value.pieces)) or None
    return None


def _new_character(values: Iterable[Wildcard]) -> str:
    used = set().union(*(piece for value in values for piece in value.pieces))
    return next(char for char in map(chr, range(len(used) + 1)) if char not in used)


def _core(predicate: Predicate) -> Predicate:
    return predicate.part if isinstance(predicate, Not) else predicate


def _atoms(predicate: Predicate) -> Iterable[Predicate]:
    for base in bases(predicate):
        if isinstance(base, OneOf):
            yield from (OneOf(frozenset({text})) for text in sorted(base.texts))
        else:
            yield base
