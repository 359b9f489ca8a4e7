"""The JSON Schema describes what the program prints: real reports fit it, and broken ones do not."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from checker import check
from checker.controls import load_catalogue
from checker.facts import FailureKind, ReadFailure
from checker.findings import (
    AppliedWaiver,
    Coverage,
    DatabaseInfo,
    Finding,
    Hop,
    HopStatus,
    HopVerdict,
    Report,
    Status,
)
from checker.reports.causes import SEVERITIES, Summary
from checker.reports.json_document import SCHEMA, to_document
from checker.waivers.reading import load as load_waivers
from tests.postgres import Postgres
from tests.reports import cases, rows_of

TODAY = date(2026, 3, 1)
WAIVERS = """
[[waiver]]
control = "root_usage"
account = "*"
reason = "known"
owner = "security@example.com"
expires = 2026-12-31
"""
OPEN = (("frameworks",), ("by_control",), ("by_account",))
"""Objects whose keys are data: none is needed."""
Document = dict[str, Any]


@pytest.fixture(scope="module")
def schema() -> Document:
    text = resources.files("checker.reports").joinpath("report_v1.schema.json").read_text(encoding="utf-8")
    document: Document = json.loads(text)
    Draft202012Validator.check_schema(document)
    return document


@pytest.fixture(scope="module")
def validator(schema: Document) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=FormatChecker())


def problems(validator: Draft202012Validator, document: Document) -> list[str]:
    printed = json.loads(json.dumps(document))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(printed)]


def everything() -> Report:
    """A report in which no field is empty."""
    hops = tuple(
        HopVerdict(hop, HopStatus.ALARM, "why", "arn:aws:x", "us-east-1", "123456789012", {"a": ("b",)}) for hop in Hop
    )
    waiver = AppliedWaiver("root_usage", "*", "known", "me", "2026-12-31", "arn:aws:x", "{ $.a = b }")
    finding = Finding(
        "root_usage",
        "4.3",
        "title",
        "high",
        "123456789012",
        "aws",
        Status.ALARM,
        Hop.FILTER,
        "why",
        hops,
        {"eventName": "x"},
        ("something",),
        waiver,
        ("security-hub: text",),
        benchmark="cis_v3.0.0",
        account_name="prod",
        frameworks={"nist_csf": ("DE.AE-1",)},
        reference="{ $.a = b }",
    )
    failure = ReadFailure(
        "trails", "denied", "aws", "123456789012", "us-east-1", "cloudtrail:DescribeTrails", FailureKind.DENIED
    )
    return Report(
        datetime(2026, 3, 1, tzinfo=UTC),
        "0.1.0",
        DatabaseInfo("steampipe", "localhost:9193/steampipe", "it runs", ("aws",), 300),
        "cis_v3.0.0",
        (finding,),
        Coverage(1, 1, (failure,), ("other",), complete=False),
        ("a note",),
    )


@pytest.mark.parametrize("case", [case for case in cases() if "accounts" in case["state"]], ids=lambda case: case["id"])
def test_the_reports_of_public_cases_fit(
    case: Document, postgres: Postgres, validator: Draft202012Validator, tmp_path: Path
) -> None:
    (tmp_path / "waivers.toml").write_text(WAIVERS)
    waivers = load_waivers(tmp_path / "waivers.toml", load_catalogue(), TODAY)
    connection = postgres.schema(rows_of(case["state"]))
    plain = check(database=postgres.conninfo, connections=[connection], all_controls=True)
    assert problems(validator, to_document(plain)) == []
    waived = check(database=postgres.conninfo, connections=[connection], waivers=waivers)
    assert problems(validator, to_document(waived)) == []


def test_a_report_of_everything_fits(validator: Draft202012Validator) -> None:
    assert problems(validator, to_document(everything())) == []


def test_a_report_of_a_connection_that_failed_fits(validator: Draft202012Validator) -> None:
    document = to_document(everything())
    document["findings"][0] |= {"account_id": None, "connection": None, "status": "error", "broken_hop": "trail"}
    assert problems(validator, document) == []


def test_fields_may_be_added(validator: Draft202012Validator) -> None:
    document = to_document(everything())
    document["new"] = document["findings"][0]["new"] = document["findings"][0]["hops"][0]["new"] = 1
    assert problems(validator, document) == []


def _objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Path of every field of every object whose fields are fixed."""
    if isinstance(value, dict) and path[-1:] not in (("witness",), ("evidence",)):
        for key, item in value.items():
            yield (*path, key)
            yield from _objects(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, (*path, index))


