"""A second opinion from z3: the decision encoded anew, from the tree and the raw data file only.

Fields become a kind and a string; wildcard texts become regular languages; the model's rules are read from the JSON
file again. Numbers, arrays and selectors with ``*`` are left to the brute-force tests. There is no disagreement to
explain: over the corpus z3 decides every case, and decides it as we do.
"""

from __future__ import annotations

import json
from functools import reduce
from importlib.resources import files
from typing import Any

import pytest
import z3  # type: ignore[import-untyped]  # ships without types
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.chain.filter_decision import decide
from checker.patterns import CoverVerdict, EventModel, cover, parse, try_parse
from checker.patterns.language.tree import (
    And,
    Check,
    Comparison,
    Condition,
    EmptyPattern,
    JsonPattern,
    Number,
    Operator,
    Or,
    Pattern,
    Regex,
    Test,
    Wildcard,
    leaves,
)
from tests.checker.patterns.corpus import cases, controls
from tests.checker.patterns.strategies import json_patterns
from tests.length import examples

DATA: dict[str, Any] = json.loads(files("checker.patterns").joinpath("data", "cloudtrail.json").read_text("utf-8"))
ABSENT, TEXT, NULL, TRUE, FALSE, OBJECT, ARRAY = range(7)
TYPES = {"string": [TEXT], "null": [NULL], "boolean": [TRUE, FALSE], "object": [OBJECT], "array": [ARRAY], "number": []}
CONTROLS = controls()
RESOURCES = 20_000_000
"""Of z3, for one question: five times what the hardest case of the corpus takes. No clock: load is no matter."""
ANY_TEXT = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))


class World:
    """The variables of one question and what the data file says of them."""

    def __init__(
        self,
        data: dict[str, Any],
        named: set[tuple[str, ...]],
        literals: set[str],
        own_sources: dict[str, list[str]] | None = None,
    ) -> None:
        self.fields = {tuple(entry["path"].split(".")): entry for entry in data["fields"]}
        self.facts: list[Any] = []
        self.data = data
        paths = {*named, *self.fields}
        paths |= {path[:length] for path in paths for length in range(1, len(path))}
        self.paths = paths
        self.kind = {path: z3.Int(f"kind {'.'.join(path)}") for path in paths}
        self.text = {path: z3.String(f"text {'.'.join(path)}") for path in paths}
        for path in paths:
            self._field(path)
        for rule in data.get("rules", ()):
            ((then, wanted),) = rule["then"].items()
            if then == "errorCode" and ("errorCode",) not in named:
                # It can be absent, so a question that does not ask for it is none about it.
                continue
            holds = self._states(then, wanted)
            if rule.get("optional"):
                holds = z3.Or(holds, self.kind[tuple(then.split("."))] == ABSENT)
            self.facts.append(z3.Implies(z3.And(*(self._states(*item) for item in rule["when"].items())), holds))
        operations = data.get("event_sources", {"names": {}})
        retired = data.get("retired", {"names": ()})["names"]
        for name, sources in operations["names"].items():
            if name in literals:
                called = self._states("eventName", [name])
                own = (own_sources or {}).get(name, sources)
                self.facts.append(z3.Implies(called, self._states("eventSource", () if name in retired else own)))
                if name != "ConsoleLogin":
                    self.facts.append(z3.Implies(called, self._states("eventType", operations["event_types"])))

    def _field(self, path: tuple[str, ...]) -> None:
        entry = self.fields.get(path, {"presence": "optional"})
        below = any(other[: len(path)] == path and other != path for other in self.fields)
        types = entry.get("types", ["object"] if below else list(TYPES))
        kind = self.kind[path]
        self.facts.append(z3.Or(kind == ABSENT, *(kind == value for name in types for value in TYPES[name])))
        if "values" in entry:
            self.facts.append(z3.Implies(kind == TEXT, z3.Or(*(self.text[path] == text for text in entry["values"]))))
        if entry["presence"] == "always":
            self.facts.append(kind != ABSENT)
        elif isinstance(entry["presence"], dict):
            ((other, values),) = entry["presence"]["unless"].items()
            self.facts.append(z3.Or(kind != ABSENT, self._states(other, values)))
        if len(path) > 1:
            self.facts.append(z3.Implies(kind != ABSENT, self.kind[path[:-1]] == OBJECT))

    def _states(self, dotted: str, wanted: Any) -> Any:
        path = tuple(dotted.split("."))
        if isinstance(wanted, str):
            return (self.kind[path] == ABSENT) == (wanted == "absent")
        texts = (z3.InRe(self.text[path], language(text.split("*"))) for text in wanted)
        return z3.And(self.kind[path] == TEXT, z3.Or(False, *texts))

    def condition(self, condition: Condition) -> Any:
        if isinstance(condition, And):
            return z3.And(*map(self.condition, condition.parts))
        if isinstance(condition, Or):
            return z3.Or(*map(self.condition, condition.parts))
        path = steps(condition)
        kind = self.kind[path]
        if isinstance(condition, Test):
            kinds = {Check.NOT_EXISTS: ABSENT, Check.IS_NULL: NULL, Check.IS_TRUE: TRUE, Check.IS_FALSE: FALSE}
            return kind == kinds[condition.check]
        equal = z3.Or(
            z3.And(kind == TEXT, self._equal(self.text[path], condition.value)),
            z3.And(kind == TRUE, self._equal(z3.StringVal("true"), condition.value)),
            z3.And(kind == FALSE, self._equal(z3.StringVal("false"), condition.value)),
        )
        scalar = z3.Or(kind == TEXT, kind == TRUE, kind == FALSE)
        return equal if condition.operator is Operator.EQUAL else z3.And(scalar, z3.Not(equal))

    @staticmethod
    def _equal(text: Any, value: Any) -> Any:
        if isinstance(value, Number):
            return text == value.text
        return text == value.pieces[0] if len(value.pieces) == 1 else z3.InRe(text, language(value.pieces))


