"""How the tests of the collector ask, and what they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checker.database.embedded.database import EmbeddedDatabase
from checker.database.interface import ReadFailed
from checker.database.query_files import load_queries
from tests.emulator.client import EmulatedAws, Profiles

QUERIES = load_queries()
WriteProfiles = Callable[[Mapping[str, str]], Profiles]
Read = Callable[..., list[Any]]


def reader(database: EmbeddedDatabase) -> Read:
    """Asks for rows of which none must be missing: raises what failed."""

    def ask(name: str, **parameters: Sequence[str] | None) -> list[Any]:
        answer = database.read(QUERIES[name], parameters)
        if answer.failures:
            raise ReadFailed(answer.failures)
        return answer.rows

    return ask


def actions(emulator: EmulatedAws) -> dict[str, int]:
    return dict(Counter(call["action"] for call in emulator.calls()))
