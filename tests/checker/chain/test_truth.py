"""Three-valued logic: a known value decides where it can, and nothing is guessed."""

from __future__ import annotations

import itertools

import pytest

from checker.chain.truth import Truth, all_of, any_of

_YES, _NO, _MAYBE = Truth.YES, Truth.NO, Truth.MAYBE


def worlds(value: Truth) -> tuple[bool, ...]:
    """What the value may be."""
    return (True, False) if value is _MAYBE else (value is _YES,)


def joined(values: set[bool]) -> Truth:
    return _MAYBE if len(values) == 2 else _YES if values == {True} else _NO


@pytest.mark.parametrize(("left", "right"), list(itertools.product(Truth, repeat=2)))
def test_two_values_are_joined_as_in_every_world_that_they_allow(left: Truth, right: Truth) -> None:
    pairs = list(itertools.product(worlds(left), worlds(right)))
    assert left & right is joined({a and b for a, b in pairs})
    assert left | right is joined({a or b for a, b in pairs})


@pytest.mark.parametrize("value", list(Truth))
def test_not(value: Truth) -> None:
    assert ~value is joined({not world for world in worlds(value)})


def test_many_and_none() -> None:
    assert (all_of(()), any_of(())) == (_YES, _NO)
    assert (all_of((_YES, _MAYBE, _YES)), any_of((_NO, _MAYBE, _NO))) == (_MAYBE, _MAYBE)
    assert (all_of((_MAYBE, _NO)), any_of((_MAYBE, _YES))) == (_NO, _YES)


def test_what_was_not_read_is_not_known() -> None:
    assert [Truth.of(value) for value in (True, False, None)] == [_YES, _NO, _MAYBE]
