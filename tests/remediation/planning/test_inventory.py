"""What exists, looked up: each look-up beside rows that are nearly what is asked for."""

from __future__ import annotations

from dataclasses import replace

from checker.facts import Facts
from remediation.planning.inventory import Inventory
from remediation.planning.steps import Metric
from tests.builders import HOME, A
from tests.remediation.cases import facts_of_report, with_rows
from tests.remediation.planning.test_plan import narrow_filter

FILTERS = [
    narrow_filter("a", "m", group="other"),
    narrow_filter("a", "n"),
    narrow_filter("b", "m"),
]


def inventory(**rows: object) -> Inventory:
    return Inventory(with_rows(facts_of_report("r058"), **rows))


def test_a_filter_is_found_by_group_and_name() -> None:
    found = inventory(metric_filters=FILTERS)
    prefix = f"arn:aws:logs:{HOME}:{A}:log-group:ct"
    assert found.filter_at(f"{prefix}:metric-filter:a") == FILTERS[1]
    assert found.filter_at(f"{prefix}:metric-filter:c") is None
    assert found.filter_at(prefix) is None
    assert found.filter_at(None) is None


def test_feeders_publish_to_the_metric_from_whatever_group() -> None:
    found = inventory(metric_filters=FILTERS)
    assert found.feeders(A, HOME, Metric("CISBenchmark", "m")) == [FILTERS[0], FILTERS[2]]
    assert found.feeders(A, HOME, Metric("Other", "m")) == []


def test_an_alarm_is_found_by_its_arn() -> None:
    alarm = facts_of_report("r058").alarms[0]
    found = inventory(alarms=[replace(alarm, name="other"), alarm])
    assert found.alarm_at(alarm.arn) == alarm
    assert found.alarm_at(f"{alarm.arn}x") is None
    assert found.alarm_at(None) is None


def test_metrics_in_use_are_published_or_watched_by_both_names() -> None:
    alarm = facts_of_report("r058").alarms[0]
    watching = replace(alarm, namespace="N", metric_name="watched", metrics=None)
    neither = replace(alarm, name="query", namespace=None, metric_name="m", metrics=None)
    found = inventory(metric_filters=FILTERS[:2], alarms=[watching, neither])
    assert found.metrics_in_use(A, HOME) == {
        Metric("CISBenchmark", "m"),
        Metric("CISBenchmark", "n"),
        Metric("N", "watched"),
    }


def test_a_partition_is_the_accounts_own() -> None:
    (account,) = facts_of_report("r058").accounts
    found = Inventory(Facts(accounts=(replace(account, partition="aws-cn"),)))
    assert found.partition(A) == "aws-cn"
    assert found.partition("210987654321") == "aws"
