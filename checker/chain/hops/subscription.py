"""Hop 6: somebody confirmed a subscription to the topic, and its filter policy lets alarm messages pass.

Sources: SNS API reference ``ListSubscriptionsByTopic`` (``PendingConfirmation``, ``Deleted`` instead of an ARN),
``Subscribe`` (the protocols and what their endpoints are); ``checker.chain.aws_rules.filter_policy``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.arns import parse_arn
from checker.chain.aws_rules.filter_policy import passes_alarm_message
from checker.chain.commands import aws
from checker.chain.hops.topic import Destination
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.truth import Truth
from checker.chain.verdicts import Outcome, not_read, unknown_fields, verdict
from checker.facts import TopicSubscription

PEOPLE = frozenset({"email", "email-json", "sms", "application"})
"""Protocols whose endpoint is a person's own: a mailbox, a telephone, an app. The others are machines: who reads what
they do with a message is not visible."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears: protocol and masked endpoint."""

    protocol: str
    endpoint: str

    @property
    def is_person(self) -> bool:
        """See ``PEOPLE``."""
        return self.protocol in PEOPLE

    def __str__(self) -> str:
        return f"{self.protocol} {self.endpoint}".rstrip()


def is_confirmed(subscription: TopicSubscription) -> bool:
    """Messages are delivered: the subscription has an ARN."""
    return (subscription.subscription_arn or "").startswith("arn:")


def is_pending(subscription: TopicSubscription) -> bool:
    """It waits for its endpoint to confirm. Steampipe shows no ARN, the API a word."""
    return not is_confirmed(subscription) and subscription.subscription_arn != "Deleted"


def masked(endpoint: str | None) -> str:
    """An endpoint as it may be shown: enough to know it again, not enough to write to it or to post to it."""
    text = endpoint or ""
    if "://" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2].partition('?')[0]}/..."
    if (arn := parse_arn(text)) is not None:
        # A device: endpoint/PLATFORM/APP/TOKEN.
        named = arn.resource.rpartition("/")[0] if arn.resource.startswith("endpoint/") else arn.resource
        return named.rpartition("/")[2].removeprefix("function:")
    name, at, domain = text.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"***{text[-2:]}" if text else ""


def judge_subscriptions(destination: Destination, lookup: Lookup) -> Outcome[tuple[Listener, ...]]:
    """Verdict on the topic's subscriptions for the message of an alarm, and who hears it."""
    topic_arn = destination.topic_arn
    parsed = parse_arn(topic_arn)
    account_id, region = (parsed.account_id, parsed.region) if parsed else ("", "")
    subscriptions = lookup.subscriptions(topic_arn)
    passes = [(item, passes_alarm_message(item, destination.sender)) for item in subscriptions if is_confirmed(item)]
    reached = [item for item, truth in passes if truth is Truth.YES]
    if heard := [item for item in reached if not item.unknown_fields]:
        return _heard(topic_arn, heard)
    if reached and (
        found := unknown_fields(
            Code.SUBSCRIPTION_FIELD_UNKNOWN,
            f"subscription {reached[0].subscription_arn}",
            [reached[0].unknown_fields],
            reached[0].subscription_arn,
        )
    ):
        return Outcome(found)
    if undecided := next((item for item, truth in passes if truth is Truth.MAYBE), None):
        reason = (
            f"whether the filter policy of subscription {undecided.subscription_arn} lets alarm messages pass is not "
            f"known: {_why_open(undecided)}."
        )
        remedy = f"Add a subscription without a filter policy: {_subscribe(topic_arn, region)}."
        return Outcome(verdict(Code.SUBSCRIPTION_FILTER_UNDECIDED, reason, remedy, undecided.subscription_arn))
    if failure := lookup.failure("topic_subscriptions", account_id, region, name=topic_arn):
        what = f"the subscriptions of topic {topic_arn}"
        place = {"region": region, "account_id": account_id}
        return Outcome(not_read(Code.SUBSCRIPTIONS_NOT_READ, failure, what, **place))
    if not lookup.sees(account_id):
        reason = f"the subscriptions of topic {topic_arn} are not visible: account {account_id} is not connected."
        remedy = f"Add a connection for account {account_id}, or let this account call sns:ListSubscriptionsByTopic."
        return Outcome(verdict(Code.SUBSCRIPTIONS_OF_UNCONNECTED_ACCOUNT, reason, remedy, topic_arn))
    return _nobody(topic_arn, subscriptions, swallowed=bool(passes), region=region)


