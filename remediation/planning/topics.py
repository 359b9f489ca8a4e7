"""Which topic a new alarm notifies, and who has to be subscribed to it. Pure.

In this order: the topic that was named; one in the alarm's account and region that already has a confirmed
subscriber and lets CloudWatch publish; one that waits for one of the given endpoints or was made by an earlier run;
a new one. CloudWatch accepts only topics of the alarm's own region and partition (``PutMetricAlarm``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from checker.arns import Place, parse_arn
from checker.chain.hops.subscription import is_confirmed, is_pending
from checker.facts import Topic, TopicSubscription
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind, Precondition, Prospect
from remediation.planning.names import candidates
from remediation.planning.preconditions import precondition_of
from remediation.planning.settings import Endpoint, Settings
from remediation.planning.steps import Step, subscription_step, topic_step
from remediation.planning.topic_policy import same_policy, topic_policy
from remediation.planning.trial import reaches, takes_alarms

_LONGEST_TOPIC_NAME = 256
_HUMAN = ("email", "email-json", "sms")
_CONFIRMS_ITSELF = ("sqs", "lambda", "application", "sms")


@dataclass(frozen=True, slots=True)
class Route:
    """How somebody gets to know: the topic, the steps that are missing for it, and how far that leads."""

    topic_arn: str
    steps: tuple[Step, ...]
    prospect: Prospect
    sentence: str
    preconditions: tuple[Precondition, ...] = ()


class TopicUnusable(Exception):
    """The topic that was named cannot be used; the text is a full sentence."""


def choose_topic(
    inventory: Inventory, place: Place, settings: Settings, *, control: str, avoid: Collection[str] = ()
) -> Route:
    """The topic for new alarms of this place. ``avoid``: topics that were found wanting.

    Raises ``TopicUnusable`` when ``topic_arn`` was given and the topic cannot be used.
    """
    if settings.topic_arn:
        return _named(inventory, place, settings, control)
    if settings.topic_name is None:
        fit = [topic for topic in inventory.topics(place.account_id, place.region) if topic.topic_arn not in avoid]
        fit = [topic for topic in fit if takes_alarms(inventory, topic, place)]
        served = [topic for topic in fit if any(map(reaches, inventory.subscriptions(topic.topic_arn)))]
        if served:
            best = min(served, key=lambda topic: _preference(inventory, topic, place, settings))
            return route_through(inventory, best.topic_arn, settings, control=control)
        for topic in fit:
            if _waits_for(inventory, topic, settings.endpoints):
                return route_through(inventory, topic.topic_arn, settings, control=control)
    return _ours(inventory, place, settings, control=control, avoid=avoid)


def route_through(
    inventory: Inventory,
    topic_arn: str,
    settings: Settings,
    *,
    control: str,
    new: Step | None = None,
) -> Route:
    """What is missing for somebody to hear of a message to this topic. ``new``: the step that creates it."""
    rows = [] if new else inventory.subscriptions(topic_arn)
    steps = [new] if new else []
    preconditions: tuple[Precondition, ...] = () if new else (precondition_of(inventory, Kind.TOPIC, topic_arn),)
    name = topic_arn.rpartition(":")[2]
    if listener := next((row for row in rows if reaches(row)), None):
        preconditions += (precondition_of(inventory, Kind.SUBSCRIPTION, listener.subscription_arn or ""),)
        sentence = f"topic {name} reaches {_address(listener)}, which is confirmed"
        return Route(topic_arn, (), Prospect.HOLDS, sentence, preconditions)
    place = _place_of(inventory, topic_arn)
    waiting = [row for row in rows if is_pending(row)]
    asked = {(row.protocol, row.endpoint) for row in waiting}
    missing = [endpoint for endpoint in settings.endpoints if (endpoint.protocol, endpoint.address) not in asked]
    steps.extend(
        subscription_step(
            place,
            topic_arn=topic_arn,
            endpoint=endpoint,
            controls=(control,),
            why=f"nobody who is confirmed hears of messages to topic {name}",
            depends_on=(new.id,) if new else (),
        )
        for endpoint in missing
    )
    if any(_confirms_itself(endpoint, place) for endpoint in missing):
        return Route(topic_arn, tuple(steps), Prospect.HOLDS, f"topic {name} gets a subscriber", preconditions)
    if missing or waiting:
        people = ", ".join([endpoint.shown for endpoint in missing] + [_address(row) for row in waiting])
        sentence = f"topic {name} waits until {people} confirms the subscription"
        return Route(topic_arn, tuple(steps), Prospect.WAITS, sentence, preconditions)
    sentence = (
        f"no endpoint was given (--endpoint), so nobody is subscribed to topic {name}: still alarm at subscription"
    )
    return Route(topic_arn, tuple(steps), Prospect.NOBODY, sentence, preconditions)


def is_swallowing(inventory: Inventory, topic_arn: str, endpoints: Collection[Endpoint]) -> bool:
    """One of the endpoints is confirmed there, but its filter policy keeps alarm messages from it.

    Subscribing it again changes nothing: SNS answers that the subscription exists.
    """
    deaf = {
        (row.protocol, row.endpoint)
        for row in inventory.subscriptions(topic_arn)
        if is_confirmed(row) and not reaches(row)
    }
    return any((endpoint.protocol, endpoint.address) in deaf for endpoint in endpoints)


def _named(inventory: Inventory, place: Place, settings: Settings, control: str) -> Route:
    wanted = settings.topic_arn or ""
    arn = parse_arn(wanted)
    if arn is None or (arn.region, arn.partition) != (place.region, place.partition):
        raise TopicUnusable(
            f"topic {wanted} is not in {place.region}, and alarms notify only topics of their own region and partition"
        )
    topic = inventory.topic(wanted)
    if topic is None:
        raise TopicUnusable(f"topic {wanted} does not exist or could not be read")
    if not takes_alarms(inventory, topic, place):
        raise TopicUnusable(f"topic {wanted} does not let CloudWatch alarms of {place.account_id} publish")
    return route_through(inventory, wanted, settings, control=control)


def _ours(inventory: Inventory, place: Place, settings: Settings, *, control: str, avoid: Collection[str]) -> Route:
    """A topic under our name: one from an earlier run (or one that was named), else a new one."""
    spoken_for = {
        str(action)
        for alarm in inventory.alarms(place.account_id, place.region)
        for action in alarm.alarm_actions or ()
    }
    names = candidates(settings.topic_base_name, longest=_LONGEST_TOPIC_NAME)
    for name in names:
        arn = place.arn("sns", name)
        topic = inventory.topic(arn)
        if topic is None:
            # A missing topic that alarms name would make them ring again: that is not ours to decide.
            if arn in spoken_for:
                continue
            new = topic_step(
                place,
                name=name,
                tags=settings.all_tags,
                controls=(control,),
                why=f"{place.region} has no topic with a confirmed subscriber that CloudWatch may publish to",
            )
            return route_through(inventory, new.resource, settings, control=control, new=new)
        usable = settings.topic_name is not None or same_policy(topic.policy, topic_policy(place, name))
        if arn in avoid or not usable or is_swallowing(inventory, arn, settings.endpoints):
            continue
        if takes_alarms(inventory, topic, place):
            return route_through(inventory, arn, settings, control=control)
    raise TopicUnusable(
        f"in {place.account_id} {place.region} the topic names {names[0]} to {names[-1]} are taken, and none of these "
        "topics can be used: name another one with --topic-name"
    )


def _preference(inventory: Inventory, topic: Topic, place: Place, settings: Settings) -> tuple[object, ...]:
    listeners = [row for row in inventory.subscriptions(topic.topic_arn) if reaches(row)]
    asked_for = {(endpoint.protocol, endpoint.address) for endpoint in settings.endpoints}
    used = any(
        topic.topic_arn in (alarm.alarm_actions or ()) for alarm in inventory.alarms(place.account_id, place.region)
    )
    return (
        not any((row.protocol, row.endpoint) in asked_for for row in listeners),
        topic.topic_arn != place.arn("sns", settings.topic_base_name),
        not used,
        not any(row.protocol in _HUMAN for row in listeners),
        topic.topic_arn,
    )


def _waits_for(inventory: Inventory, topic: Topic, endpoints: Collection[Endpoint]) -> bool:
    asked_for = {(endpoint.protocol, endpoint.address) for endpoint in endpoints}
    return any(
        is_pending(row) and (row.protocol, row.endpoint) in asked_for
        for row in inventory.subscriptions(topic.topic_arn)
    )


def _confirms_itself(endpoint: Endpoint, place: Place) -> bool:
    if endpoint.protocol not in _CONFIRMS_ITSELF:
        return False
    arn = parse_arn(endpoint.address)
    return arn is None or arn.account_id == place.account_id


def _address(row: TopicSubscription) -> str:
    return Endpoint(row.protocol or "", row.endpoint or "somebody").shown


def _place_of(inventory: Inventory, topic_arn: str) -> Place:
    arn = parse_arn(topic_arn)
    if arn is None:
        raise TopicUnusable(f"{topic_arn} is not an ARN")
    return Place(arn.partition, arn.account_id, arn.region, inventory.connection(arn.account_id))
