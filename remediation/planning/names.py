"""Names for new objects: what is taken gets a suffix, nothing is ever overwritten. Pure."""

from __future__ import annotations

from collections.abc import Collection

ATTEMPTS = 20
"""How many names are tried: ``x``, ``x-2``, ..., ``x-20``."""


def candidates(base: str, *, longest: int = 255) -> list[str]:
    """Names in the order in which they are tried, none longer than ``longest``."""
    return [
        base[:longest],
        *(f"{base[: longest - len(suffix)]}{suffix}" for suffix in map(_suffix, range(2, ATTEMPTS + 1))),
    ]


def free_name(base: str, taken: Collection[str], *, longest: int = 255) -> str:
    """The first candidate that is not taken. When all are, the last one: applying it then says that it is taken."""
    names = candidates(base, longest=longest)
    return next((name for name in names if name not in taken), names[-1])


def _suffix(number: int) -> str:
    return f"-{number}"
