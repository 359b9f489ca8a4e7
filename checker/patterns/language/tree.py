"""The typed tree of a filter pattern. Pure data; positions do not take part in equality.

A pattern is one of four kinds: `JsonPattern`, `TermPattern`, `SpacePattern` and `EmptyPattern`.
Trees are canonical: ``&&`` and ``||`` are associative and therefore n-ary and never nested in themselves
(build them with `conjunction` and `disjunction`), and quoted and unquoted spellings of a value are one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a pattern text: line and column count from 1 in characters, offset from 0."""

    line: int
    column: int
    offset: int


START = Position(1, 1, 0)


@dataclass(frozen=True, slots=True)
class Key:
    """A step of a selector into an object, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """A step of a selector into an array, from 0."""

    number: int


@dataclass(frozen=True, slots=True)
class AnyKey:
    """The step ``.*``: every field of an object."""


@dataclass(frozen=True, slots=True)
class AnyIndex:
    """The step ``[*]``: every element of an array."""


Step = Key | Index | AnyKey | AnyIndex


@dataclass(frozen=True, slots=True)
class Selector:
    """Which JSON value a condition looks at, ``$.userIdentity.type``."""

    steps: tuple[Step, ...]

    @property
    def wildcards(self) -> int:
        """Number of ``*`` steps."""
        return sum(isinstance(step, AnyKey | AnyIndex) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A text in which every ``*`` stands for any characters: the pieces between the asterisks.

    ``Wildcard(("Root",))`` is the plain text; ``Wildcard(("Access", ""))`` is ``Access*``.
    The user guide of 2020 read an asterisk inside a text literally (``Ev*ent``); the present one says only
    that ``*`` matches text, and that reading is used here.
    """

    pieces: tuple[str, ...]

    @property
    def literal(self) -> str | None:
        """The text, when there is no asterisk in it."""
        return self.pieces[0] if len(self.pieces) == 1 else None


ANYTHING = Wildcard(("", ""))


@dataclass(frozen=True, slots=True)
class Number:
    """An unquoted number, kept as it was written: ``400``, ``+1000``, ``10e-3``."""

    text: str

    @property
    def value(self) -> Decimal:
        """The number itself."""
        return Decimal(self.text)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression between percent signs, in the alphabet that CloudWatch Logs accepts."""

    source: str


Value = Wildcard | Number | Regex


class Operator(StrEnum):
    """Comparison operators. The last four compare numbers only."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    GREATER = ">"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="


class Check(StrEnum):
    """Conditions without a value."""

    IS_NULL = "IS NULL"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    NOT_EXISTS = "NOT EXISTS"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``selector operator value``."""

    selector: Selector
    operator: Operator
    value: Value
    position: Position = field(default=START, compare=False)


@dataclass(frozen=True, slots=True)
class Test:
    """``selector IS NULL``, ``IS TRUE``, ``IS FALSE`` or ``NOT EXISTS``."""

    __test__ = False

    selector: Selector
    check: Check
    position: Position = field(default=START, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold. At least two parts, none of them an `And`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds. At least two parts, none of them an `Or`."""

    parts: tuple[Condition, ...]


Condition = Comparison | Test | And | Or


def conjunction(parts: Iterable[Condition]) -> Condition:
    """``a && b && ...`` in canonical form. Raises `ValueError` for no parts."""
    return _join(And, parts)


def disjunction(parts: Iterable[Condition]) -> Condition:
    """``a || b || ...`` in canonical form. Raises `ValueError` for no parts."""
    return _join(Or, parts)


def _join(kind: type[And] | type[Or], parts: Iterable[Condition]) -> Condition:
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    if not flat:
        raise ValueError("a compound condition needs at least one part")
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def walk(root: Any, parts_of: Callable[[Any], Sequence[Any] | None]) -> Iterator[Any]:
    """Every leaf of a tree, from left to right; ``parts_of`` gives the children of a node and ``None`` for a leaf."""
    stack = [root]
    while stack:
        top = stack.pop()
        parts = parts_of(top)
        if parts is None:
            yield top
        else:
            stack.extend(reversed(parts))


def leaves(condition: Condition) -> Iterator[Comparison | Test]:
    """Every comparison and test of a condition, from left to right."""
    return walk(condition, lambda node: node.parts if isinstance(node, And | Or) else None)


class TermKind(StrEnum):
    """How a term counts; the value is the sign that is written before it."""

    REQUIRED = ""
    OPTIONAL = "?"
    EXCLUDED = "-"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase or a regular expression that is looked for in the raw text of a log event."""

    content: str | Regex
    kind: TermKind = TermKind.REQUIRED
    position: Position = field(default=START, compare=False)


@dataclass(frozen=True, slots=True)
class SpaceField:
    """One field of a space-delimited pattern: its name and the condition on it.

    In the condition every selector has one `Key`, the field's name. ``name`` is empty for an unnamed field.
    """

    name: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """``{ condition }``: matches events that are JSON objects."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class TermPattern:
    """``word "a phrase" ?either -not %regex%``: matches raw text."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class SpacePattern:
    """``[ip, user, ..., status = 4*, bytes]``: matches text that is split at blanks.

    ``ellipsis`` is the place of ``...`` among the fields (0 is before the first), or ``None``.
    """

    fields: tuple[SpaceField, ...]
    ellipsis: int | None = None


@dataclass(frozen=True, slots=True)
class EmptyPattern:
    """The empty text: matches every log event."""


Pattern = JsonPattern | TermPattern | SpacePattern | EmptyPattern


def wildcard(text: str) -> Wildcard:
    """The value that ``text`` means between double quotes; a row of asterisks counts as one."""
    pieces = text.split("*")
    inner = [piece for piece in pieces[1:-1] if piece]
    return Wildcard((pieces[0], *inner, pieces[-1])) if len(pieces) > 1 else Wildcard((text,))


def number(text: str) -> Number | None:
    """The number that an unquoted text spells, or ``None`` if it spells none."""
    if not text or text[-1] not in "0123456789." or text.lstrip("+-")[:1] not in "0123456789.":
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return Number(text) if value.is_finite() and abs(value.adjusted()) < 308 and "_" not in text else None
