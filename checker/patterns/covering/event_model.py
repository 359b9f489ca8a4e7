"""What CloudTrail records can look like: the event model, as data.

The model says for every known field its JSON types, whether it is always there, its closed set of values, and
plausible values for examples; rules tie fields together (a ``ConsoleLogin`` is an ``AwsConsoleSignIn`` event);
``event_sources`` says which services have an operation of a name: none for one that AWS has retired. Fields that the
model does not know may be absent or hold any JSON value. Every entry of the data file names the page of AWS that says
so; what AWS shows without saying it in words carries a ``remark``, and `EventModel.without` takes it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

Path = tuple[str | int, ...]
Names = Mapping[str, "Names | None"]
"""Names of fields with those below them; ``None`` where anything may stand below."""
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
    remark: str = ""
    """Why ``values`` may be taken as closed, where AWS does not say it in words."""

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
    remark: str = ""
    """Why it may be taken for certain, where AWS does not say it in words."""


@dataclass(frozen=True, slots=True)
class Retired:
    """Operations that AWS has retired, with the services that had them. ``remark`` says so in words."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remark: str = ""
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
    """For the names of events that benchmarks list: every ``eventSource`` that has them, none for retired ones."""
    event_types: tuple[str, ...] = ()
    """The ``eventType`` of those that are API operations: all but the events that a rule gives another type."""
    calls: tuple[Mapping[str, str], ...] = ()
    """Values of fields that belong together in an example, the most telling first."""
    retired: Retired = Retired()
    same_account: SameAccount | None = None
    record: Names = field(default_factory=dict)
    """The names of all fields of a record; empty if that is not known."""
    objects: frozenset[Path] = field(init=False)
    """What has fields that are known below it."""

    def __post_init__(self) -> None:
        above = (path[:length] for path in self.fields for length in range(1, len(path)))
        object.__setattr__(self, "objects", frozenset(above))

    def field(self, path: Path) -> FieldModel:
        """The model of a field, also of one that is not listed."""
        known = self.fields.get(path)
        if known:
            return known
        return FieldModel(path, frozenset({"object"})) if path in self.objects else FieldModel(path)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is taken for certain although AWS does not say it in words, each as a sentence."""
        held = [*(entry.remark for entry in self.fields.values()), *(rule.remark for rule in self.rules)]
        return tuple(dict.fromkeys(remark for remark in held if remark))

    def without(self, remarks: Iterable[str]) -> EventModel:
        """The model that does not rely on these remarks."""
        doubted = frozenset(remarks)
        fields = {
            path: replace(entry, values=None, plausible=entry.values or ()) if entry.remark in doubted else entry
            for path, entry in self.fields.items()
        }
        rules = tuple(rule for rule in self.rules if rule.remark not in doubted)
        return replace(self, fields=MappingProxyType(fields), rules=rules)

    def with_retired(self) -> EventModel:
        """The model in which the retired operations can still be called."""
        return replace(self, event_sources=MappingProxyType({**self.event_sources, **self.retired.names}))

    def limited_to(self, sources: Mapping[str, tuple[str, ...]]) -> EventModel:
        """The model in which only these services have the operations of these names.

        A service that is known not to have the operation is left out, and with it the limit when none is left: what
        is known of events outweighs who declares them.
        """
        known = self.event_sources
        limited = {
            name: tuple(source for source in declared if source in known.get(name, declared))
            for name, declared in sources.items()
        }
        kept = {name: found for name, found in limited.items() if found}
        return replace(self, event_sources=MappingProxyType({**known, **kept}))

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
        operations = data.get("event_sources", {})
        sources = {name: tuple(found) for name, found in operations.get("names", {}).items()}
        retired = data.get("retired", {"names": ()})
        return cls(
            fields=MappingProxyType({entry.path: entry for entry in fields}),
            rules=(*map(_rule, data.get("rules", ())), *presence),
            event_sources=MappingProxyType(sources | dict.fromkeys(retired["names"], ())),
            event_types=tuple(operations.get("event_types", ())),
            calls=tuple(MappingProxyType(_texts(row)) for row in data.get("calls", {}).get("rows", ())),
            retired=Retired(
                MappingProxyType({name: sources.get(name, ()) for name in retired["names"]}),
                retired.get("remark", ""),
                retired.get("page", ""),
            ),
            same_account=SameAccount(_conditions(same["when"]), same["field"], same["as"]) if same else None,
            record=_names(data.get("record", {}).get("fields", ())),
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
        remark=entry.get("remark", ""),
    )


def _names(paths: Iterable[str]) -> Names:
    """``a.b`` and ``c.*`` as ``{"a": {"b": {}}, "c": None}``."""
    names: dict[str, Any] = {}
    for path in paths:
        *above, last = path.split(".")
        known = names
        for name in above[:-1] if last == "*" else above:
            known = known.setdefault(name, {})
        if last == "*":
            known[above[-1]] = None
        else:
            known.setdefault(last, {})
    return names


def _texts(row: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in row.items() if path != "page"}


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
        entry.get("remark", ""),
    )
