"""The CLI lines are run by a shell: what arrives must be what was meant."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediation.planning.command_line import aws_arguments, hyphenated, shell_line
from tests.length import examples
from tests.remediation.cases import SOMEBODY, facts_of_report, planned

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def fake_aws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``aws`` that writes its arguments, each ended by a zero byte."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "aws"
    program.write_text("#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n")
    program.chmod(0o755)
    return folder


def run(line: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@given(TEXT, TEXT)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shell_sees_exactly_the_words(fake_aws: Path, pattern: str, name: str) -> None:
    arguments = {"filterPattern": pattern, "filterName": name, "logGroupName": "ct"}
    words = aws_arguments("logs", "PutMetricFilter", arguments, region="us-east-1")
    assert run(shell_line(words), fake_aws) == list(words[1:])


def test_every_step_survives_the_shell(fake_aws: Path) -> None:
    for step in planned(facts_of_report("r088"), SOMEBODY).calls:
        words = run(step.command, fake_aws)
        assert words[:4] == [step.service, hyphenated(step.operation), "--region", step.region]
        given_values = dict(pairwise(words[4:]))
        for name, value in step.arguments.items():
            option = "notification-endpoint" if name == "Endpoint" else hyphenated(name)
            if isinstance(value, bool):
                assert f"--{option}" in words
            elif isinstance(value, list) and isinstance(value[0], str):
                assert given_values[f"--{option}"] == value[0]
            elif isinstance(value, dict | list):
                assert json.loads(given_values[f"--{option}"]) == value
            else:
                assert given_values[f"--{option}"] == str(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PutMetricFilter", "put-metric-filter"),
        ("logGroupName", "log-group-name"),
        ("ReturnSubscriptionArn", "return-subscription-arn"),
        ("TopicArn", "topic-arn"),
        ("KMSKeyId", "kms-key-id"),
    ],
)
def test_names_are_spelled_as_the_cli_spells_them(name: str, expected: str) -> None:
    assert hyphenated(name) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, ["--x"]),
        (False, ["--no-x"]),
        (["a", "b"], ["--x", "a", "b"]),
        ({"k": "ä"}, ["--x", '{"k":"ä"}']),
        ([{"k": 1}], ["--x", '[{"k":1}]']),
        (1.0, ["--x", "1.0"]),
    ],
)
def test_values_by_kind(value: Any, words: list[str]) -> None:
    assert list(aws_arguments("s", "Op", {"X": value}, region="r")[5:]) == words
