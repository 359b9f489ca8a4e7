"""Who hears of a message to a topic: the endpoints that were named, other people, machines. Pure.

Sources: SNS API reference, ``Subscribe`` (the protocols) and ``ListSubscriptionsByTopic`` (a pending subscription has
no ARN); AWS Chatbot administrator guide, "Setting up AWS Chatbot" (it subscribes its own HTTPS endpoint,
``global.sns-api.chatbot.amazonaws.com``, to the topic of a channel).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from checker.chain.hops.subscription import PEOPLE, is_confirmed, is_pending
from checker.facts import TopicSubscription
from remediation.planning.settings import Endpoint, mask_endpoint
from remediation.planning.trial import reaches

_CHAT = "global.sns-api.chatbot.amazonaws.com"


class Hearing(StrEnum):
    """How far an endpoint is with a topic."""

    HEARS = "hears"
    ASKED = "asked"
    """Subscribed, and not confirmed."""
    DEAF = "deaf"
    """Confirmed, and a filter policy keeps alarm messages from it (or whether it does is not known). Subscribing it
    again changes nothing: SNS answers that the subscription exists."""
    ABSENT = "absent"


def hearing(endpoint: Endpoint, subscriptions: Iterable[TopicSubscription]) -> Hearing:
    """How far the endpoint is. A mailbox is the same one whether it gets text or JSON."""
    own = [row for row in subscriptions if is_of(endpoint, row)]
    if any(map(reaches, own)):
        return Hearing.HEARS
    if any(map(is_confirmed, own)):
        return Hearing.DEAF
    return Hearing.ASKED if any(map(is_pending, own)) else Hearing.ABSENT


def is_of(endpoint: Endpoint, row: TopicSubscription) -> bool:
    """The subscription is the endpoint's."""
    protocols = {text.removesuffix("-json") for text in (endpoint.protocol, row.protocol or "")}
    return len(protocols) == 1 and row.endpoint == endpoint.address


def is_person(row: TopicSubscription) -> bool:
    """A mailbox, a telephone, an app or a chat room. Of other machines nobody knows who reads what they do with it."""
    if row.protocol in PEOPLE:
        return True
    return row.protocol == "https" and _host(row.endpoint or "") == _CHAT


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def person_hears(subscriptions: Iterable[TopicSubscription]) -> bool:
    """A person is confirmed there, and alarm messages pass."""
    return any(is_person(row) and reaches(row) for row in subscriptions)


def all_asked(endpoints: Sequence[Endpoint], subscriptions: Sequence[TopicSubscription]) -> bool:
    """Every endpoint hears, or was asked to confirm."""
    return all(hearing(endpoint, subscriptions) in (Hearing.HEARS, Hearing.ASKED) for endpoint in endpoints)


def all_hear(endpoints: Sequence[Endpoint], subscriptions: Sequence[TopicSubscription]) -> bool:
    """Every endpoint hears."""
    return all(hearing(endpoint, subscriptions) is Hearing.HEARS for endpoint in endpoints)


def address_of(row: TopicSubscription) -> str:
    """The subscription's address as it may be printed."""
    return mask_endpoint(row.endpoint or "somebody")
