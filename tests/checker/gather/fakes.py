"""A database that answers from facts in memory, filters as the query files do, fails where told, and records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import fields
from types import TracebackType
from typing import Any, Self

from checker.controls import load_catalogue, select
from checker.database.interface import Answer, DatabaseKind, Parameters, ReadFailed
from checker.database.narrowing import Narrowing
from checker.database.query_files import Query
from checker.facts import Account, Alarm, Facts, MetricFilter, ReadFailure, Topic, TopicSubscription, Trail
from checker.gather import Gathered, Progress, Reader, Selection, Source, gather
from tests.reports import default_policy
from tests.scenarios import HOME, ROOT

TABLES = {
    "accounts": "accounts",
    "trails": "trails",
    "metric_filters": "metric_filters",
    "alarms": "alarms",
    "topics": "topics",
    "topic_subscriptions": "subscriptions",
    "kms_keys": "keys",
    "log_groups": "log_groups",
}
COLUMNS = {
    "connections": "connection",
    "account_ids": "account_id",
    "regions": "region",
    "log_group_names": "log_group_name",
    "topic_arns": "topic_arn",
    "key_ids": "id",
}
Rule = Callable[[str, Parameters], Sequence[ReadFailure]]


class FakeDatabase:
    """See the module. ``rule`` gives the failures of a question; any failure fails it whole, as on an aggregator."""

    def __init__(
        self, facts: Facts, *, kind: DatabaseKind = DatabaseKind.STEAMPIPE, rule: Rule = lambda _q, _p: ()
    ) -> None:
        self.facts = facts
        self.kind = kind
        self.target = "fake"
        self.shows_composites = False
        names = sorted({account.connection or "" for account in facts.accounts})
        self.narrowing = Narrowing(self.ask, names)
        self.requests: list[tuple[str, Parameters]] = []
        self.cancelled = False
        self._rule = rule
        self._lock = threading.Lock()

    @property
    def source(self) -> Source:
        """This database, looked at as gathering does."""
        return Source(self)

    @property
    def asks_aws(self) -> bool:
        """See ``Database.asks_aws``."""
        return self.kind is not DatabaseKind.POSTGRES

    def oldest_row_seconds(self) -> int:
        """See ``Database.oldest_row_seconds``."""
        return 0

    def read(self, query: Query, parameters: Parameters) -> Answer:
        """See ``Database.read``: narrowed down, as a session does."""
        return self.narrowing.read(query, parameters)

    def ask(self, query: Query, parameters: Parameters) -> list[Any]:
        """Answer whole, or fail whole."""
        with self._lock:
            self.requests.append((query.name, dict(parameters)))
        if failures := self._rule(query.name, parameters):
            raise ReadFailed(failures)
        rows = getattr(self.facts, TABLES[query.name])
        return [row for row in rows if self._passes(row, parameters)]

    def check(self, ids: Sequence[str] = (), *, progress: Progress | None = None, concurrency: int = 4) -> Gathered:
        """Gather for controls of the default benchmark."""
        selection = Selection(select(load_catalogue(), ids))
        return gather([self.source], selection, Reader(concurrency=concurrency, progress=progress))

    def clear_cache(self) -> None:
        """See ``Database.clear_cache``."""

    def cancel(self) -> None:
        """See ``Database.cancel``."""
        self.cancelled = True
        self.narrowing.stop()

    def close(self) -> None:
        """See ``Database.close``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _passes(row: Any, parameters: Parameters) -> bool:
        names = {field.name for field in fields(row)}
        for parameter, values in parameters.items():
            column = COLUMNS[parameter]
            if values is not None and column in names and getattr(row, column) not in values:
                return False
        return True


def organisation(size: int) -> Facts:
    """So many accounts, each with a complete chain of its own and the same names in all."""
    ids = [f"{number:012}" for number in range(1, size + 1)]
    return Facts(
        accounts=tuple(Account(i, "aws", i, f"aws_{i}") for i in ids),
        trails=tuple(trail(i, region) for i in ids for region in (HOME, "eu-west-1")),
        metric_filters=tuple(metric_filter(i) for i in ids),
        alarms=tuple(alarm(i) for i in ids),
        topics=tuple(topic(i) for i in ids),
        subscriptions=tuple(subscription(i) for i in ids),
    )


def trail(account: str, region: str = HOME, **changes: Any) -> Trail:
    """A multi-region trail as a region shows it."""
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
    values: dict[str, Any] = {
        "name": "main",
        "arn": f"arn:aws:cloudtrail:{HOME}:{account}:trail/main",
        "home_region": HOME,
        "is_multi_region_trail": True,
        "is_organization_trail": False,
        "include_global_service_events": True,
        "log_group_arn": f"arn:aws:logs:{HOME}:{account}:log-group:ct:*",
        "is_logging": True,
        "event_selectors": selectors,
        "advanced_event_selectors": None,
        "latest_cloudwatch_logs_delivery_error": None,
        "region": region,
        "account_id": account,
        "partition": "aws",
        "connection": f"aws_{account}",
    }
    return Trail(**(values | changes))


def metric_filter(account: str, **changes: Any) -> MetricFilter:
    """The benchmark's filter on the trail's group."""
    values: dict[str, Any] = {
        "name": "root",
        "log_group_name": "ct",
        "filter_pattern": ROOT,
        "metric_transformation_name": "root",
        "metric_transformation_namespace": "CISBenchmark",
        "metric_transformation_value": "1",
        "metric_transformations": None,
        "region": HOME,
        "account_id": account,
        "partition": "aws",
        "connection": f"aws_{account}",
    }
    return MetricFilter(**(values | changes))


def alarm(account: str, **changes: Any) -> Alarm:
    """The benchmark's alarm."""
    values: dict[str, Any] = {field.name: None for field in fields(Alarm)} | {
        "name": "root",
        "arn": f"arn:aws:cloudwatch:{HOME}:{account}:alarm:root",
        "metric_name": "root",
        "namespace": "CISBenchmark",
        "statistic": "Sum",
        "period": 300,
        "evaluation_periods": 1,
        "threshold": 1.0,
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "unit": "",
        "actions_enabled": True,
        "alarm_actions": [topic_arn(account)],
        "dimensions": [],
        "metrics": [],
        "region": HOME,
        "account_id": account,
        "partition": "aws",
        "connection": f"aws_{account}",
    }
    return Alarm(**(values | changes))


def topic_arn(account: str) -> str:
    """The topic of an account."""
    return f"arn:aws:sns:{HOME}:{account}:cis"


def topic(account: str, **changes: Any) -> Topic:
    """A topic with SNS's default policy."""
    arn = topic_arn(account)
    values: dict[str, Any] = {
        "topic_arn": arn,
        "policy": default_policy(arn),
        "kms_master_key_id": None,
        "region": HOME,
        "account_id": account,
        "partition": "aws",
        "connection": f"aws_{account}",
    }
    return Topic(**(values | changes))


def subscription(account: str, **changes: Any) -> TopicSubscription:
    """A confirmed e-mail subscription."""
    arn = topic_arn(account)
    values: dict[str, Any] = {
        "topic_arn": arn,
        "subscription_arn": f"{arn}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55",
        "protocol": "email",
        "endpoint": "security@example.com",
        "filter_policy": None,
        "filter_policy_scope": None,
        "region": HOME,
        "account_id": account,
        "connection": f"aws_{account}",
    }
    return TopicSubscription(**(values | changes))
