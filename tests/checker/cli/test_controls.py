"""``controls list`` and ``controls show``, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checker.cli.controls import app
from checker.controls import load_catalogue
from checker.errors import UnknownControl, UsageError


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def document(*words: str) -> dict[str, Any]:
    parsed = json.loads(run(*words, "--format", "json"))
    assert isinstance(parsed, dict)
    return parsed


def test_list() -> None:
    lines = run("list").splitlines()
    assert lines[0] == "CIS Amazon Web Services Foundations Benchmark v3.0.0"
    assert lines[1].split() == ["id", "control", "severity", "level", "assessment", "tags"]
    assert [line.split()[0] for line in lines[2:17]] == [f"4.{number}" for number in range(1, 16)]
    assert lines[4].split() == ["4.3", "root_usage", "high", "1", "Manual", "identity,", "root"]
    assert lines[17].startswith("4.16 (Ensure AWS Security Hub is enabled) is not covered: a service setting")
    assert lines[18].startswith("Benchmarks: aws_security_hub, cis_v1.2.0")


def test_list_as_json() -> None:
    listed = document("list", "--benchmark", "cis_v600")
    assert listed["schema"] == "alarmchain.controls/v1"
    assert listed["benchmark"] == "cis_v6.0.0"
    assert [control["control_id"] for control in listed["controls"]] == [f"5.{number}" for number in range(1, 16)]
    root = listed["controls"][2]
    assert root["numbers"]["cis_v1.2.0"] == "3.3"
    assert root["numbers"]["aws_security_hub"] == "CloudWatch.1"
    assert [row["control_id"] for row in listed["not_covered"]] == ["5.16"]


def test_list_filters() -> None:
    listed = document("list", "--severity", "high", "--level", "2")
    assert [control["key"] for control in listed["controls"]] == ["cmk_disable_or_delete"]
    listed = document("list", "--tag", "s3", "--tag", "kms")
    assert len(listed["controls"]) == 2
    with pytest.raises(UsageError, match="no control of"):
        run("list", "--severity", "low", "--level", "2")


def test_list_of_security_hub_has_no_levels() -> None:
    line = run("list", "--benchmark", "security-hub").splitlines()[2]
    assert line.split() == ["CloudWatch.1", "root_usage", "high", "identity,", "root"]


def test_show() -> None:
    text = run("show", "cis_v300_4_1")
    for part in (
        "unauthorized_api_calls  cis_v3.0.0/4.1",
        "severity medium, level 2, manual; tags identity",
        "Why\n",
        "remediation: { ($.errorCode",
        "faulty: A || B",
        "only with --accept security-hub: {",
        "What passes\n",
        "What does not\n",
        "limited to one account",
        "for example: {",
        "numbers: aws_security_hub/CloudWatch.2",
    ):
        assert part in text, part


def test_show_names_events_and_corrections() -> None:
    text = run("show", "cis_v1.5.0/4.1")
    assert "used instead: {" in text
    assert "CreateRoute (ec2.amazonaws.com)" in run("show", "4.13")


@pytest.mark.parametrize("key", sorted(load_catalogue().controls))
def test_show_decides_its_examples(key: str) -> None:
    shown = document("show", key)
    assert shown["schema"] == "alarmchain.control/v1"
    verdicts = {example["what"]: example for example in shown["examples"]}
    assert {example["verdict"] for example in shown["examples"]} == {"covers", "misses"}
    assert verdicts["the same clauses in another order"]["verdict"] == "covers"
    assert verdicts["limited to one account"]["verdict"] == "misses"
    assert verdicts["limited to one account"]["witness"]
    assert all(example["reason"] for example in shown["examples"])
    assert shown["references"][0]["pattern"]
    assert shown["names"]["namespace"] == "CISBenchmark"


def test_show_of_another_benchmark() -> None:
    shown = document("show", "root_usage", "--benchmark", "aws_security_hub")
    assert (shown["control_id"], shown["level"], shown["assessment"]) == ("CloudWatch.1", None, None)


def test_show_an_own_control(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'key = "mine"\ntitle = "Mine"\nrationale = "Because."\nseverity = "low"\n'
        '[[reference]]\npattern = "{ $.eventName = A }"\nremediation = ["*"]\nsource = "us"\n'
    )
    text = run("show", "mine", "--controls", str(tmp_path))
    assert "mine  custom/mine" in text
    assert "tags none" in text
    assert "numbers: none" in text
    assert "mine" in run("list", "--controls", str(tmp_path))


def test_show_tells_how_others_rate_a_control_and_what_a_limited_pattern_leaves_out() -> None:
    shown = " ".join(run("show", "4.4").split())
    assert "rated: low by aws_security_hub, medium by prowler" in shown
    assert "It is limited to calls to iam.amazonaws.com" in shown
    found = document("show", "4.4")
    assert found["ratings"] == {"aws_security_hub": "low", "prowler": "medium"}
    assert {len(row["remarks"]) for row in found["examples"]} == {0, 1}


def test_show_tells_where_sources_say_otherwise() -> None:
    found = document("show", "4.3")
    assert found["conflict"]
    assert f"elsewhere: {found['conflict']}" in " ".join(run("show", "4.3").split())
    assert document("show", "4.3", "--benchmark", "cis_v4.0.0")["conflict"] is None
    assert "elsewhere: " not in run("show", "4.3", "--benchmark", "cis_v4.0.0")


def test_show_wants_one_control() -> None:
    with pytest.raises(UnknownControl, match="no control 'rot_usage'"):
        run("show", "rot_usage")
    with pytest.raises(UsageError, match="'4' names 15 controls"):
        run("show", "4")
