"""The reference cases: every verdict right, every witness real."""

from __future__ import annotations

import re
from typing import Any

import pytest

from checker.chain.filter_decision import decide
from checker.patterns import CoverVerdict, cover, matches, parse, repair
from checker.patterns.covering.event_model import default_model, dotted
from tests.checker.patterns.corpus import ROOT, Case, attacks, cases, controls, field_like

CONTROLS = controls()
FIELDS = {path: field for path, field in default_model().fields.items() if field.values}


def value_at(event: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if not isinstance(event, dict) or step not in event:
            return None
        event = event[step]
    return event


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_verdict(case: Case) -> None:
    control = CONTROLS[case.control]
    decision = decide(case.pattern, control)
    assert decision.verdict == case.expect, case.why
    assert decision.reason.endswith(".")
    if decision.verdict is CoverVerdict.MISSES:
        witness = decision.witness
        assert witness is not None
        assert matches(parse(control.references[0].effective), witness)
        assert not matches(parse(case.pattern), witness)
        for path, field in FIELDS.items():
            assert value_at(witness, path) in (None, *(field.values or ()))
    else:
        assert decision.witness is None
    assert (decision.position is None) == (decision.verdict is not CoverVerdict.INVALID)


@pytest.mark.parametrize(
    "case", [*cases("patterns_field.jsonl"), *attacks(), *field_like()], ids=lambda case: f"{case.control} {case.id}"
)
def test_verdict_in_the_field_and_under_attack(case: Case) -> None:
    decision = decide(case.pattern, CONTROLS[case.control])
    assert decision.verdict == case.expect, case.why
    if decision.verdict is CoverVerdict.MISSES:
        assert decision.witness is not None
        assert not matches(case.pattern, decision.witness)
        assert matches(decision.reference, decision.witness)
    if decision.remarks:
        assert decision.reason == "It matches every event that the control is about."
        assert all(remark.endswith(".") for remark in decision.remarks)


def test_our_own_cases_give_a_reason_and_both_answers_for_many_controls() -> None:
    own = field_like()
    assert len(own) >= 30
    assert all(case.why.endswith(".") for case in own)
    assert len({case.pattern for case in own}) == len(own)
    assert {case.expect for case in own} == {"covers", "misses"}
    assert len({case.control for case in own}) >= 12


@pytest.mark.parametrize("case", [case for case in cases() if case.expect != "covers"], ids=lambda case: case.id)
def test_repair(case: Case) -> None:
    reference = CONTROLS[case.control].references[0].effective
    repaired = repair(case.pattern, reference)
    assert repaired is not None
    assert len(repaired) <= 1024
    assert cover(repaired, reference).verdict is CoverVerdict.COVERS


@pytest.mark.parametrize(
    ("case_id", "path", "expected"),
    [
        ("p067", "userIdentity.userName", None),
        ("p111", "userIdentity.invokedBy", None),
        ("p117", "userIdentity.sessionContext.assumedRoot", "true"),
        ("p119", "errorCode", None),
        ("p083", "eventType", "AwsConsoleSignIn"),
        ("p085", "eventName", "ConsoleLogin"),
        ("p085", "eventSource", "signin.amazonaws.com"),
        ("p123", "errorCode", "Client.UnauthorizedOperation"),
        ("p141", "eventName", "CreateTrail"),
        ("p141", "eventSource", "cloudtrail.amazonaws.com"),
        ("p059", "eventSource", "ec2.amazonaws.com"),
    ],
)
def test_witness_is_the_one_a_person_would_name(case_id: str, path: str, expected: str | None) -> None:
    case = next(case for case in cases() if case.id == case_id)
    witness = decide(case.pattern, CONTROLS[case.control]).witness
    assert value_at(witness, dotted(path)) == expected


def test_remark_on_p137_names_another_service_with_that_event() -> None:
    case = next(case for case in cases() if case.id == "p137")
    (remark,) = decide(case.pattern, CONTROLS[case.control]).remarks
    found = re.fullmatch(
        r"It is limited to calls to iam\.amazonaws\.com: other services have calls of these names "
        r"\((\w+) of ([\w.-]+)\), which are not events of this control\.",
        remark,
    )
    assert found
    assert found[2] in default_model().event_sources[found[1]]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("p165", ["leaves out DisableVpcClassicLink, EnableVpcClassicLink: AWS has retired ClassicLink"]),
        ("f018", ["MFAUsed being Yes or No"]),
        ("f102", ["limited to calls to ec2.amazonaws.com", "leaves out AttachClassicLinkVpc, DetachClassicLinkVpc, "]),
        ("f050", []),
        ("p129", []),
    ],
)
def test_remarks(case: str, words: list[str]) -> None:
    found = next(entry for entry in (*cases(), *cases("patterns_field.jsonl")) if entry.id == case)
    remarks = decide(found.pattern, CONTROLS[found.control]).remarks
    assert len(remarks) == len(words)
    assert all(part in remark for part, remark in zip(words, remarks, strict=True))


def test_what_excludes_s3_calls_covers_unauthorized_calls_because_s3_answers_otherwise() -> None:
    bracketed = (
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) '
        '&& ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
    )
    decision = decide(bracketed, CONTROLS["4.1"])
    assert decision.verdict is CoverVerdict.COVERS
    assert all("S3" in remark for remark in decision.remarks)
    assert len(decision.remarks) == 2
    one_more = bracketed.replace("HeadBucket", "GetCallerIdentity")
    assert decide(one_more, CONTROLS["4.1"]).verdict is CoverVerdict.MISSES


def test_witness_is_small() -> None:
    witness = cover('{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }', ROOT).witness
    assert witness == {
        "eventType": "AwsApiCall",
        "eventName": "CreateAccessKey",
        "eventSource": "iam.amazonaws.com",
        "userIdentity": {"type": "Root"},
        "sourceIPAddress": "203.0.113.10",
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize(
    ("case_id", "words"),
    [
        ("p059", "It misses every root call whose eventName is not CreateAccessKey."),
        ("p063", "It misses every root call whose userIdentity.accountId is not 111111111111."),
        ("p069", "It misses every root call. No CloudTrail event can match it."),
        ("p103", "It misses every root call."),
        ("p111", "It misses every root call. No CloudTrail event can match it."),
        ("p071", "It misses every root call whose eventName is not ConsoleLogin."),
        ("p085", "It misses every root call whose eventName is ConsoleLogin."),
        ("p089", "It misses every root call whose eventSource is not like autoscaling*."),
        ("p091", "It misses every root call whose eventName is not ConsoleLogin or CreateAccount."),
        ("p117", "It misses every root call with userIdentity.sessionContext.assumedRoot."),
        ("p119", "It misses every root call without errorCode."),
        ("p141", "It misses every event that the reference matches whose eventName is CreateTrail or StartLogging."),
    ],
)
def test_reasons(case_id: str, words: str) -> None:
    case = next(case for case in cases() if case.id == case_id)
    assert decide(case.pattern, CONTROLS[case.control]).reason == words
