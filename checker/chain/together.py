"""Several chains count together: an event need only reach somebody by one of them. Pure.

A control may be split over filters that publish to different metrics, each with its own alarm, and topics that are
heard. When no chain alone holds, the filters that publish something are looked at as parts: if all of them together
cover the control, each is followed to its end, and what is heard must cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checker.arns import LogGroupId
from checker.chain.aws_rules.publishers import metric_value
from checker.chain.decisions import FilterQuestion
from checker.chain.filter_pairs import Pair, evidence_of, filter_arn, hidden_by_the_source, names_of, patterns_of
from checker.chain.filter_scope import out_of_scope
from checker.chain.hops.metric_filter import Feed, Publication
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.resemblance import covered_events, likeness
from checker.chain.verdicts import verdict
from checker.chain.walk import Chain, Walk, first_of, onward
from checker.findings import HopStatus, HopVerdict, Status
from checker.patterns import CoverVerdict

_NOTHING_TO_JOIN = frozenset(
    code.name
    for code in (Code.FILTER_NONE, Code.FILTER_NONE_ABOUT_CONTROL, Code.FILTER_WITHOUT_METRIC, Code.FILTERS_NOT_READ)
)
"""What the filter hop says where no filter is about the control: then none can be a part of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Filters that publish to one metric, with the chain that led to their group."""

    before: Chain
    feed: Feed
    pairs: tuple[Pair, ...]

    @property
    def name(self) -> str:
        """``metric filter a``"""
        return names_of(self.pairs)


def walk_together(chains: Sequence[Chain], question: FilterQuestion, lookup: Lookup) -> Walk[Chain | None]:
    """The one chain that stands for all parts together; ``None`` where they do not cover the control.

    It holds when the parts that are heard cover; else it breaks, or is undecided, where the nearest part does.
    """
    if all(hop.code in _NOTHING_TO_JOIN for chain in chains for hop in chain.hops[2:3]):
        return None
    parts = [part for before in _groups_reached(chains) for part in _parts(before, question.account_id, lookup)]
    if len(parts) < 2 or not _cover(parts, question, lookup):
        return None
    ends: list[tuple[Part, Chain]] = []
    for part in parts:
        ways = yield from onward([(part.before, part.feed)], question, lookup)
        ends.append((part, min(ways, key=lambda chain: chain.rank)))
    for counting in ({Status.OK}, {Status.OK, Status.ERROR}):
        usable = [(part, chain) for part, chain in ends if chain.status in counting]
        if _cover([part for part, _ in usable], question, lookup):
            return _joined(_least(usable, question, lookup), question)
    return _joined(_least(ends, question, lookup), question)


def _groups_reached(chains: Sequence[Chain]) -> list[Chain]:
    """The chains as far as their log groups, each group once."""
    reached: dict[LogGroupId, Chain] = {}
    for chain in chains:
        group = first_of(chain.met, LogGroupId)
        if group is not None:
            start = Chain(hops=chain.hops[:2], met=chain.met[:2], path=chain.path[:2])
            reached.setdefault(group, start)
    return list(reached.values())


def _parts(before: Chain, account_id: str, lookup: Lookup) -> list[Part]:
    """What the filters of a group can add, by metric."""
    group: LogGroupId = first_of(before.met, LogGroupId)
    parts = []
    for publisher in lookup.publishers(group):
        pairs = tuple(pair for pair in publisher.pairs if _adds(pair, group, account_id))
        if pairs:
            value = min(metric_value(transformation.value) or 0.0 for _, transformation in pairs)
            filters = tuple(item for item, _ in pairs)
            publication = Publication(filters, pairs[0][1], value, publisher.zeros, publisher.resting)
            parts.append(Part(before, Feed(group, publication), pairs))
    return parts


def _adds(pair: Pair, group: LogGroupId, account_id: str) -> bool:
    """The filter certainly publishes a number above zero for events of the account that its pattern matches."""
    item, transformation = pair
    value = metric_value(transformation.value)
    if value is None or value <= 0 or item.filter_pattern is None:
        return False
    return out_of_scope([item], group, account_id, names_of((pair,))) is None


def _cover(parts: Sequence[Part], question: FilterQuestion, lookup: Lookup) -> bool:
    texts = tuple(dict.fromkeys(text for part in parts for text in patterns_of(part.pairs)))
    return bool(texts) and lookup.decisions.decided(texts, question).verdict is CoverVerdict.COVERS


def _least(usable: Sequence[tuple[Part, Chain]], question: FilterQuestion, lookup: Lookup) -> list[tuple[Part, Chain]]:
    """As few of the parts as cover, those that resemble the control least left out first."""
    reference = question.control.references[0].effective
    needed = list(usable)
    for entry in sorted(usable, key=lambda entry: likeness(patterns_of(entry[0].pairs), reference)):
        rest = [other for other in needed if other is not entry]
        if _cover([part for part, _ in rest], question, lookup):
            needed = rest
    return needed


def _joined(members: Sequence[tuple[Part, Chain]], question: FilterQuestion) -> Chain:
    """The members as one chain. The hops behind the filters are those of the member that breaks first, if one does."""
    worst = max(members, key=lambda member: (member[1].rank[0], [-entry for entry in member[1].rank]))
    part, chain = worst
    names = " and ".join(member.name for member, _ in members)
    hop = verdict(
        Code.FILTERS_COVER_TOGETHER,
        f"{names} cover {question.control.control_id} together{_shares(members, question)}.",
        resource=filter_arn(part.pairs[0][0], part.feed.group),
        evidence=evidence_of(tuple(pair for member, _ in members for pair in member.pairs)),
    )
    behind = chain.hops[2:]
    bad = chain.first_bad
    if bad is not None:
        heard = (
            f"{part.name} is not heard" if bad.status is HopStatus.ALARM else f"whether {part.name} is heard is open"
        )
        prefix = f"{names} cover {question.control.control_id} only together, and {heard}"
        behind = tuple(_told(each, prefix) if each is bad else each for each in behind)
    hidden = tuple(text for member, _ in members for text in hidden_by_the_source(member.pairs))
    return replace(
        chain,
        hops=(*chain.hops[:2], hop, *behind),
        unverified=(*hidden, *(text for _, end in members for text in end.unverified)),
        parts=tuple(end for _, end in members),
    )


def _told(hop: HopVerdict, prefix: str) -> HopVerdict:
    return replace(hop, reason=f"{prefix}: {hop.reason}")


def _shares(members: Sequence[tuple[Part, Chain]], question: FilterQuestion) -> str:
    """Which of the control's events each part takes, where the control lists events."""
    if not question.control.events:
        return ""
    shares = [
        f"{member.name} takes {', '.join(events)}"
        for member, _ in members
        if (events := covered_events(patterns_of(member.pairs), question.control))
    ]
    return f" ({'; '.join(shares)})" if shares else ""
