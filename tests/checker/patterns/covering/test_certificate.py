"""Every ``covers`` has a certificate, and a checker confirms it that shares nothing with the solver."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from checker.chain.filter_decision import own_events
from checker.patterns import Cover, CoverVerdict, cover, default_model
from checker.patterns.covering.certificate import Certificate, Divided, Excluded, Proof
from checker.patterns.covering.event_model import Rule
from checker.patterns.language.tree import JsonPattern
from tests.checker.patterns.corpus import ROOT, controls
from tests.checker.patterns.covering.confirm import confirm
from tests.checker.patterns.strategies import json_patterns, wide_patterns
from tests.checker.patterns.test_properties import MODEL
from tests.length import examples

DATA = Path(__file__).parents[3] / "data"
CONTROLS = controls()
LINES = [
    json.loads(line)
    for name in ("patterns.jsonl", "patterns_field.jsonl")
    for line in (DATA / name).read_text(encoding="utf-8").splitlines()
]
NARROWER = f"{ROOT[:-2]} && $.userAgent != x*y }}"


def confirmed(decision: Cover) -> bool:
    """Whether it covers, with a certificate that is confirmed."""
    if decision.verdict is not CoverVerdict.COVERS:
        return False
    certificate = decision.certificate()
    assert certificate is not None
    assert decision.question is not None
    confirm(certificate, decision.question)
    return True


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["id"])
def test_every_reference_case(case: dict[str, Any]) -> None:
    control = CONTROLS[case["control"]]
    models = [default_model(), own_events(default_model(), control.events)]
    decisions = [cover(case["pattern"], text.effective, model=model) for model in models for text in control.references]
    confirmations = [confirmed(decision) for decision in decisions]
    assert any(confirmations) or case["expect"] != "covers"


BASE = '{ $.userIdentity.type = "Root" && $.eventType != "AwsServiceEvent" }'
COVERS = cover(BASE, ROOT)


def refused(certificate: Certificate) -> bool:
    assert COVERS.question is not None
    try:
        confirm(certificate, COVERS.question)
    except AssertionError:
        return True
    return False


def certificate() -> Certificate:
    found = COVERS.certificate()
    assert found is not None
    assert not refused(found)
    return found


def test_a_class_that_is_missing_is_found() -> None:
    found = certificate()
    for number, field in enumerate(found.fields):
        for left_out in range(len(field.classes)):
            fewer = replace(field, classes=(*field.classes[:left_out], *field.classes[left_out + 1 :]))
            assert refused(replace(found, fields=(*found.fields[:number], fewer, *found.fields[number + 1 :])))


def test_texts_that_are_not_the_only_ones_are_found() -> None:
    found = certificate()
    number = next(number for number, field in enumerate(found.fields) if field.path == ("userIdentity", "type"))
    field = found.fields[number]
    assert field.texts == frozenset({"Root"})
    for texts in (frozenset[str](), frozenset({"IAMUser"})):
        other = replace(field, texts=texts)
        assert refused(replace(found, fields=(*found.fields[:number], other, *found.fields[number + 1 :])))


def parts_of(proof: Proof) -> list[Proof]:
    """Every proof that has one step less or another reason."""
    if isinstance(proof, Excluded):
        return [Excluded(0 if proof.condition else 1)]
    parts = proof.parts
    found: list[Proof] = [replace(proof, parts=parts[:at] + parts[at + 1 :]) for at in range(len(parts))]
    for at, (groups, inner) in enumerate(parts):
        found += [replace(proof, parts=(*parts[:at], (groups, worse), *parts[at + 1 :])) for worse in parts_of(inner)]
    return found


def test_a_step_that_is_missing_or_wrong_is_found() -> None:
    found = certificate()
    assert isinstance(found.proof, Divided)
    assert [proof for proof in parts_of(found.proof) if not refused(replace(found, proof=proof))] == []


def test_a_condition_that_nobody_made_is_found() -> None:
    found = certificate()
    assert refused(replace(found, conditions=(found.conditions[1], *found.conditions[1:])))
    invented = Rule({"eventName": ("ConsoleLogin",)}, "eventType", ("AwsApiCall",))
    assert refused(replace(found, conditions=(*found.conditions, invented)))


def test_where_there_is_no_certificate() -> None:
    assert cover(NARROWER, ROOT).certificate() is None
    assert cover("{", ROOT).certificate() is None
    assert cover("Root", "Root").certificate() is None


PATTERNS = json_patterns()
WIDE_PATTERNS = wide_patterns()


@settings(max_examples=examples(150), deadline=None)
@given(PATTERNS, PATTERNS)
def test_random_patterns(pattern: JsonPattern, reference: JsonPattern) -> None:
    decision = cover(pattern, reference, model=MODEL)
    if decision.verdict is CoverVerdict.COVERS and decision.certificate() is not None:
        assert confirmed(decision)


@settings(max_examples=examples(100), deadline=None)
@given(WIDE_PATTERNS, WIDE_PATTERNS)
def test_random_patterns_with_every_kind_of_selector(pattern: JsonPattern, reference: JsonPattern) -> None:
    decision = cover(pattern, reference, model=MODEL)
    if decision.verdict is CoverVerdict.COVERS and decision.certificate() is not None:
        assert confirmed(decision)
