"""Formulas over fields in negation normal form, with conditions on the same field merged.

`AllOf` and `AnyOf` join leaves of any kind: conditions on fields here, sets of groups in the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from checker.patterns.covering.event_model import Path
from checker.patterns.covering.predicates import Every, OneOf, Predicate, Some, every, some
from checker.patterns.language.tree import walk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf:
    """The field at ``path`` satisfies ``predicate``."""

    path: Path
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class AllOf(Generic[T]):
    """Every part holds; no parts is true."""

    parts: tuple[Joined[T], ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Generic[T]):
    """Some part holds; no parts is false."""

    parts: tuple[Joined[T], ...]


Joined: TypeAlias = T | AllOf[T] | AnyOf[T]
Formula: TypeAlias = Joined[Leaf]
TRUE: AllOf[Leaf] = AllOf(())
FALSE: AnyOf[Leaf] = AnyOf(())


def leaves_of(root: Joined[T]) -> Iterator[T]:
    """Every leaf."""
    return walk(root, lambda node: node.parts if isinstance(node, AllOf | AnyOf) else None)


def all_of(formulas: Iterable[Formula]) -> Formula:
    """The conjunction."""
    return _merge(AllOf, AnyOf, formulas)


def any_of(formulas: Iterable[Formula]) -> Formula:
    """The disjunction."""
    return _merge(AnyOf, AllOf, formulas)


def _merge(
    kind: type[AllOf[Leaf]] | type[AnyOf[Leaf]],
    other: type[AllOf[Leaf]] | type[AnyOf[Leaf]],
    formulas: Iterable[Formula],
) -> Formula:
    """Flatten, and join the leaves of one path. An empty ``other`` decides the whole."""
    by_path: dict[Path, list[Predicate]] = {}
    rest: list[Formula] = []
    for formula in formulas:
        for part in formula.parts if isinstance(formula, kind) else (formula,):
            if isinstance(part, Leaf):
                by_path.setdefault(part.path, []).append(part.predicate)
            elif isinstance(part, other) and not part.parts:
                return other(())
            else:
                rest.append(part)
    join = every if kind is AllOf else some
    leaves = [
        Leaf(path, predicates[0] if len(predicates) == 1 else join(predicates)) for path, predicates in by_path.items()
    ]
    parts = (*leaves, *rest)
    return parts[0] if len(parts) == 1 else kind(parts)


def listed_texts(formula: Formula) -> dict[Path, frozenset[str]]:
    """For fields whose text must be one of a few wherever the formula holds: these texts."""
    if isinstance(formula, Leaf):
        texts = _listed(formula.predicate)
        return {} if texts is None else {formula.path: texts}
    found = [listed_texts(part) for part in formula.parts]
    if isinstance(formula, AllOf):
        met: dict[Path, frozenset[str]] = {}
        for bounds in found:
            for path, texts in bounds.items():
                met[path] = met[path] & texts if path in met else texts
        return met
    shared = set.intersection(*map(set, found)) if found else set()
    return {path: frozenset().union(*(bounds[path] for bounds in found)) for path in shared}


def _listed(predicate: Predicate) -> frozenset[str] | None:
    """The texts that a state must have one of to satisfy the predicate; ``None`` where there is no such list."""
    if isinstance(predicate, OneOf):
        return predicate.texts
    if isinstance(predicate, Every):
        listed = [texts for part in predicate.parts if (texts := _listed(part)) is not None]
        return frozenset.intersection(*listed) if listed else None
    if isinstance(predicate, Some):
        either = [_listed(part) for part in predicate.parts]
        return None if None in either else frozenset().union(*(texts for texts in either if texts is not None))
    return None
