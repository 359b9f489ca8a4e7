"""Refutation by known events: the same verdicts as deciding, sooner."""

from __future__ import annotations

import pytest

from checker.chain import decisions
from checker.chain.decisions import REFUTED, DecisionMemory, FilterQuestion
from checker.chain.filter_decision import decide
from checker.controls import load_catalogue, select
from checker.patterns import CoverVerdict, cover
from tests.builders import ROOT

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


@pytest.fixture
def memory() -> DecisionMemory:
    return DecisionMemory()


@pytest.mark.parametrize("control_id", sorted(CONTROLS))
def test_verdicts_equal_the_engines_in_every_order(control_id: str) -> None:
    control = CONTROLS[control_id]
    expected = {text: decide((text,), control).verdict for text in PATTERNS}
    for order in (PATTERNS, PATTERNS[::-1]):
        memory = DecisionMemory()
        question = FilterQuestion(control, "123456789012")
        assert {text: memory.decided((text,), question).verdict for text in order} == expected
        assert {text: memory.decided((text,), question).verdict for text in order} == expected


def test_a_known_event_refutes_without_a_decision(memory: DecisionMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    question = FilterQuestion(CONTROLS["4.3"], "123456789012")
    first = memory.decided(('{ $.eventName = "One" }',), question)
    assert first.witness is not None
    monkeypatch.setattr(decisions, "decide", None)
    assert memory.decided(('{ $.eventName = "Two" }',), question) is REFUTED
    assert memory.decided(('{ $.eventName = "Two" }', '{ $.eventName = "Three" }'), question) is REFUTED


def test_what_was_refuted_gets_its_sentence_when_asked(memory: DecisionMemory) -> None:
    question = FilterQuestion(CONTROLS["4.3"], "123456789012")
    memory.decided(('{ $.eventName = "One" }',), question)
    narrowed = ('{ $.userIdentity.type = "Root" && $.eventName = "Two" }',)
    assert memory.decided(narrowed, question) is REFUTED
    full = memory.in_full(narrowed, question)
    assert full.verdict is CoverVerdict.MISSES
    assert full.witness is not None
    assert "eventName" in full.reason
    assert memory.decided(narrowed, question) is full


def test_every_reference_must_be_missed(memory: DecisionMemory) -> None:
    control = CONTROLS["4.2"]
    assert len(control.references) == 2
    question = FilterQuestion(control, "123456789012")
    memory.decided(('{ $.eventName = "One" }',), question)
    alternative = control.references[1].effective
    assert memory.decided((alternative,), question).verdict is CoverVerdict.COVERS


def test_a_pattern_about_the_account_is_decided_for_the_account(memory: DecisionMemory) -> None:
    narrowed = ('{ $.userIdentity.type = "Root" && $.recipientAccountId = "123456789012" }',)
    control = CONTROLS["4.3"]
    memory.decided(('{ $.eventName = "One" }',), FilterQuestion(control, "123456789012"))
    for _ in range(2):
        assert memory.decided(narrowed, FilterQuestion(control, "210987654321")).verdict is CoverVerdict.MISSES
        assert memory.decided(narrowed, FilterQuestion(control, "123456789012")).verdict is CoverVerdict.COVERS


def test_declared_exclusions_do_not_refute(memory: DecisionMemory) -> None:
    excluded = '{ $.userIdentity.sessionContext.assumedRoot = "true" }'
    question = FilterQuestion(CONTROLS["4.3"], "123456789012", excluding=(excluded,))
    memory.decided(('{ $.eventName = "One" }',), question)
    assert memory._known[question.key].events
    pattern = f"{ROOT[:-2]} && $.userIdentity.sessionContext.assumedRoot NOT EXISTS }}"
    assert memory.decided((pattern,), question).verdict is CoverVerdict.COVERS
    assert cover(pattern, ROOT, excluding=(excluded,)).verdict is CoverVerdict.COVERS


def test_the_memory_is_bounded(memory: DecisionMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_MOST_DECISIONS", 3)
    monkeypatch.setattr(decisions, "_MOST_QUESTIONS", 2)
    for number in range(5):
        question = FilterQuestion(CONTROLS["4.3"], "123456789012", excluding=(f'{{ $.eventName = "X{number}" }}',))
        for other in range(5):
            memory.decided((f'{{ $.eventName = "Y{other}" }}',), question)
        assert len(memory._known) <= 2
        assert all(len(about.decisions) <= 3 for about in memory._known.values())
