"""Three-valued logic (Kleene's), once for all rules: what is not known is neither true nor false. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Truth(StrEnum):
    """``MAYBE`` depends on something that is not known."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"

    @staticmethod
    def of(value: bool | None) -> Truth:
        """The truth of a value that was read; ``None`` (not read) is ``MAYBE``."""
        return Truth.MAYBE if value is None else Truth.YES if value else Truth.NO

    def __invert__(self) -> Truth:
        """``NOT``: what is not known stays so."""
        return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(self, self)

    def __and__(self, other: Truth) -> Truth:
        """``AND``: a NO decides, whatever the other is."""
        return all_of((self, other))

    def __or__(self, other: Truth) -> Truth:
        """``OR``: a YES decides, whatever the other is."""
        return any_of((self, other))


def all_of(values: Iterable[Truth]) -> Truth:
    """``AND`` over any number; YES over none."""
    found = frozenset(values)
    return Truth.NO if Truth.NO in found else Truth.MAYBE if Truth.MAYBE in found else Truth.YES


def any_of(values: Iterable[Truth]) -> Truth:
    """``OR`` over any number; NO over none."""
    found = frozenset(values)
    return Truth.YES if Truth.YES in found else Truth.MAYBE if Truth.MAYBE in found else Truth.NO
