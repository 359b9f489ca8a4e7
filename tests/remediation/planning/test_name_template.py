"""Names by a template: the fields, and what is refused before anything is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.arns import Place
from checker.errors import UsageError
from remediation.planning.name_template import FIELDS, NameKind, check_template, name_of
from remediation.planning.settings import Settings
from remediation.run import RepairOrder, open_repair
from tests.builders import A
from tests.remediation.cases import SOMEBODY, controls, facts_of_report, planned, topic, with_rows

PLACE = Place("aws", A, "eu-west-1")
(ROOT,) = controls("root_usage")


def named(template: str, *, prefix: str = "acme-") -> Settings:
    return replace(SOMEBODY, name_template=template, name_prefix=prefix)


@pytest.mark.parametrize(
    ("template", "alarm", "topic_name"),
    [
        ("{prefix}{control}-{kind}", "acme-root_usage-alarm", "acme-alarms-topic"),
        ("{kind}-{control_id}", "alarm-4.3", "topic-alarms"),
        ("{account}-{region}-{benchmark}x", f"{A}-eu-west-1-cis_v3.0.0x", f"{A}-eu-west-1-x"),
        ("fixed", "fixed", "fixed"),
    ],
)
def test_every_field(template: str, alarm: str, topic_name: str) -> None:
    assert name_of(named(template), NameKind.ALARM, PLACE, ROOT) == alarm
    assert name_of(named(template), NameKind.TOPIC, PLACE) == topic_name


def test_without_a_template_the_benchmarks_names_are_kept() -> None:
    assert name_of(SOMEBODY, NameKind.FILTER, PLACE, ROOT) == "alarmchain-root_usage_metric"
    assert name_of(SOMEBODY, NameKind.ALARM, PLACE, ROOT) == "alarmchain-root_usage_alarm"
    assert name_of(SOMEBODY, NameKind.TOPIC, PLACE) == "alarmchain-alarms"
    check_template(SOMEBODY, controls("4.1", "4.3"))


def test_the_plan_uses_it_and_a_name_that_is_taken_gets_a_suffix() -> None:
    facts = with_rows(facts_of_report("r088"), topics=[topic("acme-alarms-topic")])
    made = planned(facts, named("{prefix}{control}-{kind}"))
    put, create, _, alarm = made.calls
    assert put.arguments["filterName"] == "acme-root_usage-filter"
    assert create.arguments["Name"] == "acme-alarms-topic-2"
    assert alarm.arguments["AlarmName"] == "acme-root_usage-alarm"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{prefix}{team}", "'team'"),
        ("{prefix", "cannot be read"),
        ("{}", "a field that there is not: ''"),
        ("{control.key}", "'control.key'"),
        ("{control!r}", "'control'"),
        ("{control:>9}", "'control'"),
        ("{prefix}{kind}", "gives the filters of"),
        ("{control}:{kind}", "a filter cannot have"),
        ("{control}*", "a filter cannot have"),
        ("{control}\n", "a filter cannot have"),
        ("{control}" + "x" * 250, "an alarm cannot have"),
        ("{control} {kind}", "a topic cannot have"),
        ("{control_id}.", "a topic cannot have"),
    ],
)
def test_what_cannot_be_is_refused(template: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_template(named(template), controls("4.1", "4.3"))
    assert words in str(caught.value)
    assert caught.value.hint


def test_one_control_needs_no_field_and_a_named_topic_no_topics_name() -> None:
    check_template(named("{prefix}{kind}"), controls("4.3"))
    check_template(replace(named("CIS {control_id}"), topic_name="security"), controls("4.1", "4.3"))


def test_it_is_refused_before_anything_is_opened() -> None:
    order = RepairOrder(settings=named("{team}"))
    with pytest.raises(UsageError, match="team"), open_repair(order):
        pass


def test_the_documentation_names_the_fields() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "remediation.md").read_text(encoding="utf-8")
    assert all(f"`{{{field}}}`" in page for field in FIELDS)
