"""Example patterns of a control: other spellings of its text, wider ones, and ones that leave something out.

Nothing here says which of them pass: that is for the pattern engine to decide, live.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.controls.selected import Procedure, SelectedControl
from checker.patterns.language.parse import parse
from checker.patterns.language.printer import to_text
from checker.patterns.language.tree import (
    And,
    Check,
    Comparison,
    Condition,
    JsonPattern,
    Key,
    Operator,
    Or,
    Selector,
    Test,
    conjunction,
    disjunction,
    wildcard,
)

EVENT_NAME = Selector((Key("eventName"),))
READ_ONLY = Selector((Key("readOnly"),))


@dataclass(frozen=True, slots=True)
class Example:
    """A pattern, and in words what it is."""

    what: str
    pattern: str


def examples(control: SelectedControl) -> tuple[Example, ...]:
    """Patterns that show where the control's line is: its texts, other spellings, a wider one, and narrower ones."""
    found = [Example(_words(text.procedures), text.effective) for text in control.references]
    condition = condition_of(control.references[0].effective)
    if condition is not None:
        found += [Example(what, to_text(JsonPattern(other))) for what, other in _variants(control, condition)]
    found += [Example(f"the text of {text.source}", text.pattern) for text in control.accepted_elsewhere]
    first: dict[str, Example] = {}
    for example in found:
        first.setdefault(example.pattern, example)
    return tuple(first.values())


def _words(procedures: tuple[Procedure, ...]) -> str:
    if Procedure.ALTERNATIVE in procedures:
        return "the allowed alternative of the benchmark"
    return f"the text of the benchmark's {' and '.join(procedures)}"


def _variants(control: SelectedControl, condition: Condition) -> Iterator[tuple[str, Condition]]:
    yield "the same clauses in another order", reordered(condition)
    yield "with one more event beside it", disjunction([condition, _is("eventName", "CreateAccessKey")])
    for event in control.events[:1]:
        shorter = without_event(condition, event.name)
        if shorter is not None:
            yield f"without {event.name}", shorter
    for source in sorted(control.event_sources):
        yield f"limited to events of {source}", conjunction([condition, _is("eventSource", source)])
    if not control.events:
        yield "limited to console sign-ins", conjunction([condition, _is("eventName", "ConsoleLogin")])
    yield "limited to one account", conjunction([condition, _is("recipientAccountId", "111111111111")])
    yield "limited to calls that change something", conjunction([condition, Test(READ_ONLY, Check.IS_FALSE)])


def _is(field: str, text: str) -> Comparison:
    return Comparison(Selector((Key(field),)), Operator.EQUAL, wildcard(text))


def condition_of(pattern: str) -> Condition | None:
    """The condition of a JSON pattern; ``None`` for the other kinds. Raises ``PatternSyntaxError``."""
    parsed = parse(pattern)
    return parsed.condition if isinstance(parsed, JsonPattern) else None


def reordered(condition: Condition) -> Condition:
    """The same condition with every ``&&`` and ``||`` the other way round."""
    if isinstance(condition, And):
        return conjunction(reordered(part) for part in reversed(condition.parts))
    if isinstance(condition, Or):
        return disjunction(reordered(part) for part in reversed(condition.parts))
    return condition


def without_event(condition: Condition, name: str) -> Condition | None:
    """The condition without the branches that ask for this event name; ``None`` when nothing is left of it."""
    if isinstance(condition, Or):
        kept = [part for old in condition.parts if (part := without_event(old, name)) is not None]
        return disjunction(kept) if kept else None
    if isinstance(condition, And):
        parts = [without_event(part, name) for part in condition.parts]
        left = [part for part in parts if part is not None]
        return conjunction(left) if len(left) == len(parts) else None
    asks = isinstance(condition, Comparison) and condition.selector == EVENT_NAME and condition.value == wildcard(name)
    return None if asks and isinstance(condition, Comparison) and condition.operator is Operator.EQUAL else condition
