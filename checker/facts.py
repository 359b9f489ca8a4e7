"""Facts: frozen row types, one per query file, with the fields in the order of its columns.

A ``None`` means that the source did not say (not read, or not set: the chain's rules know which), never
"false". Times and identifiers are text as AWS spells them; JSON columns are parsed values.

``unknown_fields`` names the fields of the object that are set in AWS and that this program does not know or does not
decide: an object with any is not decided. It is ``None`` where the source shows no such fields (Steampipe).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Connection:
    """Row of ``connections.sql``: one Steampipe connection or aggregator."""

    name: str
    state: str | None
    type: str | None
    connections: Json
    plugin: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """Row of ``accounts.sql``: one account as one connection sees it."""

    account_id: str
    partition: str | None
    title: str | None
    connection: str | None


@dataclass(frozen=True, slots=True)
class Trail:
    """Row of ``trails.sql``: one trail as one region of one account shows it."""

    name: str
    arn: str
    home_region: str | None
    is_multi_region_trail: bool | None
    is_organization_trail: bool | None
    include_global_service_events: bool | None
    log_group_arn: str | None
    is_logging: bool | None
    event_selectors: Json
    advanced_event_selectors: Json
    latest_cloudwatch_logs_delivery_error: str | None
    region: str
    account_id: str
    partition: str | None
    connection: str | None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """Row of ``metric_filters.sql``.

    ``metric_transformations`` is the full list as the API returns it (dimensions, default value, unit, further
    transformations); ``field_selection_criteria`` chooses events by the account and region that they came from,
    ``emit_system_field_dimensions`` adds dimensions named after those fields, ``apply_on_transformed_logs`` has the
    pattern see what a log transformer made of the events. Only the embedded database knows these: Steampipe gives
    ``None``, and a ``None`` in ``unknown_fields`` tells that it was Steampipe.
    """

    name: str
    log_group_name: str
    filter_pattern: str | None
    metric_transformation_name: str | None
    metric_transformation_namespace: str | None
    metric_transformation_value: str | None
    metric_transformations: Json
    region: str
    account_id: str
    partition: str | None
    connection: str | None
    field_selection_criteria: str | None = None
    emit_system_field_dimensions: Json = None
    apply_on_transformed_logs: bool | None = None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Row of ``alarms.sql``.

    ``alarm_rule`` is set on composite alarms and ``evaluation_criteria`` (``{"PromQLCriteria": {"Query": ...}}``) on
    alarms over a PromQL query; only the embedded database shows either.
    """

    name: str
    arn: str | None
    metric_name: str | None
    namespace: str | None
    statistic: str | None
    extended_statistic: str | None
    period: int | None
    evaluation_periods: int | None
    datapoints_to_alarm: int | None
    threshold: float | None
    comparison_operator: str | None
    treat_missing_data: str | None
    evaluate_low_sample_count_percentile: str | None
    threshold_metric_id: str | None
    unit: str | None
    actions_enabled: bool | None
    alarm_actions: Json
    dimensions: Json
    metrics: Json
    alarm_rule: str | None
    region: str
    account_id: str
    partition: str | None
    connection: str | None
    evaluation_criteria: Json = None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Row of ``topics.sql``."""

    topic_arn: str
    policy: Json
    kms_master_key_id: str | None
    region: str
    account_id: str
    partition: str | None
    connection: str | None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class TopicSubscription:
    """Row of ``topic_subscriptions.sql``. ``subscription_arn`` is ``None`` (or a word) while it pends.

    ``filter_policy_scope`` is ``MessageAttributes`` or ``MessageBody`` where the source shows it, else ``None``.
    """

    topic_arn: str
    subscription_arn: str | None
    protocol: str | None
    endpoint: str | None
    filter_policy: Json
    filter_policy_scope: str | None
    region: str
    account_id: str
    connection: str | None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class KmsKey:
    """Row of ``kms_keys.sql``: a customer key and its policy."""

    id: str
    arn: str | None
    key_manager: str | None
    key_state: str | None
    policy: Json
    region: str
    account_id: str
    connection: str | None
    key_spec: str | None = None
    unknown_fields: Json = None


@dataclass(frozen=True, slots=True)
class LogGroup:
    """Row of ``log_groups.sql``: read for a remediation plan only."""

    name: str
    arn: str | None
    log_group_class: str | None
    metric_filter_count: int | None
    region: str
    account_id: str
    connection: str | None
    unknown_fields: Json = None


class FailureKind(StrEnum):
    """Why a call to AWS failed: what it means for what is known, and for what to do next."""

    DENIED = "denied"
    """The identity may not make the call."""
    NOT_FOUND = "not_found"
    """There is no such thing. For a reader that is an answer."""
    THROTTLED = "throttled"
    """Refused for now, surely without effect: worth repeating."""
    UNREACHABLE = "unreachable"
    """The request did not leave or did not arrive: worth repeating."""
    CREDENTIALS = "credentials"
    """There are no credentials, or AWS does not accept them."""
    QUOTA = "quota"
    """A limit of the account is reached."""
    AMBIGUOUS = "ambiguous"
    """No answer, or an error on AWS's side: a call that writes may have taken effect."""
    REFUSED = "refused"
    """AWS does not accept the call as it was made."""


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """Something that could not be read, and where.

    ``query`` is the name of the query file; ``action`` the AWS operation (``logs:DescribeMetricFilters``) when known;
    ``kind`` tells denied, not found and throttled apart, ``None`` when the source does not say. ``name`` is the log
    group, topic ARN or key id when one alone was asked for.
    """

    query: str
    message: str
    connection: str | None = None
    account_id: str | None = None
    region: str | None = None
    action: str | None = None
    kind: FailureKind | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one run read, and what it could not read. Rows may belong to accounts that were not selected
    (the owner of an organisation trail, the account of a central topic)."""

    accounts: tuple[Account, ...] = ()
    trails: tuple[Trail, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    topics: tuple[Topic, ...] = ()
    subscriptions: tuple[TopicSubscription, ...] = ()
    keys: tuple[KmsKey, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    failures: tuple[ReadFailure, ...] = ()
    is_copy: bool = False
    """The rows were copied into a plain database: a key that is not there may only not have been copied."""
