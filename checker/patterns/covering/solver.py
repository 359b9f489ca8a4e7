"""Is there one choice of a group for every field that makes all constraints true?

A search over sets of groups (`checker.patterns.covering.states`), one integer a field: constraints narrow the sets
until nothing changes, then the choice with the fewest open ways is split. Constraints that share no open field are
searched apart, so that many small independent choices do not multiply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from checker.patterns.covering.budget import Budget, BudgetExceeded
from checker.patterns.covering.formula import AllOf, AnyOf, Joined, leaves_of


@dataclass(frozen=True, slots=True)
class In:
    """The field's group is in the set."""

    field: int
    groups: int


Constraint: TypeAlias = Joined[In]
Sets = list[int]


class Search:
    """Searches that share one budget of constraint visits."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def solve(self, sets: Sets, constraints: Iterable[Constraint]) -> Sets | None:
        """Sets whose every combination satisfies all constraints, or ``None``. Raises `BudgetExceeded`."""
        narrowed = list(sets)
        pending = self._narrow(narrowed, list(constraints))
        if pending is None:
            return None
        for component in components(pending):
            solved = self._split(narrowed, component)
            if solved is None:
                return None
            narrowed = solved
        return narrowed

    def narrow(self, sets: Sets, constraints: Iterable[Constraint]) -> Sets | None:
        """What the constraints leave of ``sets`` without a search; ``None`` for a contradiction."""
        narrowed = list(sets)
        return None if self._narrow(narrowed, list(constraints)) is None else narrowed

    def _split(self, sets: Sets, pending: list[AnyOf[In]]) -> Sets | None:
        """Try the parts of the shortest alternative; what a part that failed allowed, the later ones need not try."""
        choice = min(pending, key=lambda constraint: len(constraint.parts))
        rest: list[Constraint] = [constraint for constraint in pending if constraint is not choice]
        for index, part in enumerate(choice.parts):
            solved = self.solve(sets, [part, *rest])
            if solved is not None:
                return solved
            others = choice.parts[index + 1 :]
            if isinstance(part, In):
                sets = list(sets)
                sets[part.field] &= ~part.groups
                if not sets[part.field]:
                    return None
            if not others:
                return None
        return None

    def _narrow(self, sets: Sets, constraints: list[Constraint]) -> list[AnyOf[In]] | None:
        """Narrow ``sets`` in place until nothing changes; what is left open, or ``None`` for a contradiction."""
        changed = True
        pending = constraints
        while changed:
            changed = False
            queue, pending = pending, []
            while queue:
                constraint = self.simplify(queue.pop(), sets)
                if constraint is False:
                    return None
                if constraint is True:
                    continue
                if isinstance(constraint, In):
                    sets[constraint.field] &= constraint.groups
                    changed = True
                elif isinstance(constraint, AllOf):
                    queue.extend(constraint.parts)
                else:
                    pending.append(constraint)
        return [constraint for constraint in pending if isinstance(constraint, AnyOf)]

    def simplify(self, constraint: Constraint, sets: Sequence[int]) -> Constraint | bool:
        """What is left of a constraint where the groups are among ``sets``. Raises `BudgetExceeded`."""
        budget = self.budget
        budget.left -= 1
        if budget.left < 0:
            raise BudgetExceeded
        if isinstance(constraint, In):
            now = sets[constraint.field]
            if not now & constraint.groups:
                return False
            return constraint if now & ~constraint.groups else True
        deciding = isinstance(constraint, AnyOf)
        parts: list[Constraint] = []
        same = True
        for part in constraint.parts:
            simpler = self.simplify(part, sets)
            if simpler is deciding:
                return deciding
            if not isinstance(simpler, bool):
                parts.append(simpler)
            same = same and simpler is part
        if same:
            return constraint if parts else not deciding
        if not parts:
            return not deciding
        return parts[0] if len(parts) == 1 else type(constraint)(tuple(parts))


def components(pending: list[AnyOf[In]]) -> list[list[AnyOf[In]]]:
    """Groups of constraints that share fields, directly or through others."""
    if len(pending) < 2:
        return [pending] if pending else []
    components: list[tuple[set[int], list[AnyOf[In]]]] = []
    for constraint in pending:
        fields = set(fields_of(constraint))
        members = [constraint]
        apart = []
        for other in components:
            if other[0] & fields:
                fields |= other[0]
                members += other[1]
            else:
                apart.append(other)
        components = [*apart, (fields, members)]
    return [members for _, members in components]


def fields_of(constraint: Constraint) -> Iterable[int]:
    """The numbers of the fields that a constraint speaks of."""
    return (leaf.field for leaf in leaves_of(constraint))
