"""Properties of the decision, with random patterns in a small model, against brute force and in themselves."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.patterns import CoverVerdict, EventModel, cover, matches, never_matches, parse, to_text
from checker.patterns.language.tree import And, Condition, JsonPattern, Or, conjunction, disjunction
from tests.checker.patterns.strategies import TEXTS, events, json_patterns, wide_patterns
from tests.length import examples

MODEL = EventModel.from_data(
    {
        "fields": [
            {"path": "kind", "types": ["string"], "presence": "always", "values": ["a", "ab", "Root"], "shown": True},
            {"path": "name", "types": ["string"], "presence": "always", "plausible": ["b"], "shown": True},
        ]
    }
)
STATES: tuple[Any, ...] = ("a", "ab", "Root", "1", "", 1, 2.5, 3, True, False, None, {}, [])
ABSENT = object()


def small_universe() -> list[dict[str, Any]]:
    """Events that show each state of each field beside a few of the others."""
    found: list[dict[str, Any]] = []
    for kind, name in product(("a", "ab", "Root"), TEXTS):
        found += [{"kind": kind, "name": name, key: state} for key in ("free", "box", "list") for state in STATES]
    for state, other in product((ABSENT, *STATES), repeat=2):
        inner = {key: value for key, value in (("in", state), ("other", other)) if value is not ABSENT}
        elements = [value for value in (state, other) if value is not ABSENT]
        found += [
            {"kind": kind, "name": "a", "box": inner, "list": elements, "free": other if other is not ABSENT else "b"}
            for kind in ("a", "Root")
        ]
    return found


UNIVERSE = small_universe()
PATTERNS = json_patterns()
WIDE_PATTERNS = wide_patterns()


@settings(max_examples=examples(150), deadline=None)
@given(WIDE_PATTERNS, WIDE_PATTERNS)
def test_agrees_with_brute_force(pattern: JsonPattern, reference: JsonPattern) -> None:
    decision = cover(pattern, reference, model=MODEL)
    missed = next((event for event in UNIVERSE if matches(reference, event) and not matches(pattern, event)), None)
    if decision.verdict is CoverVerdict.COVERS:
        assert missed is None
    elif decision.verdict is CoverVerdict.MISSES:
        witness = decision.witness
        assert witness is not None
        assert matches(reference, witness)
        assert not matches(pattern, witness)
        assert witness["kind"] in ("a", "ab", "Root")
        assert isinstance(witness["name"], str)


@settings(max_examples=examples(150), deadline=None)
@given(PATTERNS, PATTERNS)
def test_nearly_everything_is_decided(pattern: JsonPattern, reference: JsonPattern) -> None:
    decision = cover(pattern, reference, model=MODEL)
    if decision.verdict is CoverVerdict.UNKNOWN:
        # Only numbers that are compared both by size and by their digits are beyond the model.
        texts = to_text(pattern) + to_text(reference)
        assert any(operator in texts for operator in (" < ", " > ", " <= ", " >= "))
        assert "overlap in too many ways" in decision.reason


@settings(max_examples=examples(200), deadline=None)
@given(WIDE_PATTERNS, WIDE_PATTERNS, events())
def test_no_event_contradicts_a_decision(pattern: JsonPattern, reference: JsonPattern, event: dict[str, Any]) -> None:
    if cover(pattern, reference, model=MODEL).verdict is CoverVerdict.COVERS:
        assert matches(pattern, event) or not matches(reference, event)


@settings(max_examples=examples(100), deadline=None)
@given(WIDE_PATTERNS)
def test_reflexive(pattern: JsonPattern) -> None:
    assert cover(pattern, parse(to_text(pattern)), model=MODEL).verdict is CoverVerdict.COVERS
    wider = JsonPattern(disjunction([pattern.condition, parse_condition("{ $.name = zzz }")]))
    assert cover(wider, pattern, model=MODEL).verdict is CoverVerdict.COVERS


@settings(max_examples=examples(100), deadline=None)
@given(PATTERNS, PATTERNS, PATTERNS)
def test_transitive_and_monotone(first: JsonPattern, second: JsonPattern, third: JsonPattern) -> None:
    def covers(pattern: JsonPattern, reference: JsonPattern) -> bool | None:
        verdict = cover(pattern, reference, model=MODEL).verdict
        return None if verdict is CoverVerdict.UNKNOWN else verdict is CoverVerdict.COVERS

    if covers(first, second) and covers(second, third):
        assert covers(first, third) is not False
    if covers(first, third):
        assert cover([first, second], third, model=MODEL).verdict is not CoverVerdict.MISSES


@settings(max_examples=examples(100), deadline=None)
@given(PATTERNS, PATTERNS, st.randoms(use_true_random=False))
def test_spelling_and_order_do_not_matter(pattern: JsonPattern, reference: JsonPattern, random: Any) -> None:
    def shuffled(condition: Condition) -> Condition:
        if not isinstance(condition, And | Or):
            return condition
        parts = [shuffled(part) for part in condition.parts]
        random.shuffle(parts)
        return conjunction(parts) if isinstance(condition, And) else disjunction(parts)

    first = cover(pattern, reference, model=MODEL).verdict
    again = cover(JsonPattern(shuffled(pattern.condition)), JsonPattern(shuffled(reference.condition)), model=MODEL)
    assert again.verdict is first
    spelled = to_text(pattern).replace(" && ", "&&").replace(" || ", "\n || ").replace("{ ", "{((").replace(" }", "))}")
    assert cover(spelled, reference, model=MODEL).verdict is first


@settings(max_examples=examples(100), deadline=None)
@given(PATTERNS)
def test_contradictions_and_tautologies(pattern: JsonPattern) -> None:
    if never_matches(pattern, MODEL):
        assert not any(matches(pattern, event) for event in UNIVERSE)


def parse_condition(text: str) -> Condition:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    return pattern.condition
