"""How long the tests may take: the usual run, or with ``TEST_LONG=1`` every combination and many more examples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

LONG = bool(os.environ.get("TEST_LONG"))
_MORE = 20
T = TypeVar("T")


def examples(usual: int) -> int:
    """How many examples of a property: the usual number, or twenty times as many."""
    return usual * _MORE if LONG else usual


def spread(cases: Sequence[T], position: int, count: int) -> Sequence[T]:
    """All the cases in a long run; else ``count`` of them, others at each position, so that all come up."""
    if LONG:
        return cases
    return [cases[(position + number) % len(cases)] for number in range(min(count, len(cases)))]
