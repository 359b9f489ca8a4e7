"""Every format is read back by what reads it: nothing, one ok, every status, many, and an attacker's names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ocsf.v1_6_0.events import ComplianceFinding
from ocsf.v1_6_0.objects import Cloud

from checker.findings import Report, Status
from checker.reports import ENDINGS, Format, Style, ending_of, format_of, render
from checker.reports.csv_table import COLUMNS, guarded
from checker.reports.markdown import MOST_BYTES
from checker.text.printable import CONTROL, printable
from tests.checker.reports.samples import NASTY, every_kind, every_status, hostile, thirty_by_fifteen
from tests.checker.reports.test_text import finding, grid, named, report

KINDS = every_kind()
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


def rendered(given_: Report, output_format: Format) -> str:
    return render(given_, output_format, Style())


# -- one reader a format --------------------------------------------------------------------------------------------


def csv_statuses(given_: Report) -> list[str]:
    rows = list(csv.DictReader(io.StringIO(rendered(given_, Format.CSV)), strict=True))
    assert all(set(row) == set(COLUMNS) for row in rows)
    for row, item in zip(rows, given_.findings, strict=True):
        assert row["reason"] == guarded(item.reason)
        assert row["account_name"] == guarded(item.account_name or "")
        assert not any((value or "").startswith(("=", "+", "-", "@")) for value in row.values())
    return [row["status"] for row in rows]


def powerpipe_statuses(given_: Report) -> list[str]:
    (group,) = json.loads(rendered(given_, Format.POWERPIPE))["groups"]
    results = [result for control in group["controls"] for result in control["results"]]
    counts = Counter(result["status"] for result in results)
    assert {status: count for status, count in group["summary"]["status"].items() if count} == counts
    assert {len(result["dimensions"]) > 0 for result in results} <= {True}
    return [result["status"] for result in results]


def junit_statuses(given_: Report) -> list[str]:
    text = rendered(given_, Format.JUNIT)
    found = junitparser.JUnitXml.fromstring(text.encode())
    kinds = {junitparser.Failure: "alarm", junitparser.Error: "error", junitparser.Skipped: "skip"}
    cases = [case for suite in found for case in suite]
    assert (found.tests, found.failures, found.errors, found.skipped) == (
        len(cases),
        given_.count(Status.ALARM),
        given_.count(Status.ERROR),
        given_.count(Status.SKIP),
    )
    return [kinds[type(case.result[0])] if case.result else "ok" for case in cases]


def sarif_statuses(given_: Report) -> list[str]:
    """SARIF has a result for what is not ok."""
    document = json.loads(rendered(given_, Format.SARIF))
    (run,) = document["runs"]
    assert document["version"] == "2.1.0"
    statuses = []
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        # "If kind has any value other than fail, level shall be none."
        assert (result["kind"], result["level"]) in {("fail", "error"), ("open", "none")}
        statuses.append("error" if result["kind"] == "open" else "skip" if "suppressions" in result else "alarm")
    fingerprints = [result["partialFingerprints"]["alarmchainFinding/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    return statuses + ["ok"] * given_.count(Status.OK)


def _unmapped(model: Any, path: str = "") -> list[str]:
    """Fields that the class does not have."""
    found = [f"{path}.{name}" for name in (model.model_extra or {})]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else [value]:
            if hasattr(item, "model_extra"):
                found += _unmapped(item, f"{path}.{name}")
    return found


def ocsf_statuses(given_: Report) -> list[str]:
    words = {(1, 1): "ok", (3, 1): "alarm", (2, 1): "error", (3, 3): "skip"}
    statuses = []
    events = json.loads(rendered(given_, Format.OCSF))
    for event in events if len(events) < 20 else events[::37]:
        assert _unmapped(ComplianceFinding.model_validate(event)) == [".cloud"]  # of the profile
        Cloud.model_validate(event["cloud"])
    for event in events:
        assert (event["class_uid"], event["type_uid"]) == (2003, 200300 + event["activity_id"])
        assert event["time"] == int(given_.generated_at.timestamp()) * 1000
        statuses.append(words[event["compliance"]["status_id"], event["status_id"]])
    return statuses


def asff_statuses(given_: Report) -> list[str]:
    loader = botocore.loaders.Loader()
    model = botocore.model.ServiceModel(loader.load_service_model("securityhub", "service-2"))
    findings = json.loads(rendered(given_, Format.ASFF))
    shape = model.operation_model("BatchImportFindings").input_shape
    assert shape is not None
    problems = botocore.validate.ParamValidator().validate({"Findings": findings}, shape)
    assert problems.generate_report() == "" or not findings
    for item in findings:
        assert len(item["Title"]) <= 256
        assert len(item["Description"]) <= 1024
        assert len(item.get("Remediation", {}).get("Recommendation", {}).get("Text", "")) <= 512
        assert all(text.strip() for text in (item["Title"], item["Description"]))
    words = {"PASSED": "ok", "WARNING": "error", "FAILED": "alarm"}
    statuses = [
        "skip" if item["Workflow"]["Status"] == "SUPPRESSED" else words[item["Compliance"]["Status"]]
        for item in findings
    ]
    assert [item["RecordState"] == "ARCHIVED" for item in findings] == [status == "ok" for status in statuses]
    return statuses + ["error"] * sum(item.account_id is None for item in given_.findings)


READERS: dict[Format, Callable[[Report], list[str]]] = {
    Format.CSV: csv_statuses,
    Format.POWERPIPE: powerpipe_statuses,
    Format.JUNIT: junit_statuses,
    Format.SARIF: sarif_statuses,
    Format.OCSF: ocsf_statuses,
    Format.ASFF: asff_statuses,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("output_format", READERS)
def test_what_reads_the_format_finds_every_status(output_format: Format, kind: str) -> None:
    found = READERS[output_format](KINDS[kind])
    assert Counter(found) == Counter(str(item.status) for item in KINDS[kind].findings)


@given(text=texts)
def test_no_name_of_an_account_breaks_out_of_a_format(text: str) -> None:
    given_ = hostile(text)
    for output_format in (Format.CSV, Format.POWERPIPE, Format.JUNIT, Format.SARIF, Format.ASFF):
        assert len(READERS[output_format](given_)) == 3
    assert_only_text(given_)
    for output_format in Format:
        shown = rendered(given_, output_format)
        assert shown.endswith("\n")
        assert CONTROL.search(shown) is None
        assert shown.encode()


# -- Markdown -------------------------------------------------------------------------------------------------------

_FOLDED = re.compile(r"<details>\n<summary>[^<>]*</summary>\n|</details>\n?")


def assert_only_text(given_: Report) -> None:
    """Nothing but our own markup: no HTML, link, image or emphasis of others, and the tables are whole."""
    parser = MarkdownIt("gfm-like", {"linkify": False})
    columns: list[int] = []
    for token in parser.parse(rendered(given_, Format.MARKDOWN)):
        if token.type == "html_block":
            assert _FOLDED.fullmatch(token.content), token.content
        if token.type == "tr_open":
            columns.append(0)
        columns[-1:] = [columns[-1] + 1] if token.type in ("th_open", "td_open") else columns[-1:]
        for child in token.children or ():
            assert child.type in {"text", "text_special", "softbreak", "strong_open", "strong_close"}, child
    assert set(columns) <= {5}


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_holds_no_markup_of_others(kind: str) -> None:
    assert_only_text(KINDS[kind])


def test_markdown_shows_names_as_they_are() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(
        rendered(hostile("a|b <c> *d* [e](f) `g`"), Format.MARKDOWN)
    )
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    assert "a|b <c> *d* [e](f) `g` is wrong." in shown


def test_markdown_has_problems_first_and_details_folded() -> None:
    shown = rendered(every_status(), Format.MARKDOWN)
    order = [
        shown.index(word) for word in ("# alarmchain: 1 ok", "**Incomplete:**", "## Causes", "## Controls", "<details>")
    ]
    assert order == sorted(order)
    assert "```sh\naws x y\n```" in shown
    assert shown.index("| alarm |") < shown.index("| error |", shown.index("## Causes"))


def test_markdown_stays_below_what_github_takes_and_says_what_is_missing() -> None:
    many = report(
        *grid(
            1000,
            lambda _, at: named(Status.ALARM, hop(at), resource=f"a{at}", reason="w " * 150),
        )
    )
    shown = rendered(many, Format.MARKDOWN)
    assert 500_000 < len(shown.encode()) <= MOST_BYTES
    assert re.search(r"^\| \| \| \| Further causes: \d+, see the JSON report. \|$", shown, re.MULTILINE)
    assert re.search(r"^The details of further causes: \d+, see the JSON report.$", shown, re.MULTILINE)
    assert shown.count("<details>") == shown.count("</details>")
    assert_only_text(many)


def hop(at: int) -> Any:
    from checker.findings import HOPS

    return HOPS[at % 6]


# -- details of one format -------------------------------------------------------------------------------------------


def test_powerpipes_columns_come_first_in_its_order() -> None:
    powerpipes = (
        "group_id,title,description,control_id,control_title,control_description,reason,resource,status,severity"
    )
    assert rendered(report(), Format.CSV).startswith(f"{powerpipes},account_id,region,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_cell_is_no_formula(start: str) -> None:
    assert guarded(f"{start}x") == f"'{start}x"
    assert guarded(f"x{start}") == f"x{start}"


def test_a_row_has_what_the_finding_has() -> None:
    (row,) = csv.DictReader(io.StringIO(rendered(report(every_status().findings[1]), Format.CSV)))
    item = every_status().findings[1]
    assert (row["finding_id"], row["hop"], row["code"]) == (item.id, "topic", "TOPIC_GONE")
    assert (row["resource"], row["remedy"]) == (item.resource, item.remedy)
    assert (row["group_id"], row["control_id"], row["severity"]) == ("cis_v3.0.0", "4.3", "high")


def test_a_case_says_what_is_wrong_and_what_to_do() -> None:
    (suite,) = junitparser.JUnitXml.fromstring(rendered(report(every_status().findings[1]), Format.JUNIT).encode())
    (case,) = suite
    assert (suite.name, case.classname, case.name) == ("4.3 Root use is monitored", "root_usage", "111111111111 aws_a")
    assert (case.result[0].message, case.result[0].type) == ("the topic is judged.", "TOPIC_GONE")
    assert "remedy: Do it: `aws x y`." in case.result[0].text


def test_sarif_stands_at_the_configuration_with_the_arn_as_its_place() -> None:
    results = json.loads(rendered(every_status(), Format.SARIF))["runs"][0]["results"]
    (place,) = results[0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "alarmchain.toml"
    assert place["logicalLocations"][0]["fullyQualifiedName"] == every_status().findings[1].resource
    assert results[1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "account/222222222222"
    assert results[2]["suppressions"][0]["justification"].startswith("accepted: watched elsewhere")


def test_security_hub_gets_the_partition_and_the_region_of_the_resource() -> None:
    item = every_status().findings[1]
    at_home = replace(item, hops=tuple(replace(each, region="us-gov-west-1") for each in item.hops))
    (made,) = json.loads(rendered(report(at_home), Format.ASFF))
    account = item.account_id
    assert made["ProductArn"] == f"arn:aws-us-gov:securityhub:us-gov-west-1:{account}:product/{account}/default"
    assert made["Id"] == f"alarmchain/{item.id}"
    long = replace(finding(), reason="x" * 5000, severity="odd", title="t" * 300)
    (cut,) = json.loads(rendered(report(replace(long, status=Status.ALARM)), Format.ASFF))
    assert cut["Severity"] == {"Label": "MEDIUM"}
    assert (len(cut["Description"]), cut["Description"][-4:]) == (1024, "x...")


@pytest.mark.parametrize("output_format", [Format.OCSF, Format.ASFF])
def test_a_list_has_a_finding_a_line(output_format: Format) -> None:
    items = grid(1, lambda *_: finding())
    first, *lines, last = rendered(report(*items), output_format).splitlines()
    assert (first, last, len(lines)) == ("[", "]", len(items))
    assert all(json.loads(line.removesuffix(",")) for line in lines)
    assert rendered(report(), output_format) == "[]\n"


def test_an_account_that_was_not_told_has_no_finding_in_security_hub() -> None:
    made = json.loads(rendered(every_status(), Format.ASFF))
    assert len(made) == len(every_status().findings) - 1


# -- endings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output_format", Format)
def test_every_format_has_an_ending_that_means_it(output_format: Format) -> None:
    assert format_of(f"report{ending_of(output_format)}") is output_format
    assert format_of(f"REPORT{ending_of(output_format).upper()}") is output_format


def test_endings_are_looked_at_from_the_longest() -> None:
    assert {format_of(f"a.b{ending}") for ending in ENDINGS} == set(Format)
    assert format_of("a.ocsf.json") is Format.OCSF
    assert [format_of(name) for name in ("report", "report.pdf", "json", "x.json.gz")] == [None] * 4


def test_a_report_of_everything_is_printable() -> None:
    for output_format in Format:
        shown = rendered(thirty_by_fifteen(), output_format)
        assert printable(shown) == shown
