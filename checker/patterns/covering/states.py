"""The states of one field, grouped by what the conditions on it can tell apart.

Groups are numbered from the most plausible to the least, and a set of groups is an integer, bit by bit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from checker.patterns.covering.budget import Budget
from checker.patterns.covering.event_model import ALL_TYPES, FieldModel
from checker.patterns.covering.predicates import (
    Base,
    Equals,
    Every,
    Found,
    Not,
    OneOf,
    Ordered,
    Predicate,
    Some,
    State,
    states_spelt,
)
from checker.patterns.covering.sample_numbers import decimal_of, sample_numbers
from checker.patterns.covering.sample_texts import sample_texts
from checker.patterns.language.tree import Number, Operator
from checker.patterns.matching.automaton import equals_text
from checker.patterns.matching.match import scalar_text


@dataclass(frozen=True, slots=True)
class FieldStates:
    """``samples[g]`` are states of group ``g``, best first; ``masks[i]`` is where predicate ``i`` holds.

    ``complete`` is false when some combination of outcomes may be missing.
    """

    samples: tuple[tuple[Found, ...], ...]
    masks: tuple[int, ...]
    complete: bool

    @property
    def everything(self) -> int:
        """The set of all groups."""
        return (1 << len(self.samples)) - 1


class StateTable:
    """The states of the fields of one question: fields of which the same is known and asked have the same."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._known: dict[tuple[object, ...], FieldStates] = {}

    def of(
        self, model: FieldModel, predicates: Sequence[Predicate], texts: frozenset[str] | None = None
    ) -> FieldStates:
        """The groups of a field for these conditions. ``texts`` leaves the scalars that are spelt like one of them.

        Raises `checker.patterns.covering.budget.BudgetExceeded`.
        """
        kind = model.types, model.values, model.plausible, model.always, model.can_be_absent
        key = (kind, tuple(predicates), texts)
        self.budget.spend()
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _states_of(model, predicates, self.budget, texts)
        return found