def language(pieces: Any) -> Any:
    parts = [z3.Re(pieces[0])]
    for piece in pieces[1:]:
        parts += [ANY_TEXT, z3.Re(piece)]
    return parts[0] if len(parts) == 1 else reduce(z3.Concat, parts)


def steps(condition: Comparison | Test) -> tuple[str, ...]:
    return tuple(str(getattr(step, "name", getattr(step, "number", "*"))) for step in condition.selector.steps)


def encodable(pattern: Pattern) -> bool:
    return isinstance(pattern, EmptyPattern) or (
        isinstance(pattern, JsonPattern)
        and all(
            isinstance(leaf, Test)
            or (leaf.operator in (Operator.EQUAL, Operator.NOT_EQUAL) and not isinstance(leaf.value, Regex))
            for leaf in leaves(pattern.condition)
        )
        and not any(step.isdigit() or step == "*" for leaf in leaves(pattern.condition) for step in steps(leaf))
    )


def second_opinion(
    pattern: Pattern, reference: Pattern, data: dict[str, Any], own_sources: dict[str, list[str]] | None = None
) -> bool | None:
    """Whether ``pattern`` covers ``reference``; ``None`` if z3 cannot say. ``own_sources``: who sends an event."""
    found = [leaf for tree in (pattern, reference) if isinstance(tree, JsonPattern) for leaf in leaves(tree.condition)]
    literals = {
        leaf.value.pieces[0] for leaf in found if isinstance(leaf, Comparison) and isinstance(leaf.value, Wildcard)
    }
    world = World(data, {steps(leaf) for leaf in found}, literals, own_sources)
    solver = z3.Solver()
    solver.set("rlimit", RESOURCES)
    solver.add(*world.facts)
    if isinstance(reference, JsonPattern):
        solver.add(world.condition(reference.condition))
    solver.add(z3.Not(world.condition(pattern.condition)) if isinstance(pattern, JsonPattern) else z3.BoolVal(False))
    answer = solver.check()
    return None if answer == z3.unknown else answer == z3.unsat


@pytest.mark.parametrize("case", [case for case in cases() if case.expect != "invalid"], ids=lambda case: case.id)
def test_corpus(case: Any) -> None:
    control = CONTROLS[case.control]
    pattern = parse(case.pattern)
    assert encodable(pattern)
    own = {event.name: [event.source] for event in control.events}
    opinions = [second_opinion(pattern, parse(reference.effective), DATA, own) for reference in control.references]
    assert None not in opinions
    assert any(opinions) == (decide(case.pattern, control).verdict is CoverVerdict.COVERS)


