"""Was a filter meant for a control? It decides whom a reason names, never the verdict. Pure.

A filter that has nothing to do with the control must not be widened: who did would turn the alarm on root use into one
on VPC changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from checker.controls.selected import SelectedControl
from checker.patterns import PatternSyntaxError, example_event, matches, never_matches, parse, try_parse
from checker.patterns.language.tree import JsonPattern, conjunction

_COMMON_WORDS = frozenset({"eventName", "eventSource", "NOT", "EXISTS", "IS", "NULL", "TRUE", "FALSE"})
_TITLE = re.compile(r"(?:Ensure )?(?P<subject>.+?)(?: (?:is|are) monitored)?")


def subject_of(control: SelectedControl) -> str:
    """What the control is about, in its title's words: ``VPC changes (4.14)``."""
    found = _TITLE.fullmatch(control.title)
    return f"{found['subject'] if found else control.title} ({control.control_id})"


def is_about(patterns: tuple[str, ...], control: SelectedControl) -> bool:
    """Whether the patterns match an ordinary event of the control, or share words and an event with its reference."""
    reference = control.references[0].effective
    return any(
        not _is_plainly_else(text, reference)
        and (
            _takes_a_sample(text, reference, tuple((event.name, event.source) for event in control.events))
            or (likeness((text,), reference) > 0 and _overlaps(text, reference))
        )
        for text in patterns
    )


def _is_plainly_else(text: str, reference: str) -> bool:
    """A pattern of plain event names, none of which the reference has: most filters of a group, and no need to ask."""
    return (
        "eventName" in text
        and not any(sign in text for sign in ("*", "%", "!=", "NOT"))
        and _words(text).isdisjoint(_words(reference))
    )


def covered_events(patterns: tuple[str, ...], control: SelectedControl) -> tuple[str, ...]:
    """Names of the control's events of which the patterns match an ordinary one."""
    events = tuple((event.name, event.source) for event in control.events)
    samples = _samples(control.references[0].effective, events)
    parsed = [pattern for text in patterns if not isinstance(pattern := try_parse(text), PatternSyntaxError)]
    return tuple(str(event["eventName"]) for event in samples if any(matches(pattern, event) for pattern in parsed))


def likeness(patterns: tuple[str, ...], reference: str) -> float:
    """Share of words in common with the reference, from 0 to 1; words that any pattern may have do not count."""
    wanted = _words(reference)
    words = frozenset[str]().union(*map(_words, patterns))
    return len(words & wanted) / (len(words | wanted) or 1)


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z][\w.]*", text)) - _COMMON_WORDS


@lru_cache(maxsize=8192)
def _takes_a_sample(text: str, reference: str, events: tuple[tuple[str, str], ...]) -> bool:
    try:
        pattern = parse(text)
    except PatternSyntaxError:
        return False
    return any(matches(pattern, event) for event in _samples(reference, events))


@lru_cache(maxsize=256)
def _samples(reference: str, events: tuple[tuple[str, str], ...]) -> tuple[Mapping[str, Any], ...]:
    """An ordinary event for each event of the control that the reference matches."""
    wanted = parse(reference)
    example = example_event(wanted)
    if example is None:
        return ()
    named = ({**example, "eventName": name, "eventSource": source} for name, source in events)
    return tuple(event for event in named if matches(wanted, event))


@lru_cache(maxsize=8192)
def _overlaps(text: str, reference: str) -> bool:
    """Whether some event matches both; a text that does not parse overlaps where it shares words."""
    try:
        pattern, wanted = parse(text), parse(reference)
    except PatternSyntaxError:
        return True
    if not isinstance(pattern, JsonPattern) or not isinstance(wanted, JsonPattern):
        return True
    return never_matches(JsonPattern(conjunction((pattern.condition, wanted.condition)))) is not True
