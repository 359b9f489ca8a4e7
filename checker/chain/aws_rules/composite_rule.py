"""Composite alarms: which of them go to ALARM whenever a given alarm does.

Source: CloudWatch API reference ``PutCompositeAlarm`` (``AlarmRule``: ``ALARM(x)``, ``OK(x)``,
``INSUFFICIENT_DATA(x)``, ``TRUE``, ``FALSE``, joined by ``AND``, ``OR``, ``NOT`` and parentheses; ``x`` is a name or an
ARN, quoted or not).
The rule is evaluated in three values: what other alarms do is not known. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checker.chain.truth import Truth, all_of, any_of
from checker.facts import Alarm

_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\"()\s]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))"
)
_QUIET = ("OK", "INSUFFICIENT_DATA")


def composites_over(alarm: Alarm, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Composite alarms that change to ALARM whenever this alarm does, directly or through one another, by name.

    A rule that cannot be read counts for none: whether it rings is then not known.
    """
    found: dict[str, Alarm] = {}
    waiting = [alarm]
    while waiting:
        below = waiting.pop()
        for composite in sorted(alarms, key=lambda item: item.name):
            if composite.alarm_rule and composite.name not in found and _follows(composite.alarm_rule, below):
                found[composite.name] = composite
                waiting.append(composite)
    return [found[name] for name in sorted(found)]


def _follows(rule: str, alarm: Alarm) -> bool:
    names = frozenset(name for name in (alarm.name, alarm.arn) if name)
    rings = _Rule(rule, names, "ALARM").value()
    return rings is Truth.YES and all(_Rule(rule, names, state).value() is not Truth.YES for state in _QUIET)


class _Unreadable(Exception):
    pass


@dataclass(slots=True)
class _Rule:
    """A rule, evaluated for one state of the alarm with these names. ``AND`` binds before ``OR``."""

    text: str
    names: frozenset[str]
    state: str
    position: int = 0

    def value(self) -> Truth:
        """The rule's value; ``MAYBE`` for a rule that cannot be read."""
        try:
            result = self._any()
            return result if self._next() is None else Truth.MAYBE
        except _Unreadable:
            return Truth.MAYBE

    def _next(self) -> re.Match[str] | None:
        match = _TOKEN.match(self.text, self.position)
        if match is None and self.text[self.position :].strip():
            raise _Unreadable
        return match

    def _takes(self, word: str) -> bool:
        match = self._next()
        if match is None or word not in (match["word"], match["bracket"]):
            return False
        self.position = match.end()
        return True

    def _any(self) -> Truth:
        values = [self._all()]
        while self._takes("OR"):
            values.append(self._all())
        return any_of(values)

    def _all(self) -> Truth:
        values = [self._one()]
        while self._takes("AND"):
            values.append(self._one())
        return all_of(values)

    def _one(self) -> Truth:
        if self._takes("NOT"):
            return ~self._one()
        if self._takes("("):
            value = self._any()
            if not self._takes(")"):
                raise _Unreadable
            return value
        match = self._next()
        if match is None or not (match["state"] or match["word"] in {"TRUE", "FALSE"}):
            raise _Unreadable
        self.position = match.end()
        if match["word"]:
            return Truth.of(match["word"] == "TRUE")
        if (match["quoted"] or match["plain"]) not in self.names:
            return Truth.MAYBE
        return Truth.of(match["state"] == self.state)
