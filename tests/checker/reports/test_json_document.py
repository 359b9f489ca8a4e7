"""The JSON report: its fields, its schema, and values of every kind."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import checker
from checker.facts import FailureKind, ReadFailure
from checker.findings import AppliedWaiver, Coverage, Finding, Hop, Status
from checker.reports import Format, Style, render
from checker.reports.json_document import to_document
from tests.checker.reports.test_text import finding, report

SCHEMA = json.loads((Path(checker.__file__).parent / "reports/report_v1.schema.json").read_text(encoding="utf-8"))
WAIVER = AppliedWaiver("root_usage", "111111111111", "r", "o", "2099-01-01", resource="arn:x", exclusion="{ $.a = 1 }")
FINDINGS = [
    finding(),
    finding(Status.ALARM, Hop.FILTER, witness={"a": [1, ("b", None)]}, accepted_elsewhere=("x: y",)),
    finding(Status.ERROR, Hop.TRAIL, account_id=None),
    finding(Status.SKIP, Hop.ALARM, waiver=WAIVER),
]


def test_the_document_fits_its_schema() -> None:
    failure = ReadFailure("trails", "no", "c", "111111111111", "us-east-1", "x:Y", FailureKind.DENIED)
    given = report(*FINDINGS, coverage=Coverage(1, 2, (failure,), ("other",), complete=False), notes=("n",))
    document = to_document(given)
    jsonschema.validate(document, SCHEMA)
    assert document["generated_at"] == "2026-01-02T03:04:05Z"
    assert document["summary"] == {"ok": 1, "alarm": 1, "error": 1, "skip": 1}
    assert document["coverage"]["failures"] == [
        {
            "query": "trails",
            "message": "no",
            "connection": "c",
            "account_id": "111111111111",
            "region": "us-east-1",
            "action": "x:Y",
            "kind": "denied",
            "name": None,
        }
    ]
    assert document["findings"][1]["witness"] == {"a": [1, ["b", None]]}
    assert document["findings"][3]["waiver"]["exclusion"] == "{ $.a = 1 }"
    assert json.loads(render(given, Format.JSON, Style())) == document


@pytest.mark.parametrize("given", FINDINGS)
def test_the_schema_asks_for_every_field(given: Finding) -> None:
    document = to_document(report(given))
    for key in list(document["findings"][0]):
        if key in SCHEMA.get("$defs", {}).get("finding", {}).get("required", []):
            broken = json.loads(json.dumps(document))
            del broken["findings"][0][key]
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(broken, SCHEMA)
    for key in SCHEMA["required"]:
        broken = {name: value for name, value in document.items() if name != key}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_a_status_outside_the_table_does_not_fit() -> None:
    document = to_document(report(finding()))
    document["findings"][0]["status"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
