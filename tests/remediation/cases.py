"""Facts made by hand or from the public reports, judged by the real check and planned for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from checker.chain.assemble import Judge
from checker.chain.lookup import Lookup
from checker.controls import SelectedControl, load_catalogue, select
from checker.database.query_files import load_queries
from checker.facts import Account, Facts, LogGroup, Topic, TopicSubscription
from checker.findings import Finding
from remediation.planning.model import Plan
from remediation.planning.plan import plan
from remediation.planning.settings import Settings, parse_endpoints
from tests import builders, reports
from tests.builders import HOME, A

GROUP = f"arn:aws:logs:{HOME}:{A}:log-group:ct"
SOMEBODY = Settings(endpoints=parse_endpoints(["security@example.com"], None))
_FIELD_OF_TABLE = {
    "aws_account": ("accounts", "accounts"),
    "aws_cloudtrail_trail": ("trails", "trails"),
    "aws_cloudwatch_log_metric_filter": ("metric_filters", "metric_filters"),
    "aws_cloudwatch_alarm": ("alarms", "alarms"),
    "aws_sns_topic": ("topics", "topics"),
    "aws_sns_topic_subscription": ("subscriptions", "topic_subscriptions"),
    "aws_kms_key": ("keys", "kms_keys"),
}


def facts_of_state(state: dict[str, Any]) -> Facts:
    """The facts of a report's state, as Steampipe shows them, with its log groups."""
    found: dict[str, Any] = {}
    for table, rows in reports.rows_of(state).items():
        name, query = _FIELD_OF_TABLE[table]
        kind = load_queries()[query].row_type
        fields = [field.name for field in dataclasses.fields(kind)]
        found[name] = tuple(
            kind(**{field: row.get("sp_connection_name" if field == "connection" else field) for field in fields})
            for row in rows
        )
    groups = tuple(
        LogGroup(group["logGroupName"], None, group.get("logGroupClass"), None, group["Region"], account, None)
        for account, facts in state["accounts"].items()
        for group in facts.get("log_groups", ())
    )
    return Facts(**found, log_groups=groups)


def facts_of_report(identifier: str) -> Facts:
    """The facts of a public report."""
    return facts_of_state(reports.case(identifier)["state"])


def controls(*ids: str) -> tuple[SelectedControl, ...]:
    """Selected controls of CIS v3.0.0."""
    return select(load_catalogue(), ids or ("root_usage",))


def judge(facts: Facts, selected: Sequence[SelectedControl] = ()) -> tuple[Finding, ...]:
    """The check's findings on the facts, one per account and control."""
    accounts: Iterable[Account] = {account.account_id: account for account in reversed(facts.accounts)}.values()
    asked = selected or controls()
    judged = Judge(Lookup(facts, shows_composites=True))
    return tuple(judged.finding(account, control) for account in accounts for control in asked)


def planned(facts: Facts, settings: Settings = SOMEBODY, *ids: str) -> Plan:
    """The plan for the facts."""
    selected = controls(*ids)
    return plan(judge(facts, selected), facts, selected, settings)


def operations(made: Plan) -> list[str]:
    """What the plan calls, in order."""
    return [step.operation for step in made.calls]


def topic(name: str, *, policy: Any = None, key: str | None = None, account: str = A, region: str = HOME) -> Topic:
    """A topic; without a policy it has the one that SNS gives."""
    made = builders.topic(account, name, home=region, kms_master_key_id=key)
    return dataclasses.replace(made, policy=policy) if policy else made


def subscription(
    name: str, endpoint: str, *, pending: bool = False, protocol: str = "email", filter_policy: Any = None
) -> TopicSubscription:
    """A subscription of a topic of account A."""
    made = builders.subscription(A, name, endpoint=endpoint, protocol=protocol, filter_policy=filter_policy)
    return dataclasses.replace(made, subscription_arn=None) if pending else made


def with_rows(facts: Facts, **rows: Any) -> Facts:
    """The facts with these fields replaced."""
    replaced: dict[str, Any] = {name: tuple(value) for name, value in rows.items()}
    return dataclasses.replace(facts, **replaced)
