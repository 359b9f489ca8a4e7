"""The table of AWS's answers against botocore's models: a field that a new botocore brings makes these tests fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import create_loader
from botocore.model import Shape

import checker.database.embedded.collector
from checker.database.embedded.collector.answer_fields import IGNORED, READ, UNDECIDED, load, undecided

TABLE = load()
SESSION = botocore.session.get_session()
FOLDER = Path(checker.database.embedded.collector.__file__).parent
CALL = re.compile(r'"([a-z0-9]+)",\s*"([A-Z]\w+)"')
NAMED = re.compile(r"<li>\s*<p>\s*<code>(\w+)</code>")
MAPS = ("sns.GetTopicAttributes", "sns.GetSubscriptionAttributes")
VALUES = {"MessageAttributes", "MessageBody"}
"""Listed in the reference as values of an attribute."""


def members(shape: Shape | None, table: Mapping[str, str], path: str = "") -> Iterator[str]:
    """Paths of the fields of an answer, not below what is ignored; inside a map are the account's names, not AWS's."""
    kind = getattr(shape, "type_name", None)
    if kind == "list":
        yield from members(getattr(shape, "member", None), table, path)
    elif kind == "structure":
        for name, member in getattr(shape, "members", {}).items():
            yield f"{path}{name}"
            if not table.get(f"{path}{name}", "").startswith(IGNORED):
                yield from members(member, table, f"{path}{name}.")


def answer(operation: str) -> Shape | None:
    """The shape of an operation's answer."""
    service, name = operation.split(".")
    return SESSION.get_service_model(service).operation_model(name).output_shape


@pytest.mark.parametrize("operation", [name for name in TABLE if name not in MAPS])
def test_every_field_that_botocore_knows_is_in_the_table_and_no_other(operation: str) -> None:
    assert set(members(answer(operation), TABLE[operation])) == set(TABLE[operation])


@pytest.mark.parametrize("operation", MAPS)
def test_every_attribute_that_the_reference_names_is_in_the_table(operation: str) -> None:
    assert set(members(answer(operation), TABLE[operation])) == {"Attributes"}
    service, name = operation.split(".")
    model: dict[str, Any] = create_loader().load_service_model(service, "service-2")
    prose = model["shapes"][f"{name}Response"]["members"]["Attributes"]["documentation"]
    named = set(NAMED.findall(prose)) - VALUES
    assert len(named) > 8
    assert {f"Attributes.{attribute}" for attribute in named} <= set(TABLE[operation])


def test_the_operations_are_those_that_the_collector_calls() -> None:
    called = {".".join(found) for file in FOLDER.glob("*.py") for found in CALL.findall(file.read_text("utf-8"))}
    assert called == set(TABLE)


@pytest.mark.parametrize("operation", TABLE)
def test_every_field_that_is_not_read_gives_a_reason(operation: str) -> None:
    for use in TABLE[operation].values():
        if use != READ:
            assert use.startswith((IGNORED, UNDECIDED, "undecided unless "))
            assert len(use.partition(": ")[2]) > 5


def test_what_is_set_and_not_in_the_table_is_named() -> None:
    item = {
        "filterName": "root",
        "newSwitch": True,
        "newList": [{"a": 1}],
        "off": False,
        "empty": [],
        "metricTransformations": [
            {"metricName": "m", "brandNew": "x"},
            {"brandNew": "y", "dimensions": {"any": "$.x"}},
        ],
    }
    found = undecided("logs.DescribeMetricFilters", "metricFilters", item)
    assert found == ["metricTransformations.brandNew", "newList", "newSwitch"]


def test_what_is_known_and_read_or_ignored_is_not_named() -> None:
    alarm = {"AlarmName": "a", "EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}, "OKActions": ["arn:x"]}
    assert undecided("cloudwatch.DescribeAlarms", "MetricAlarms", alarm) == []


def test_a_new_field_below_an_ignored_one_is_ignored_with_it() -> None:
    alarm = {"EvaluationWindow": {"SlidingWindow": {"Step": 1}}}
    assert undecided("cloudwatch.DescribeAlarms", "MetricAlarms", alarm) == []


def test_what_is_known_and_cannot_be_decided_is_named() -> None:
    assert undecided("cloudwatch.DescribeAlarms", "CompositeAlarms", {"ActionsSuppressor": "quiet"}) == [
        "ActionsSuppressor"
    ]


@pytest.mark.parametrize(("size", "named"), [("262144", []), ("1024", ["MaximumMessageSize"])])
def test_a_value_that_aws_gives_by_itself_decides_nothing(size: str, named: list[str]) -> None:
    assert undecided("sns.GetTopicAttributes", "Attributes", {"MaximumMessageSize": size}) == named


def test_an_answer_as_a_whole_is_looked_at_without_its_metadata() -> None:
    found = undecided("cloudtrail.GetTrailStatus", "", {"IsLogging": True, "Later": "x", "ResponseMetadata": {"a": 1}})
    assert found == ["Later"]
