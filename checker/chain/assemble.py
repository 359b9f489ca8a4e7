"""Follows the chain of every account and picks the best one; one finding per control and account. Pure.

A chain is complete when every hop holds; broken when a hop does not; undecided when a hop is unknown and none is
broken. One complete chain is enough; without one, an undecided chain gives ``error`` (it might be complete); else the
finding names the first broken hop of the chain that gets furthest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from checker.arns import parse_arn, parse_log_group_arn
from checker.chain.decisions import Question
from checker.chain.filter_decision import Decision
from checker.chain.hops.alarm import judge_alarms
from checker.chain.hops.log_group import judge_log_group
from checker.chain.hops.metric_filter import FilterOutcome, Publication, judge_filters, rank_decision
from checker.chain.hops.subscription import judge_subscriptions
from checker.chain.hops.topic import judge_topics
from checker.chain.hops.trail import judge_trail
from checker.chain.lookup import Lookup
from checker.chain.verdicts import not_read, verdict
from checker.controls.selected import SelectedControl
from checker.facts import Account, Trail
from checker.findings import HOPS, Finding, Hop, HopStatus, HopVerdict, Status


@dataclass(frozen=True, slots=True)
class Chain:
    """One way from a trail towards a person, as far as it was followed."""

    hops: tuple[HopVerdict, ...]
    unverified: tuple[str, ...] = ()
    decision: Decision | None = None

    def then(self, hop: HopVerdict, *unverified: str) -> Chain:
        """The chain with one more hop."""
        return replace(self, hops=(*self.hops, hop), unverified=(*self.unverified, *unverified))

    @property
    def status(self) -> Status:
        """What this chain alone would give."""
        statuses = {hop.status for hop in self.hops}
        if HopStatus.ALARM in statuses:
            return Status.ALARM
        if HopStatus.UNKNOWN in statuses:
            return Status.ERROR
        return Status.OK

    @property
    def first_bad(self) -> HopVerdict | None:
        """The hop that the finding names: the first broken one, else the first that is unknown."""
        wanted = HopStatus.ALARM if self.status is Status.ALARM else HopStatus.UNKNOWN
        return next((hop for hop in self.hops if hop.status is wanted), None)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Lower is better: complete, then undecided, then broken as late as possible, then nearest to covering."""
        order = {Status.OK: 0, Status.ERROR: 1, Status.ALARM: 2, Status.SKIP: 3}[self.status]
        reached = next((index for index, hop in enumerate(self.hops) if hop.status is HopStatus.ALARM), len(self.hops))
        unknown = sum(1 for hop in self.hops if hop.status is HopStatus.UNKNOWN)
        return order, -reached, unknown, rank_decision(self.decision)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges accounts by the same facts. ``declared`` gives the exclusions declared for a control and account."""

    lookup: Lookup
    accept: tuple[str, ...] = ()
    first_regions: dict[str, str] = field(default_factory=dict)

    def finding(self, account: Account, control: SelectedControl, *, excluding: Sequence[str] = ()) -> Finding:
        """The finding of one control in one account."""
        question = Question(control, account.account_id, self.accept, tuple(excluding))
        best = min(self._chains(account, question), key=lambda chain: chain.rank)
        bad = best.first_bad
        return Finding(
            control=control.key,
            control_id=control.control_id,
            title=control.title,
            severity=control.severity,
            account_id=account.account_id,
            connection=account.connection,
            status=best.status,
            broken_hop=bad.hop if bad else None,
            reason=bad.reason if bad else _reaches(best),
            hops=_all_hops(best.hops),
            witness=best.decision.witness if best.decision and bad and bad.hop is Hop.FILTER else None,
            unverified=tuple(dict.fromkeys(best.unverified)),
            accepted_elsewhere=_elsewhere(best.decision, control),
        )

    def _chains(self, account: Account, question: Question) -> Iterator[Chain]:
        trails = self.lookup.trails(account.account_id)
        if not trails:
            yield Chain((self._no_trail(account),))
            return
        for trail in trails:
            # A stopped trail in another account does not hide a complete chain: all are followed, the best counts.
            yield from self._from_trail(trail, account, question)

    def _no_trail(self, account: Account) -> HopVerdict:
        region = self.first_regions.get(account.account_id)
        if failure := self.lookup.failure("trails", account.account_id, region):
            return not_read(
                Hop.TRAIL, failure, "the trails", region=failure.region or region, account_id=account.account_id
            )
        seen_from = f" is visible from {region}" if region else ""
        reason = f"no trail{seen_from}: nothing records what the account does. Create a multi-region trail."
        return verdict(Hop.TRAIL, HopStatus.ALARM, reason, region=region, account_id=account.account_id)

    def _from_trail(self, shown: Trail, account: Account, question: Question) -> Iterator[Chain]:
        trail = shown
        arn = parse_arn(shown.arn)
        owner = arn.account_id if arn else shown.account_id
        if owner != account.account_id:
            own_row = self.lookup.trail_of_owner(shown)
            if own_row is None:
                yield Chain((self._foreign_trail(shown, owner),))
                return
            trail = own_row
        hop = judge_trail(trail, question.control)
        if hop.status is HopStatus.UNKNOWN:
            hop = self._with_cause(hop, trail)
        chain = Chain((hop,))
        if hop.status is HopStatus.ALARM:
            yield chain
            return
        group_id = parse_log_group_arn(trail.log_group_arn)
        group_hop, group = judge_log_group(trail, visible=group_id is None or self.lookup.sees(group_id.account_id))
        chain = chain.then(group_hop)
        if group is None:
            yield chain
            return
        # A group is read whole or not at all: rows mean that the failure was another group's.
        any_filter = bool(self.lookup.filters(group))
        failure = self.lookup.failure("metric_filters", group.account_id, group.region)
        if failure and not any_filter:
            what = f"the metric filters of log group {group.name}"
            yield chain.then(not_read(Hop.FILTER, failure, what, region=group.region, account_id=group.account_id))
            return
        for outcome in judge_filters(group, self.lookup.publishers(group), question, any_filter=any_filter):
            yield from self._from_filter(chain, outcome, group_id=group.account_id, region=group.region)

    def _with_cause(self, hop: HopVerdict, trail: Trail) -> HopVerdict:
        failure = self.lookup.failure("trails", trail.account_id, trail.home_region)
        if failure is None:
            calls = "cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus and cloudtrail:GetEventSelectors"
            return replace(hop, reason=f"{hop.reason} Allow {calls}.")
        return replace(
            hop, reason=f"{hop.reason} {failure.action or 'The query'} failed: {failure.message.rstrip('.')}."
        )

    def _foreign_trail(self, trail: Trail, owner: str) -> HopVerdict:
        kind = "organisation trail" if trail.is_organization_trail else "trail"
        if failure := self.lookup.failure("trails", owner, trail.home_region):
            return not_read(
                Hop.TRAIL,
                failure,
                f"{kind} {trail.name} of account {owner}",
                region=trail.home_region,
                account_id=owner,
            )
        reason = (
            f"{kind} {trail.name} belongs to account {owner}, which is not connected: its log group, filter and alarm "
            "are there. Add a connection for it."
        )
        return verdict(Hop.TRAIL, HopStatus.UNKNOWN, reason, trail.arn)

    def _from_filter(self, chain: Chain, outcome: FilterOutcome, *, group_id: str, region: str) -> Iterator[Chain]:
        chain = replace(chain.then(outcome.verdict, *outcome.unverified), decision=outcome.decision)
        if outcome.publication is None:
            yield chain
            return
        yield from self._from_publication(chain, outcome.publication, account_id=group_id, region=region)

    def _from_publication(
        self, chain: Chain, publication: Publication, *, account_id: str, region: str
    ) -> Iterator[Chain]:
        if failure := self.lookup.failure("alarms", account_id, region):
            yield chain.then(
                not_read(Hop.ALARM, failure, f"the alarms in {region}", region=region, account_id=account_id)
            )
            return
        group = parse_log_group_arn(chain.hops[1].resource)
        for alarm in judge_alarms(group, publication, self.lookup.alarms(account_id, region)) if group else ():
            watched = chain.then(alarm.verdict, *alarm.unverified)
            if alarm.alarm is None or alarm.verdict.status is HopStatus.ALARM:
                yield watched
                continue
            for topic in judge_topics(alarm.alarm, self.lookup):
                published = watched.then(topic.verdict, *topic.unverified)
                if topic.topic_arn is None or topic.verdict.status is HopStatus.ALARM:
                    yield published
                    continue
                hop, unverified = judge_subscriptions(topic.topic_arn, self.lookup, sender=topic.sender)
                yield published.then(hop, *unverified)


def _elsewhere(decision: Decision | None, control: SelectedControl) -> tuple[str, ...]:
    """Foreign texts that are covered, each behind the id that ``--accept`` takes."""
    covered = decision.accepted_elsewhere if decision else ()
    return tuple(f"{text.source_id}: {text.source}" for text in control.accepted_elsewhere if text.source in covered)


def _all_hops(hops: tuple[HopVerdict, ...]) -> tuple[HopVerdict, ...]:
    reached = {hop.hop for hop in hops}
    rest = (HopVerdict(hop, HopStatus.NOT_REACHED, "not reached") for hop in HOPS if hop not in reached)
    return (*hops, *rest)


def _reaches(chain: Chain) -> str:
    topic = (chain.hops[4].resource or "").rpartition(":")[2]
    alarm = (chain.hops[3].resource or "").rpartition(":")[2]
    return f"an event reaches a person: alarm {alarm} publishes to topic {topic}, which has a confirmed subscription."


def connection_failed(control: SelectedControl, connection: str | None, action: str | None, message: str) -> Finding:
    """The finding of a connection that failed before it told its account."""
    name = f"connection {connection}" if connection else "the database"
    denied = f"{action} failed: " if action else ""
    reason = f"{name} could not be read: {denied}{message.rstrip('.')}."
    hop = HopVerdict(Hop.TRAIL, HopStatus.UNKNOWN, reason, evidence={"action": action, "message": message})
    return Finding(
        control=control.key,
        control_id=control.control_id,
        title=control.title,
        severity=control.severity,
        account_id=None,
        connection=connection,
        status=Status.ERROR,
        broken_hop=Hop.TRAIL,
        reason=reason,
        hops=_all_hops((hop,)),
    )
