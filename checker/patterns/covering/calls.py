"""Calls as they are recorded: which event name, service, refusal and event type an example shows together.

The calls of the event model come first, then those that the conditions name, if a service is known to have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

from checker.patterns.covering.background import EVENT_NAME, EVENT_SOURCE, EVENT_TYPE
from checker.patterns.covering.compile import CompiledQuestion
from checker.patterns.covering.event_model import ABSENT_WORD, Path, dotted
from checker.patterns.covering.predicates import Equals, OneOf, State, bases
from checker.patterns.language.tree import Wildcard
from checker.patterns.matching.automaton import equals_text

ERROR_CODE: Path = ("errorCode",)
API_CALL = "AwsApiCall"
MAX_CALLS = 64
"""Calls that are tried for one example."""
MAX_WILDCARDS = 4
MAX_RESEMBLING = 8

Call = Mapping[Path, str]
"""Texts of fields; ``absent`` for a field that is not there."""


def likely_calls(compiled: CompiledQuestion) -> Iterator[Call]:
    """Calls that an example may show, the most telling first."""
    model = compiled.model
    if not model.calls:
        return
    refusals = {row["eventSource"]: row["errorCode"] for row in reversed(model.calls) if "errorCode" in row}

    def call(name: str, source: str, event_type: str | None) -> dict[Path, str]:
        found = {EVENT_NAME: name, EVENT_SOURCE: source}
        found |= {EVENT_TYPE: event_type} if event_type else {}
        return found | ({ERROR_CODE: refusals[source]} if source in refusals else {})

    for row in model.calls:
        known = {ERROR_CODE: ABSENT_WORD} | call(row["eventName"], row["eventSource"], API_CALL)
        yield known | {dotted(path): text for path, text in row.items()}
    for name in _named(compiled, EVENT_NAME):
        ruled = name in model.event_sources
        for source in model.event_sources.get(name, ()) or operations().get(name, ()):
            # What rules tell of a name includes its event types.
            yield call(name, source, None if ruled else API_CALL)
    for source in _named(compiled, EVENT_SOURCE):
        names = [name for name, sources in operations().items() if source in sources]
        for name in (known for known in names if known.startswith(("Describe", "List", "Get"))):
            yield call(name, source, API_CALL)
            break


def groups_of(compiled: CompiledQuestion, call: Call) -> dict[int, int] | None:
    """The group of each field of the call, as sets of groups; ``None`` if a field cannot have its value.

    A call that can be refused may also succeed: its ``errorCode`` may be absent.
    """
    found: dict[int, int] = {}
    for path, text in call.items():
        if path not in compiled.paths:
            continue
        field = compiled.paths.index(path)
        groups = 0 if text == ABSENT_WORD else group_of(compiled, field, text)
        if path == ERROR_CODE:
            samples = compiled.states[field].samples
            groups |= sum(1 << bit for bit, states in enumerate(samples) if State.ABSENT in states)
        if not groups:
            return None
        found[field] = groups
    return found


def group_of(compiled: CompiledQuestion, field: int, text: str) -> int:
    """The group that a text is in, as a set of groups; empty if the field cannot have it."""
    path, states = compiled.paths[field], compiled.states[field]
    known = compiled.model.field(path)
    allowed = compiled.texts_of(path)
    if (known.values is not None and text not in known.values) or (allowed is not None and text not in allowed):
        return 0
    groups = states.everything
    for predicate, place in compiled.conditions(path).items():
        mask = states.masks[place]
        groups &= mask if predicate.holds(text) else ~mask
    return groups


def _named(compiled: CompiledQuestion, path: Path) -> list[str]:
    """The texts that the conditions on a field name, and operations that its wildcards stand for."""
    if path not in compiled.paths:
        return []
    named: dict[str, None] = {}
    wildcards: dict[Wildcard, None] = {}
    for predicate in compiled.conditions(path):
        for base in bases(predicate):
            if isinstance(base, OneOf):
                named |= dict.fromkeys(sorted(base.texts))
            elif isinstance(base, Equals) and isinstance(base.value, Wildcard):
                wildcards[base.value] = None
    if path == EVENT_NAME:
        for value in islice(wildcards, MAX_WILDCARDS):
            named |= dict.fromkeys(_resembling(value))
    return list(named)


@lru_cache(maxsize=256)
def _resembling(value: Wildcard) -> tuple[str, ...]:
    """Some operations whose names a text with wildcards stands for."""
    return tuple(islice((name for name in operations() if equals_text(value, name)), MAX_RESEMBLING))


@cache
def operations() -> Mapping[str, tuple[str, ...]]:
    """For every operation of the services that people watch most: the event sources that have it."""
    found: dict[str, tuple[str, ...]] = {}
    text = files("checker.patterns").joinpath("data", "operations.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        _, source, *names = line.split()
        for name in names:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), source)))
    return found
