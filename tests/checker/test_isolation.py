"""A failing connection, account or region costs only its own findings, whatever database answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from checker import check
from checker.database.interface import Parameters
from checker.demo.world import World
from checker.facts import ReadFailure
from checker.findings import Report, Status
from tests.builders import organisation
from tests.checker.gather.fakes import FakeDatabase
from tests.emulator.client import EmulatedAws, Profiles
from tests.postgres import Postgres
from tests.reports import case, rows_of

Writer = Callable[[Mapping[str, str]], Profiles]
ACCOUNTS = {"denied": "222222222222", "foreign": "333333333333", "throttled": "444444444444", "fine": "555555555555"}


def complete(world: World, account: str) -> None:
    world.trail(account=account)
    world.filter(account=account)
    world.alarm(world.topic(account=account), account=account)


def test_five_connections_two_of_which_fail(emulator: EmulatedAws, profiles: Writer) -> None:
    world = World(emulator.endpoint)
    for account in ACCOUNTS.values():
        complete(world, account)
    written = profiles(ACCOUNTS)
    emulator.set_faults(
        [
            {
                "key": written.keys["denied"],
                "service": "logs",
                "action": "DescribeMetricFilters",
                "code": "AccessDeniedException",
            },
            {"key": written.keys["foreign"], "region": "eu-west-1", "code": "AccessDeniedException"},
            {
                "key": written.keys["throttled"],
                "service": "logs",
                "action": "DescribeMetricFilters",
                "code": "ThrottlingException",
                "times": 2,
            },
        ]
    )
    report = check(database="embedded", profiles=["missing", *written.names])
    found = {finding.connection: finding for finding in report.findings}
    assert {name: str(finding.status) for name, finding in found.items()} == {
        "missing": "error",
        "denied": "error",
        "foreign": "ok",
        "throttled": "ok",
        "fine": "ok",
    }
    denied = found["denied"]
    assert str(denied.broken_hop) == "filter"
    for word in ("denied", "logs:DescribeMetricFilters", "AccessDenied", "not authorized"):
        assert word in denied.reason
    assert "missing" in found["missing"].reason
    assert report.coverage.accounts_failed == 2
    assert report.coverage.accounts_answered == 3


def rule_for(account: str, query: str) -> Callable[[str, Parameters], Sequence[ReadFailure]]:
    """An aggregator on which one account's calls of one query are refused: the whole question fails."""

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        accounts = parameters.get("account_ids")
        if name != query or (accounts is not None and account not in accounts):
            return ()
        connections = parameters.get("connections")
        if connections is not None and f"aws_{account}" not in connections:
            return ()
        return [ReadFailure(name, "AccessDenied: no", f"aws_{account}", action="x:Describe")]

    return rule


@pytest.mark.parametrize("query", ["trails", "metric_filters", "alarms", "topics", "topic_subscriptions"])
def test_an_aggregator_with_one_refusal(query: str) -> None:
    facts = organisation(4)
    bad = facts.accounts[1].account_id
    database = FakeDatabase(facts, rule=rule_for(bad, query))
    gathered = database.check()
    assert {failure.account_id for failure in gathered.facts.failures} == {bad}
    others = {account.account_id for account in facts.accounts if account.account_id != bad}
    assert others <= {subscription.account_id for subscription in gathered.facts.subscriptions}


def test_a_connection_that_does_not_tell_its_account() -> None:
    facts = organisation(3)
    bad = facts.accounts[0].connection

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        connections = parameters.get("connections")
        if name == "accounts" and (connections is None or bad in connections):
            return [ReadFailure(name, "failed to get shared config profile, gone", bad)]
        return ()

    gathered = FakeDatabase(facts, rule=rule).check()
    assert [failure.connection for failure in gathered.failed_connections] == [bad]
    assert len(gathered.accounts) == 2


def test_an_error_that_names_nobody_is_found_by_asking_again() -> None:
    facts = organisation(3)
    bad = facts.accounts[2].account_id

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        accounts = parameters.get("account_ids") or ()
        return [ReadFailure(name, "no answer in time")] if name == "alarms" and bad in accounts else []

    gathered = FakeDatabase(facts, rule=rule).check()
    (failure,) = gathered.facts.failures
    assert (failure.account_id, failure.region, failure.message) == (bad, "us-east-1", "no answer in time")


def rows_with_failure(postgres: Postgres, identifier: str, table: str, condition: str) -> Report:
    """A plain Postgres in which reading some rows of a table raises, as a refusal does on Steampipe."""
    schema = postgres.schema(rows_of(case(identifier)["state"]))
    statements = f"""
        alter table {schema}.{table} rename to {table}_rows;
        create function {schema}.refuse(message text) returns boolean language plpgsql as
            $$ begin raise exception '%', message; end $$;
        create view {schema}.{table} as select * from {schema}.{table}_rows
            where case when {condition} then {schema}.refuse(
                'operation error CloudWatch Logs: DescribeMetricFilters, https response error StatusCode: 400, '
                'RequestID: 1234, api error AccessDeniedException: not authorized') else true end;
    """
    with postgres.connect() as connection:
        statement: Any = statements
        connection.execute(statement)
    return check(database=postgres.conninfo, connections=[schema])


def test_a_denied_call_in_a_database_of_another_kind(postgres: Postgres) -> None:
    report = rows_with_failure(postgres, "r074", "aws_cloudwatch_log_metric_filter", "true")
    (finding,) = report.findings
    assert finding.status is Status.ERROR
    assert str(finding.broken_hop) == "filter"
    assert "logs:DescribeMetricFilters" in finding.reason
    assert "log group ct" in finding.reason
    assert "RequestID" not in finding.reason


def test_one_account_of_two_whose_rows_raise(postgres: Postgres) -> None:
    report = rows_with_failure(postgres, "r080", "aws_cloudtrail_trail", "account_id = '210987654321'")
    assert {finding.account_id: str(finding.status) for finding in report.findings} == {
        "123456789012": "ok",
        "210987654321": "error",
    }


def test_one_denied_topic_leaves_the_others() -> None:
    facts = organisation(1)
    account = facts.accounts[0].account_id
    other = f"arn:aws:sns:us-east-1:{account}:denied"
    alarm = replace(facts.alarms[0], alarm_actions=[other, *facts.alarms[0].alarm_actions])

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        denied = name == "topics" and other in (parameters.get("topic_arns") or ())
        return [ReadFailure(name, "AuthorizationError: no", f"aws_{account}")] if denied else []

    gathered = FakeDatabase(replace(facts, alarms=(alarm,)), rule=rule).check()
    assert [topic.topic_arn for topic in gathered.facts.topics] == [facts.topics[0].topic_arn]
    assert [failure.query for failure in gathered.facts.failures] == ["topics"]
