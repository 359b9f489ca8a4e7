"""Requests for what is named: paired by account and region, merged where everything is one free question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from checker.arns import parse_arn
from checker.chain.aws_rules.publish import MANAGED_KEY, key_id_of
from checker.database.interface import DatabaseKind
from checker.database.source import Source
from checker.facts import Topic
from checker.gather.isolation import Request


def requests_by_place(sources: Mapping[str, Source], query: str, parameter: str, arns: Iterable[str]) -> list[Request]:
    """Requests for things named by ARN: one per account and region, because values multiply."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for arn in arns:
        parsed = parse_arn(arn)
        if parsed and parsed.account_id in sources:
            value = parsed.resource.removeprefix("key/") if parameter == "key_ids" else arn
            places[parsed.account_id, parsed.region].add(value)
    requests = [
        Request(
            sources[account],
            query,
            {"connections": None, "account_ids": (account,), "regions": (region,), parameter: in_order(values)},
        )
        for (account, region), values in sorted(places.items())
    ]
    return merged(requests, "regions", parameter)


def merged(requests: Sequence[Request], *parameters: str) -> list[Request]:
    """Requests of a plain Postgres become one question each; the others stay as they are.

    The union may bring rows that nobody asked for; look-ups are exact, so they do no harm.
    """
    plain: dict[int, list[Request]] = defaultdict(list)
    others: list[Request] = []
    for request in requests:
        if request.source.database.kind is DatabaseKind.POSTGRES:
            plain[id(request.source)].append(request)
        else:
            others.append(request)
    for group in plain.values():
        union = {name: in_order(v for r in group for v in r.values(name)) for name in ("account_ids", *parameters)}
        if group[0].query == "trails":
            # Every region's row is there for free, and the home region's decides.
            union.pop("regions")
        others.append(Request(group[0].source, group[0].query, {"connections": None, **union}))
    return others


def key_arns(topics: Iterable[Topic]) -> set[str]:
    """The customer keys of the topics, as ARNs (of an alias, where the topic names one)."""
    found = set()
    for topic in topics:
        key_id = key_id_of(topic.kms_master_key_id)
        if key_id and key_id != MANAGED_KEY:
            arn = parse_arn(topic.kms_master_key_id)
            partition = topic.partition or "aws"
            found.add(str(arn) if arn else f"arn:{partition}:kms:{topic.region}:{topic.account_id}:key/{key_id}")
    return found


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Each value once, in alphabetical order, so that equal questions look equal."""
    return tuple(sorted(set(values)))