def test_every_case_against_root_usage() -> None:
    """Also patterns of other controls, so that misses are not only near misses."""
    reference = parse(CONTROLS["4.3"].references[0].effective)
    for case in cases():
        pattern = try_parse(case.pattern)
        if case.control != "4.3" and not isinstance(pattern, Exception):
            opinion = second_opinion(pattern, reference, DATA)
            assert opinion is (cover(pattern, reference).verdict is CoverVerdict.COVERS), case.id


SMALL = {
    "fields": [
        {"path": "kind", "types": ["string"], "presence": "always", "values": ["a", "ab", "Root"]},
        {"path": "name", "types": ["string"], "presence": "always"},
    ]
}


def comparable(pattern: JsonPattern) -> bool:
    values = [leaf.value for leaf in leaves(pattern.condition) if isinstance(leaf, Comparison)]
    return encodable(pattern) and not any(isinstance(value, Number) for value in values)


PATTERNS = json_patterns().filter(comparable)


@settings(
    max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(PATTERNS, PATTERNS)
def test_random_patterns(pattern: JsonPattern, reference: JsonPattern) -> None:
    opinion = second_opinion(pattern, reference, SMALL)
    # Beyond its limit z3 has no opinion; on the corpus it always has one.
    assume(opinion is not None)
    decision = cover(pattern, reference, model=EventModel.from_data(SMALL))
    assert decision.verdict is not CoverVerdict.UNKNOWN
    assert opinion is (decision.verdict is CoverVerdict.COVERS)


CLAUSES = [
    '$.userIdentity.type = "Root"', '$.userIdentity.type != "Root"', "$.userIdentity.type NOT EXISTS",
    "$.userIdentity NOT EXISTS", '$.userIdentity.arn = "*:root"', '$.userIdentity.arn != "arn:aws:iam*"',
    "$.userIdentity.arn NOT EXISTS", "$.userIdentity.invokedBy NOT EXISTS", '$.userIdentity.invokedBy = "*"',
    '$.userIdentity.sessionContext.assumedRoot = "true"', "$.userIdentity.sessionContext NOT EXISTS",
    '$.eventType != "AwsServiceEvent"', '$.eventType = "AwsConsoleSignIn"', '$.eventType = "Aws*n"',
    '$.eventName = "ConsoleLogin"', '$.eventName != "ConsoleLogin"', '$.eventName = "Create*"',
    "$.eventName NOT EXISTS",
    '$.eventName = "CreateRoute"', '$.eventName = "CreateTrail"', '$.eventSource = "signin.amazonaws.com"',
    '$.eventSource != "ec2.amazonaws.com"', '$.eventSource = "cloudtrail.amazonaws.com"', '$.eventSource = "*c*"',
    '$.responseElements.ConsoleLogin = "Failure"', "$.responseElements.ConsoleLogin NOT EXISTS",
    "$.responseElements IS NULL", '$.errorMessage = "Failed authentication"', "$.errorMessage NOT EXISTS",
    '$.additionalEventData.MFAUsed != "Yes"', "$.additionalEventData NOT EXISTS", "$.readOnly IS TRUE",
    "$.readOnly = false", '$.sourceIPAddress = "*"', "$.requestParameters.x IS NULL", "$.requestParameters NOT EXISTS",
]  # fmt: skip


@st.composite
def cloudtrail_patterns(draw: st.DrawFn) -> JsonPattern:
    groups = draw(st.lists(st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=3), min_size=1, max_size=3))
    joint, other = draw(st.sampled_from([(" && ", " || "), (" || ", " && ")]))
    pattern = parse("{ " + other.join(f"({joint.join(group)})" for group in groups) + " }")
    assert isinstance(pattern, JsonPattern)
    return pattern


@settings(max_examples=examples(80), deadline=None)
@given(cloudtrail_patterns(), cloudtrail_patterns())
def test_random_clauses_of_cloudtrail(pattern: JsonPattern, reference: JsonPattern) -> None:
    """The rules of the model, in every combination that comes up."""
    opinion = second_opinion(pattern, reference, DATA)
    assume(opinion is not None)
    decision = cover(pattern, reference)
    assert decision.verdict is not CoverVerdict.UNKNOWN
    assert opinion is (decision.verdict is CoverVerdict.COVERS)
