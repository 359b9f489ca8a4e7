"""Formulas over fields in negation normal form, with conditions on the same field merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.patterns.covering.event_model import Path
from checker.patterns.covering.predicates import Predicate, every, some


@dataclass(frozen=True, slots=True)
class Leaf:
    """The field at ``path`` satisfies ``predicate``."""

    path: Path
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; no parts is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds; no parts is false."""

    parts: tuple[Formula, ...]


Formula = Leaf | All | Any
TRUE = All(())
FALSE = Any(())


def all_of(formulas: Iterable[Formula]) -> Formula:
    """The conjunction."""
    return _merge(All, Any, formulas)


def any_of(formulas: Iterable[Formula]) -> Formula:
    """The disjunction."""
    return _merge(Any, All, formulas)


def _merge(kind: type[All] | type[Any], other: type[All] | type[Any], formulas: Iterable[Formula]) -> Formula:
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
    join = every if kind is All else some
    leaves = [
        Leaf(path, predicates[0] if len(predicates) == 1 else join(predicates)) for path, predicates in by_path.items()
    ]
    parts = (*leaves, *rest)
    return parts[0] if len(parts) == 1 else kind(parts)


def leaves_of(formula: Formula) -> Iterable[Leaf]:
    """Every leaf."""
    stack: list[Formula] = [formula]
    while stack:
        top = stack.pop()
        if isinstance(top, Leaf):
            yield top
        else:
            stack.extend(top.parts)
