"""Brute force: what is said to be covered is, for every small text, number, array and state there is.

A few conditions on one field, in every combination; and the universe written down. The decision may not say `covers`
where one of the universe slips through, and not `misses` where the evaluator does not confirm its witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.patterns import CoverVerdict, EventModel, cover, matches, parse
from checker.patterns.language.parse import MAX_REGEXES
from tests.checker.patterns.covering.confirm import confirm

MODEL = EventModel.from_data({"fields": []})
Event = dict[str, Any]
TEXTS = ("", *("".join(letters) for length in range(1, 7) for letters in product("ab", repeat=length)))
OTHERS = ("x", "xab", "abx", "axb", "aba*", "1", "true", "\u00e9", "\n")
STATES: list[Any] = [*TEXTS, *OTHERS, True, False, None, {}, [], 1, 1.0, {"b": "ab"}, ["ab"]]
TEXT_EVENTS: list[Event] = [{}, *({"a": state} for state in STATES)]
VALUES = ('"ab"', '"*ab"', '"ab*"', '"a*b"', '"*ab*"', '"*ab*ab"', '""', '"*"', '"b"', '"*b*a*"', "%^a+$%", "%b.?a%")
TEXT_CONDITIONS = [f"$.a {operator} {value}" for value in VALUES for operator in ("=", "!=")]
NUMBERS = ("400", "400.0", "4e2", "0", "-0", "1.5", "0.1", "1e16", "10000000000000000")
NUMBER_CONDITIONS = [
    *(f"$.a {operator} {value}" for value in NUMBERS[:4] for operator in ("=", "!=")),
    *(f"$.a {operator} {value}" for value in ("400", "0", "1.5") for operator in ("<", ">", "<=", ">=")),
    *(f'$.a {operator} "{value}"' for value in ("400", "400.0", "4*", "1.5", "0", "*0") for operator in ("=", "!=")),
    "$.a = 1e16", '$.a = "1e+16"', "$.a = %^-%", "$.a != %[.]%",
]  # fmt: skip
SIZES: list[Any] = [
    0, -0.0, 0.0, 1, 1.5, -1, -1.5, 4, 4.0, 40, 44.4, 399, 399.5, 400, 400.0, 401, 400.5, 4000, 1e16, 10**16, -400,
    5e-324,
]  # fmt: skip
NUMBER_EVENTS: list[Event] = [
    {}, *({"a": state} for state in [*SIZES, *map(str, SIZES), *NUMBERS, "x", "4", True, None, {}, []])
]  # fmt: skip
ARRAY_CONDITIONS = [
    "$.a[0] = 1", "$.a[0] != 1", "$.a[2] = 1", "$.a[2] NOT EXISTS", "$.a[*] = 1", "$.a[*] != 1", "$.a[*] IS NULL",
    "$.a[*] NOT EXISTS", "$.a NOT EXISTS", "$.a[0] NOT EXISTS", "$.a[2] != 2", "$.a[*] = 2", "$.a[1] IS NULL",
    "$.a.b = 1", "$.a.* = 1", "$.a.* != 1", "$.a[*].b = 1", "$.a[0].b != 1", "$.a.b NOT EXISTS", "$.a IS NULL",
]  # fmt: skip
ELEMENTS: list[Any] = [1, 2, None, {"b": 1}]
ARRAY_EVENTS: list[Event] = [
    {}, {"a": None}, {"a": 1}, {"a": {}}, {"a": {"b": 1}}, {"a": {"c": 1}}, {"a": {"b": 2, "c": 1}},
    *({"a": list(elements)} for length in range(5) for elements in product(ELEMENTS, repeat=length)),
]  # fmt: skip
SETS = {
    "texts": (TEXT_CONDITIONS, TEXT_EVENTS),
    "numbers": (NUMBER_CONDITIONS, NUMBER_EVENTS),
    "arrays": (ARRAY_CONDITIONS, ARRAY_EVENTS),
}


def compare(pattern: str, reference: str, events: Iterable[Event]) -> None:
    decision = cover(pattern, reference, model=MODEL)
    tree, wanted = parse(pattern), parse(reference)
    if decision.verdict is CoverVerdict.COVERS:
        missed = [event for event in events if matches(wanted, event) and not matches(tree, event)]
        assert missed == [], (pattern, reference)
        certificate = decision.certificate()
        if certificate is not None:
            assert decision.question is not None
            confirm(certificate, decision.question)
    elif decision.verdict is CoverVerdict.MISSES:
        assert decision.witness is not None
        assert matches(wanted, decision.witness)
        assert not matches(tree, decision.witness)
    else:
        assert decision.verdict is CoverVerdict.UNKNOWN
        assert any(operator in pattern + reference for operator in (" < ", " > ", " <= ", " >= ")), (pattern, reference)


@pytest.mark.parametrize("name", SETS)
def test_every_pair_of_conditions(name: str) -> None:
    conditions, events = SETS[name]
    for pattern, reference in product(conditions, repeat=2):
        compare(f"{{ {pattern} }}", f"{{ {reference} }}", events)


@pytest.mark.parametrize("joint", ["&&", "||"])
@pytest.mark.parametrize("name", SETS)
def test_every_third_condition_beside_a_pair(name: str, joint: str) -> None:
    """A reference and two conditions of the pattern; every seventh of them, so that the suite stays quick."""
    conditions, events = SETS[name]
    triples = [(reference, pair) for reference in conditions for pair in combinations(conditions, 2)]
    for reference, pair in triples[:: max(1, len(triples) // 400)]:
        compare(f"{{ {f' {joint} '.join(pair)} }}", f"{{ {reference} }}", events)


def joined(conditions: Sequence[str]) -> st.SearchStrategy[str]:
    """Up to three conditions, and no more regular expressions than a pattern may have."""
    some = st.lists(st.sampled_from(conditions), min_size=1, max_size=3).filter(
        lambda parts: sum("%" in part for part in parts) <= MAX_REGEXES
    )
    return st.builds(lambda parts, joint: f"{{ {joint.join(parts)} }}", some, st.sampled_from([" && ", " || "]))


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_three_conditions(name: str, data: st.DataObject) -> None:
    conditions, events = SETS[name]
    compare(data.draw(joined(conditions)), data.draw(joined(conditions)), events)
