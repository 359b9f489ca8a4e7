"""Every text of every benchmark against the pattern engine: it covers itself in any spelling, and not with a gap.

The cases are generated from the catalogue: one for each control, benchmark and text, variant or event.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from checker.chain.filter_decision import decide
from checker.controls import Reference, SelectedControl, load_catalogue, select
from checker.controls.examples import condition_of, reordered, without_event
from checker.patterns import CoverVerdict, cover, matches, matches_everything, never_matches, parse
from checker.patterns.covering.event_model import default_model
from checker.patterns.language.printer import selector_text, value_text
from checker.patterns.language.tree import (
    And,
    Comparison,
    Condition,
    JsonPattern,
    Key,
    Operator,
    Or,
    Selector,
    Wildcard,
    conjunction,
    disjunction,
    wildcard,
)
from tests.checker.patterns.happening import can_happen

CATALOGUE = load_catalogue()
SELECTED = [
    control
    for benchmark in CATALOGUE.benchmarks
    for control in select(CATALOGUE, benchmark=benchmark, all_controls=True)
]
TEXTS = [(control, text) for control in SELECTED for text in control.references]


def name(value: object) -> str:
    if isinstance(value, SelectedControl):
        return f"{value.benchmark}/{value.control_id}"
    return value.procedures[0].value if isinstance(value, Reference) else str(value)


def spelled(condition: Condition, *, quote: bool, parentheses: bool, blank: str) -> str:
    """A condition as text: values quoted or bare where they may be, clauses in parentheses or not, blanks or none."""
    if isinstance(condition, And | Or):
        sign = "&&" if isinstance(condition, And) else "||"
        parts = [spelled(part, quote=quote, parentheses=parentheses, blank=blank) for part in condition.parts]
        if isinstance(condition, And):
            inner = [
                f"({text})" if isinstance(part, Or) else text for part, text in zip(condition.parts, parts, strict=True)
            ]
        else:
            inner = parts
        return f"{blank}{sign}{blank}".join(inner)
    if not isinstance(condition, Comparison):
        text = f"{selector_text(condition.selector)} {condition.check}"
    else:
        value = value_text(condition.value)
        bare = value.strip('"')
        if not quote and isinstance(condition.value, Wildcard) and " " not in bare:
            value = bare
        text = f"{selector_text(condition.selector)}{blank}{condition.operator}{blank}{value}"
    return f"({text})" if parentheses else text


def variants(pattern: str) -> Iterator[tuple[str, str]]:
    """Other spellings of a pattern, each with what is other about it."""
    condition = condition_of(pattern)
    assert condition is not None
    for turn, quote, parentheses, blank in itertools.product((False, True), (False, True), (False, True), ("", " ")):
        text = spelled(reordered(condition) if turn else condition, quote=quote, parentheses=parentheses, blank=blank)
        yield f"turned={turn} quote={quote} parentheses={parentheses} blank={blank!r}", f"{{{blank}{text}{blank}}}"
    yield "lines", pattern.replace(" ", "\n  ") if '"Failed' not in pattern else f"\n{pattern}\n"


def dropped_events() -> Iterator[tuple[SelectedControl, Reference, str]]:
    for control, text in TEXTS:
        for event in control.events:
            condition = condition_of(text.effective)
            if condition is not None and without_event(condition, event.name) is not None:
                yield control, text, event.name


RETIRED = default_model().retired.names
STILL_CALLED = [dropped for dropped in dropped_events() if dropped[2] not in RETIRED]
NO_MORE_CALLED = [dropped for dropped in dropped_events() if dropped[2] in RETIRED]


@pytest.mark.parametrize(("control", "text"), TEXTS, ids=name)
def test_every_text_covers_itself_and_says_something(control: SelectedControl, text: Reference) -> None:
    assert cover(text.effective, text.effective).verdict is CoverVerdict.COVERS
    assert decide((text.effective,), control).verdict is CoverVerdict.COVERS
    assert never_matches(text.effective) is False
    assert matches_everything(text.effective) is False


@pytest.mark.parametrize(("control", "text"), TEXTS, ids=name)
def test_every_spelling_covers(control: SelectedControl, text: Reference) -> None:
    alone = replace(control, references=(text,))
    for what, pattern in variants(text.effective):
        if len(pattern) > 1024:
            continue
        decision = decide((pattern,), alone)
        assert decision.verdict is CoverVerdict.COVERS, (what, pattern, decision.reason)


@pytest.mark.parametrize(("control", "text", "event"), STILL_CALLED, ids=name)
def test_each_event_dropped_is_the_witness(control: SelectedControl, text: Reference, event: str) -> None:
    condition = condition_of(text.effective)
    assert condition is not None
    shorter = without_event(condition, event)
    assert shorter is not None
    pattern = f"{{ {spelled(shorter, quote=False, parentheses=True, blank=' ')} }}"
    assert decide((pattern,), control).verdict is CoverVerdict.MISSES
    alone = decide((pattern,), replace(control, references=(text,)))
    assert alone.verdict is CoverVerdict.MISSES
    assert alone.witness is not None
    assert alone.witness["eventName"] == event
    assert matches(parse(text.effective), alone.witness)
    assert not matches(JsonPattern(shorter), alone.witness)
    assert can_happen(alone.witness) == []
    assert alone.witness["eventSource"] == next(known.source for known in control.events if known.name == event)


@pytest.mark.parametrize(("control", "text", "event"), NO_MORE_CALLED, ids=name)
def test_each_retired_event_dropped_is_remarked_and_not_required(
    control: SelectedControl, text: Reference, event: str
) -> None:
    condition = condition_of(text.effective)
    assert condition is not None
    shorter = without_event(condition, event)
    assert shorter is not None
    decision = decide((JsonPattern(shorter),), replace(control, references=(text,)))
    assert decision.verdict is CoverVerdict.COVERS
    assert [event in remark for remark in decision.remarks] == [True]


@pytest.mark.parametrize(("control", "text"), TEXTS, ids=name)
def test_limited_to_the_services_of_the_control_it_covers_and_says_so(
    control: SelectedControl, text: Reference
) -> None:
    condition = condition_of(text.effective)
    assert condition is not None
    if not control.events:
        return
    limit = disjunction(comparison("eventSource", source) for source in sorted(control.event_sources))
    alone = replace(control, references=(text,))
    decision = decide((JsonPattern(conjunction([condition, limit])),), alone)
    assert decision.verdict is CoverVerdict.COVERS
    shared = [known for known in control.events if len(default_model().event_sources[known.name]) > 1]
    limited = [remark for remark in decision.remarks if remark.startswith("It is limited to calls to ")]
    assert len(limited) <= 1
    if shared and "eventSource" not in text.effective:
        assert limited
    other = conjunction([condition, comparison("eventSource", "example.amazonaws.com")])
    assert decide((JsonPattern(other),), control).verdict is CoverVerdict.MISSES


def test_root_calls_of_every_service_count() -> None:
    (control,) = select(CATALOGUE, ["4.3"])
    condition = condition_of(control.references[0].effective)
    assert condition is not None
    for source in ("iam.amazonaws.com", "signin.amazonaws.com", "*.amazonaws.com"):
        limited = JsonPattern(conjunction([condition, comparison("eventSource", source)]))
        assert decide((limited,), control).verdict is CoverVerdict.MISSES


def comparison(field: str, text: str) -> Comparison:
    return Comparison(Selector((Key(field),)), Operator.EQUAL, wildcard(text))


def test_events_are_dropped_from_every_control_that_lists_several() -> None:
    several = {control.key for control in SELECTED if len(control.events) > 1}
    assert {control.key for control, _, _ in dropped_events()} == several
    assert len(list(dropped_events())) > 1000


def faulty() -> list[tuple[SelectedControl, Reference]]:
    return [(control, text) for control, text in TEXTS if text.correction]


@pytest.mark.parametrize(("control", "text"), faulty(), ids=name)
def test_corrections_stay_with_the_official_text(control: SelectedControl, text: Reference) -> None:
    """A filter that copies the printed text passes when CloudWatch Logs takes it at all."""
    printed = decide((text.pattern,), control)
    assert printed.verdict in (CoverVerdict.COVERS, CoverVerdict.INVALID)
    if printed.verdict is CoverVerdict.COVERS:
        assert cover(text.correction or "", text.pattern).verdict is CoverVerdict.MISSES


DECISIONS: list[tuple[str, str, str, CoverVerdict]] = [
    # The two-code text of v1.2.0 is wider than every later one.
    ("v1.5.0, no exclusions", "cis_v1.5.0/4.1", "cis_v1.2.0/3.1", CoverVerdict.COVERS),
    ("v3.0.0, no exclusions", "cis_v3.0.0/4.1", "cis_v1.2.0/3.1", CoverVerdict.COVERS),
    ("v1.2.0, with exclusions", "cis_v1.2.0/3.1", "cis_v3.0.0/4.1", CoverVerdict.MISSES),
    # Six security group events do not cover seven.
    ("v5.0.0, six events", "cis_v5.0.0/4.10", "cis_v4.0.1/4.10", CoverVerdict.MISSES),
    ("v4.0.1, seven events", "cis_v4.0.1/4.10", "cis_v5.0.0/4.10", CoverVerdict.COVERS),
    # Security Hub's texts that are limited to one service leave out no event of the control.
    ("CIS 4.4 by Security Hub", "cis_v3.0.0/4.4", "aws_security_hub/CloudWatch.4", CoverVerdict.COVERS),
    ("Security Hub 4 by CIS", "aws_security_hub/CloudWatch.4", "cis_v3.0.0/4.4", CoverVerdict.COVERS),
    ("CIS 4.13 by Security Hub", "cis_v3.0.0/4.13", "aws_security_hub/CloudWatch.13", CoverVerdict.COVERS),
    ("CIS 4.2 by Security Hub", "cis_v3.0.0/4.2", "aws_security_hub/CloudWatch.3", CoverVerdict.COVERS),
    ("CIS v1.2.0 3.2 by Security Hub", "cis_v1.2.0/3.2", "aws_security_hub/CloudWatch.3", CoverVerdict.MISSES),
]


@pytest.mark.parametrize(("what", "control", "of", "verdict"), DECISIONS, ids=lambda value: str(value))
def test_the_decisions_of_the_data(what: str, control: str, of: str, verdict: CoverVerdict) -> None:
    text = select(CATALOGUE, [of])[0].references[0].effective
    assert decide((text,), select(CATALOGUE, [control])[0]).verdict is verdict


def test_narrower_texts_of_others_are_accepted_elsewhere_and_count_when_asked() -> None:
    (control,) = select(CATALOGUE, ["cis_v1.3.0/4.2"])
    text = select(CATALOGUE, ["aws_security_hub/CloudWatch.3"])[0].references[0].effective
    strict = decide((text,), control)
    assert strict.verdict is CoverVerdict.MISSES
    assert strict.accept == ("security-hub",)
    assert strict.reason.endswith(
        f" It covers the text of {strict.accepted_elsewhere[0]}: --accept security-hub makes it count."
    )
    assert strict.accepted_elsewhere == tuple(
        source.source for source in control.accepted_elsewhere if source.pattern == text
    )
    assert decide((text,), control, accept=("security-hub",)).verdict is CoverVerdict.COVERS
