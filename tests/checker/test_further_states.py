"""Account states beyond the scenarios, each with the verdict and the rule behind it, through the whole check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from checker import check
from checker.controls import load_catalogue
from checker.findings import Coverage, DatabaseInfo, Finding, Report
from checker.reports.text import to_text
from checker.text.style import Style
from checker.waivers.reading import load
from tests.builders import ROOT
from tests.checker.further import alarms, filters, organisations, rows, subscriptions, topics, trails
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


def test_the_declared_exclusion_of_central_root_sessions(postgres: Postgres, tmp_path: Path) -> None:
    # What an exclusion leaves out must be all that the filter leaves out: the field has no other value.
    pattern = ROOT.replace(" }", " && $.userIdentity.sessionContext.assumedRoot NOT EXISTS }")
    state = rows.chain(filter={"filter_pattern": pattern})
    schema = postgres.schema(state.tables)
    path = tmp_path / "waivers.toml"
    path.write_text(
        "[[exclusion]]\n"
        'control = "root_usage"\naccount = "*"\nreason = "expected"\nowner = "x@example.com"\nexpires = 2027-03-31\n'
        """pattern = '{ $.userIdentity.sessionContext.assumedRoot = "true" }'\n""",
        encoding="utf-8",
    )
    today = date(2026, 11, 25)
    waivers = load(path, load_catalogue(), today)
    (strict,) = check(database=postgres.conninfo, connections=[schema]).findings
    (excused,) = check(database=postgres.conninfo, connections=[schema], waivers=waivers).findings
    assert (verdict(strict), verdict(excused)) == ("alarm filter", "ok")
    assert excused.waiver is not None
    info = DatabaseInfo("postgres", "here", "test")
    report = Report(datetime(2026, 11, 25, tzinfo=UTC), "1", info, "cis_v3.0.0", (excused,), Coverage(1, 0))
    assert "\n    exclusion      except { $.userIdentity.sessionContext" in to_text(report, Style(width=200))