@pytest.mark.parametrize("path", list(_objects(to_document(everything()))), ids=lambda path: ".".join(map(str, path)))
def test_a_field_that_is_missing_or_of_a_wrong_type_does_not_fit(
    path: tuple[Any, ...], validator: Draft202012Validator
) -> None:
    spoilers = (_replace,) if path[-2:-1] in OPEN else (_remove, _replace)
    for spoil in spoilers:
        document = copy.deepcopy(to_document(everything()))
        spoil(document, path)
        assert problems(validator, document) != [], spoil


def _remove(document: Document, path: tuple[Any, ...]) -> None:
    del _parent(document, path)[path[-1]]


def _replace(document: Document, path: tuple[Any, ...]) -> None:
    _parent(document, path)[path[-1]] = 1.5


def _parent(document: Document, path: tuple[Any, ...]) -> Any:
    found: Any = document
    for step in path[:-1]:
        found = found[step]
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda finding: finding.update(status="ok"),
        lambda finding: finding.update(status="fine"),
        lambda finding: finding.update(broken_hop=None),
        lambda finding: finding.update(account_id="1234"),
        lambda finding: finding["hops"].reverse(),
        lambda finding: finding["hops"].pop(),
        lambda finding: finding["waiver"].update(expires="31.12.2026"),
    ],
)
def test_what_no_report_says_does_not_fit(change: Callable[[Document], None], validator: Draft202012Validator) -> None:
    document = to_document(everything())
    change(document["findings"][0])
    assert problems(validator, document) != []


def test_words_and_fields_are_those_of_the_types(schema: Document) -> None:
    finding, hop = (schema["$defs"][name]["properties"] for name in ("finding", "hop"))
    assert finding["status"]["enum"] == [str(status) for status in Status]
    assert schema["$defs"]["cause"]["properties"]["hop"]["enum"] == finding["broken_hop"]["enum"]
    assert list(schema["properties"]["counts"]["required"]) == [field.name for field in fields(Summary)]
    assert finding["severity"]["enum"] == list(SEVERITIES)
    assert finding["broken_hop"]["enum"] == [*map(str, Hop), None]
    assert hop["hop"]["enum"] == [str(item) for item in Hop]
    assert hop["status"]["enum"] == [str(status) for status in HopStatus]
    assert schema["$defs"]["failure"]["properties"]["kind"]["enum"] == [*map(str, FailureKind), None]
    assert list(schema["$defs"]["count"]["properties"]) == [str(status) for status in Status]
    assert schema["properties"]["schema"]["const"] == SCHEMA
    said_otherwise = {"finding": {"id", "region", "resource"}}
    for name, kind in (
        ("finding", Finding),
        ("hop", HopVerdict),
        ("waiver", AppliedWaiver),
        ("failure", ReadFailure),
    ):
        known = {field.name for field in fields(kind)} | said_otherwise.get(name, set())
        assert set(schema["$defs"][name]["properties"]) == known
        assert set(schema["$defs"][name]["required"]) == known


def test_the_severities_are_those_of_the_controls(schema: Document) -> None:
    known = set(schema["$defs"]["finding"]["properties"]["severity"]["enum"])
    folder = resources.files("checker.controls").joinpath("data")
    used = {
        tomllib.loads(entry.read_text(encoding="utf-8"))["severity"]
        for entry in (folder / "controls").iterdir()
        if entry.name.endswith(".toml")
    }
    assert used <= known
