"""Which topic a new alarm notifies, and who has to be subscribed to it. Pure.

In this order: the topic that was named, or none; one in the alarm's account and region that lets CloudWatch publish
and that every named endpoint hears already, or, where none was named, a person; one that an earlier run made; a new
one. With ``reuse_topic`` a topic that a person hears is taken, and the named endpoints join. CloudWatch accepts only
topics of the alarm's own region and partition (``PutMetricAlarm``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from checker.arns import Place, parse_arn
from checker.chain.hops.subscription import is_pending
from checker.facts import Topic, TopicSubscription
from remediation.planning.hearing import (
    Hearing,
    address_of,
    all_asked,
    all_hear,
    hearing,
    is_of,
    is_person,
    person_hears,
)
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind, Precondition, Prospect
from remediation.planning.name_template import NameKind, name_of
from remediation.planning.names import candidates
from remediation.planning.preconditions import precondition_of
from remediation.planning.settings import Endpoint, Settings
from remediation.planning.steps import Step, subscription_step, topic_step
from remediation.planning.topic_policy import same_policy, topic_policy
from remediation.planning.trial import reaches, takes_alarms, why_refused

_LONGEST_TOPIC_NAME = 256
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
    """The topic that was named cannot be used, or no name is left; the text is a full sentence."""


def choose_topic(inventory: Inventory, place: Place, settings: Settings, *, control: str) -> Route:
    """The topic for new alarms of this place.

    Raises ``TopicUnusable`` when a topic was named and cannot be used, and when every name for a new one is taken.
    """
    if settings.topic_arn:
        return _named(inventory, place, settings, settings.topic_arn, control)
    if settings.topic_name:
        return _called(inventory, place, settings, settings.topic_name, control)
    topics = inventory.topics(place.account_id, place.region)
    fit = [topic for topic in topics if takes_alarms(inventory, topic, place)]
    served = [topic for topic in fit if _may_be_reused(inventory.subscriptions(topic.topic_arn), settings)]
    if served:
        best = min(served, key=lambda topic: _preference(inventory, topic, place, settings))
        return route_through(inventory, best.topic_arn, settings, control=control)
    route = _ours(inventory, place, settings, control=control)
    if route.prospect is Prospect.NOBODY and (passed_over := _only_machines(inventory, fit)):
        return replace(route, sentence=f"{route.sentence}. {passed_over}")
    return route


def _may_be_reused(rows: Sequence[TopicSubscription], settings: Settings) -> bool:
    """Nobody who was named is left out, and nobody gets messages of a topic that is not about alarms."""
    if not settings.endpoints:
        return person_hears(rows)
    if all_asked(settings.endpoints, rows):
        return True
    return settings.reuse_topic and person_hears(rows) and not _is_deaf(rows, settings.endpoints)


def _is_deaf(rows: Sequence[TopicSubscription], endpoints: Collection[Endpoint]) -> bool:
    return any(hearing(endpoint, rows) is Hearing.DEAF for endpoint in endpoints)


def _only_machines(inventory: Inventory, topics: Sequence[Topic]) -> str:
    """Topics that would serve if somebody read what their subscribers do with a message."""
    found = []
    for topic in topics:
        heard = [row for row in inventory.subscriptions(topic.topic_arn) if reaches(row)]
        if heard:
            found.append(
                f"topic {topic.topic_arn} only feeds {', '.join(f'{row.protocol} {address_of(row)}' for row in heard)}"
            )
    return f"Not chosen: {'; '.join(found)} (--topic-arn takes it nevertheless)" if found else ""


def route_through(
    inventory: Inventory,
    topic_arn: str,
    settings: Settings,
    *,
    control: str,
    new: Step | None = None,
) -> Route:
    """What is missing for everybody who was named to hear of a message to this topic, or, where nobody was, for
    somebody. ``new``: the step that creates it."""
    rows = () if new else inventory.subscriptions(topic_arn)
    far = {endpoint: hearing(endpoint, rows) for endpoint in settings.endpoints}
    missing = [endpoint for endpoint, state in far.items() if state is Hearing.ABSENT]
    place = _place_of(inventory, topic_arn)
    name = topic_arn.rpartition(":")[2]
    steps = [new] if new else []
    steps.extend(
        subscription_step(
            place,
            topic_arn=topic_arn,
            endpoint=endpoint,
            controls=(control,),
            why=f"{endpoint.shown} was named and is not subscribed to topic {name}",
            depends_on=(new.id,) if new else (),
        )
        for endpoint in missing
    )
    heard = _heard(rows, settings.endpoints)
    preconditions: tuple[Precondition, ...] = () if new else (precondition_of(inventory, Kind.TOPIC, topic_arn),)
    preconditions += tuple(precondition_of(inventory, Kind.SUBSCRIPTION, row.subscription_arn or "") for row in heard)
    if settings.endpoints:
        waits_for = [
            endpoint.shown
            for endpoint, state in far.items()
            if state is Hearing.ASKED or (state is Hearing.ABSENT and not _confirms_itself(endpoint, place))
        ]
        deaf = [endpoint.shown for endpoint, state in far.items() if state is Hearing.DEAF]
        prospect, sentence = _of_the_named(name, settings.endpoints, waits_for, deaf)
    else:
        prospect, sentence = _of_anybody(name, heard, [address_of(row) for row in rows if is_pending(row)])
    return Route(topic_arn, tuple(steps), prospect, sentence, preconditions)


def _heard(rows: Sequence[TopicSubscription], endpoints: Collection[Endpoint]) -> list[TopicSubscription]:
    """The subscriptions that the route relies on: those of the named endpoints, or the best one of anybody."""
    hears = [row for row in rows if reaches(row)]
    if endpoints:
        return [row for row in hears if any(is_of(endpoint, row) for endpoint in endpoints)]
    return sorted(hears, key=lambda row: not is_person(row))[:1]


def _of_the_named(
    name: str, endpoints: Sequence[Endpoint], waits_for: Sequence[str], deaf: Sequence[str]
) -> tuple[Prospect, str]:
    if deaf:
        sentence = (
            f"the filter policy of the subscription of {', '.join(deaf)} to topic {name} keeps alarm messages out"
        )
        also = f"; {', '.join(waits_for)} has to confirm" if waits_for else ""
        return Prospect.UNTOLD, f"{sentence}{also}: take the policy off, or name another topic with --topic-name"
    if waits_for:
        return Prospect.WAITS, f"topic {name} waits until {', '.join(waits_for)} confirms the subscription"
    return Prospect.HOLDS, f"topic {name} reaches {', '.join(endpoint.shown for endpoint in endpoints)}"


def _of_anybody(name: str, heard: Sequence[TopicSubscription], pending: Sequence[str]) -> tuple[Prospect, str]:
    if heard:
        return Prospect.HOLDS, f"topic {name} reaches {address_of(heard[0])}, which is confirmed"
    if pending:
        return Prospect.WAITS, f"topic {name} waits until {', '.join(pending)} confirms the subscription"
    return (
        Prospect.NOBODY,
        f"no endpoint was given (--endpoint), so nobody is subscribed to topic {name}: still alarm at subscription",
    )


def is_swallowing(inventory: Inventory, topic_arn: str, endpoints: Collection[Endpoint]) -> bool:
    """One of the endpoints is confirmed there, but its filter policy keeps alarm messages from it."""
    return _is_deaf(inventory.subscriptions(topic_arn), endpoints)


def may_be_joined(inventory: Inventory, topic_arn: str, settings: Settings) -> bool:
    """Named endpoints may be subscribed to a topic that tells somebody else already: it was named, or is ours."""
    arn = parse_arn(topic_arn)
    topic = inventory.topic(topic_arn)
    if arn is None or topic is None or not inventory.sees(arn.account_id):
        return False
    if settings.topic_arn or settings.topic_name:
        return settings.topic_arn == topic_arn or settings.topic_name == arn.resource
    place = Place(arn.partition, arn.account_id, arn.region)
    return settings.reuse_topic or same_policy(topic.policy, topic_policy(place, arn.resource))


def _named(inventory: Inventory, place: Place, settings: Settings, wanted: str, control: str) -> Route:
    arn = parse_arn(wanted)
    if arn is None or (arn.region, arn.partition) != (place.region, place.partition):
        raise TopicUnusable(
            f"topic {wanted} is not in {place.region}, and alarms notify only topics of their own region and partition"
        )
    topic = inventory.topic(wanted)
    if topic is None:
        raise TopicUnusable(f"topic {wanted} does not exist or could not be read")
    if reason := why_refused(inventory, topic, place):
        raise TopicUnusable(f"topic {wanted} was named and cannot serve: {reason}")
    return route_through(inventory, wanted, settings, control=control)


def _called(inventory: Inventory, place: Place, settings: Settings, name: str, control: str) -> Route:
    """The topic of that name in the place, or a new one."""
    arn = place.arn("sns", name)
    if inventory.topic(arn) is not None:
        return _named(inventory, place, settings, arn, control)
    if failure := inventory.failure("topics", place.account_id, place.region, name=arn):
        raise TopicUnusable(f"whether topic {arn} exists could not be read: {failure.message}")
    return _new(inventory, place, settings, name, control=control, why=f"topic {name} was named and does not exist")


def _new(inventory: Inventory, place: Place, settings: Settings, name: str, *, control: str, why: str) -> Route:
    new = topic_step(place, name=name, tags=settings.all_tags, controls=(control,), why=why)
    return route_through(inventory, new.resource, settings, control=control, new=new)


def _ours(inventory: Inventory, place: Place, settings: Settings, *, control: str) -> Route:
    """A topic under our name: one from an earlier run, else a new one."""
    spoken_for = {
        str(action)
        for alarm in inventory.alarms(place.account_id, place.region)
        for action in alarm.alarm_actions or ()
    }
    names = candidates(name_of(settings, NameKind.TOPIC, place), longest=_LONGEST_TOPIC_NAME)
    who = ", ".join(endpoint.shown for endpoint in settings.endpoints) or "a person"
    for name in names:
        arn = place.arn("sns", name)
        topic = inventory.topic(arn)
        if topic is None:
            # A missing topic that alarms name would make them ring again: that is not ours to decide.
            if arn in spoken_for:
                continue
            why = f"no topic that was seen in {place.region} takes alarms and is heard by {who}"
            return _new(inventory, place, settings, name, control=control, why=why)
        if is_swallowing(inventory, arn, settings.endpoints):
            continue
        if same_policy(topic.policy, topic_policy(place, name)) and takes_alarms(inventory, topic, place):
            return route_through(inventory, arn, settings, control=control)
    raise TopicUnusable(
        f"in {place.account_id} {place.region} the topic names {names[0]} to {names[-1]} are taken, and none of these "
        "topics can be used: name another one with --topic-name"
    )


def _preference(inventory: Inventory, topic: Topic, place: Place, settings: Settings) -> tuple[object, ...]:
    rows = inventory.subscriptions(topic.topic_arn)
    used = any(
        topic.topic_arn in (alarm.alarm_actions or ()) for alarm in inventory.alarms(place.account_id, place.region)
    )
    return (
        not all_hear(settings.endpoints, rows),
        not all_asked(settings.endpoints, rows),
        topic.topic_arn != place.arn("sns", name_of(settings, NameKind.TOPIC, place)),
        not used,
        topic.topic_arn,
    )


def _confirms_itself(endpoint: Endpoint, place: Place) -> bool:
    if endpoint.protocol not in _CONFIRMS_ITSELF:
        return False
    arn = parse_arn(endpoint.address)
    return arn is None or arn.account_id == place.account_id


def _place_of(inventory: Inventory, topic_arn: str) -> Place:
    arn = parse_arn(topic_arn)
    if arn is None:
        raise TopicUnusable(f"{topic_arn} is not an ARN")
    return Place(arn.partition, arn.account_id, arn.region, inventory.connection(arn.account_id))
