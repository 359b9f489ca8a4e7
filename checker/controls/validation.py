"""Proof of a control's pattern texts: they parse, say something, and can match every event that the control lists.

A reference that matches nothing would be covered by every filter, one that matches everything by hardly any.

The built-in controls are proved by the tests, a user's each time they are read; the pattern engine is imported
only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.controls.catalogue import ANY_BENCHMARK, Control, ControlEvent, ReferenceText
from checker.text.toml_document import Location, TomlDocument

if TYPE_CHECKING:
    from checker.patterns.language.tree import Condition, Pattern


def check_patterns(control: Control, document: TomlDocument) -> None:
    """Raise ``DataFileError`` at the first text that does not parse, and for an event that no reference matches."""
    parsed: dict[int, Pattern] = {}
    for index, text in enumerate(control.references):
        place: Location = ("reference", index)
        if text.correction is not None:
            parsed[index] = _parsed(document, text.correction, (*place, "correction"))
        else:
            parsed[index] = _parsed(document, text.pattern, (*place, "pattern"))
        _says_something(document, parsed[index], (*place, "pattern"))
    for index, foreign in enumerate(control.foreign):
        _parsed(document, foreign.pattern, ("foreign", index, "pattern"))
    for index, listed in enumerate(control.events):
        for number, text in enumerate(control.references):
            if _both_in_a_benchmark(text, listed) and not can_match(parsed[number], listed):
                raise document.error(
                    f"reference {number + 1} of {control.key} matches no {listed.event.name} of {listed.event.source}",
                    ("event", index, "name"),
                    hint="correct the event, or name in benchmarks those that list it",
                )


def _parsed(document: TomlDocument, text: str, place: Location) -> Pattern:
    from checker.patterns.language.errors import PatternSyntaxError
    from checker.patterns.language.parse import parse

    try:
        return parse(text)
    except PatternSyntaxError as error:
        raise document.error(f"{place[-1]}: {error}", place, hint=error.hint) from error


def _says_something(document: TomlDocument, pattern: Pattern, place: Location) -> None:
    from checker.patterns.covering.cover import matches_everything, never_matches

    if never_matches(pattern):
        raise document.error(
            "the reference matches no event at all", place, hint="every filter would cover it; look for a contradiction"
        )
    if matches_everything(pattern):
        raise document.error(
            "the reference matches every event", place, hint="only a filter that counts everything would cover it"
        )


def _both_in_a_benchmark(text: ReferenceText, listed: ControlEvent) -> bool:
    names = text.all_benchmarks
    return listed.benchmarks is None or ANY_BENCHMARK in names or bool(names & listed.benchmarks)


def can_match(pattern: Pattern, listed: ControlEvent) -> bool:
    """Whether the pattern lets an event of this name and source through, whatever its other fields are."""
    from checker.patterns.language.tree import EmptyPattern, JsonPattern

    if isinstance(pattern, JsonPattern):
        return _possible(pattern.condition, {"eventName": listed.event.name, "eventSource": listed.event.source})
    return isinstance(pattern, EmptyPattern)


def _possible(condition: Condition, known: dict[str, str]) -> bool:
    from checker.patterns.language.tree import And, Key, Or
    from checker.patterns.matching.match import holds

    if isinstance(condition, And):
        return all(_possible(part, known) for part in condition.parts)
    if isinstance(condition, Or):
        return any(_possible(part, known) for part in condition.parts)
    decided = any(condition.selector.steps == (Key(name),) for name in known)
    return not decided or holds(condition, known)