def _why_open(subscription: TopicSubscription) -> str:
    if not isinstance(subscription.filter_policy, Mapping):
        return "it could not be read"
    return "it depends on the text of the message" if subscription.filter_policy_scope else "its scope is not visible"


def _heard(topic_arn: str, heard: Sequence[TopicSubscription]) -> Outcome[tuple[Listener, ...]]:
    listeners = tuple(Listener(item.protocol or "", masked(item.endpoint)) for item in heard)
    people = [index for index, listener in enumerate(listeners) if listener.is_person]
    code = Code.SUBSCRIPTION_HEARD_BY_PERSON if people else Code.SUBSCRIPTION_HEARD_BY_MACHINE
    count = _count(heard, "confirmed subscription")
    reason = f"topic {topic_arn.rpartition(':')[2]} has {count} ({_named(listeners)})."
    # A person comes first: it is whom the finding is about.
    first = heard[people[0] if people else 0]
    remedy = "" if people else "Subscribe a person too if nobody reads what these do with the message."
    ordered = tuple(sorted(listeners, key=lambda listener: not listener.is_person))
    return Outcome(verdict(code, reason, remedy, first.subscription_arn, evidence=_evidence(heard)), ordered)


def _evidence(subscriptions: Sequence[TopicSubscription]) -> dict[str, Any]:
    """The subscriptions: protocol and masked endpoint."""
    listed = [{"protocol": item.protocol, "endpoint": masked(item.endpoint)} for item in subscriptions]
    return {"subscriptions": listed}


_MOST_LISTENERS = 3


def _named(listeners: Sequence[Listener]) -> str:
    names = [str(listener) for listener in sorted(listeners, key=lambda listener: not listener.is_person)]
    more = f" and {len(names) - _MOST_LISTENERS} more" if len(names) > _MOST_LISTENERS else ""
    return ", ".join(names[:_MOST_LISTENERS]) + more


def who_hears(listeners: Sequence[Listener]) -> str:
    """The listeners in words; machines are said to be ones."""
    if any(listener.is_person for listener in listeners):
        return f"heard by {_named(listeners)}"
    return f"heard by {_named(listeners)}: no person is subscribed, and whether one reads it there is not visible"


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _subscribe(topic_arn: str, region: str) -> str:
    return aws(
        "sns", "subscribe", topic_arn=topic_arn, protocol="email", notification_endpoint="ADDRESS", region=region
    )


def _nobody(
    topic_arn: str, subscriptions: Sequence[TopicSubscription], *, swallowed: bool, region: str
) -> Outcome[tuple[Listener, ...]]:
    """The verdict when no message gets to anybody: filtered out, pending, deleted, or nobody is there."""
    name, subscribe = topic_arn.rpartition(":")[2], _subscribe(topic_arn, region)
    if swallowed:
        by_body = any(item.filter_policy_scope == "MessageBody" for item in subscriptions if is_confirmed(item))
        why = "" if by_body else " (they carry no message attributes)"
        reason = f"every confirmed subscription of topic {name} has a filter policy that swallows alarm messages{why}."
        remedy = f"Remove the filter policy, or add a subscription without one: {subscribe}."
        evidence = _evidence([item for item in subscriptions if is_confirmed(item)])
        return Outcome(verdict(Code.SUBSCRIPTION_SWALLOWS, reason, remedy, topic_arn, evidence=evidence))
    if pending := [item for item in subscriptions if is_pending(item)]:
        waiting = f"{_count(pending, 'subscription')} ({', '.join(sorted({item.protocol or '?' for item in pending}))})"
        still = "is" if len(pending) == 1 else "are"
        reason = f"topic {name} has no confirmed subscription: {waiting} {still} still pending."
        remedy = f"Confirm with the link in the message that the endpoint got, or subscribe again: {subscribe}."
        return Outcome(verdict(Code.SUBSCRIPTION_PENDING, reason, remedy, topic_arn, evidence=_evidence(pending)))
    if subscriptions:
        reason = f"the subscriptions of topic {name} are deleted."
        return Outcome(verdict(Code.SUBSCRIPTION_DELETED, reason, f"Subscribe somebody: {subscribe}.", topic_arn))
    reason = f"topic {name} has no subscription: nobody is told."
    remedy = f"Subscribe somebody and confirm it: {subscribe}."
    return Outcome(verdict(Code.SUBSCRIPTION_NONE, reason, remedy, topic_arn))
