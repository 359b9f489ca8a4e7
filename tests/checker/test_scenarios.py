"""Every account state with its verdict, both ways: read from AWS, and from rows that real Steampipe returned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from checker import check
from checker.demo.world import World
from checker.findings import Report, Status
from tests.builders import A
from tests.emulator.client import EmulatedAws, Profiles
from tests.postgres import DATA, Postgres
from tests.scenarios import SCENARIOS, Scenario

ROWS = sorted(path.stem for path in (DATA / "steampipe_rows").glob("*.json"))


def assert_verdicts(report: Report, scenario: Scenario) -> None:
    found = {
        finding.account_id: (str(finding.status), str(finding.broken_hop) if finding.broken_hop else None)
        for finding in report.findings
        if finding.account_id in scenario.expect
    }
    assert found == {account: (status, scenario.hop.get(account)) for account, status in scenario.expect.items()}
    for finding in report.findings:
        assert finding.reason.endswith("."), finding.reason
        assert len(finding.hops) == 6


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_embedded(name: str, emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles]) -> None:
    scenario = SCENARIOS[name]
    scenario.build(World(emulator.endpoint))
    written = profiles({f"p{account}": account for account in scenario.expect})
    assert_verdicts(check(database="embedded", profiles=written.names), scenario)


@pytest.mark.parametrize("name", ROWS)
def test_steampipe_rows(name: str, postgres: Postgres) -> None:
    rows = json.loads((DATA / "steampipe_rows" / f"{name}.json").read_text(encoding="utf-8"))
    report = check(database=postgres.conninfo, connections=[postgres.schema(rows)])
    assert_verdicts(report, SCENARIOS[name])


def test_every_recorded_scenario_is_one_of_ours() -> None:
    assert set(ROWS) <= set(SCENARIOS)


def test_what_a_source_cannot_show_is_listed(postgres: Postgres) -> None:
    rows = json.loads((DATA / "steampipe_rows" / "ok_canonical.json").read_text(encoding="utf-8"))
    report = check(database=postgres.conninfo, connections=[postgres.schema(rows)])
    (finding,) = [finding for finding in report.findings if finding.account_id == A]
    assert finding.status is Status.OK
    assert any("dimensions" in text for text in finding.unverified)
