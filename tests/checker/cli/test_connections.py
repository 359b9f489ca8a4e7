"""``alarmchain connections``, and choosing connections and profiles by patterns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.database.choosing import chosen
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from tests.checker.cli.listing import listing
from tests.emulator.client import Profiles
from tests.postgres import Postgres

Write = Callable[[Mapping[str, str]], Profiles]


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def listed(*words: str) -> list[dict[str, Any]]:
    result = invoke("connections", *words, "--format", "json")
    assert (result.exit_code, result.stderr) == (ExitCode.OK, "")
    document = json.loads(result.stdout)
    assert document["schema"] == "alarmchain.connections/v1"
    found: list[dict[str, Any]] = document["connections"]
    return found


def test_a_service_shows_its_connections_their_accounts_and_what_is_covered(postgres: Postgres) -> None:
    postgres.schema({"aws_account": [{"account_id": "1", "account_aliases": ["prod"]}]}, name="aws_a")
    postgres.schema({"aws_account": []}, name="aws_b")
    with postgres.connect() as connection:
        connection.execute("drop schema if exists other cascade")
    with listing(postgres) as words:
        found = {line["name"]: line for line in listed(*words)}
        text = invoke("connections", *words).stdout
    shown = {name: (line["kind"], line["state"], line["covered"], line["account_id"]) for name, line in found.items()}
    assert shown == {
        "aws_a": ("plugin", "ready", True, "1"),
        "aws_all": ("aggregator", "ready", True, None),
        "aws_b": ("plugin", "ready", True, None),
        "aws_c": ("plugin", "error", True, None),
        "other": ("plugin", "error", False, None),
    }
    assert found["aws_a"]["aliases"] == ["prod"]
    assert found["aws_b"]["error"] == "no account is told"
    assert found["aws_c"]["error"].startswith("no profile of")
    assert "does not exist" in found["other"]["error"]
    assert "aws_a    plugin      ready  yes      1" in text


def test_profiles_are_the_connections_of_the_embedded_database(profiles: Write) -> None:
    profiles({"acme-dev": "123456789012", "acme-prod": "210987654321", "other": "333333333333"})
    found = listed("--database", "embedded", "--profile", "acme-*")
    assert [(line["name"], line["kind"], line["account_id"]) for line in found] == [
        ("acme-dev", "profile", "123456789012"),
        ("acme-prod", "profile", "210987654321"),
    ]
    (line,) = listed("--database", "embedded", "--profile", "gone")
    assert (line["state"], line["account_id"]) == ("error", None)
    result = invoke("connections", "--database", "embedded", "--profile", "acne-*")
    assert result.exit_code == ExitCode.USAGE
    assert "acme-" in result.stderr


def test_a_plain_postgres_is_one_schema(postgres: Postgres) -> None:
    schema = postgres.schema({"aws_account": [{"account_id": "1"}]})
    (line,) = listed("--database", postgres.conninfo, "--connection", schema)
    assert (line["name"], line["kind"], line["account_id"]) == (schema, "schema", "1")


@pytest.mark.parametrize("command", [["query", "select account_id from aws_account", "-f", "json"], ["check"]])
def test_connections_are_chosen_by_a_pattern(postgres: Postgres, command: list[str]) -> None:
    for name in ("prod_a", "prod_b", "test_a"):
        postgres.schema({"aws_account": [{"account_id": name, "partition": "aws"}]}, name=name)
    result = invoke(*command, "--database", postgres.conninfo, "--connection", "prod_*")
    assert "prod_a" in result.stdout
    assert "prod_b" in result.stdout
    assert "test_a" not in result.stdout
    result = invoke(*command, "--database", postgres.conninfo, "--connection", "prud_?")
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "nothing fits prud_?" in result.stderr
    assert "prod_a" in result.stderr


def test_a_plain_name_asks_nobody() -> None:
    def nobody() -> list[str]:
        raise AssertionError

    assert chosen(["b", "a", "b"], nobody, "connections") == ("b", "a")
    assert chosen([], nobody, "connections") == ()


def test_patterns_keep_the_order_in_which_they_were_given() -> None:
    known = ["a2", "a1", "b[1]", "b1", "c"]
    assert chosen(["c", "a?", "a1"], lambda: known, "profiles") == ("c", "a1", "a2")
    assert chosen(["b[1]"], lambda: known, "profiles") == ("b[1]",)
    assert chosen(["b[0-9]"], lambda: known, "profiles") == ("b1",)
    with pytest.raises(UsageError):
        chosen(["x*"], list, "profiles")
