"""Account states as the rows that Steampipe shows: a complete chain for control 4.3, changed a little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests import builders
from tests.builders import HOME, NAMESPACE, A

MEMORY = "alarmchain"
_PLACE = {"region", "account_id", "partition", "connection"}
Row = dict[str, Any]

ACCOUNT = "aws_account"
TRAIL = "aws_cloudtrail_trail"
FILTER = "aws_cloudwatch_log_metric_filter"
ALARM = "aws_cloudwatch_alarm"
TOPIC = "aws_sns_topic"
SUBSCRIPTION = "aws_sns_topic_subscription"
KEY = "aws_kms_key"


@dataclass(slots=True)
class State:
    """Rows by table. The parts that ``chain`` adds are changed by column."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    partition: str = "aws"

    def add(self, table: str, account: str = A, region: str = HOME, **columns: Any) -> State:
        """One more row."""
        connection = columns.pop("sp_connection_name", f"aws_{account}")
        common = {
            "account_id": account,
            "region": region,
            "partition": self.partition,
            "sp_connection_name": connection,
        }
        self.tables.setdefault(table, []).append({**common, **columns})
        return self

    def arn(self, service: str, resource: str, account: str = A, region: str = HOME) -> str:
        """An ARN of this partition."""
        return f"arn:{self.partition}:{service}:{region}:{account}:{resource}"

    def _good(self, build: Callable[..., Any], account: str, region: str, columns: Row) -> Row:
        """The columns of a part that holds, as it is built for the facts, under the name that it is to have."""
        named = {column: columns[column] for column in ("name", "topic_arn") if column in columns}
        made = asdict(build(account, home=region, partition=self.partition, **named))
        return {name: value for name, value in made.items() if value is not None and name not in _PLACE}

    def account(self, account: str = A) -> State:
        """An account that the database shows."""
        return self.add(ACCOUNT, account, "global", title=account)

    def trail(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """A good trail to log group ``ct``."""
        good = self._good(builders.trail, account, region, columns)
        return self.add(TRAIL, account, columns.pop("seen_in", region), **good | columns)

    def filter(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """A filter that covers 4.3. ``published``: the transformation as the API returns it."""
        good = self._good(builders.metric_filter, account, region, columns)
        if "published" in columns:
            whole = {"metricName": "root", "metricNamespace": NAMESPACE, "metricValue": "1"} | columns.pop("published")
            columns["sp_ctx"] = {MEMORY: {"metric_transformations": [whole]}}
        return self.add(FILTER, account, region, **good | columns)

    def alarm(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """An alarm that one event makes fire and that notifies topic ``cis``. ``rule`` makes a composite."""
        good = self._good(builders.alarm, account, region, columns)
        if "rule" in columns:
            empty: Row = dict.fromkeys(("metric_name", "namespace", "statistic", "period", "threshold"))
            good |= empty | {"sp_ctx": {MEMORY: {"alarm_rule": columns.pop("rule")}}}
        return self.add(ALARM, account, region, **good | columns)

    def topic(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """A topic with the policy that SNS gives."""
        good = self._good(builders.topic, account, region, columns) | columns
        return self.add(TOPIC, account, region, title=good["topic_arn"].rpartition(":")[2], **good)

    def subscription(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """A confirmed mail address. ``scope`` is the filter policy's, where the source shows it."""
        good = self._good(builders.subscription, account, region, columns)
        if "scope" in columns:
            columns["sp_ctx"] = {MEMORY: {"filter_policy_scope": columns.pop("scope")}}
        return self.add(SUBSCRIPTION, account, region, **good | columns)

    def key(self, account: str = A, region: str = HOME, **columns: Any) -> State:
        """A customer key ``k-1``."""
        arn = self.arn("kms", "key/k-1", account, region)
        good = {"id": "k-1", "arn": arn, "key_manager": "CUSTOMER", "key_state": "Enabled"}
        return self.add(KEY, account, region, **good | columns)


def allow(principal: Any, action: Any = "SNS:Publish", **condition: Any) -> Row:
    """A policy with one statement that allows."""
    return policy(statement("Allow", principal, action, **condition))


def statement(effect: str, principal: Any, action: Any = "sns:Publish", **condition: Any) -> Row:
    """One statement about every resource."""
    made = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return made | ({"Condition": condition} if condition else {})


def policy(*statements: Row) -> Row:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def chain(account: str = A, region: str = HOME, *, partition: str = "aws", **parts: Mapping[str, Any] | None) -> State:
    """A complete chain; each part's columns are changed by its name, and ``None`` leaves the part out."""
    state = State(partition=partition).account(account)
    return more(state, account, region, **parts)


def more(state: State, account: str, region: str = HOME, **parts: Mapping[str, Any] | None) -> State:
    """The parts of a chain in one account, added to a state."""
    makers: dict[str, Callable[..., State]] = {
        "trail": state.trail,
        "filter": state.filter,
        "alarm": state.alarm,
        "topic": state.topic,
        "subscription": state.subscription,
    }
    assert set(parts) <= set(makers)
    for name, make in makers.items():
        columns = parts.get(name, {})
        if columns is not None:
            make(account, region, **columns)
    return state


@dataclass(frozen=True, slots=True)
class Case:
    """A state with the verdict an expert gives: ``ok``, ``alarm HOP`` or ``error HOP`` by account."""

    name: str
    why: str
    state: State
    expect: Mapping[str, str]
    control: str = "4.3"
    accept: tuple[str, ...] = ()


def case(name: str, expect: str | Mapping[str, str], why: str, state: State, *, control: str = "4.3") -> Case:
    """A case about the home account, or about several."""
    return Case(name, why, state, {A: expect} if isinstance(expect, str) else expect, control)


def advanced(*selectors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A trail's columns with advanced selectors; classic ones are then not set."""
    made = [{"Name": f"s{number}", "FieldSelectors": list(fields)} for number, fields in enumerate(selectors)]
    return {"event_selectors": None, "advanced_event_selectors": made}
