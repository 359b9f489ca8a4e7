"""The question that is compiled, solved and certified."""

from __future__ import annotations

from dataclasses import dataclass

from checker.patterns.covering.event_model import EventModel
from checker.patterns.language.tree import Pattern


@dataclass(frozen=True, slots=True)
class CoverQuestion:
    """Is there an event that matches ``wanted``, none of ``unwanted``, in this model?"""

    wanted: Pattern
    unwanted: tuple[Pattern, ...]
    model: EventModel
    fixed: tuple[tuple[str, str], ...] = ()
