"""Witnesses are events that can happen: the data against botocore, and every witness of every case."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import botocore.session
import pytest

from checker.chain.filter_decision import decide
from checker.patterns import CoverVerdict, cover, default_model, example_event
from checker.patterns.covering.calls import operations
from tests.checker.patterns.corpus import ROOT, Case, attacks, cases, controls, field_like
from tests.checker.patterns.happening import NO_OPERATIONS, can_happen

CONTROLS = controls()
LINES = (Path(__file__).parents[1] / "further_patterns.jsonl").read_text(encoding="utf-8").splitlines()
FURTHER = [
    Case(entry["id"], entry["control"], entry["pattern"], entry["expect"], entry["why"])
    for entry in map(json.loads, LINES)
    if entry["benchmark"] == "cis_v3.0.0"
]
MISSES = [
    case
    for case in (*cases(), *cases("patterns_field.jsonl"), *attacks(), *field_like(), *FURTHER)
    if case.expect == "misses"
]
INVENTED = {"a01", "a02", "a03"}
"""Cases whose only missed events have a name that no service has, since their wildcards ask for it."""


@pytest.mark.parametrize("case", MISSES, ids=lambda case: case.id)
def test_every_witness_can_happen(case: Case) -> None:
    witness = decide(case.pattern, CONTROLS[case.control]).witness
    assert witness is not None
    assert can_happen(witness) == [] or case.id in INVENTED


def test_the_operations_are_those_of_the_services() -> None:
    session = botocore.session.get_session()
    text = files("checker.patterns").joinpath("data", "operations.txt").read_text("utf-8")
    for line in text.splitlines():
        service, source, *names = line.split()
        if service != "#":
            model = session.get_service_model(service)
            assert source == f"{model.signing_name}.amazonaws.com"
            assert set(names) <= set(model.operation_names)
            assert all(source in operations()[name] for name in names)


def test_the_calls_of_the_model_are_operations_or_listed_events() -> None:
    for call in default_model().calls:
        name, source = call["eventName"], call["eventSource"]
        if name in NO_OPERATIONS:
            assert (source, call["eventType"]) == NO_OPERATIONS[name]
        else:
            assert source in operations()[name]


@pytest.mark.parametrize(
    ("pattern", "name", "source", "code"),
    [
        ('{ $.errorCode = "Client.UnauthorizedOperation" }', "RunInstances", "ec2", "Client.UnauthorizedOperation"),
        ('{ $.errorCode = "AccessDenied" }', "CreateAccessKey", "iam", "AccessDenied"),
        ('{ $.errorCode = "AccessDeniedException" }', "ListAccounts", "organizations", "AccessDeniedException"),
        ('{ $.eventName = "ListBuckets" }', "ListBuckets", "s3", None),
        ('{ $.eventSource = "dynamodb.amazonaws.com" }', "ListExports", "dynamodb", None),
        ('{ $.eventName = "CreateTable" && $.errorCode = "*" }', "CreateTable", "dynamodb", "AccessDenied"),
        ("{ $.eventName = HeadBucket && $.errorCode = * }", "HeadBucket", "s3", "AccessDenied"),
        ('{ $.eventType = "AwsConsoleAction" }', "CloseAccount", "billingconsole", None),
        ('{ $.eventType = "AwsServiceEvent" }', "RotateKey", "kms", None),
        ("{ $.eventName = CreateTrail && $.eventType != AwsApiCall }", "CreateTrail", "cloudtrail", None),
        ('{ $.eventName = "Unheard" }', "Unheard", "iam", None),
    ],
)
def test_what_belongs_together(pattern: str, name: str, source: str, code: str | None) -> None:
    event = example_event(pattern)
    assert event is not None
    assert (event["eventName"], event["eventSource"], event.get("errorCode")) == (name, f"{source}.amazonaws.com", code)


def test_the_unauthorized_text_of_v1_4_0_as_printed_is_missed_by_a_call_to_s3() -> None:
    printed = (
        '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") '
        '|| ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }'
    )
    narrower = (
        '{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" || $.sourceIPAddress NOT EXISTS '
        '|| $.eventName != "HeadBucket" }'
    )
    decision = cover(narrower, printed)
    assert decision.verdict is CoverVerdict.MISSES
    assert decision.witness is not None
    assert (decision.witness["eventName"], decision.witness["eventSource"]) == ("HeadBucket", "s3.amazonaws.com")


def test_a_service_that_acts_is_named() -> None:
    event = example_event('{ $.userIdentity.type = "AWSService" }')
    assert event is not None
    assert event["userIdentity"]["invokedBy"]
    assert example_event('{ $.userIdentity.type = "AWSService" && $.eventName = ConsoleLogin }') is None
    assert cover(ROOT, "{ $.userIdentity.type = AWSService && $.userIdentity.invokedBy NOT EXISTS }").verdict is (
        CoverVerdict.COVERS
    )
