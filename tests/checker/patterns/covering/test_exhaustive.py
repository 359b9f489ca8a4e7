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
from tests.length import examples

MODEL = EventModel.from_data({"fields": []})
Event = dict[str, Any]
TEXTS = ("", *("".join(letters) for length in range(1, 7) for letters in product("ab", repeat=length)))
OTHERS = ("x", "xab", "abx", "axb", "aba*", "1", "true", "\u00e9", "\n")
STATES: list[Any] = [*TEXTS, *OTHERS, True, False, None, {}, [], 1, 1.0, {"b": "ab"}, ["ab"]]
TEXT_EVENTS: list[Event] = [{}, *({"a": state} for state in STATES)]
VALUES = ('"ab"', '"*ab"', '"ab*"', '"a*b"', '"*ab*"', '"*ab*ab"', '""', '"*"', '"b"', '"*b*a*"', "%^a+$%", "%b.?a%")
TEXT_CONDITIONS = [
    *(f"$.a {operator} {value}" for value in VALUES for operator in ("=", "!=")),
    "$.a IS TRUE", "$.a IS FALSE", "$.a = tr*", "$.a != *e", "$.a NOT EXISTS", "$.a IS NULL", "$.a = 1", '$.a = "1.0"',
]  # fmt: skip
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
KEY_CONDITIONS = [
    "$.* = 1", "$.* != 1", "$.* IS NULL", "$.* NOT EXISTS", "$.a = 1", "$.b != 1", "$.b NOT EXISTS", "$.*.c = 1",
    "$.*.c NOT EXISTS", "$.*.c != 1", "$.a.c = 2", "$.a.* = 2", "$.a.* NOT EXISTS", "$.a.* IS TRUE", "$.a IS NULL",
]  # fmt: skip
KEY_STATES: list[Any] = [..., 1, 2, None, {}, {"c": 1}, {"c": 2, "d": 1}, {"d": True}]
KEY_EVENTS: list[Event] = [
    {key: state for key, state in zip("abd", states, strict=True) if state is not ...}
    for states in product(KEY_STATES, repeat=3)
]
SETS = {
    "keys": (KEY_CONDITIONS, KEY_EVENTS),
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
        by_size = any(operator in pattern + reference for operator in (" < ", " > ", " <= ", " >= "))
        many_selectors = (pattern + reference).count("$.*") > 4
        assert by_size or many_selectors, (pattern, reference)


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


@pytest.mark.parametrize("name", ["texts", "numbers"])
def test_every_pair_where_texts_are_too_many_to_list(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then conditions are compared with each other only: fewer answers, and no wrong one."""
    monkeypatch.setattr("checker.patterns.covering.sample_texts.MAX_OUTCOMES", 1)
    conditions, events = SETS[name]
    verdicts = set()
    for pattern, reference in product(conditions, repeat=2):
        decision = cover(f"{{ {pattern} }}", f"{{ {reference} && $.a != zz }}", model=MODEL)
        verdicts.add(decision.verdict)
        if decision.verdict is CoverVerdict.COVERS:
            tree, wanted = parse(f"{{ {pattern} }}"), parse(f"{{ {reference} && $.a != zz }}")
            assert [event for event in events if matches(wanted, event) and not matches(tree, event)] == []
    assert verdicts == set(CoverVerdict) - {CoverVerdict.INVALID}


@pytest.mark.parametrize(
    ("pattern", "reference", "witness"),
    [
        # Elements that the selectors mean stand before one that is written and not there.
        ("{ $.a[2] != 2 }", "{ $.a[2] NOT EXISTS && $.a[*].b = 1 && $.a[*] != 1 }", {"a": ["", {"b": "1"}]}),
        # One element between two that are written, and any number of those.
        (
            "{ $.a[*] != 1 }",
            "{ $.a[4] = 1 && $.a[*] IS NULL && $.a[9] = 1 }",
            {"a": [*["1"] * 6, None, None, None, "1"]},
        ),
        # A text that goes on only into a named one.
        ('{ $.a != "*ab*ab" }', '{ $.a != "abab" }', {"a": "abaab"}),
        # A number in another spelling, and one that is compared by size and by its digits.
        ('{ $.a = "400" || $.a = "4e2" }', "{ $.a = 4e2 }", {"a": 400.0}),
        ('{ $.a = "zzz" }', '{ $.a = "7" && $.a > 5 }', {"a": 7}),
        ('{ $.a = "0" || $.a = "0.0" }', "{ $.a >= 0 && $.a <= 0 }", {"a": -0.0}),
        # The number of an element is not written in the raw text.
        ("7", '{ $.a[7] = "x" }', {"a": [None] * 7 + ["x"]}),
    ],
)
def test_what_was_once_overlooked(pattern: str, reference: str, witness: Event) -> None:
    assert cover(pattern, reference, model=MODEL).witness == witness
    compare(pattern, reference, [witness])


def joined(conditions: Sequence[str]) -> st.SearchStrategy[str]:
    """Up to three conditions, and no more regular expressions than a pattern may have."""
    some = st.lists(st.sampled_from(conditions), min_size=1, max_size=3).filter(
        lambda parts: sum("%" in part for part in parts) <= MAX_REGEXES
    )
    return st.builds(lambda parts, joint: f"{{ {joint.join(parts)} }}", some, st.sampled_from([" && ", " || "]))


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_any_three_conditions(name: str, data: st.DataObject) -> None:
    conditions, events = SETS[name]
    compare(data.draw(joined(conditions)), data.draw(joined(conditions)), events)
