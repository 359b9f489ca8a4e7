"""Evidence: the values behind every hop of a chain, fit for a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checker.facts import Facts
from checker.findings import Finding, Hop
from tests.builders import alarm, organisation, subscription, topic_arn
from tests.checker.gather.fakes import FakeDatabase

ACCOUNT = "000000000001"


def judged(**changes: Any) -> Finding:
    facts: Facts = replace(organisation(1), **changes)
    (finding,) = FakeDatabase(facts).check().findings
    return finding


def evidence(finding: Finding, hop: Hop) -> Any:
    return next(item.evidence for item in finding.hops if item.hop is hop)


def test_every_hop_that_is_reached_has_evidence() -> None:
    found = judged()
    assert all(item.evidence for item in found.hops)
    assert evidence(found, Hop.LOG_GROUP) == {
        "log_group_arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:ct:*",
        "latest_cloudwatch_logs_delivery_error": None,
    }
    assert evidence(found, Hop.FILTER)["metrics"] == [
        {"filter": "root", "namespace": "CISBenchmark", "metric": "root", "value": "1"}
    ]


def test_an_alarm_shows_what_it_compares() -> None:
    needs_two = alarm(ACCOUNT, datapoints_to_alarm=2, evaluation_periods=3)
    assert evidence(judged(alarms=(needs_two,)), Hop.ALARM) == {
        "statistic": "Sum",
        "period": 300,
        "threshold": 1.0,
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "evaluation_periods": 3,
        "datapoints_to_alarm": 2,
        "treat_missing_data": None,
    }
    percentile = alarm(ACCOUNT, statistic=None, extended_statistic="p90")
    assert evidence(judged(alarms=(percentile,)), Hop.ALARM)["statistic"] == "p90"


def test_who_hears_is_masked() -> None:
    heard = {"subscriptions": [{"protocol": "email", "endpoint": "s***@example.com"}]}
    assert evidence(judged(), Hop.SUBSCRIPTION) == heard
    pending = subscription(ACCOUNT, subscription_arn=None)
    assert evidence(judged(subscriptions=(pending,)), Hop.SUBSCRIPTION) == heard
    swallowing = subscription(ACCOUNT, filter_policy={"a": ["b"]}, filter_policy_scope="MessageAttributes")
    assert evidence(judged(subscriptions=(swallowing, pending)), Hop.SUBSCRIPTION) == heard


def test_a_finding_names_benchmark_reference_frameworks_and_account() -> None:
    found = judged()
    assert (found.benchmark, found.account_name) == ("cis_v3.0.0", None)
    assert found.reference.startswith("{ $.userIdentity.type")
    assert found.frameworks
    (account,) = organisation(1).accounts
    assert judged(accounts=(replace(account, title="prod"),)).account_name == "prod"
    assert topic_arn(ACCOUNT) in (found.resource or "")
