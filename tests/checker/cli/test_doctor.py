"""``alarmchain doctor``: each line ok, warning or problem, with the next step, and nothing that is not for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.database.diagnosis import State, skew
from checker.exit_codes import ExitCode
from tests.checker.cli.listing import listing
from tests.checker.database.passworded import PasswordedPostgres
from tests.emulator.client import EmulatedAws
from tests.postgres import Postgres


def doctor(*words: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *words])


def checks(*words: str) -> dict[str, list[dict[str, Any]]]:
    result = doctor(*words, "--format", "json")
    document = json.loads(result.stdout)
    assert document["schema"] == "alarmchain.doctor/v1"
    found: dict[str, list[dict[str, Any]]] = {}
    for line in document["checks"]:
        found.setdefault(line["topic"], []).append(line)
        # Whatever is not ok says what to do.
        assert (line["state"] == State.OK) or line["next_step"]
    problem = any(line["state"] == State.PROBLEM for line in document["checks"])
    assert result.exit_code == (ExitCode.FAILED if problem else ExitCode.OK)
    return found


def states(found: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    return {topic: lines[-1]["state"] for topic, lines in found.items()}


@pytest.mark.usefixtures("aws_environment")
def test_the_embedded_database_with_credentials_is_well(emulator: EmulatedAws) -> None:
    emulator.clear_calls()
    found = checks("--database", "embedded")
    assert set(states(found).values()) == {State.OK}
    assert found["credentials"][0]["found"] == "profile default: account ********9012"
    assert [call["action"] for call in emulator.calls()] == ["GetCallerIdentity"]
    assert set(found) >= {"program", "configuration", "variables", "database", "server", "tls", "read-only", "timeout"}


def test_without_credentials_it_is_a_warning(postgres: Postgres) -> None:
    result = doctor("--database", postgres.conninfo, "--connection", postgres.schema({}))
    assert result.exit_code == ExitCode.OK
    assert "warning  credentials: profile default: no AWS credentials found" in result.stdout
    assert "         next: needed to repair, or without Steampipe\n" in result.stdout


def test_the_connections_of_a_service(postgres: Postgres) -> None:
    with listing(postgres) as words:
        found = checks(*words)["connection"]
    assert [(line["state"], line["found"]) for line in found] == [
        ("ok", "aws_a: ready"),
        ("ok", "aws_b: ready"),
        ("warning", "aws_c (covered): no profile of ********9012, token=***"),
        ("warning", "other: ready, not covered by the search path"),
    ]


def test_cache_and_version_of_a_service(postgres: Postgres) -> None:
    with listing(postgres) as words:
        with postgres.connect() as connection:
            connection.execute(
                "create table steampipe_internal.steampipe_server_settings as select '2.3.6' as steampipe_version, "
                "'2.1.5' as fdw_version, true as cache_enabled, 300 as cache_max_ttl"
            )
        found = checks(*words)
    assert found["steampipe"][0]["found"] == "Steampipe 2.3.6, FDW 2.1.5"
    assert found["cache"][0]["found"] == "rows may be up to 300 s old (--fresh asks anew)"


def test_tables_and_columns_that_are_not_there(postgres: Postgres) -> None:
    schema = postgres.schema({}, tables=["aws_cloudtrail_trail", "aws_account"])
    with postgres.connect() as connection:
        connection.execute(f'alter table "{schema}".aws_account drop column title'.encode())
    found = checks("--database", postgres.conninfo, "--connection", schema)
    assert found["tables"][0]["state"] == State.PROBLEM
    assert "aws_sns_topic" in found["tables"][0]["found"]
    assert found["columns"][0]["found"] == "not there: aws_account.title"


def test_a_search_path_without_tables_is_a_problem(passworded: PasswordedPostgres) -> None:
    found = checks("--database", passworded.to_database("postgres"))
    assert states(found)["search path"] == State.PROBLEM
    assert "tables" not in found


def test_no_database_is_a_problem_and_the_rest_is_still_looked_at() -> None:
    found = checks("--database", "postgresql://me:hidden@127.0.0.1:1/x")
    assert states(found)["database"] == State.PROBLEM
    assert "hidden" not in json.dumps(found)
    assert "credentials" in found


def test_settings_are_named_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALARMCHAIN_DATABASE", postgres.conninfo)
    (tmp_path / "alarmchain.toml").write_text("", encoding="utf-8")
    found = checks("--connection", postgres.schema({}))
    assert found["variables"][0]["found"] == "set: ALARMCHAIN_DATABASE"
    assert found["configuration"][0]["found"] == "file: ~/alarmchain.toml"
    monkeypatch.setenv("ALARMCHAIN_ACOUNT", "1")
    assert doctor().exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("seconds", "state", "said"),
    [
        (0.0, "ok", "agrees"),
        (-60.0, "ok", "agrees"),
        (61.0, "warning", "61 s ahead of"),
        (-61.0, "warning", "61 s behind"),
    ],
)
def test_clocks(seconds: float, state: str, said: str) -> None:
    diagnosis = skew("clock", seconds, "its clock")
    assert diagnosis.state == state
    assert said in diagnosis.found
