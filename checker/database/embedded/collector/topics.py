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
from checker.database.embedded.collector.asking import (
    Account,
    Asker,
    Question,
    Row,
    document,
    home,
    is_missing,
    owner,
    row,
)
from checker.database.embedded.collector.units import Outcome, Unit

TABLE = "aws_sns_topic"
SUBSCRIPTION_TABLE = "aws_sns_topic_subscription"
UNREADABLE = "unreadable"
"""Stands in ``filter_policy`` when a subscription may not be asked: null would say that it has no policy."""


def collect_topics(asker: Asker, question: Question) -> list[Outcome]:
    """Ask for the attributes of the topics. Returns what failed."""
    named, failed = _topics(asker, question)
    outcomes = asker.ask([_topic(asker, account, arn) for account, arn in named])
    return failed + [outcome for outcome in outcomes if outcome.error is not None]


def collect_subscriptions(asker: Asker, question: Question) -> list[Outcome]:
    """Ask for the subscriptions of the topics. Returns what failed."""
    named, failed = _topics(asker, question)
    outcomes = asker.ask([_subscriptions(asker, account, arn) for account, arn in named])
    details = [Outcome(item.unit, error=item.value) for item in outcomes if item.value is not None]
    return failed + details + [outcome for outcome in outcomes if outcome.error is not None]


def _topics(asker: Asker, question: Question) -> tuple[list[tuple[Account, str]], list[Outcome]]:
    if question.topic_arns is not None:
        return [
            (account, arn)
            for account in question.accounts
            for arn in dict.fromkeys(question.topic_arns)
            if owner(arn) == account.account_id and (question.regions is None or home(arn) in question.regions)
        ], []
    places, failed = accounts.places(asker, question)
    outcomes = asker.ask([_listing(asker, account, region) for account, region in places])
    found = [
        (account, arn)
        for (account, _), outcome in zip(places, outcomes, strict=True)
        if outcome.error is None
        for arn in outcome.value
    ]
    return found, failed + [outcome for outcome in outcomes if outcome.error is not None]


def _listing(asker: Asker, account: Account, region: str) -> Unit:
    def work() -> list[str]:
        pages = asker.aws.pages(account.connection, region, "sns", "ListTopics")
        return [topic["TopicArn"] for page in pages for topic in page["Topics"]]

    return Unit((f"{TABLE} list", account.connection, region), work)


def _topic(asker: Asker, account: Account, arn: str) -> Unit:
    def work() -> None:
        try:
            answer = asker.aws.call(account.connection, home(arn), "sns", "GetTopicAttributes", {"TopicArn": arn})
        except CallFailed as failure:
            if not is_missing(failure):
                raise
            return
        asker.keep(TABLE, [_topic_row(account, arn, answer["Attributes"])])

    return Unit((TABLE, account.connection, home(arn), arn), work)


def _topic_row(account: Account, arn: str, attributes: Row) -> Row:
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


def _subscriptions(asker: Asker, account: Account, arn: str) -> Unit:
    """The unit's value is a refusal that cost a subscription its details while others answered, or ``None``."""

    def work() -> CallFailed | None:
        region = home(arn)
        try:
            pages = asker.aws.pages(account.connection, region, "sns", "ListSubscriptionsByTopic", {"TopicArn": arn})
        except CallFailed as failure:
            if not is_missing(failure):
                raise
            return None
        rows, refusals, confirmed = [], [], 0
        for item in (item for page in pages for item in page["Subscriptions"]):
            is_confirmed = str(item["SubscriptionArn"]).startswith("arn:")
            confirmed += is_confirmed
            try:
                attributes = _attributes(asker, account, region, item) if is_confirmed else {}
            except CallFailed as failure:
                if not is_missing(failure):
                    refusals.append(failure)
                    rows.append(_subscription_row(account, item, None))
                continue
            rows.append(_subscription_row(account, item, attributes))
        if refusals and len(refusals) == confirmed:
            raise refusals[0]
        asker.keep(SUBSCRIPTION_TABLE, rows)
        return refusals[0] if refusals else None

    return Unit((SUBSCRIPTION_TABLE, account.connection, home(arn), arn), work)


def _attributes(asker: Asker, account: Account, region: str, item: Row) -> Row:
    arguments = {"SubscriptionArn": item["SubscriptionArn"]}
    answer = asker.aws.call(account.connection, region, "sns", "GetSubscriptionAttributes", arguments)
    return dict(answer["Attributes"])


def _subscription_row(account: Account, item: Row, attributes: Row | None) -> Row:
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
