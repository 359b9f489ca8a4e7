"""Every broken state end to end: plan, apply, check, plan again, undo. What existed stays, to the last attribute."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checker.cli.app import app
from checker.demo.world import World
from tests.builders import A
from tests.emulator.client import EmulatedAws, Profiles
from tests.postgres import DATA, Postgres
from tests.remediation.aws_state import state
from tests.remediation.lossy import lossy_proxy
from tests.scenarios import SCENARIOS

REPAIRABLE = ("filter", "alarm", "topic", "subscription")
Write = Callable[[Mapping[str, str]], Profiles]


def broken(*hops: str) -> list[str]:
    return [name for name, scenario in SCENARIOS.items() if set(scenario.hop.values()) & set(hops)]


def remediate(path: Path, *words: str) -> tuple[int, dict[str, Any]]:
    journal = ["--journal", str(path / "journal.jsonl")]
    result = CliRunner().invoke(app, ["remediate", *words, *journal, "--format", "json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def options(profiles: Profiles) -> list[str]:
    named = [word for name in profiles.names for word in ("--profile", name)]
    return ["--database", "embedded", "--endpoint", "security@example.com", *named]


@pytest.mark.parametrize("name", broken(*REPAIRABLE))
def test_broken_chains_are_completed_and_taken_back(
    name: str, emulator: EmulatedAws, profiles: Write, tmp_path: Path
) -> None:
    scenario = SCENARIOS[name]
    world = World(emulator.endpoint)
    scenario.build(world)
    accounts = list(scenario.expect)
    asked = options(profiles({f"p{account}": account for account in accounts}))
    before = state(world, accounts)

    code, planned = remediate(tmp_path, *asked)
    assert code == 1
    assert state(world, accounts) == before
    assert any(account["steps"] for account in planned["accounts"])

    code, applied = remediate(tmp_path, *asked, "--apply", "--yes")
    after = state(world, accounts)
    assert code == 0
    assert {finding["after"] for finding in applied["findings"]} == {"ok"}
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)

    code, again = remediate(tmp_path, *asked, "--apply", "--yes")
    assert code == 0
    assert again["run_id"] is None
    assert all(account["steps"] == [] for account in again["plan"]["accounts"])
    assert state(world, accounts) == after

    profile_options = [word for word in asked if word not in ("--database", "embedded")][2:]
    code, undone = remediate(tmp_path, "undo", applied["run_id"], "--yes", *profile_options)
    assert code == 0
    assert {item["fate"] for item in undone["items"]} == {"remove"}
    assert state(world, accounts) == before


@pytest.mark.parametrize("name", broken("trail", "log_group"))
def test_what_is_for_a_person_changes_nothing(
    name: str, emulator: EmulatedAws, profiles: Write, tmp_path: Path
) -> None:
    scenario = SCENARIOS[name]
    world = World(emulator.endpoint)
    scenario.build(world)
    accounts = list(scenario.expect)
    asked = options(profiles({f"p{account}": account for account in accounts}))
    before = state(world, accounts)
    code, result = remediate(tmp_path, *asked, "--apply", "--yes")
    assert code == 5
    manual = [step for account in result["plan"]["accounts"] for step in account["steps"]]
    assert {step["kind"] for step in manual} == {"manual"}
    assert all(step["commands"] for step in manual)
    assert state(world, accounts) == before


@pytest.mark.parametrize("name", ["bad_no_filter", "bad_topic_policy", "bad_no_subscription"])
def test_while_nobody_has_confirmed_the_plan_is_empty_and_says_so(
    name: str, emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = SCENARIOS[name]
    world = World(emulator.endpoint)
    scenario.build(world)
    asked = ["--database", "embedded", "--endpoint", "sec@example.com"]
    with lossy_proxy(emulator.endpoint) as proxy:
        proxy.pending = True
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        code, applied = remediate(tmp_path, *asked, "--apply", "--yes")
        assert code == 5
        assert {finding["after"] for finding in applied["findings"]} == {"alarm at subscription"}
        asked_once = proxy.seen.count("Subscribe")
        assert asked_once == 1
        code, planned = remediate(tmp_path, *asked)
        assert code == 5
        assert [account["steps"] for account in planned["accounts"]] == [[]]
        code, again = remediate(tmp_path, *asked, "--apply", "--yes")
        assert code == 5
        assert again["run_id"] is None
        assert proxy.seen.count("Subscribe") == asked_once


def test_a_name_that_somebody_elses_topic_has_is_seen_before_it_is_taken(
    emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    """Topics without a subscriber are only read by name, one name after the other."""
    world = World(emulator.endpoint)
    world.trail()
    for name in ("alarmchain-alarms", "alarmchain-alarms-2"):
        world.topic(name, subscribe=False)
    code, applied = remediate(tmp_path, "--database", "embedded", "--endpoint", "sec@example.com", "--apply", "--yes")
    assert code == 0
    made = [step["resource"] for account in applied["accounts"] for step in account["steps"]]
    assert any(resource.endswith(":alarmchain-alarms-3") for resource in made)


def test_all_controls_share_one_topic_and_are_undone_together(
    emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    world = World(emulator.endpoint)
    SCENARIOS["bad_no_filter"].build(world)
    before = state(world)
    asked = ["--database", "embedded", "--all", "--endpoint", "sec@example.com", "--topic-name", "security"]
    code, applied = remediate(tmp_path, *asked, "--apply", "--yes")
    assert code == 0
    operations = [step["operation"] for account in applied["accounts"] for step in account["steps"]]
    assert operations.count("sns:CreateTopic") == 1
    assert operations.count("sns:Subscribe") == 1
    assert operations.count("logs:PutMetricFilter") == len(applied["findings"]) == 15
    code, _ = remediate(tmp_path, "undo", applied["run_id"], "--yes")
    assert code == 0
    assert state(world) == before


@pytest.mark.parametrize("name", ["bad_no_alarm", "bad_no_subscription", "bad_topic_policy"])
def test_rows_that_are_a_copy_are_repaired_once_and_taken_back(
    name: str, emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path, postgres: Postgres
) -> None:
    """What Steampipe returned, in a plain Postgres: it does not change when AWS does."""
    world = World(emulator.endpoint)
    SCENARIOS[name].build(world)
    before = state(world)
    rows = json.loads((DATA / "steampipe_rows" / f"{name}.json").read_text(encoding="utf-8"))
    schema = postgres.schema(rows)
    asked = ["--database", postgres.conninfo, "--connection", schema, "--endpoint", "sec@example.com"]
    code, applied = remediate(tmp_path, *asked, "--account", A, "--apply", "--yes")
    assert code == 0
    after = state(world)
    assert len(after) > len(before)

    code, again = remediate(tmp_path, *asked, "--account", A, "--apply", "--yes")
    assert code == 0
    assert {step["outcome"] for account in again["accounts"] for step in account["steps"]} == {"already there"}
    assert state(world) == after

    code, undone = remediate(tmp_path, "undo", again["run_id"], "--yes")
    assert (code, undone["items"]) == (0, [])
    code, undone = remediate(tmp_path, "undo", applied["run_id"], "--yes")
    assert code == 0
    assert state(world) == before
