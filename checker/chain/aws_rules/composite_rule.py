"""Composite alarms: which of them go to ALARM whenever a given alarm does. Pure.

What other alarms do is not known, so a rule is evaluated in three values (``rule_expression``). A composite alarm
*rings* when its rule holds while the alarm is in ALARM, whatever the others do, and need not hold before. It *may* ring
when its rule cannot be read but names the alarm, or when it is part of a cycle: CloudWatch API reference
``PutCompositeAlarm``, "the evaluation of composite alarms stops if CloudWatch detects a cycle". Before it changes an
alarm is in OK or in INSUFFICIENT_DATA: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from checker.chain.aws_rules.rule_expression import Rule, names_in, parse_rule, value_of
from checker.chain.aws_rules.token_reader import Unreadable
from checker.chain.truth import Truth
from checker.facts import Alarm

_NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True)
class Follower:
    """A composite alarm that goes to ALARM whenever another alarm does: certainly, or maybe."""

    alarm: Alarm
    rings: Truth


def arn_of(alarm: Alarm) -> str:
    """The alarm's ARN; made up from its row where the row has none."""
    partition = alarm.partition or "aws"
    return alarm.arn or f"arn:{partition}:cloudwatch:{alarm.region}:{alarm.account_id}:alarm:{alarm.name}"


def followers(alarm: Alarm, alarms: Sequence[Alarm]) -> list[Follower]:
    """The composite alarms over an alarm, by name; ``alarms``: those of its account and region."""
    composites = {item.name: item for item in alarms if item.alarm_rule}
    over = _by_reference(composites.values())
    unread = [item for item in composites.values() if _parsed(item.alarm_rule or "") is None]
    found: dict[str, Truth] = {}
    waiting = [(alarm, Truth.YES)]
    while waiting:
        below, certainty = waiting.pop()
        names = frozenset({below.name, arn_of(below)})
        above = {name for reference in names for name in over.get(reference, ())}
        above.update(item.name for item in unread if any(_spells(item.alarm_rule or "", name) for name in names))
        for name in sorted(above):
            rings = certainty & _follows(composites[name], names, _quiet(below))
            # Seen again only when it is more certain than before: at most twice each.
            if rings is Truth.NO or found.get(name) in (rings, Truth.YES):
                continue
            found[name] = rings
            waiting.append((composites[name], rings))
    sound = _without_cycle(composites) if found else frozenset()
    return [Follower(composites[name], found[name] if name in sound else Truth.MAYBE) for name in sorted(found)]


def indifferent(alarm: Alarm, alarms: Sequence[Alarm]) -> list[Alarm]:
    """The composite alarms whose rules name the alarm, and that do not change to ALARM whenever it does, by name."""
    following = {follower.alarm.name for follower in followers(alarm, alarms)}
    names = {alarm.name, arn_of(alarm)}
    return sorted(
        (item for item in alarms if item.name not in following and names & _references(item)),
        key=lambda item: item.name,
    )


def _by_reference(composites: Iterable[Alarm]) -> dict[str, set[str]]:
    """The names of composite alarms by each name or ARN that their rules give."""
    over: dict[str, set[str]] = defaultdict(set)
    for composite in composites:
        for reference in _references(composite):
            over[reference].add(composite.name)
    return over


def _references(composite: Alarm) -> frozenset[str]:
    rule = _parsed(composite.alarm_rule or "")
    return names_in(rule) if rule is not None else frozenset()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Rule | None:
    try:
        return parse_rule(text)
    except Unreadable:
        return None


def _spells(text: str, name: str) -> bool:
    """The text has the name somewhere, as it is or with its quotation marks escaped."""
    return name in text or name.replace("\\", "\\\\").replace('"', '\\"') in text


def _quiet(alarm: Alarm) -> tuple[str, ...]:
    """The states in which an alarm can be before it changes to ALARM.

    A composite alarm is in OK when its rule does not hold; one that takes missing data as good is in OK without any.
    """
    if alarm.alarm_rule or alarm.treat_missing_data == _NOT_BREACHING:
        return ("OK",)
    return ("OK", "INSUFFICIENT_DATA")


def _follows(composite: Alarm, names: frozenset[str], quiet: tuple[str, ...]) -> Truth:
    """Does the composite alarm change to ALARM whenever the alarm of these names does, from any of its quiet states?"""
    rule = _parsed(composite.alarm_rule or "")
    if rule is None:
        return Truth.MAYBE

    def when(state: str) -> Truth:
        return value_of(rule, lambda name: state if name in names else None)

    return Truth.of(when("ALARM") is Truth.YES and all(when(state) is not Truth.YES for state in quiet))


def _without_cycle(composites: Mapping[str, Alarm]) -> frozenset[str]:
    """The composite alarms whose rules end at other alarms, taken away from below until only cycles are left."""
    by_reference = {reference: item.name for item in composites.values() for reference in (item.name, arn_of(item))}
    below = {
        name: {by_reference[reference] for reference in _references(item) if reference in by_reference}
        for name, item in composites.items()
    }
    above: dict[str, list[str]] = defaultdict(list)
    for name, parts in below.items():
        for part in parts:
            above[part].append(name)
    ready = [name for name, parts in below.items() if not parts]
    sound = set(ready)
    while ready:
        done = ready.pop()
        for name in above[done]:
            below[name].discard(done)
            if not below[name]:
                sound.add(name)
                ready.append(name)
    return frozenset(sound)
