"""What the embedded database answers is what real Steampipe answered for the same state."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from checker.database.embedded.database import EmbeddedDatabase
from checker.database.embedded.settings import EmbeddedSettings
from checker.database.query_files import load_queries
from checker.demo.world import World
from tests.emulator.client import EmulatedAws, Profiles
from tests.scenarios import SCENARIOS

ROWS = Path(__file__).parents[3] / "data" / "steampipe_rows"
ACCOUNTS = {"aws_a": "123456789012", "aws_b": "210987654321"}
REGIONS = ("us-east-1", "eu-west-1")
QUERIES = load_queries()
COMPARED = ("accounts", "trails", "metric_filters", "alarms", "topics", "topic_subscriptions")
EMBEDDED_ONLY = {
    "metric_transformations",
    "field_selection_criteria",
    "emit_system_field_dimensions",
    "apply_on_transformed_logs",
    "filter_policy_scope",
    "alarm_rule",
    "evaluation_criteria",
    "unknown_fields",
}
RECORDED = sorted(path.stem for path in ROWS.glob("*.json"))


def facts(rows: list[Any]) -> list[dict[str, Any]]:
    shown = [{k: v for k, v in dataclasses.asdict(row).items() if k not in EMBEDDED_ONLY} for row in rows]
    for row in shown:
        # The emulator draws the last part of a subscription's ARN anew every time.
        if row.get("subscription_arn"):
            row["subscription_arn"] = row["subscription_arn"].rpartition(":")[0]
    return sorted(shown, key=lambda row: json.dumps(row, sort_keys=True))


def expected(name: str, recorded: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = QUERIES[name]
    fields = [field.name for field in dataclasses.fields(query.row_type)]
    rows = [
        query.row_type(**{field: row.get("sp_connection_name" if field == "connection" else field) for field in fields})
        for row in recorded[query.table]
    ]
    return facts(rows)


def test_every_scenario_was_recorded() -> None:
    assert set(SCENARIOS) - set(RECORDED) == {"realistic"}


@pytest.mark.parametrize("scenario", RECORDED)
def test_rows_are_those_of_steampipe(
    scenario: str, emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles]
) -> None:
    recorded = json.loads((ROWS / f"{scenario}.json").read_text(encoding="utf-8"))
    SCENARIOS[scenario].build(World(emulator.endpoint))
    connections = {
        name: ACCOUNTS[name] for name in sorted({row["sp_connection_name"] for row in recorded["aws_account"]})
    }
    with EmbeddedDatabase(EmbeddedSettings(profiles(connections).names, timeout=30)) as database:
        for name in COMPARED:
            rows = database.read(QUERIES[name], {"regions": REGIONS}).rows
            assert facts(rows) == expected(name, recorded), name
            assert not [row for row in rows if getattr(row, "unknown_fields", None)], name
