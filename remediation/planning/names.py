"""Names for new objects: what is taken gets a suffix, nothing is ever overwritten. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count, islice

ATTEMPTS = 20
"""How many names are tried where each has to be asked for: ``x``, ``x-2``, ..., ``x-20``."""


def candidates(base: str, *, longest: int = 255) -> list[str]:
    """The names that are asked for, in this order, none longer than ``longest``."""
    return list(islice(_names(base, longest), ATTEMPTS))


def free_name(base: str, taken: Collection[str], *, longest: int = 255) -> str:
    """The first name that is not taken. There is always one: ``taken`` is finite, the suffixes are not."""
    return next(name for name in _names(base, longest) if name not in taken)


def _names(base: str, longest: int) -> Iterator[str]:
    yield base[:longest]
    for number in count(2):
        suffix = f"-{number}"
        yield f"{base[: longest - len(suffix)]}{suffix}"
