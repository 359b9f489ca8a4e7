"""Completes one chain from its log group on: filter, topic, subscription, alarm, in this order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from checker.arns import LogGroupId, Place, parse_arn
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.topic import judge_topics
from checker.controls.selected import SelectedControl
from checker.facts import LogGroup
from checker.findings import Finding, Hop, HopStatus, HopVerdict
from remediation.planning import manual
from remediation.planning.hearing import all_hear
from remediation.planning.inventory import Inventory
from remediation.planning.model import Kind, Precondition, Prospect
from remediation.planning.name_template import NameKind, name_of
from remediation.planning.names import free_name
from remediation.planning.preconditions import precondition_of
from remediation.planning.settings import Settings
from remediation.planning.steps import AnyStep, Metric, NewAlarm, Step, alarm_step, metric_filter_step
from remediation.planning.topics import Route, TopicUnusable, choose_topic, is_swallowing, route_through
from remediation.planning.trial import fires, new_publication, publications, reaches

_LONGEST_FILTER_NAME = 512
_LONGEST_ALARM_NAME = 255
_NO_METRIC_FILTERS = ("INFREQUENT_ACCESS", "DELIVERY")

Hops = Mapping[Hop, HopVerdict]


@dataclass(frozen=True, slots=True)
class Repaired:
    """How one finding fares: what to expect, the steps (some may be shared with other findings), what they rely on."""

    prospect: Prospect
    sentence: str
    steps: tuple[AnyStep, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    topic_arn: str | None = None
    """The topic through which it will be heard."""
    also_heard_at: tuple[str, ...] = ()
    """Topics of a chain that holds already."""

    @property
    def heard_at(self) -> tuple[str, ...]:
        """Every topic through which it is, or will be, heard."""
        return (self.topic_arn,) if self.topic_arn else self.also_heard_at


@dataclass(frozen=True, slots=True)
class _Source:
    """The metric to watch: of filters that exist, or of one that is planned."""

    metric: Metric
    steps: tuple[Step, ...]
    preconditions: tuple[Precondition, ...]
    heard_through: str = ""
    """Name of an alarm that watches this metric already, fires on one event and reaches somebody."""


class Repairer:
    """Plans chain after chain and remembers what it has given away: names, metrics, places on a log group, topics."""

    def __init__(self, inventory: Inventory, settings: Settings) -> None:
        self._inventory = inventory
        self._settings = settings
        self._names: set[tuple[str, ...]] = set()
        self._metrics: set[tuple[str, str, Metric]] = set()
        self._new_filters: Counter[LogGroupId] = Counter()
        self._topics: dict[tuple[str, str], Route] = {}
        self._done: dict[tuple[str, str, str | None], Repaired] = {}

    def repair(self, control: SelectedControl, group: LogGroupId, hops: Hops, finding: Finding) -> Repaired:
        """Complete the chain of a finding whose trail and log group hold.

        Members of an organisation share the owner's chain: what was planned for one serves the others.
        """
        broken = finding.broken_hop or Hop.FILTER
        # Only what the repair depends on; an account's own witness or wording must not plan a second filter.
        key = (control.key, group.arn, f"{broken}:{hops[broken].resource}" if broken is not Hop.FILTER else None)
        if key not in self._done:
            self._done[key] = self._repair(control, group, hops, broken, finding)
        return self._done[key]

    def _repair(
        self, control: SelectedControl, group: LogGroupId, hops: Hops, broken: Hop, finding: Finding
    ) -> Repaired:
        """Complete the chain by what is there already, and add the rest."""
        place = Place(group.partition, group.account_id, group.region, self._inventory.connection(group.account_id))
        try:
            if broken is Hop.SUBSCRIPTION and (told := self._subscribe(control, hops, finding)):
                return told
            source = self._existing_source(place, group, hops) or self._new_source(control, place, group, hops)
            if isinstance(source, Repaired):
                return source
            if source.heard_through:
                sentence = (
                    f"the new filter feeds the metric that alarm {source.heard_through} watches, which reaches somebody"
                )
                return Repaired(Prospect.HOLDS, sentence, source.steps, source.preconditions)
            route = self._route(control, place)
        except TopicUnusable as error:
            return Repaired(Prospect.MANUAL, f"nothing is planned: {error}")
        alarm = self._alarm(control, place, source, route)
        advice = self._advice(control, place, hops, broken, finding)
        return Repaired(
            route.prospect,
            route.sentence,
            (*source.steps, *route.steps, alarm, *advice),
            (*source.preconditions, *route.preconditions),
            route.topic_arn,
        )

    def _subscribe(self, control: SelectedControl, hops: Hops, finding: Finding) -> Repaired | None:
        """Alarm and topic hold: subscribe somebody to that topic. ``None`` when another topic serves better."""
        topic_arn = hops[Hop.TOPIC].resource or ""
        arn = parse_arn(topic_arn)
        if arn is None:
            return None
        place = Place(arn.partition, arn.account_id, arn.region, self._inventory.connection(arn.account_id))
        if not self._inventory.sees(arn.account_id):
            step = manual.subscribe_elsewhere(place, topic_arn, control.key, finding.reason)
            return Repaired(Prospect.MANUAL, f"a person has to {step.title}", (step,))
        settings = self._settings
        if is_swallowing(self._inventory, topic_arn, settings.endpoints) or settings.topic_arn not in (None, topic_arn):
            return None
        if settings.topic_name not in (None, _name(topic_arn)):
            return None
        route = route_through(self._inventory, topic_arn, settings, control=control.key)
        if route.prospect is Prospect.NOBODY and self._somebody_else_hears(control, hops):
            return None
        alarm = hops[Hop.ALARM].resource
        preconditions = (
            *route.preconditions,
            *((precondition_of(self._inventory, Kind.ALARM, alarm),) if alarm else ()),
        )
        if route.prospect in (Prospect.HOLDS, Prospect.WAITS):
            self._topics.setdefault((arn.account_id, arn.region), route)
        return Repaired(route.prospect, route.sentence, route.steps, preconditions, topic_arn)

    def _somebody_else_hears(self, control: SelectedControl, hops: Hops) -> bool:
        alarm = parse_arn(hops[Hop.ALARM].resource)
        if alarm is None:
            return False
        place = Place(alarm.partition, alarm.account_id, alarm.region)
        return choose_topic(self._inventory, place, self._settings, control=control.key).prospect is Prospect.HOLDS

    def _existing_source(self, place: Place, group: LogGroupId, hops: Hops) -> _Source | None:
        """The metric of the covering filters, when an alarm of ours on it would fire."""
        hop = hops[Hop.FILTER]
        first = self._inventory.filter_at(hop.resource)
        if hop.status is not HopStatus.OK or first is None:
            return None
        named = set(hop.evidence.get("patterns", ())) or {first.name}
        for publication in publications(named, self._inventory.publishers(group)):
            metric = Metric(publication.transformation.namespace, publication.transformation.metric)
            feeders = self._inventory.feeders(place.account_id, place.region, metric)
            # What another log group publishes would ring for something else.
            if all(row.log_group_name == group.name for row in feeders) and fires(place, group, publication):
                preconditions = tuple(
                    precondition_of(self._inventory, Kind.METRIC_FILTER, f"{group.arn}:metric-filter:{row.name}")
                    for row in publication.filters
                )
                return _Source(metric, (), preconditions)
        return None

    def _new_source(self, control: SelectedControl, place: Place, group: LogGroupId, hops: Hops) -> _Source | Repaired:
        """A new filter with a metric of its own or one that is heard; a manual step where the group takes none."""
        row = self._inventory.log_group(group)
        trail = hops[Hop.TRAIL].resource or ""
        if row is not None and row.log_group_class in _NO_METRIC_FILTERS:
            step = manual.replace_log_group(place, trail, group, str(row.log_group_class), control.key)
            return Repaired(Prospect.MANUAL, f"a person has to {step.title}; then plan again", (step,))
        count = max(len(self._inventory.filters(group)), (row.metric_filter_count or 0) if row else 0)
        if count + self._new_filters[group] >= manual.FILTERS_PER_GROUP:
            step = manual.free_a_filter(place, group, control.key)
            return Repaired(Prospect.MANUAL, f"a person has to {step.title}; then plan again", (step,))
        wanted = self._settings.for_control(control.key)
        metric = Metric(
            wanted.metric_namespace or control.names.metric_namespace, wanted.metric_name or control.names.metric_name
        )
        heard_through = self._heard_through(place, group, metric)
        if not heard_through:
            metric = self._free_metric(place, metric)
        self._metrics.add((place.account_id, place.region, metric))
        self._new_filters[group] += 1
        taken = {item.name for item in self._inventory.filters(group)}
        base = wanted.filter_name or name_of(self._settings, NameKind.FILTER, place, control)
        told = f"{hops[Hop.FILTER].reason}{_open(row)}"
        step_ = metric_filter_step(
            place,
            group=group.name,
            name=self._free(base, taken, group.arn, longest=_LONGEST_FILTER_NAME),
            pattern=control.references[0].effective,
            metric=metric,
            control=control.key,
            why=f"no filter of log group {group.name} covers {control.control_id}: {told}",
        )
        preconditions = [precondition_of(self._inventory, Kind.LOG_GROUP, group.arn)] if row is not None else []
        if heard_through:
            preconditions.append(
                precondition_of(self._inventory, Kind.ALARM, place.arn("cloudwatch", f"alarm:{heard_through}"))
            )
        return _Source(metric, (step_,), tuple(preconditions), heard_through)

    def _heard_through(self, place: Place, group: LogGroupId, metric: Metric) -> str:
        """An alarm that lacks nothing but its filter: it watches the control's own metric, which nothing publishes."""
        alarms = self._inventory.alarms(place.account_id, place.region)
        published = self._inventory.feeders(place.account_id, place.region, metric)
        if published or (place.account_id, place.region, metric) in self._metrics:
            return ""
        for outcome in judge_alarms(group, new_publication(metric), alarms):
            if outcome.follow is None:
                continue
            for topic in judge_topics(outcome.follow, self._inventory):
                topic_arn = topic.follow.topic_arn if topic.follow else ""
                if topic.verdict.status is HopStatus.OK and self._tells_everybody(topic_arn):
                    return outcome.follow.name
        return ""

    def _tells_everybody(self, topic_arn: str) -> bool:
        """Nobody who was named is left out, or, where nobody was, somebody hears; and no other topic was named."""
        settings, rows = self._settings, self._inventory.subscriptions(topic_arn)
        if settings.topic_arn not in (None, topic_arn) or settings.topic_name not in (None, _name(topic_arn)):
            return False
        return all_hear(settings.endpoints, rows) and any(map(reaches, rows))

    def _free_metric(self, place: Place, metric: Metric) -> Metric:
        """A metric that nothing feeds and nothing watches, so that no alarm that exists changes its ways."""
        used = self._inventory.metrics_in_use(place.account_id, place.region)
        used |= {
            taken for account, region, taken in self._metrics if (account, region) == (place.account_id, place.region)
        }
        names = {taken.name for taken in used if taken.namespace == metric.namespace}
        return Metric(metric.namespace, free_name(metric.name, names))

    def _route(self, control: SelectedControl, place: Place) -> Route:
        """One topic serves all controls of a place; later controls find it planned."""
        key = (place.account_id, place.region)
        if key not in self._topics:
            self._topics[key] = choose_topic(self._inventory, place, self._settings, control=control.key)
        return self._topics[key]

    def _alarm(self, control: SelectedControl, place: Place, source: _Source, route: Route) -> Step:
        """The alarm on the metric of the source, behind the steps that it needs."""
        wanted = self._settings.for_control(control.key)
        taken = {alarm.name for alarm in self._inventory.alarms(place.account_id, place.region)}
        base = wanted.alarm_name or name_of(self._settings, NameKind.ALARM, place, control)
        scope = f"{place.account_id}:{place.region}"
        alarm = NewAlarm(
            name=self._free(base, taken, scope, longest=_LONGEST_ALARM_NAME),
            metric=source.metric,
            topic_arn=route.topic_arn,
            description=f"{control.benchmark} {control.control_id}: {control.title}. Made by alarmchain.",
            tags=self._settings.all_tags,
        )
        metric = f"{source.metric.namespace}/{source.metric.name}"
        why = f"no alarm on {metric} fires on one event and reaches a topic that holds"
        depends_on = tuple(step.id for step in (*source.steps, *route.steps) if step.operation != "Subscribe")
        return alarm_step(place, alarm, control=control.key, why=why, depends_on=depends_on)

    def _advice(
        self, control: SelectedControl, place: Place, hops: Hops, broken: Hop, finding: Finding
    ) -> tuple[AnyStep, ...]:
        """A customer key kept CloudWatch out. The new topic has none; who needs one is told how to admit CloudWatch."""
        topic = self._inventory.topic(hops[Hop.TOPIC].resource or "")
        if broken is not Hop.TOPIC or topic is None or not topic.kms_master_key_id:
            return ()
        if topic.kms_master_key_id.endswith("alias/aws/sns"):
            return ()
        key = self._inventory.customer_key(topic)
        return (manual.admit_to_key(place, topic, key, control.key, finding.reason),)

    def _free(self, base: str, taken: set[str], scope: str, *, longest: int) -> str:
        given = {name for place, name in self._names if place == scope}
        name = free_name(base, taken | given, longest=longest)
        self._names.add((scope, name))
        return name


def _open(row: LogGroup | None) -> str:
    """What is set on the group that nobody can say the meaning of: whether it takes the filter shows when it is put."""
    fields = ", ".join(map(str, row.unknown_fields or ())) if row is not None else ""
    return f" (set on the log group, and not known to this version: {fields})" if fields else ""


def _name(topic_arn: str) -> str:
    return topic_arn.rpartition(":")[2]
