"""Refutation by known events: the same verdicts as deciding, sooner."""

from __future__ import annotations

import pytest

from checker.chain import decisions
from checker.chain.decisions import REFUTED, Question, decided, in_full
from checker.chain.filter_decision import decide
from checker.controls import load_catalogue, select
from checker.patterns import CoverVerdict, cover
from tests.scenarios import ROOT

CONTROLS = {control.control_id: control for control in select(load_catalogue(), all_controls=True)}
PATTERNS = [
    ROOT,
    '{ $.userIdentity.type = "Root" }',
    '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }',
    '{ $.eventName = "CreateUser" }',
    "{ $.eventName = ConsoleLogin }",
    "{ $.errorCode = * }",
    "{ ($.eventSource = s3.amazonaws.com) && ($.eventName = *Bucket*) }",
    "{ $.eventName = %Create% }",
    "ERROR",
    "",
    "[a, b]",
    "{ $.broken ",
    "{ $.eventType = * }",
]


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_MEMORIES", {})


@pytest.mark.parametrize("control_id", sorted(CONTROLS))
def test_verdicts_equal_the_engines_in_every_order(control_id: str) -> None:
    control = CONTROLS[control_id]
    expected = {text: decide((text,), control).verdict for text in PATTERNS}
    for order in (PATTERNS, PATTERNS[::-1]):
        decisions._MEMORIES.clear()
        question = Question(control, "123456789012")
        assert {text: decided((text,), question).verdict for text in order} == expected
        assert {text: decided((text,), question).verdict for text in order} == expected


def test_a_known_event_refutes_without_a_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question(CONTROLS["4.3"], "123456789012")
    first = decided(('{ $.eventName = "One" }',), question)
    assert first.witness is not None
    monkeypatch.setattr(decisions, "decide", None)
    assert decided(('{ $.eventName = "Two" }',), question) is REFUTED
    assert decided(('{ $.eventName = "Two" }', '{ $.eventName = "Three" }'), question) is REFUTED


def test_what_was_refuted_gets_its_sentence_when_asked() -> None:
    question = Question(CONTROLS["4.3"], "123456789012")
    decided(('{ $.eventName = "One" }',), question)
    narrowed = ('{ $.userIdentity.type = "Root" && $.eventName = "Two" }',)
    assert decided(narrowed, question) is REFUTED
    full = in_full(narrowed, question)
    assert full.verdict is CoverVerdict.MISSES
    assert full.witness is not None
    assert "eventName" in full.reason
    assert decided(narrowed, question) is full


def test_every_reference_must_be_missed() -> None:
    control = CONTROLS["4.2"]
    assert len(control.references) == 2
    question = Question(control, "123456789012")
    decided(('{ $.eventName = "One" }',), question)
    alternative = control.references[1].effective
    assert decided((alternative,), question).verdict is CoverVerdict.COVERS


def test_a_pattern_about_the_account_is_decided_for_the_account() -> None:
    narrowed = ('{ $.userIdentity.type = "Root" && $.recipientAccountId = "123456789012" }',)
    control = CONTROLS["4.3"]
    decided(('{ $.eventName = "One" }',), Question(control, "123456789012"))
    for _ in range(2):
        assert decided(narrowed, Question(control, "210987654321")).verdict is CoverVerdict.MISSES
        assert decided(narrowed, Question(control, "123456789012")).verdict is CoverVerdict.COVERS


def test_declared_exclusions_do_not_refute() -> None:
    excluded = '{ $.userIdentity.sessionContext.assumedRoot = "true" }'
    question = Question(CONTROLS["4.3"], "123456789012", excluding=(excluded,))
    decided(('{ $.eventName = "One" }',), question)
    memory = decisions._MEMORIES[question.key]
    assert memory.events
    pattern = f"{ROOT[:-2]} && $.userIdentity.sessionContext.assumedRoot NOT EXISTS }}"
    assert decided((pattern,), question).verdict is CoverVerdict.COVERS
    assert cover(pattern, ROOT, excluding=(excluded,)).verdict is CoverVerdict.COVERS


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_MOST_DECISIONS", 3)
    monkeypatch.setattr(decisions, "_MOST_QUESTIONS", 2)
    for number in range(5):
        question = Question(CONTROLS["4.3"], "123456789012", excluding=(f'{{ $.eventName = "X{number}" }}',))
        for other in range(5):
            decided((f'{{ $.eventName = "Y{other}" }}',), question)
        assert len(decisions._MEMORIES) <= 2
        assert all(len(memory.decisions) <= 3 for memory in decisions._MEMORIES.values())
