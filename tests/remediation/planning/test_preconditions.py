"""A change of what a plan relies on is told, of each kind by each field that matters; other objects do not count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.facts import Facts
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind
from remediation.planning.preconditions import differences, precondition_of
from tests.builders import HOME, B
from tests.remediation.cases import GROUP, with_rows
from tests.remediation.planning.test_plan import complete, trail_and_group


def everything() -> Facts:
    """A complete chain, and before each of its trails and subscriptions one of somebody else."""
    facts = complete()
    trail, subscription = facts.trails[0], facts.subscriptions[0]
    return with_rows(
        facts,
        trails=[
            replace(trail, arn=trail.arn.replace(trail.account_id, B), account_id=B),
            replace(trail, region="eu-west-1", home_region=HOME, is_logging=None),
            replace(trail, region=HOME, home_region=HOME),
        ],
        subscriptions=[replace(subscription, subscription_arn=f"{subscription.topic_arn}:other"), subscription],
        log_groups=trail_and_group().log_groups,
    )


KEYS = {
    Kind.TRAIL: ("trails", everything().trails[2].arn),
    Kind.LOG_GROUP: ("log_groups", GROUP),
    Kind.METRIC_FILTER: ("metric_filters", f"{GROUP}:metric-filter:{everything().metric_filters[0].name}"),
    Kind.ALARM: ("alarms", str(everything().alarms[0].arn)),
    Kind.TOPIC: ("topics", everything().topics[0].topic_arn),
    Kind.SUBSCRIPTION: ("subscriptions", str(everything().subscriptions[1].subscription_arn)),
}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Kind.TRAIL, {"is_logging": False}),
        (Kind.TRAIL, {"event_selectors": []}),
        (Kind.LOG_GROUP, {"log_group_class": "INFREQUENT_ACCESS"}),
        (Kind.METRIC_FILTER, {"filter_pattern": "x"}),
        (Kind.METRIC_FILTER, {"metric_transformation_value": "0"}),
        (Kind.ALARM, {"threshold": 9.0}),
        (Kind.ALARM, {"alarm_actions": []}),
        (Kind.TOPIC, {"policy": {}}),
        (Kind.TOPIC, {"kms_master_key_id": "k"}),
        (Kind.SUBSCRIPTION, {"endpoint": "other@example.com"}),
        (Kind.SUBSCRIPTION, {"filter_policy": {"kind": ["order"]}}),
    ],
)
def test_a_change_of_what_is_relied_on_is_told(kind: Kind, change: dict[str, Any]) -> None:
    facts = everything()
    table, key = KEYS[kind]
    relied_on = (precondition_of(Inventory(facts), kind, key),)
    assert differences(relied_on, facts) == ()
    *others, row = getattr(facts, table)
    assert differences(relied_on, with_rows(facts, **{table: [*others, replace(row, **change)]})) == (
        f"{kind} {key} has changed",
    )
    gone = [other for other in others if other.account_id == B or kind is not Kind.TRAIL]
    assert differences(relied_on, with_rows(facts, **{table: gone})) == (f"{kind} {key} is gone or could not be read",)
