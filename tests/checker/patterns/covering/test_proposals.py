"""Proposals: each covers, and counts nothing that neither the pattern nor the reference counts."""

from __future__ import annotations

import time
from functools import cache

import pytest

from checker.chain.filter_decision import decide, own_events, proposal_for
from checker.controls import SelectedControl
from checker.patterns import CoverVerdict, Proposal, cover, default_model, matches, parse, propose, to_text, try_parse
from checker.patterns.covering.cover import Answer, ask
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.covering.repair import MAX_QUESTIONS
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.typos import mend
from tests.checker.patterns.corpus import ROOT, Case, attacks, cases, controls, field_like

CONTROLS = controls()
ALL = [
    case
    for case in (*cases(), *cases("patterns_field.jsonl"), *attacks(), *field_like())
    if case.control in CONTROLS and case.expect != "covers"
]


@cache
def proposal(case: Case) -> Proposal | None:
    return proposal_for(case.pattern, CONTROLS[case.control])


def reference(control: SelectedControl) -> str:
    return control.references[0].effective


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_proposal_covers_and_does_not_flood(case: Case) -> None:
    control = CONTROLS[case.control]
    proposed = proposal(case)
    if proposed is None:
        assert decide(case.pattern, control).verdict is CoverVerdict.COVERS
        return
    assert len(proposed.pattern) <= 1024
    assert decide(proposed.pattern, control).verdict is CoverVerdict.COVERS
    tree = try_parse(case.pattern)
    meant = mend(case.pattern) if isinstance(tree, PatternSyntaxError) else tree
    known = [reference(control)] if meant is None else [meant, reference(control)]
    assert cover(known, proposed.pattern).verdict is CoverVerdict.COVERS


@pytest.mark.parametrize(
    ("control", "pattern", "proposed"),
    [
        ("4.6", '{ ($.eventName = ConsoleLogin) && ($.errorMesage = "Failed authentication") }', "the reference"),
        ("4.7", "{ $.eventSource = kms.amazonaws.com && $.eventName = DisableKey && "
         "$.eventName = ScheduleKeyDeletion }", "the reference"),
        ("4.3", '{ $.userIdentity.arn = "arn:aws:iam::*:root" && $.userIdentity.invokedBy NOT EXISTS '
         '&& $.eventType != "AwsServiceEvent" }', "the reference"),
        ("4.8", '{ $.eventSource = s3.amazonaws.com && $.eventName = "DeleteBucketReplication" }', "names added"),
        ("4.3", ROOT.replace("eventType", "eventTyp"), "the reference"),
        ("4.3", ROOT.replace("$.", "$.detail."), "the reference"),
        ("4.3", '"{ $.userIdentity.type = Root }"', "the reference"),
        ("4.5", "{ $.eventname = CreateTrail || $.eventName = UpdateTrail || $.eventName = DeleteTrail || "
         "$.eventName = StartLogging || $.eventName = StopLogging }", "the reference"),
    ],
)  # fmt: skip
def test_what_carries_the_meaning_is_kept(control: str, pattern: str, proposed: str) -> None:
    found = proposal_for(pattern, CONTROLS[control])
    assert found is not None
    assert not found.beside
    text = to_text(parse(reference(CONTROLS[control])))
    if proposed == "the reference":
        assert found.pattern == text
    else:
        assert found.pattern != text
        assert cover(text, found.pattern).verdict is CoverVerdict.COVERS


def test_where_no_small_change_does_the_reference_is_for_a_filter_beside_it() -> None:
    unrelated = proposal_for("{ $.eventName = ConsoleLogin }", CONTROLS["4.3"])
    assert unrelated == Proposal(ROOT, beside=True)
    names = " || ".join(f"$.eventName = Name{number}" for number in range(40))
    many = proposal_for(f"{{ {names} || $.eventName = StopLogging }}", CONTROLS["4.5"])
    assert many is not None
    assert many.beside
    assert propose("root", ROOT) == Proposal(ROOT, beside=True)


def test_a_scope_of_the_users_own_is_kept_when_names_are_added() -> None:
    scoped = "{ $.eventSource = iam.amazonaws.com && ($.eventName = CreatePolicy || $.eventName = AttachPolicy2) }"
    found = proposal_for(scoped, CONTROLS["4.4"])
    assert found is not None
    assert not found.beside
    assert found.pattern.startswith('{ $.eventSource = "iam.amazonaws.com" && ($.eventName = "CreatePolicy" || ')
    assert '$.eventName = "AttachPolicy2"' in found.pattern


def test_a_pattern_that_covers_the_controls_own_events_needs_no_proposal() -> None:
    control = CONTROLS["4.13"]
    names = " || ".join(f"$.eventName = {event.name}" for event in control.events)
    assert proposal_for(f"{{ $.eventSource = ec2.amazonaws.com && ({names}) }}", control) is None
    everybody = default_model()
    assert own_events(everybody, control.events) is own_events(everybody, control.events)
    assert own_events(everybody, CONTROLS["4.3"].events) is everybody


@pytest.mark.parametrize("pattern", ["{ $.a = 1 }", ROOT.replace("Root", "Rot")])
def test_the_questions_of_one_proposal_are_counted(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def count(question: CoverQuestion) -> Answer:
        nonlocal asked
        asked += 1
        return ask(question)

    monkeypatch.setattr("checker.patterns.covering.repair.ask", count)
    assert propose(f"{pattern[:-2]} && $.b = {asked} }}", ROOT) is not None
    assert 0 < asked <= MAX_QUESTIONS + 1


def test_an_intricate_pattern_gets_its_proposal_with_few_questions() -> None:
    names = "bcdefghijklmnopqrstuvwxyz"
    clauses = " && ".join(["$.*.a != 1", "$.*.b != 1", *(f"$.{name}.a != 2" for name in names)])
    started = time.process_time()
    found = proposal_for(f"{{ {clauses} }}", CONTROLS["4.1"])
    assert found is not None
    assert matches(parse(found.pattern), {"errorCode": "AccessDenied", "sourceIPAddress": "x", "eventName": "x"})
    assert time.process_time() - started < 2
