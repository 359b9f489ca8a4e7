"""Fields, values, conditions and references as a sentence names them."""

from __future__ import annotations

from collections.abc import Sequence

from checker.patterns.covering.event_model import Path
from checker.patterns.covering.predicates import Base, Equals, Every, Found, Not, OneOf, Predicate, Some, State
from checker.patterns.language.tree import And, Comparison, JsonPattern, Number, Operator, Pattern, Value, Wildcard

MAX_LISTED = 4


def named_texts(base: Base) -> frozenset[str]:
    """The texts that a condition names one by one."""
    if isinstance(base, OneOf):
        return base.texts
    if isinstance(base, Equals) and isinstance(base.value, Number):
        return frozenset({base.value.text})
    return frozenset()


def predicate_words(predicate: Predicate) -> str | None:
    """``CreateUser, DeleteUser or like Put*``; ``None`` for what is no list of texts."""
    parts = predicate.parts if isinstance(predicate, Some) else (predicate,)
    words: list[str] = []
    for part in parts:
        if texts := named_texts(part) if not isinstance(part, Not | Every | Some) else frozenset():
            words += [value_words(text) for text in sorted(texts)]
        elif isinstance(part, Equals) and isinstance(part.value, Wildcard):
            words.append(f"like {value_words('*'.join(part.value.pieces))}")
        else:
            return None
    return _enumeration(words)


def path_text(path: Path) -> str:
    """``userIdentity.type``, ``users[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def listed(values: Sequence[Found]) -> str:
    """``A, B or C``."""
    return _enumeration([value_words(value) for value in values])


def _enumeration(words: Sequence[str]) -> str:
    shown = list(words)
    if len(words) > MAX_LISTED + 1:
        shown = [*words[:MAX_LISTED], f"{len(words) - MAX_LISTED} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def value_words(value: Found) -> str:
    """A state in words."""
    if isinstance(value, State):
        return {State.ABSENT: "absent", State.OBJECT: "an object", State.ARRAY: "an array"}[value]
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return value if value and " " not in value else f'"{value}"'
    return str(value)


def subject(reference: Pattern) -> str:
    """What the reference matches, as a noun: "root call", "ConsoleLogin event", "event of the reference"."""
    if not isinstance(reference, JsonPattern):
        return "event"
    condition = reference.condition
    parts = condition.parts if isinstance(condition, And) else (condition,)
    fixed = {
        ".".join(str(getattr(step, "name", step)) for step in part.selector.steps): _literal(part.value)
        for part in parts
        if isinstance(part, Comparison) and part.operator is Operator.EQUAL
    }
    if fixed.get("userIdentity.type") == "Root":
        return "root call"
    name = fixed.get("eventName")
    if name:
        return f"{name} event"
    source = fixed.get("eventSource")
    if source:
        return f"event of the reference from {source}"
    return "event that the reference matches"


def plural(noun: str) -> str:
    """The plural of a `subject`."""
    head, space, rest = noun.partition(" ")
    if head == "event":
        return f"events{space}{rest}"
    return f"{noun}s"


def _literal(value: Value) -> str | None:
    return value.literal if isinstance(value, Wildcard) else None
