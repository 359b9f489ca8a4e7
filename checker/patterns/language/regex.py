r"""Regular expressions as CloudWatch Logs allows them: letters, digits, ``: _ # = @ / ; , -`` and operators.

Source: "Supported regular expressions (regex) syntax" in the CloudWatch Logs user guide. There are no
parentheses, so an expression is a choice of chains of repeated character sets, and that is what it becomes.
A blank inside the percent signs is accepted because the guide's own example has one (``shutting down``).
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache

SYMBOLS = ":_#=@/;,- "
OPERATORS = "^$?[]{}|\\*+."
_DIGITS = frozenset(string.digits)
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_BLANK = frozenset("\t \n")
MAX_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class CharSet:
    """Some characters, or all but some."""

    chars: frozenset[str]
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        return (char in self.chars) != self.negated


ANY = CharSet(frozenset(), negated=True)


@dataclass(frozen=True, slots=True)
class Element:
    """A step of a chain: one character of a set, possibly skipped, possibly repeated."""

    charset: CharSet
    optional: bool = False
    loop: bool = False


ANY_TEXT = Element(ANY, optional=True, loop=True)
Chain = tuple[Element, ...]


class RegexError(ValueError):
    """The expression is not one that CloudWatch Logs accepts. ``index`` is the place in the source."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


@lru_cache(maxsize=512)
def chains(source: str) -> tuple[Chain, ...]:
    """The chains that a text is matched against as a whole; text around a match that is not anchored is part of them.

    Raises `RegexError`.
    """
    for index, char in enumerate(source):
        if not (char.isascii() and (char.isalnum() or char in SYMBOLS or char in OPERATORS)):
            raise RegexError(index, f"the character {char!r}, which regular expressions here may not contain")
    if not source:
        raise RegexError(0, "an empty regular expression")
    return _Reader(source).alternatives()


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.index = 0

    def alternatives(self) -> tuple[Chain, ...]:
        found = [self._chain()]
        while self.index < len(self.source):
            self.index += 1
            found.append(self._chain())
        return tuple(found)

    def _chain(self) -> Chain:
        """One alternative of an expression; open at a side that has no anchor."""
        elements: list[Element] = []
        start_anchor = self._take("^")
        end_anchor = False
        while self.index < len(self.source) and self.source[self.index] != "|":
            if end_anchor:
                raise RegexError(self.index, "'$' before the end of an expression")
            if self._take("$"):
                end_anchor = True
                continue
            charset = self._charset()
            least, most = self._repeats()
            elements.extend([Element(charset)] * least)
            if most is None:
                elements.append(Element(charset, optional=True, loop=True))
            else:
                elements.extend([Element(charset, optional=True)] * (most - least))
        before = () if start_anchor else (ANY_TEXT,)
        after = () if end_anchor else (ANY_TEXT,)
        return (*before, *elements, *after)

    def _take(self, char: str) -> bool:
        if self.source.startswith(char, self.index):
            self.index += 1
            return True
        return False

    def _charset(self) -> CharSet:
        char = self.source[self.index]
        if char == "[":
            return self._bracket()
        if char in "?*+{}]^":
            raise RegexError(self.index, f"{char!r} with nothing before it to apply to")
        self.index += 1
        if char == ".":
            return ANY
        if char == "\\":
            return self._escape()
        return CharSet(frozenset(char))

    def _escape(self) -> CharSet:
        """The characters that an escape stands for, read behind its backslash."""
        if self.index >= len(self.source):
            raise RegexError(self.index - 1, "'\\' at the end of the expression")
        char = self.source[self.index]
        self.index += 1
        for letter, chars in (("d", _DIGITS), ("w", _WORD), ("s", _BLANK)):
            if char in (letter, letter.upper()):
                return CharSet(chars, negated=char.isupper())
        if char == "x":
            digits = self.source[self.index : self.index + 2]
            if len(digits) < 2 or any(digit not in string.hexdigits for digit in digits):
                raise RegexError(self.index, "'\\x' without two hexadecimal digits")
            self.index += 2
            return CharSet(frozenset(chr(int(digits, 16))))
        if char in "tn":
            return CharSet(frozenset({"t": "\t", "n": "\n"}[char]))
        if char.isalnum():
            raise RegexError(self.index - 1, f"the unknown escape '\\{char}'")
        return CharSet(frozenset(char))

    def _bracket(self) -> CharSet:
        opening = self.index
        self.index += 1
        negated = self._take("^")
        chars: set[str] = set()
        while True:
            if self.index >= len(self.source):
                raise RegexError(opening, "'[' without its ']'")
            if self._take("]"):
                break
            chars |= self._member()
        if not chars:
            raise RegexError(opening, "an empty '[]'")
        return CharSet(frozenset(chars), negated)

    def _member(self) -> frozenset[str]:
        first = self._bracket_char()
        is_range = self.source.startswith("-", self.index) and not self.source.startswith("-]", self.index)
        if first.negated or len(first.chars) > 1 or not is_range:
            return first.chars if not first.negated else frozenset(map(chr, range(128))) - first.chars
        self.index += 1
        if self.index >= len(self.source):
            raise RegexError(self.index - 1, "a range without its end")
        last = self._bracket_char()
        low, high = min(first.chars), min(last.chars, default="")
        if last.negated or len(last.chars) != 1 or high < low:
            raise RegexError(self.index - 1, "a range whose end is before its start")
        return frozenset(map(chr, range(ord(low), ord(high) + 1)))

    def _bracket_char(self) -> CharSet:
        char = self.source[self.index]
        self.index += 1
        return self._escape() if char == "\\" else CharSet(frozenset(char))

    def _repeats(self) -> tuple[int, int | None]:
        """How often an element may stand: at least, and at most (``None``: any number)."""
        for sign, bounds in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self._take(sign):
                return bounds
        opening = self.index
        if not self._take("{"):
            return 1, 1
        body, closed, _ = self.source[self.index :].partition("}")
        low, comma, high = (part.strip() for part in body.partition(","))
        numbers = [part for part in (low, high) if part]
        if not closed or not numbers or any(not part.isdigit() for part in numbers):
            raise RegexError(opening, "'{' without a repetition such as {2}, {2,} or {2,5} in it")
        self.index += len(body) + 1
        least = int(low or 0)
        most = (int(high) if high else None) if comma else least
        if least > MAX_REPEATS or (most is not None and not least <= most <= MAX_REPEATS):
            raise RegexError(opening, f"a repetition that is not an ascending range up to {MAX_REPEATS}")
        return least, most
