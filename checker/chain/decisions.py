"""Decisions about the filters of many accounts: remembered, and refuted by a known event where one does it. Pure.

Most filters of a log group were made for other controls. An event that an earlier decision found to slip through
usually slips through them too, and showing that is evaluating a pattern, not deciding it. Such a refutation is as
sound as a decision (the event matches the reference and not the filter), but says nothing in words: ``in_full``
gives the decision with its sentence, for the one filter that a finding is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.chain.filter_decision import Decision, decide
from checker.controls.selected import SelectedControl
from checker.patterns import CoverVerdict, Pattern, PatternSyntaxError, matches, parse

_MOST_DECISIONS = 50_000
_MOST_EVENTS = 8
_MOST_QUESTIONS = 256
_MOST_WILD_CARDS = 8
REFUTED = Decision(CoverVerdict.MISSES, "It misses events that the reference matches.")


@dataclass(frozen=True, slots=True)
class FilterQuestion:
    """What a pattern is decided for: the control, the account, and what is declared or accepted."""

    control: SelectedControl
    account_id: str
    accept: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for questions that differ in the account only. The memory keeps the control alive, so its id is its."""
        return id(self.control), self.accept, self.excluding


@dataclass(slots=True)
class _Known:
    """What is known about one question: references that count, events that slipped through, and decisions."""

    control: SelectedControl
    references: tuple[Pattern, ...]
    """Every text that counts: all must be missed."""
    events: list[tuple[Mapping[str, Any], frozenset[int]]] = field(default_factory=list)
    """Events that slipped through, the newest first, with the references that they match."""
    decisions: dict[tuple[Any, ...], Decision] = field(default_factory=dict)


class DecisionMemory:
    """The decisions of one run: equal filters of many accounts are decided once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Known] = {}

    def decided(self, patterns: tuple[str, ...], question: FilterQuestion) -> Decision:
        """The decision on the union of the patterns; ``REFUTED`` where a known event slips through.

        The account is not fixed at first, because that answer serves all accounts that have the same filters.
        """
        if _names_accounts(patterns):
            return self.in_full(patterns, question)
        about = self._about(question)
        known = about.decisions.get(patterns)
        if known is not None:
            return known
        if _refuted(patterns, about):
            return _keep(about, patterns, REFUTED)
        return self.in_full(patterns, question)

    def in_full(self, patterns: tuple[str, ...], question: FilterQuestion) -> Decision:
        """The decision with its sentence and witness."""
        about = self._about(question)
        general = _full(about, patterns, patterns, question, None)
        if general.verdict is CoverVerdict.COVERS or not _names_accounts(patterns):
            return general
        account_id = question.account_id
        return _full(about, (patterns, account_id), patterns, question, {"recipientAccountId": account_id})

    def _about(self, question: FilterQuestion) -> _Known:
        about = self._known.get(question.key)
        if about is None:
            control = question.control
            texts = [reference.effective for reference in control.references]
            texts += [text.pattern for text in control.accepted_elsewhere if text.source_id in question.accept]
            if len(self._known) >= _MOST_QUESTIONS:
                self._known.clear()
            about = self._known[question.key] = _Known(control, tuple(parse(text) for text in texts))
        return about


def _full(
    about: _Known,
    key: tuple[Any, ...],
    patterns: tuple[str, ...],
    question: FilterQuestion,
    fixed: Mapping[str, str] | None,
) -> Decision:
    """The decision, made if it was not before; what is only known to be refuted is worked out with its witness."""
    known = about.decisions.get(key)
    if known is not None and known is not REFUTED:
        return known
    decision = decide(patterns, about.control, accept=question.accept, fixed=fixed, excluding=question.excluding)
    if decision.witness is not None and fixed is None:
        _learn(about, decision.witness)
    if known is REFUTED and decision.verdict is not CoverVerdict.MISSES:
        return REFUTED
    return _keep(about, key, decision)


def _keep(about: _Known, key: tuple[Any, ...], decision: Decision) -> Decision:
    if len(about.decisions) >= _MOST_DECISIONS:
        about.decisions.clear()
    about.decisions[key] = decision
    return decision


def _learn(about: _Known, event: Mapping[str, Any]) -> None:
    matched = frozenset(index for index, reference in enumerate(about.references) if matches(reference, event))
    about.events.insert(0, (event, matched))
    del about.events[_MOST_EVENTS:]


def _refuted(patterns: tuple[str, ...], about: _Known) -> bool:
    """Whether known events that the patterns do not match are matched by every reference, one event or another."""
    if not about.events or not all(map(_is_plain, patterns)):
        return False
    try:
        parsed = [parse(text) for text in patterns]
    except PatternSyntaxError:
        return False
    open_references = set(range(len(about.references)))
    for event, matched in about.events:
        if open_references & matched and not any(matches(pattern, event) for pattern in parsed):
            open_references -= matched
    return not open_references


def _is_plain(text: str) -> bool:
    """A pattern that the engine always decides: an answer must not depend on which events are known already."""
    return (
        text.lstrip().startswith("{")
        and not any(character in text for character in "%<>")
        and text.count("*") <= _MOST_WILD_CARDS
    )


def _names_accounts(patterns: tuple[str, ...]) -> bool:
    return any("ccountId" in text for text in patterns)
