"""What holds for every event of a model, as far as some fields are concerned: its rules, and the structure of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from checker.patterns.covering.event_model import ABSENT_WORD, PRESENT, EventModel, Path, Rule, dotted
from checker.patterns.covering.formula import Formula, Leaf, any_of, leaves_of
from checker.patterns.covering.predicates import (
    ABSENT,
    Is,
    OneOf,
    Predicate,
    State,
    bases,
    equal_to,
    negate,
    some,
)
from checker.patterns.covering.predicates import PRESENT as IS_PRESENT
from checker.patterns.language.tree import wildcard

OBJECT = Is(frozenset({State.OBJECT}))
ARRAY = Is(frozenset({State.ARRAY}))
EVENT_NAME: Path = ("eventName",)
EVENT_SOURCE: Path = ("eventSource",)
EVENT_TYPE: Path = ("eventType",)


@dataclass(frozen=True, slots=True)
class Inside:
    """The condition that a field is there only in an object, and an element only in an array."""

    path: Path


@dataclass(frozen=True, slots=True)
class Behind:
    """The condition that an element is there only if ``before`` is."""

    path: Path
    before: Path


Origin = Rule | Inside | Behind
"""Why a constraint holds for every event."""


class Background:
    """The conditions on every event. With ``full`` they are those of an example, without it those of a proof."""

    def __init__(self, model: EventModel, fixed: Mapping[Path, str], *, full: bool) -> None:
        self.model = model
        self.fixed = fixed
        self.full = full

    def structure(self, paths: Sequence[Path]) -> Iterable[tuple[Origin, Formula]]:
        """A field can be there only in an object, an element only in an array that has those before it."""
        elements: dict[Path, list[int]] = {}
        for path in paths:
            if len(path) < 2:
                continue
            parent = self.model.field(path[:-1])
            last = path[-1]
            if isinstance(last, str):
                if parent.types != {"object"} or parent.can_be_absent:
                    yield Inside(path), any_of((Leaf(path, ABSENT), Leaf(path[:-1], OBJECT)))
                continue
            yield Inside(path), any_of((Leaf(path, ABSENT), Leaf(path[:-1], ARRAY)))
            elements.setdefault(path[:-1], []).append(last)
        for array, numbers in elements.items():
            for before, after in pairwise(sorted(numbers)):
                origin = Behind((*array, after), (*array, before))
                yield origin, any_of((Leaf(origin.path, ABSENT), Leaf(origin.before, IS_PRESENT)))

    def rules(self, paths: dict[Path, None], formulas: Sequence[Formula]) -> list[tuple[Origin, Formula]]:
        """The model's rules that apply, adding the fields that they connect when an example is wanted."""
        rules = [*self.model.rules, *self._account_rule(), *self._source_rules(paths, formulas)]
        pending = [(rule, set(self._involved(rule))) for rule in rules]
        found: list[tuple[Origin, Formula]] = []
        changed = True
        while changed:
            changed = False
            for entry in list(pending):
                rule, involved = entry
                touched = involved & paths.keys()
                if touched == involved or (self.full and touched):
                    paths |= dict.fromkeys(involved)
                    found.append((rule, self._implication(rule)))
                    pending.remove(entry)
                    changed = self.full
        return found

    def _account_rule(self) -> Iterable[Rule]:
        same = self.model.same_account
        if same and dotted(same.other) in self.fixed:
            yield Rule(dict(same.when), same.field, (self.fixed[dotted(same.other)],), optional=True)

    def _source_rules(self, paths: dict[Path, None], formulas: Sequence[Formula]) -> Iterable[Rule]:
        """Which services have the operations that the formulas name, and with which event type they are recorded."""
        if not self.full and not {EVENT_SOURCE, EVENT_TYPE} & paths.keys():
            return
        leaves = (leaf for formula in formulas for leaf in leaves_of(formula) if leaf.path == EVENT_NAME)
        named = {
            text for leaf in leaves for base in bases(leaf.predicate) if isinstance(base, OneOf) for text in base.texts
        }
        other_types = {
            name for rule in self.model.rules if rule.path == "eventType" for name in rule.when.get("eventName", ())
        }
        for name in sorted(named):
            if name in self.model.event_sources:
                yield Rule({"eventName": (name,)}, "eventSource", self.model.event_sources[name])
                if self.model.event_types and name not in other_types:
                    yield Rule({"eventName": (name,)}, "eventType", self.model.event_types)

    def _involved(self, rule: Rule) -> Iterable[Path]:
        yield from map(dotted, rule.when)
        yield dotted(rule.path)
        yield from map(dotted, self._unless(rule))

    def _unless(self, rule: Rule) -> Mapping[str, tuple[str, ...]]:
        return self.model.field(dotted(rule.path)).unless if rule.then == PRESENT and not rule.when else {}

    def _implication(self, rule: Rule) -> Formula:
        then = _predicate(rule.then)
        if rule.optional:
            then = some((then, ABSENT))
        return any_of(
            (
                *(Leaf(dotted(path), negate(_predicate(wanted))) for path, wanted in rule.when.items()),
                *(Leaf(dotted(path), _predicate(wanted)) for path, wanted in self._unless(rule).items()),
                Leaf(dotted(rule.path), then),
            )
        )


def _predicate(wanted: tuple[str, ...] | str) -> Predicate:
    if wanted == PRESENT:
        return IS_PRESENT
    if wanted == ABSENT_WORD:
        return ABSENT
    return some(equal_to(wildcard(text)) for text in wanted)
