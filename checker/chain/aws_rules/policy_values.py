"""Values of a policy: wildcards, and policy variables filled in from the call. Pure.

Source: IAM user guide, "IAM policy elements: Variables and tags" (``${key}``, ``${key, 'default'}``, ``${*}``, ``${?}``
and ``${$}``; version 2012-10-17 only, in older policies they are text; a variable without a value equals nothing and
may make the whole statement invalid; a key of several values has none) and "IAM JSON policy elements: Condition
operators" (``*`` and ``?``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from checker.chain.aws_rules.request_context import Request, Unknown
from checker.chain.truth import Truth

_VARIABLE = re.compile(r"\$\{\s*(?P<name>[^},]*?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}")
_ACCOUNT = re.compile(r"\d{12}")


class Wildcard(Enum):
    """What a place of a pattern stands for beside a character."""

    ONE = "?"
    MANY = "*"


Token = str | Wildcard | Unknown


@dataclass(frozen=True, slots=True)
class Pattern:
    """A value of a policy, character by character. ``spelled`` is its text there.

    ``resolved`` is False when it has a variable without a value; ``doubtful`` when it is open whether it has one.
    """

    spelled: str
    tokens: tuple[Token, ...]
    resolved: bool = True
    doubtful: bool = False

    @property
    def unknown(self) -> Unknown | None:
        """The one unknown value that the pattern consists of, if it does."""
        (only, *rest) = self.tokens or ("",)
        return only if isinstance(only, Unknown) and not rest else None

    @property
    def has_wildcards(self) -> bool:
        """It matches more than one text."""
        return Wildcard in map(type, self.tokens)

    @property
    def names_an_account(self) -> bool:
        """An account of a customer is spelled out in it."""
        return _ACCOUNT.search(self.text) is not None

    @property
    def text(self) -> str:
        """The characters, wildcards as they are spelled, unknown values left out."""
        return "".join(t.value if isinstance(t, Wildcard) else t if isinstance(t, str) else "" for t in self.tokens)

    def without_wildcards(self) -> Pattern:
        """The pattern of an operator that takes ``*`` and ``?`` as characters."""
        if not self.has_wildcards:
            return self
        tokens = tuple(token.value if isinstance(token, Wildcard) else token for token in self.tokens)
        return Pattern(self.spelled, tokens, self.resolved, self.doubtful)

    def ignoring_case(self) -> Pattern:
        """The pattern in lower case."""
        tokens = tuple(token.lower() if isinstance(token, str) else token for token in self.tokens)
        return Pattern(self.spelled, tokens, self.resolved, self.doubtful)


def pattern_of(text: str, request: Request, *, variables: bool) -> Pattern:
    """The pattern that a value of a policy spells; ``variables`` as the policy's version has it."""
    if not variables or "${" not in text:
        return _constant(text)
    tokens: list[Token] = []
    resolved, doubtful, position = True, False, 0
    for found in _VARIABLE.finditer(text):
        tokens.extend(_plain(text[position : found.start()]))
        position = found.end()
        name = found["name"]
        if name in {"*", "?", "$"} and found["default"] is None:
            tokens.append(name)
            continue
        options = _values_of(name, request)
        if len(options) > 1:
            doubtful = True
        value = next((option for option in options if option is not None), found["default"])
        if value is None:
            resolved = False
        else:
            tokens.extend(value if isinstance(value, str) else [value])
    return Pattern(text, (*tokens, *_plain(text[position:])), resolved, doubtful)


@lru_cache(maxsize=4096)
def _constant(text: str) -> Pattern:
    """A pattern without variables: policies of many accounts spell the same ones."""
    return Pattern(text, tuple(_plain(text)))


def _plain(text: str) -> list[Token]:
    wildcards: dict[str, Token] = {"*": Wildcard.MANY, "?": Wildcard.ONE}
    return [wildcards.get(char, char) for char in text]


def _values_of(name: str, request: Request) -> Sequence[str | Unknown | None]:
    """What the variable may stand for; ``None`` for no value."""
    key = request.key(name)
    if key is None:
        return [Unknown(f"${{{name}}}"), None]
    return [
        carried.values[0] if carried is not None and len(carried.values) == 1 and not carried.more else None
        for carried in key.alternatives
    ]


def matches(text: str, tokens: Sequence[Token]) -> Truth:
    """Does the text match from start to end? ``MAYBE`` when that depends on an unknown value. Steps: text x tokens."""
    if len(tokens) == len(text) and tuple(text) == tuple(tokens):
        return Truth.YES
    unknown = Unknown in map(type, tokens)
    loose = [Wildcard.MANY if isinstance(token, Unknown) else token for token in tokens] if unknown else tokens
    if not _glob(text, loose):
        return Truth.NO
    return Truth.MAYBE if unknown else Truth.YES


def _glob(text: str, tokens: Sequence[Token]) -> bool:
    """Greedy: after a ``*`` only the latest one is ever widened, so that hostile patterns cost no more than others."""
    at, token, star, kept = 0, 0, -1, 0
    while at < len(text):
        if token < len(tokens) and tokens[token] is Wildcard.MANY:
            star, kept = token, at
            token += 1
        elif token < len(tokens) and tokens[token] in (Wildcard.ONE, text[at]):
            at, token = at + 1, token + 1
        elif star >= 0:
            kept += 1
            at, token = kept, star + 1
        else:
            return False
    return all(rest is Wildcard.MANY for rest in tokens[token:])
