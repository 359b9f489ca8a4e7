"""What a foreign data wrapper would be handed by each query, held against what was measured on a real Steampipe.

Steampipe's plugin may panic on two arrays that its Get call takes as single values, so that a pair of conditions is
only known to work when it was tried. The conditions are read from the plan that Postgres makes for the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import psycopg
import pytest

from checker.database.query_files import Query, load_queries
from tests.builders import metric_filter, organisation
from tests.checker.database.passworded import PasswordedPostgres
from tests.checker.gather.fakes import FakeDatabase
from tests.postgres import COLUMNS, create
from tests.queries.test_queries import IDS, PARAMETERS, QUERIES
from tests.remediation.planning.test_reading import log_group, planned

ANY, EQUAL = "any", "="
PRUNING = {("account_id", ANY), ("sp_connection_name", ANY)}
"""Answered by the wrapper itself, which leaves connections out: these go with everything."""
MEASURED: dict[str, set[tuple[str, str]]] = {
    "aws_account": PRUNING,
    "aws_cloudtrail_trail": PRUNING | {("region", ANY)},
    "aws_cloudwatch_alarm": PRUNING | {("region", ANY)},
    "aws_cloudwatch_log_metric_filter": PRUNING | {("region", ANY), ("log_group_name", ANY)},
    "aws_sns_topic": PRUNING | {("region", ANY), ("topic_arn", ANY)},
    "aws_sns_topic_subscription": PRUNING | {("region", ANY), ("topic_arn", ANY)},
    "aws_kms_key": PRUNING | {("region", ANY), ("id", ANY)},
    "aws_cloudwatch_log_group": PRUNING | {("region", EQUAL), ("name", ANY)},
    "steampipe_connection": {("name", ANY)},
}
"""By table the conditions that answered together on Steampipe 2.3.6 with the AWS plugin 1.31. On log groups,
``region = any`` with ``name = any`` made the plugin panic; a region as a value with an array of names answered."""
TABLES = {query.table for query in QUERIES if "." not in query.table}
CONDITION = re.compile(r"\((\w+) = (ANY )?\(?'")


@pytest.fixture(scope="module")
def planner(passworded: PasswordedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """A schema with Steampipe's tables, empty: a plan needs no rows."""
    with passworded.connect() as connection:
        connection.execute("drop schema if exists planned cascade; create schema planned")
        for table in TABLES:
            create(connection, "planned", table)
        connection.execute("create schema if not exists steampipe_internal")
        connection.execute(
            "create table if not exists steampipe_internal.steampipe_connection "
            "(name text, state text, type text, connections jsonb, plugin text, error text)"
        )
        connection.execute("set search_path to planned")
        yield connection
        connection.execute("drop schema steampipe_internal cascade; drop schema planned cascade")


def conditions(planner: psycopg.Connection[Any], query: Query, values: dict[str, Any]) -> set[tuple[str, str]]:
    """Column and operator of every condition that is left when the parameters are folded into the plan."""
    text: Any = f"explain (costs off) {query.sql}"
    with psycopg.RawCursor(planner) as cursor:
        found = cursor.execute(text, [values.get(name) for name in query.parameter_names], prepare=False).fetchall()
    (line,) = [row[0] for row in found if "Filter:" in row[0]] or [""]
    read = {(column, ANY if many else EQUAL) for column, many in CONDITION.findall(f"({line.partition(': ')[2]}")}
    assert line.count(" = ") == len(read), line
    assert " OR " not in line, "a condition that is not folded is not pushed down"
    return read


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_every_pair_of_conditions_was_measured(planner: psycopg.Connection[Any], query: Query) -> None:
    everything = {name: PARAMETERS[name] for name in query.parameter_names}
    found = conditions(planner, query, everything)
    assert found == MEASURED[query.table.rpartition(".")[2]]
    for some in combinations(query.parameter_names, 2):
        assert conditions(planner, query, {name: PARAMETERS[name] for name in some}) < found or len(found) <= 2


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_null_leaves_no_condition(planner: psycopg.Connection[Any], query: Query) -> None:
    assert conditions(planner, query, {}) == set()


def test_several_regions_still_select_where_an_array_is_no_trouble(planner: psycopg.Connection[Any]) -> None:
    found = conditions(planner, load_queries()["log_groups"], {"regions": ["us-east-1", "eu-west-1"]})
    assert found == {("region", ANY)}


def test_log_groups_are_asked_for_in_one_region_at_a_time() -> None:
    whole = organisation(2)
    accounts = [account.account_id for account in whole.accounts]
    broken = tuple(metric_filter(account, filter_pattern='{ $.a = "b" }') for account in accounts)
    facts = replace(whole, metric_filters=broken, log_groups=tuple(map(log_group, accounts)))
    _, asked = planned(FakeDatabase(facts))
    regions = [len(values["regions"]) for name, values in asked if name == "log_groups"]  # type: ignore[arg-type]
    assert set(regions) == {1}


def test_every_column_that_is_filtered_exists() -> None:
    for table, found in MEASURED.items():
        if table in TABLES:
            assert {column for column, _ in found} <= {column["name"] for column in COLUMNS[table]}
