"""Plain Postgres schemas with many accounts, each with 20 filters, 40 alarms, 30 topics, made by the server itself."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from tests.builders import ROOT
from tests.postgres import Postgres

HOME = "us-east-1"
_ACCOUNT = "lpad(a::text, 12, '0')"


def build(postgres: Postgres, accounts: int) -> str:
    """A schema with so many compliant accounts. Returns its name."""
    schema = postgres.schema({}, name=f"organisation_{accounts}")
    with postgres.connect() as connection:
        connection.execute(sql.SQL("set search_path to {}").format(sql.Identifier(schema)))
        for statement in _statements(accounts):
            _execute(connection, statement)
    return schema


def _execute(connection: psycopg.Connection[Any], statement: Any) -> None:
    connection.execute(statement)


def _statements(accounts: int) -> list[str]:
    common = f"'aws', '{HOME}', {_ACCOUNT}, 'aws_' || {_ACCOUNT}"
    each = f"from generate_series(1, {accounts}) a"
    columns = "partition, region, account_id, sp_connection_name"
    pattern = ROOT.replace("'", "''")
    return [
        f"insert into aws_account (title, {columns}) select {_ACCOUNT}, {common} {each}",
        f"""insert into aws_cloudtrail_trail (name, arn, home_region, is_multi_region_trail, is_organization_trail,
            include_global_service_events, log_group_arn, is_logging, event_selectors, {columns})
            select 'main', 'arn:aws:cloudtrail:{HOME}:' || {_ACCOUNT} || ':trail/main', '{HOME}', true, false, true,
            'arn:aws:logs:{HOME}:' || {_ACCOUNT} || ':log-group:ct:*', true,
            '[{{"ReadWriteType": "All", "IncludeManagementEvents": true}}]'::jsonb, {common} {each}""",
        f"""insert into aws_cloudwatch_log_metric_filter (name, log_group_name, filter_pattern,
            metric_transformation_name, metric_transformation_namespace, metric_transformation_value, {columns})
            select 'filter-' || n, 'ct', case n when 7 then '{pattern}' else
            '{{ $.eventName = "Call' || n || 'Of' || a || '" }}' end, 'metric-' || n, 'CISBenchmark', '1', {common}
            {each}, generate_series(1, 20) n""",
        f"""insert into aws_cloudwatch_alarm (name, arn, metric_name, namespace, statistic, period, evaluation_periods,
            threshold, comparison_operator, unit, actions_enabled, alarm_actions, dimensions, metrics, {columns})
            select 'alarm-' || n, 'arn:aws:cloudwatch:{HOME}:' || {_ACCOUNT} || ':alarm:alarm-' || n, 'metric-' || n,
            case when n <= 20 then 'CISBenchmark' else 'App' end, 'Sum', 300, 1, 1,
            'GreaterThanOrEqualToThreshold', '', true,
            jsonb_build_array('arn:aws:sns:{HOME}:' || {_ACCOUNT} || ':topic-' || (n % 30)), '[]', '[]', {common}
            {each}, generate_series(1, 40) n""",
        f"""insert into aws_sns_topic (topic_arn, policy, {columns})
            select 'arn:aws:sns:{HOME}:' || {_ACCOUNT} || ':topic-' || n, jsonb_build_object('Statement',
            jsonb_build_array(jsonb_build_object('Effect', 'Allow', 'Principal', '{{"AWS": "*"}}'::jsonb, 'Action',
            'SNS:Publish', 'Resource', '*', 'Condition', jsonb_build_object('StringEquals',
            jsonb_build_object('AWS:SourceOwner', {_ACCOUNT}))))), {common} {each}, generate_series(0, 29) n""",
        f"""insert into aws_sns_topic_subscription (topic_arn, subscription_arn, protocol, endpoint, {columns})
            select 'arn:aws:sns:{HOME}:' || {_ACCOUNT} || ':topic-' || n, 'arn:aws:sns:{HOME}:' || {_ACCOUNT} ||
            ':topic-' || n || ':1', 'email', 'security@example.com', {common} {each}, generate_series(0, 29) n""",
        "analyze",
    ]