def _states_of(
    model: FieldModel, predicates: Sequence[Predicate], budget: Budget, texts: Iterable[str] | None
) -> FieldStates:
    """List the states, note where each predicate holds, and group the states that nothing tells apart."""
    if texts is not None:
        states, complete = _spelt(model, texts), True
    else:
        states, complete = _all_states(model, predicates, budget)
    outcomes = _Outcomes(states, budget)
    signatures = [0] * len(states)
    holding = [outcomes.of(predicate) for predicate in predicates]
    for index, mask in enumerate(holding):
        for place in bits_of(mask):
            signatures[place] |= 1 << index
    groups: dict[int, list[Found]] = {}
    for state, signature in zip(states, signatures, strict=True):
        groups.setdefault(signature, []).append(state)
    budget.spend(len(groups) * len(predicates) // 8)
    masks = [0] * len(predicates)
    for group, signature in enumerate(groups):
        for index in bits_of(signature):
            masks[index] |= 1 << group
    return FieldStates(tuple(map(tuple, groups.values())), tuple(masks), complete)


def bits_of(mask: int) -> Iterable[int]:
    """The places of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _spelt(model: FieldModel, texts: Iterable[str]) -> list[Found]:
    """The scalars of a field that are spelt like one of ``texts``, those the model names first."""
    kinds: dict[type, str] = {str: "string", bool: "boolean", int: "number", float: "number"}
    wanted = set(texts)
    known = [text for text in (*(model.values or ()), *model.plausible) if text in wanted]
    ordered = dict.fromkeys([*known, *sorted(wanted)])
    return [
        state
        for text in ordered
        for state in states_spelt(text)
        if kinds[type(state)] in model.types
        and not (isinstance(state, str) and model.values is not None and state not in model.values)
    ]


def _all_states(model: FieldModel, predicates: Sequence[Predicate], budget: Budget) -> tuple[list[Found], bool]:
    """States that show every combination of outcomes, most plausible first."""
    states: list[Found] = [] if model.always else [State.ABSENT]
    types = model.types
    complete = True
    if "null" in types:
        states.append(None)
    if "object" in types:
        states.append(State.OBJECT)
    if "string" in types:
        if model.values is not None:
            states += model.values
        else:
            samples = sample_texts(predicates)
            budget.spend(samples.cost)
            states += dict.fromkeys((*model.plausible, *samples.texts))
            complete = samples.complete
    if "boolean" in types:
        states += (True, False)
    if "number" in types:
        numbers, all_numbers = sample_numbers(predicates, budget, like_texts="string" in types and model.values is None)
        states += numbers
        complete = complete and all_numbers
    if "array" in types:
        states.append(State.ARRAY)
    if types == ALL_TYPES:
        states.append(states.pop(states.index(None)))
        states.append(states.pop(states.index(State.OBJECT)))
    if model.always and model.can_be_absent:
        states.append(State.ABSENT)
    return states, complete


class _Outcomes:
    """Where predicates hold among listed states, as sets of places in the list."""

    def __init__(self, states: Sequence[Found], budget: Budget) -> None:
        self.states = states
        self.budget = budget
        budget.spend(len(states))
        self.everything = (1 << len(states)) - 1
        self.by_text: dict[str, int] = {}
        self.strings: dict[str, int] = {}
        """Those that are not numbers, by their text."""
        by_number: dict[Decimal, int] = {}
        for place, state in enumerate(states):
            text = None if isinstance(state, State) else scalar_text(state)
            if text is None:
                continue
            self.by_text[text] = self.by_text.get(text, 0) | 1 << place
            if isinstance(state, int | float) and not isinstance(state, bool):
                value = decimal_of(state)
                by_number[value] = by_number.get(value, 0) | 1 << place
            else:
                self.strings[text] = self.strings.get(text, 0) | 1 << place
        self.numbers = sorted(by_number)
        self.by_number = by_number
        self.up_to = [0]
        """``up_to[i]``: the places of the ``i`` smallest numbers."""
        for value in self.numbers:
            self.up_to.append(self.up_to[-1] | by_number[value])
        self.known: dict[Base, int] = {}

    def of(self, predicate: Predicate) -> int:
        """The places where ``predicate`` holds."""
        match predicate:
            case Not(part):
                return self.everything & ~self.of(part)
            case Every(parts):
                mask = self.everything
                for part in parts:
                    mask &= self.of(part)
                return mask
            case Some(parts):
                mask = 0
                for part in parts:
                    mask |= self.of(part)
                return mask
            case _:
                mask_of_base = self.known.get(predicate)
                if mask_of_base is None:
                    mask_of_base = self.known[predicate] = self._base(predicate)
                return mask_of_base

    def _base(self, base: Base) -> int:
        self.budget.spend()
        match base:
            case OneOf(texts):
                return _union(self.by_text.get(text, 0) for text in texts)
            case Equals(Number() as number):
                return self.strings.get(number.text, 0) | self.by_number.get(number.value, 0)
            case Equals(value):
                self.budget.spend(len(self.by_text))
                return _union(mask for text, mask in self.by_text.items() if equals_text(value, text))
            case Ordered(operator, limit):
                return self._ordered(operator, limit)
            case _:
                self.budget.spend(len(self.states) // 8)
                return _union(1 << place for place, state in enumerate(self.states) if base.holds(state))

    def _ordered(self, operator: Operator, limit: Decimal) -> int:
        below, up_to = bisect_left(self.numbers, limit), bisect_right(self.numbers, limit)
        match operator:
            case Operator.LESS:
                return self.up_to[below]
            case Operator.LESS_OR_EQUAL:
                return self.up_to[up_to]
            case Operator.GREATER:
                return self.up_to[-1] & ~self.up_to[up_to]
            case _:
                return self.up_to[-1] & ~self.up_to[below]


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
