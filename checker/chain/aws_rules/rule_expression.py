"""The rules of composite alarms: parsed into a tree, and evaluated in three values. Pure.

Source: CloudWatch user guide, "Composite alarms" (``ALARM(x)``, ``OK(x)``, ``INSUFFICIENT_DATA(x)``, ``TRUE``,
``FALSE``; ``AND``, ``OR``, ``NOT``, parentheses; ``AT_LEAST(M, STATE_CONDITION, (x, y, ...))`` with a number or a
percentage and six state conditions; ``x`` is a name or an ARN; without quotation marks it has no blanks, round brackets
or commas, within them a quotation mark is escaped by a backslash); CloudWatch API reference ``PutCompositeAlarm`` (500
elements, 100 alarms; ``false`` in lower case).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from checker.chain.aws_rules.token_reader import TokenReader, Unreadable, tokens_of
from checker.chain.truth import Truth, all_of, any_of

LONGEST = 10_240
DEEPEST = 100
STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")

_TOKEN = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<mark>[(),])|(?P<word>[^\s(),"]+))', re.DOTALL)
_AMOUNT = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,9})?)(?P<percent>%?)")

StateOf = Callable[[str], str | None]
"""The state of an alarm by the name or ARN that a rule gives it; ``None`` when it is not known."""


@dataclass(frozen=True, slots=True)
class Constant:
    """``TRUE`` or ``FALSE``."""

    truth: Truth


@dataclass(frozen=True, slots=True)
class InState:
    """An alarm is in a state."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT``."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Both:
    """``AND`` (``every``) or ``OR`` of several rules."""

    rules: tuple[Rule, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``AT_LEAST``: so many of the alarms are in a state, or are not. ``amount`` is a share of them if ``percent``."""

    amount: Fraction
    percent: bool
    state: str
    negated: bool
    names: tuple[str, ...]


Rule = Constant | InState | Not | Both | AtLeast


def parse_rule(text: str) -> Rule:
    """Parse a rule; ``AND`` binds before ``OR``, keywords in any case. Raises ``Unreadable``."""
    reader = _Reader(list(tokens_of(text, _TOKEN, longest=LONGEST)))
    rule = reader.rule(DEEPEST)
    reader.end()
    return rule


def names_in(rule: Rule) -> frozenset[str]:
    """The names and ARNs of alarms in a rule."""
    match rule:
        case InState(name=name):
            return frozenset({name})
        case Not(rule=inner):
            return names_in(inner)
        case Both(rules=rules):
            return frozenset().union(*map(names_in, rules))
        case AtLeast(names=names):
            return frozenset(names)
        case Constant():
            return frozenset()


def value_of(rule: Rule, state_of: StateOf) -> Truth:
    """The rule's value, for the states that are known."""
    match rule:
        case Constant(truth=truth):
            return truth
        case InState(name=name, state=state):
            found = state_of(name)
            return Truth.of(None if found is None else found == state)
        case Not(rule=inner):
            return ~value_of(inner, state_of)
        case Both(rules=rules, every=every):
            values = (value_of(inner, state_of) for inner in rules)
            return all_of(values) if every else any_of(values)
        case AtLeast():
            return _at_least(rule, state_of)


def _at_least(rule: AtLeast, state_of: StateOf) -> Truth:
    """Count the alarms that are, and those that may be, in the state."""
    inside = [value_of(InState(name, rule.state), state_of) for name in rule.names]
    values = [~value for value in inside] if rule.negated else inside
    needed = rule.amount * len(values) / 100 if rule.percent else rule.amount
    certain, open_ones = values.count(Truth.YES), values.count(Truth.MAYBE)
    return Truth.YES if certain >= needed else Truth.MAYBE if certain + open_ones >= needed else Truth.NO


@dataclass(slots=True)
class _Reader(TokenReader):
    """Recursive descent, no deeper than ``DEEPEST``."""

    def rule(self, depth: int) -> Rule:
        """Alternatives joined by OR."""
        return self._joined("OR", lambda: self._joined("AND", lambda: self._one(depth - 1)))

    def _joined(self, word: str, part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), every=word == "AND")

    def _one(self, depth: int) -> Rule:
        """A rule without AND and OR outside parentheses."""
        if depth < 0:
            raise Unreadable
        token = self.next()
        if token.keyword == "NOT":
            return Not(self._one(depth - 1))
        if token.keyword == "(":
            inner = self.rule(depth)
            self.expect(")")
            return inner
        if token.keyword in {"TRUE", "FALSE"}:
            return Constant(Truth.of(token.keyword == "TRUE"))
        if token.keyword == "AT_LEAST":
            return self._at_least()
        if token.keyword not in STATES:
            raise Unreadable
        self.expect("(")
        name = self._name()
        self.expect(")")
        return InState(name, token.keyword)

    def _at_least(self) -> AtLeast:
        """``AT_LEAST(M, STATE, (alarms))`` from its opening parenthesis on."""
        self.expect("(")
        amount = _AMOUNT.fullmatch(self._name())
        self.expect(",")
        negated = self.takes("NOT")
        state = self.next().keyword
        if amount is None or state not in STATES:
            raise Unreadable
        self.expect(",")
        self.expect("(")
        names = [self._name()]
        while self.takes(","):
            names.append(self._name())
        self.expect(")")
        self.expect(")")
        return AtLeast(Fraction(amount["number"]), bool(amount["percent"]), state, negated, tuple(names))

    def _name(self) -> str:
        token = self.next()
        if token.kind == "mark":
            raise Unreadable
        return token.text
