"""``aws_sns_topic`` and ``aws_sns_topic_subscription``: a call a topic, made in the topic's own account only.

GetTopicAttributes and ListSubscriptionsByTopic take a topic's ARN, so ListTopics is needed only when no topic is
named. GetSubscriptionAttributes, a call a subscription, is made for confirmed ones: it tells the filter policy, and
a pending subscription has no ARN to ask with. A topic of an account that no connection has is no row and no call.
https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
"""

from __future__ import annotations

from checker.aws.call import CallFailed
from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import (
    Collecting,
    ConnectedAccount,
    Row,
    RowRequest,
    document,
    home,
    is_missing,
    owner,
    row,
)

TABLE = "aws_sns_topic"
SUBSCRIPTION_TABLE = "aws_sns_topic_subscription"
UNREADABLE = "unreadable"
"""Stands in ``filter_policy`` when a subscription may not be asked: null would say that it has no policy."""


def collect_topics(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the attributes of the topics. Returns what failed."""
    named, failed = _topics(collector, request)
    outcomes = collector.ask([_topic(collector, account, arn) for account, arn in named])
    return failed + [outcome for outcome in outcomes if outcome.error is not None]


def collect_subscriptions(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the subscriptions of the topics. Returns what failed."""
    named, failed = _topics(collector, request)
    outcomes = collector.ask([_subscriptions(collector, account, arn) for account, arn in named])
    details = [Outcome(item.call, error=item.value) for item in outcomes if item.value is not None]
    return failed + details + [outcome for outcome in outcomes if outcome.error is not None]


def _topics(collector: Collecting, request: RowRequest) -> tuple[list[tuple[ConnectedAccount, str]], list[Outcome]]:
    """The topics asked for, each with the account that owns it, and what failed when they had to be listed."""
    if request.topic_arns is not None:
        return [
            (account, arn)
            for account in request.accounts
            for arn in dict.fromkeys(request.topic_arns)
            if owner(arn) == account.account_id and (request.regions is None or home(arn) in request.regions)
        ], []
    places, failed = accounts.places(collector, request)
    outcomes = collector.ask([_listing(collector, account, region) for account, region in places])
    found = [
        (account, arn)
        for (account, _), outcome in zip(places, outcomes, strict=True)
        if outcome.error is None
        for arn in outcome.value
    ]
    return found, failed + [outcome for outcome in outcomes if outcome.error is not None]


def _listing(collector: Collecting, account: ConnectedAccount, region: str) -> Call:
    def work() -> list[str]:
        pages = collector.aws.pages(account.connection, region, "sns", "ListTopics")
        return [topic["TopicArn"] for page in pages for topic in page["Topics"]]

    return Call(work, f"{TABLE} list", account.connection, region)


def _topic(collector: Collecting, account: ConnectedAccount, arn: str) -> Call:
    def work() -> None:
        try:
            answer = collector.aws.call(account.connection, home(arn), "sns", "GetTopicAttributes", {"TopicArn": arn})
        except CallFailed as failure:
            if not is_missing(failure):
                raise
            return
        collector.keep(TABLE, [_topic_row(account, arn, answer["Attributes"])])

    return Call(work, TABLE, account.connection, home(arn), arn)


def _topic_row(account: ConnectedAccount, arn: str, attributes: Row) -> Row:
    unknown = undecided("sns.GetTopicAttributes", "Attributes", attributes)
    return row(account, home(arn), title=arn.split(":", 5)[-1], aka=arn, unknown_fields=unknown) | {
        "topic_arn": arn,
        "display_name": attributes.get("DisplayName"),
        "owner": attributes.get("Owner"),
        "subscriptions_confirmed": attributes.get("SubscriptionsConfirmed"),
        "subscriptions_deleted": attributes.get("SubscriptionsDeleted"),
        "subscriptions_pending": attributes.get("SubscriptionsPending"),
        "kms_master_key_id": attributes.get("KmsMasterKeyId") or None,
        "policy": document(attributes.get("Policy")),
        "delivery_policy": document(attributes.get("DeliveryPolicy")),
        "effective_delivery_policy": document(attributes.get("EffectiveDeliveryPolicy")),
    }


def _subscriptions(collector: Collecting, account: ConnectedAccount, arn: str) -> Call:
    """The call's value is a refusal that cost a subscription its details while others answered, or ``None``."""

    def work() -> CallFailed | None:
        region = home(arn)
        try:
            pages = collector.aws.pages(
                account.connection, region, "sns", "ListSubscriptionsByTopic", {"TopicArn": arn}
            )
        except CallFailed as failure:
            if not is_missing(failure):
                raise
            return None
        rows, refusals, confirmed = [], [], 0
        for item in (item for page in pages for item in page["Subscriptions"]):
            is_confirmed = str(item["SubscriptionArn"]).startswith("arn:")
            confirmed += is_confirmed
            try:
                attributes = _attributes(collector, account, region, item) if is_confirmed else {}
            except CallFailed as failure:
                if not is_missing(failure):
                    refusals.append(failure)
                    rows.append(_subscription_row(account, item, None))
                continue
            rows.append(_subscription_row(account, item, attributes))
        if refusals and len(refusals) == confirmed:
            raise refusals[0]
        collector.keep(SUBSCRIPTION_TABLE, rows)
        return refusals[0] if refusals else None

    return Call(work, SUBSCRIPTION_TABLE, account.connection, home(arn), arn)


def _attributes(collector: Collecting, account: ConnectedAccount, region: str, item: Row) -> Row:
    arguments = {"SubscriptionArn": item["SubscriptionArn"]}
    answer = collector.aws.call(account.connection, region, "sns", "GetSubscriptionAttributes", arguments)
    return dict(answer["Attributes"])


def _subscription_row(account: ConnectedAccount, item: Row, attributes: Row | None) -> Row:
    """``attributes`` are empty for a pending subscription and ``None`` for one that may not be asked."""
    topic, arn = str(item["TopicArn"]), str(item["SubscriptionArn"])
    known = {"FilterPolicy": UNREADABLE} if attributes is None else attributes
    policy = document(known.get("FilterPolicy"), otherwise=known.get("FilterPolicy"))
    scope = known.get("FilterPolicyScope") if policy is not None else None
    # Steampipe shows a pending subscription's ARN as null; the other word that AWS puts there is "Deleted".
    pending = arn == "PendingConfirmation"
    confirmed = arn.startswith("arn:")
    title = arn.rpartition(":")[2] if confirmed else arn
    beyond = {"filter_policy_scope": scope, "unknown_fields": _unknown(item, attributes or {})}
    return row(account, home(topic), title=title, aka=arn if confirmed else None, **beyond) | {
        "subscription_arn": None if pending else arn,
        "topic_arn": topic,
        "owner": item.get("Owner"),
        "protocol": item.get("Protocol"),
        "endpoint": item.get("Endpoint"),
        "confirmation_was_authenticated": _flag(known.get("ConfirmationWasAuthenticated")),
        "pending_confirmation": True if pending else _flag(known.get("PendingConfirmation")),
        "raw_message_delivery": _flag(known.get("RawMessageDelivery")),
        "delivery_policy": document(known.get("DeliveryPolicy")),
        "effective_delivery_policy": document(known.get("EffectiveDeliveryPolicy")),
        "redrive_policy": document(known.get("RedrivePolicy")),
        "filter_policy": policy,
    }


def _unknown(item: Row, attributes: Row) -> list[str]:
    listed = undecided("sns.ListSubscriptionsByTopic", "Subscriptions", item)
    return sorted({*listed, *undecided("sns.GetSubscriptionAttributes", "Attributes", attributes)})


def _flag(text: object) -> bool | None:
    return None if text is None else str(text).lower() == "true"
