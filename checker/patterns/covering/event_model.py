"""What CloudTrail records can look like: the event model, as data.

The model says for every known field its JSON types, whether it is always there, its closed set of values, and
plausible values for examples; rules tie fields together (a ``ConsoleLogin`` is an ``AwsConsoleSignIn`` event);
``event_sources`` says which services have an operation of a name. Fields that the model does not know may be absent
or hold any JSON value. Every entry of the data file names the page of the CloudTrail user guide that says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

Path = tuple[str | int, ...]
PRESENT = "present"
ABSENT_WORD = "absent"
ALL_TYPES = frozenset({"string", "number", "boolean", "null", "object", "array"})


@dataclass(frozen=True, slots=True)
class FieldModel:
    """One field: what it may hold. ``values`` is closed when given; ``plausible`` is for examples only."""

    path: Path
    types: frozenset[str] = ALL_TYPES
    always: bool = False
    """In every event, except as the model's presence rules say."""
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of other fields for which this one may be missing although it is ``always`` there."""
    values: tuple[str, ...] | None = None
    plausible: tuple[str, ...] = ()
    shown: bool = False
    """Part of every example event, because a reader expects it."""
    page: str = ""

    @property
    def can_be_absent(self) -> bool:
        """Whether some event lacks the field."""
        return not self.always or bool(self.unless)


@dataclass(frozen=True, slots=True)
class Rule:
    """If all of ``when`` hold, so does ``then``. A condition is a tuple of texts (with ``*``), present or absent.

    ``optional`` rules bind the value only when the field is there.
    """

    when: Mapping[str, tuple[str, ...] | str]
    path: str
    then: tuple[str, ...] | str
    optional: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True)
class SameAccount:
    """``field``, where present, equals ``other`` if ``when`` holds."""

    when: Mapping[str, tuple[str, ...]]
    field: str
    other: str


@dataclass(frozen=True, slots=True, eq=False)
class EventModel:
    """All that is known of events. Compares by identity, so that decisions can be remembered for each model."""

    fields: Mapping[Path, FieldModel]
    rules: tuple[Rule, ...] = ()
    event_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For the names of events that benchmarks list: every ``eventSource`` that has them."""
    typical_sources: Mapping[str, str] = field(default_factory=dict)
    same_account: SameAccount | None = None

    def field(self, path: Path) -> FieldModel:
        """The model of a field, also of one that is not listed."""
        known = self.fields.get(path)
        if known:
            return known
        if any(other[: len(path)] == path for other in self.fields):
            return FieldModel(path, frozenset({"object"}))
        return FieldModel(path)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> EventModel:
        """Read a model from parsed JSON in the form of ``data/cloudtrail.json``."""
        fields = [_field(entry) for entry in data["fields"]]
        presence = [
            Rule(MappingProxyType({}), ".".join(map(str, entry.path)), PRESENT, page=entry.page)
            for entry in fields
            if entry.unless
        ]
        same = data.get("same_account")
        return cls(
            fields=MappingProxyType({entry.path: entry for entry in fields}),
            rules=(*map(_rule, data.get("rules", ())), *presence),
            event_sources=MappingProxyType(
                {name: tuple(sources) for name, sources in data.get("event_sources", {}).get("names", {}).items()}
            ),
            typical_sources=MappingProxyType(dict(data.get("typical_sources", {}))),
            same_account=SameAccount(_conditions(same["when"]), same["field"], same["as"]) if same else None,
        )


@lru_cache(maxsize=1)
def default_model() -> EventModel:
    """The model of CloudTrail's records that comes with the program."""
    text = files("checker.patterns").joinpath("data", "cloudtrail.json").read_text(encoding="utf-8")
    return EventModel.from_data(json.loads(text))


def dotted(path: str) -> Path:
    """``userIdentity.type`` as a path."""
    return tuple(path.split("."))


def _field(entry: Mapping[str, Any]) -> FieldModel:
    presence = entry["presence"]
    unless = presence["unless"] if isinstance(presence, Mapping) else {}
    return FieldModel(
        path=dotted(entry["path"]),
        types=frozenset(entry["types"]),
        always=presence != "optional",
        unless=_conditions(unless),
        values=tuple(entry["values"]) if "values" in entry else None,
        plausible=tuple(entry.get("plausible", ())),
        shown=entry.get("shown", False),
        page=entry.get("page", ""),
    )


def _conditions(entry: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({path: tuple(values) for path, values in entry.items()})


def _rule(entry: Mapping[str, Any]) -> Rule:
    ((path, then),) = entry["then"].items()
    when = {key: value if isinstance(value, str) else tuple(value) for key, value in entry["when"].items()}
    return Rule(
        MappingProxyType(when),
        path,
        then if isinstance(then, str) else tuple(then),
        entry.get("optional", False),
        entry.get("page", ""),
    )
