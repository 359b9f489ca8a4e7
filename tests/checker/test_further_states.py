"""Account states beyond the scenarios, each with the verdict and the rule behind it, through the whole check."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checker import check
from checker.findings import Finding
from tests.checker.further import alarms, filters, organisations, subscriptions, topics, trails
from tests.checker.further.rows import Case
from tests.postgres import Postgres

CASES: Mapping[str, Case] = {
    f"{hop}-{case.name}": case
    for hop, cases in {
        "trail": trails.CASES,
        "filter": filters.CASES,
        "alarm": alarms.CASES,
        "action": topics.ACTIONS,
        "policy": topics.POLICIES,
        "key": topics.KEYS,
        "subscription": subscriptions.CASES,
        "organisation": organisations.CASES,
    }.items()
    for case in cases
}


def verdict(finding: Finding) -> str:
    return f"{finding.status} {finding.broken_hop}" if finding.broken_hop else str(finding.status)


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str, postgres: Postgres) -> None:
    case = CASES[name]
    report = check([case.control], database=postgres.conninfo, connections=[postgres.schema(case.state.tables)])
    explained = {finding.account_id: (verdict(finding), finding.reason) for finding in report.findings}
    assert len(report.findings) == len(explained)
    assert {account: found for account, (found, _) in explained.items()} == dict(case.expect), (case.why, explained)
    for finding in report.findings:
        assert finding.reason.endswith("."), finding.reason
        assert finding.reason[:1].islower(), finding.reason
