"""What a plan relies on: objects that it did not make, by digest, so that a later apply sees a change. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from checker.arns import parse_log_group_arn
from checker.facts import Facts
from remediation.planning.inventory import Stock
from remediation.planning.model import Kind, Reliance

ABSENT = "absent"


def rely(stock: Stock, kind: Kind, key: str) -> Reliance:
    """The object as the facts show it now."""
    state = _STATE[kind](stock, key)
    return Reliance(kind, key, digest_of(state) if state else ABSENT)


def differences(relied_on: tuple[Reliance, ...], facts: Facts) -> tuple[str, ...]:
    """One sentence for each object that is no longer as it was relied on."""
    stock = Stock(facts)
    sentences = []
    for reliance in relied_on:
        now = rely(stock, reliance.kind, reliance.key)
        if now.digest != reliance.digest:
            gone = "is gone or could not be read" if now.digest == ABSENT else "has changed"
            sentences.append(f"{reliance.kind} {reliance.key} {gone}")
    return tuple(sentences)


def digest_of(value: Any) -> str:
    """SHA-256 over canonical JSON (sorted keys, no blanks)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


State = Mapping[str, Any] | None


def _trail(stock: Stock, key: str) -> State:
    rows = [row for row in stock.facts.trails if row.arn == key]
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


def _log_group(stock: Stock, key: str) -> State:
    group = parse_log_group_arn(key)
    row = stock.log_group(group) if group else None
    return None if row is None else {"class": row.log_group_class}


def _metric_filter(stock: Stock, key: str) -> State:
    row = stock.filter_at(key)
    if row is None:
        return None
    return {
        "pattern": row.filter_pattern,
        "namespace": row.metric_transformation_namespace,
        "metric": row.metric_transformation_name,
        "value": row.metric_transformation_value,
        "transformations": row.metric_transformations,
    }


def _alarm(stock: Stock, key: str) -> State:
    row = stock.alarm_at(key)
    if row is None:
        return None
    return {
        "metric": [row.namespace, row.metric_name, row.dimensions, row.metrics, row.unit],
        "statistic": [row.statistic, row.extended_statistic, row.period],
        "condition": [row.comparison_operator, row.threshold, row.evaluation_periods, row.datapoints_to_alarm],
        "missing": row.treat_missing_data,
        "actions": [row.actions_enabled, row.alarm_actions],
    }


def _topic(stock: Stock, key: str) -> State:
    row = stock.topic(key)
    return None if row is None else {"policy": row.policy, "key": row.kms_master_key_id}


def _subscription(stock: Stock, key: str) -> State:
    for row in stock.facts.subscriptions:
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
