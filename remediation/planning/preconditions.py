"""What a plan relies on: objects that it did not make, by digest, so that a later apply sees a change. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from checker.arns import parse_log_group_arn
from checker.facts import Facts
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind, Precondition

ABSENT = "absent"


def precondition_of(inventory: Inventory, kind: Kind, key: str) -> Precondition:
    """The object as the facts show it now."""
    state = _STATE[kind](inventory, key)
    return Precondition(kind, key, digest_of(state) if state else ABSENT)


def differences(relied_on: tuple[Precondition, ...], facts: Facts) -> tuple[str, ...]:
    """One sentence for each object that is no longer as it was relied on."""
    inventory = Inventory(facts)
    sentences = []
    for precondition in relied_on:
        now = precondition_of(inventory, precondition.kind, precondition.key)
        if now.digest != precondition.digest:
            gone = "is gone or could not be read" if now.digest == ABSENT else "has changed"
            sentences.append(f"{precondition.kind} {precondition.key} {gone}")
    return tuple(sentences)


def digest_of(value: Any) -> str:
    """SHA-256 over canonical JSON (sorted keys, no blanks)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


State = Mapping[str, Any] | None


def _trail(inventory: Inventory, key: str) -> State:
    rows = [row for row in inventory.facts.trails if row.arn == key]
    row = next((row for row in rows if row.region == row.home_region), rows[0] if rows else None)
    if row is None:
        return None
    return {
        "multi_region": row.is_multi_region_trail,
        "logging": row.is_logging,
        "log_group": row.log_group_arn,
        "selectors": row.event_selectors,
        "advanced_selectors": row.advanced_event_selectors,
    }


def _log_group(inventory: Inventory, key: str) -> State:
    group = parse_log_group_arn(key)
    row = inventory.log_group(group) if group else None
    return None if row is None else {"class": row.log_group_class}


def _metric_filter(inventory: Inventory, key: str) -> State:
    row = inventory.filter_at(key)
    if row is None:
        return None
    return {
        "pattern": row.filter_pattern,
        "namespace": row.metric_transformation_namespace,
        "metric": row.metric_transformation_name,
        "value": row.metric_transformation_value,
        "transformations": row.metric_transformations,
    }


def _alarm(inventory: Inventory, key: str) -> State:
    row = inventory.alarm_at(key)
    if row is None:
        return None
    return {
        "metric": [row.namespace, row.metric_name, row.dimensions, row.metrics, row.unit],
        "statistic": [row.statistic, row.extended_statistic, row.period],
        "condition": [row.comparison_operator, row.threshold, row.evaluation_periods, row.datapoints_to_alarm],
        "missing": row.treat_missing_data,
        "actions": [row.actions_enabled, row.alarm_actions],
    }


def _topic(inventory: Inventory, key: str) -> State:
    row = inventory.topic(key)
    return None if row is None else {"policy": row.policy, "key": row.kms_master_key_id}


def _subscription(inventory: Inventory, key: str) -> State:
    for row in inventory.facts.subscriptions:
        if row.subscription_arn == key:
            return {"endpoint": [row.protocol, row.endpoint], "filter": row.filter_policy}
    return None


_STATE = {
    Kind.TRAIL: _trail,
    Kind.LOG_GROUP: _log_group,
    Kind.METRIC_FILTER: _metric_filter,
    Kind.ALARM: _alarm,
    Kind.TOPIC: _topic,
    Kind.SUBSCRIPTION: _subscription,
}
