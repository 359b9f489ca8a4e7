"""Follows an event from the trail to a person, along every way there is. Pure.

What a hop says to follow decides which hop is asked next, so the chain stands here once and nowhere else.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from checker.arns import LogGroupId
from checker.chain.decisions import FilterQuestion
from checker.chain.filter_decision import Decision
from checker.chain.hops.alarm import judge_feed
from checker.chain.hops.log_group import judge_log_group
from checker.chain.hops.metric_filter import Feed, FilterOutcome, judge_filters
from checker.chain.hops.subscription import Listener, judge_subscriptions
from checker.chain.hops.topic import Destination, judge_topics
from checker.chain.hops.trail import judge_trails
from checker.chain.lookup import Lookup
from checker.chain.needs import Need, NotYetRead
from checker.chain.verdicts import Outcome
from checker.facts import Account, Alarm, Trail
from checker.findings import HopStatus, HopVerdict, Status
from checker.patterns import CoverVerdict

Result = TypeVar("Result")
Walk = Generator[frozenset[Need], None, Result]
"""Yields what it needs to know, goes on once that was read, and returns its result."""

_BEST_FIRST = (Status.OK, Status.ERROR, Status.ALARM)
_NEAREST_FIRST = (CoverVerdict.COVERS, CoverVerdict.UNKNOWN, CoverVerdict.MISSES, CoverVerdict.INVALID)


@dataclass(frozen=True, slots=True)
class Chain:
    """One way from a trail towards a person, as far as it was followed, with what was met on it."""

    hops: tuple[HopVerdict, ...] = ()
    unverified: tuple[str, ...] = ()
    decision: Decision | None = None
    met: tuple[Any, ...] = ()
    """What was followed: trail, log group, feed, alarm, destination, listeners, as far as the chain got."""

    parts: tuple[Chain, ...] = ()
    """The chains that count together, where this one stands for several."""
    path: tuple[int, ...] = ()
    """Which of the ways was taken at each hop: of equal chains the first counts, in whatever order facts come."""

    def then(self, outcome: Outcome[Any], number: int = 0) -> Chain:
        """The chain with one more hop, by the way with this number."""
        return replace(
            self,
            hops=(*self.hops, outcome.verdict),
            unverified=(*self.unverified, *outcome.unverified),
            decision=outcome.decision if isinstance(outcome, FilterOutcome) else self.decision,
            met=self.met if outcome.follow is None else (*self.met, outcome.follow),
            path=(*self.path, number),
        )

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
        reached = next((index for index, hop in enumerate(self.hops) if hop.status is HopStatus.ALARM), len(self.hops))
        unknown = sum(1 for hop in self.hops if hop.status is HopStatus.UNKNOWN)
        nearness = len(_NEAREST_FIRST) if self.decision is None else _NEAREST_FIRST.index(self.decision.verdict)
        return _BEST_FIRST.index(self.status), -reached, unknown, nearness


def walk(account: Account, question: FilterQuestion, lookup: Lookup) -> Walk[list[Chain]]:
    """Every chain of an account, from each of its trails as far as it goes.

    A stopped trail in another account does not hide a complete chain: all are followed, the best counts.
    """
    return onward([(Chain(), account)], question, lookup)


def onward(starts: Iterable[tuple[Chain, Any]], question: FilterQuestion, lookup: Lookup) -> Walk[list[Chain]]:
    """Every chain that goes on from these, each with what it is to follow. All are followed as far as the facts go;
    then the walk says together what it needs, and goes on where it stopped."""
    chains: list[Chain] = []
    frontier = list(starts)
    while frontier:
        waiting: list[tuple[Chain, Any]] = []
        needs: set[Need] = set()
        while frontier:
            chain, follow = frontier.pop()
            try:
                outcomes = next_hop(follow, question, lookup)
            except NotYetRead as lacking:
                waiting.append((chain, follow))
                needs |= lacking.needs
                continue
            for number, outcome in enumerate(outcomes):
                further = chain.then(outcome, number)
                if outcome.follow is None or isinstance(outcome.follow, tuple):
                    chains.append(further)
                else:
                    frontier.append((further, outcome.follow))
        if needs:
            yield frozenset(needs)
        frontier = waiting
    return sorted(chains, key=lambda chain: chain.path)


def next_hop(follow: Any, question: FilterQuestion, lookup: Lookup) -> Sequence[Outcome[Any]]:
    """The hop that is asked about what the one before said to follow."""
    match follow:
        case Account():
            return judge_trails(follow, question.control, lookup)
        case Trail():
            return [judge_log_group(follow, lookup)]
        case LogGroupId():
            return judge_filters(follow, lookup, question)
        case Feed():
            return judge_feed(follow, lookup)
        case Alarm():
            return judge_topics(follow, lookup)
        case Destination():
            return [judge_subscriptions(follow, lookup)]
    raise TypeError(f"no hop follows {type(follow).__name__}")


def result_of(walk: Walk[Result]) -> Result:
    """The result of a walk over facts that are all there. Raises ``NotYetRead`` where they are not."""
    try:
        raise NotYetRead(next(walk))
    except StopIteration as end:
        result: Result = end.value
        return result


def listeners_of(chain: Chain) -> tuple[Listener, ...]:
    """Who hears at the end of a chain that holds."""
    return next((met for met in chain.met if isinstance(met, tuple)), ())


def first_of(met: Iterable[Any], kind: type[Any]) -> Any:
    """What of this kind was met on the way, or ``None``."""
    return next((item for item in met if isinstance(item, kind)), None)
