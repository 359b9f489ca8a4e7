"""Reading small languages of AWS (rules of composite alarms, Metrics Insights) token by token. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Unreadable(Exception):
    """The text is not what AWS documents for this language."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text. ``kind`` is the group of the pattern that matched: quoted, value, mark or word."""

    kind: str
    text: str

    @property
    def keyword(self) -> str:
        """The word or mark, in upper case; empty for quoted text, which is never a keyword."""
        return self.text.upper() if self.kind in {"word", "mark"} else ""


def tokens_of(text: str, pattern: re.Pattern[str], *, longest: int) -> Iterator[Token]:
    """The tokens of a text, each a named group of the pattern. Raises ``Unreadable``, also for more than ``longest``
    characters."""
    if len(text) > longest:
        raise Unreadable
    position, end = 0, len(text.rstrip())
    while position < end:
        match = pattern.match(text, position)
        if match is None:
            raise Unreadable
        kind = match.lastgroup or ""
        yield Token(kind, _ESCAPED.sub(r"\1", match[kind]) if kind == "quoted" else match[kind])
        position = match.end()


@dataclass(slots=True)
class TokenReader:
    """Tokens, taken one after the other. What is asked for and not there raises ``Unreadable``."""

    tokens: list[Token]
    position: int = 0

    def takes(self, word: str) -> bool:
        """Take the next token if it is this keyword or mark."""
        found = self.position < len(self.tokens) and self.tokens[self.position].keyword == word
        self.position += found
        return found

    def expect(self, word: str) -> None:
        """Take this keyword or mark."""
        if not self.takes(word):
            raise Unreadable

    def next(self) -> Token:
        """Take the next token."""
        if self.position == len(self.tokens):
            raise Unreadable
        self.position += 1
        return self.tokens[self.position - 1]

    def end(self) -> None:
        """Nothing is left."""
        if self.position != len(self.tokens):
            raise Unreadable
