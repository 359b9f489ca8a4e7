"""Requests for what is needed: paired by what belongs together, merged where everything is one free question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from checker.chain.needs import Need
from checker.database.source import Source
from checker.gather.reader import Request

_NAMED_BY = {
    "metric_filters": "log_group_names",
    "log_groups": "log_group_names",
    "topics": "topic_arns",
    "kms_keys": "key_ids",
    "topic_subscriptions": "topic_arns",
}
"""The parameter that takes a need's name."""

_SHARED_NAMES = frozenset({"metric_filters", "log_groups"})
"""Queries whose names many accounts have in common: asked by name with all these accounts. What others name is an
account's own, and asked by account with all its names. Either way no value meets one that is not its own."""


def requests_for(query: str, needs: Iterable[Need], sources: Mapping[str, Source]) -> list[Request]:
    """The least requests for these needs. ``sources``: the database that shows each account."""
    parameter = _NAMED_BY.get(query)
    together: dict[tuple[Source, str, str], set[Need]] = defaultdict(set)
    for need in needs:
        shared = need.name if query in _SHARED_NAMES else need.account_id if parameter else ""
        together[sources[need.account_id], need.region, shared].add(need)
    requests = []
    for (source, region, _), members in together.items():
        values = {"account_ids": in_order(need.account_id for need in members), "regions": (region,)}
        if parameter and all(need.name for need in members):
            values[parameter] = in_order(need.name for need in members)
        requests.append(Request(source, query, {"connections": None, **values}))
    ordered = sorted(requests, key=lambda request: sorted((k, v or ()) for k, v in request.parameters.items()))
    return merged(ordered)


def merged(requests: Sequence[Request]) -> list[Request]:
    """Requests of a plain Postgres become one question each; the others stay as they are.

    The union may bring rows that nobody asked for; look-ups are exact, so they do no harm.
    """
    plain: dict[int, list[Request]] = defaultdict(list)
    others: list[Request] = []
    for request in requests:
        if request.source.database.asks_aws:
            others.append(request)
        else:
            plain[id(request.source)].append(request)
    for group in plain.values():
        # A parameter that is not set means all: its union would be nothing.
        names = [name for name in group[0].parameters if all(request.values(name) for request in group)]
        union = {name: in_order(v for request in group for v in request.values(name)) for name in names}
        if group[0].query == "trails":
            # Every region's row is there for free, and the home region's decides.
            union.pop("regions")
        others.append(Request(group[0].source, group[0].query, {"connections": None, **union}))
    return others


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Each value once, in alphabetical order, so that equal questions look equal."""
    return tuple(sorted(set(values)))
