"""Over a Steampipe service: plan, apply, check, an empty second plan, undo.

The account's rows are those that real Steampipe returned. What a repair may change is asked of the emulated AWS anew
whenever the cache is cleared, as Steampipe would.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from typer.testing import CliRunner

from checker.cli.app import app
from checker.database.opening import Opened
from checker.demo.world import World
from checker.exit_codes import ExitCode
from tests.builders import A
from tests.checker.database.passworded import PasswordedPostgres
from tests.checker.database.steampipe import Steampipe, steampipe
from tests.emulator.client import EmulatedAws
from tests.postgres import COLUMNS, DATA, insert
from tests.remediation.aws_state import state
from tests.remediation.test_emulated_histories import EmulatedStory
from tests.remediation.test_scenarios import remediate
from tests.scenarios import SCENARIOS

CONNECTION = "aws_a"
FRESH = {
    "aws_cloudwatch_log_group": "log_groups",
    "aws_cloudwatch_log_metric_filter": "metric_filters",
    "aws_cloudwatch_alarm": "alarms",
    "aws_sns_topic": "topics",
    "aws_sns_topic_subscription": "subscriptions",
}


@pytest.fixture
def service(passworded: PasswordedPostgres) -> Iterator[Steampipe]:
    with steampipe(passworded, {CONNECTION: A}) as found:
        yield found


def fill(service: Steampipe, table: str, rows: list[dict[str, Any]]) -> None:
    with service.connect() as connection:
        connection.execute(sql.SQL("delete from {}.{}").format(sql.Identifier(CONNECTION), sql.Identifier(table)))
        insert(connection, CONNECTION, table, rows)


def ask_aws(service: Steampipe, story: EmulatedStory) -> None:
    story.look()
    facts = story.aws.facts()
    for table, name in FRESH.items():
        columns = {column["name"] for column in COLUMNS[table]}
        rows = [dataclasses.asdict(row) | {"sp_connection_name": CONNECTION} for row in getattr(facts, name)]
        fill(service, table, [{key: value for key, value in row.items() if key in columns} for row in rows])


@pytest.mark.parametrize("name", ["bad_no_filter", "bad_topic_policy", "bad_no_subscription"])
def test_a_chain_is_completed_and_taken_back_over_steampipe(
    name: str,
    service: Steampipe,
    emulator: EmulatedAws,
    aws_environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(emulator.endpoint)
    SCENARIOS[name].build(world)
    story = EmulatedStory(world, tmp_path / "unused")
    for table, rows in json.loads((DATA / "steampipe_rows" / f"{name}.json").read_text(encoding="utf-8")).items():
        fill(service, table, [row | {"sp_connection_name": CONNECTION} for row in rows if row["account_id"] == A])
    clear = Opened.clear_caches

    def asking_anew(opened: Opened) -> None:
        ask_aws(service, story)
        clear(opened)

    monkeypatch.setattr(Opened, "clear_caches", asking_anew)
    before = state(world)
    database = ["--database", service.conninfo, "--connection", CONNECTION]
    asked = [*database, "--endpoint", "sec@example.com"]

    code, _ = remediate(tmp_path, *asked)
    assert code == ExitCode.ALARM
    assert state(world) == before
    code, applied = remediate(tmp_path, *asked, "--apply", "--yes")
    assert code == ExitCode.OK
    assert {finding["after"] for finding in applied["findings"]} == {"ok"}
    after = state(world)
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)

    assert CliRunner().invoke(app, ["check", *database, "--fresh"]).exit_code == ExitCode.OK
    code, again = remediate(tmp_path, *asked, "--apply", "--yes")
    assert (code, again["run_id"]) == (ExitCode.OK, None)
    assert all(account["steps"] == [] for account in again["plan"]["accounts"])

    code, _ = remediate(tmp_path, "undo", applied["run_id"], "--yes")
    assert code == ExitCode.OK
    assert state(world) == before
