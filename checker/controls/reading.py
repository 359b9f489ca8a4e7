"""From the tables of a TOML file to the types of the catalogue, one function a kind of table.

Only what a file says by itself is proved here; what it refers to is proved by ``checker.controls.loading``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from checker.controls.catalogue import (
    ANY_BENCHMARK,
    SEVERITIES,
    Benchmark,
    BenchmarkEntry,
    Control,
    ControlEvent,
    Fault,
    Framework,
    NamesIn,
    NotCovered,
    ReferenceText,
)
from checker.controls.selected import Event, ForeignText, Procedure, RemediationNames
from checker.text.toml_document import Table, TomlDocument

ASSESSMENTS = ("Automated", "Manual", "Scored", "Not Scored")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_BENCHMARK_ID = re.compile(r"[a-z][a-z0-9_.]*")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Item]):
    """What a file says, and the file, for complaints that need the whole catalogue."""

    item: Item
    document: TomlDocument


def read_control(document: TomlDocument) -> Loaded[Control]:
    """A control file. Raises ``DataFileError``."""
    table = document.root
    key = table.text("key")
    if not _KEY.fullmatch(key):
        raise table.error(f"key {key!r} must be lower-case letters, digits and underscores", "key")
    related = table.table("related")
    ratings = table.table("source_ratings")
    control = Control(
        key=key,
        title=table.text("title"),
        rationale=table.text("rationale"),
        severity=table.choice("severity", SEVERITIES),
        severity_reason=table.text("severity_reason", ""),
        references=tuple(_reference(row) for row in table.tables("reference")),
        foreign=tuple(_foreign(row) for row in table.tables("foreign")),
        events=tuple(_event(row) for row in table.tables("event")),
        names=tuple(_names(row) for row in table.tables("names")),
        frameworks=_lists(table.table("frameworks")),
        tags=table.texts("tags"),
        aliases=table.texts("aliases"),
        notes=table.texts("notes"),
        faults=tuple(_fault(row) for row in table.tables("fault")),
        source_ratings={name: ratings.text(name) for name in ratings.data},
        related={name: related.text(name) for name in related.data},
        id=table.optional_text("id"),
        level=_level(table),
    )
    table.finish()
    if not control.references:
        raise table.error(f"{key} has no [[reference]]", hint="a control needs at least one pattern text")
    return Loaded(control, document)


def _reference(table: Table) -> ReferenceText:
    """A ``[[reference]]``: its pattern, and which procedure of which benchmark gives it."""
    benchmarks = {procedure: frozenset(table.texts(procedure.value)) for procedure in Procedure}
    text = ReferenceText(
        pattern=table.text("pattern"),
        benchmarks={procedure: ids for procedure, ids in benchmarks.items() if ids},
        source=table.text("source"),
        faulty=table.optional_text("faulty"),
        correction=table.optional_text("correction"),
        note=table.text("note", ""),
    )
    table.finish()
    if not text.benchmarks:
        raise table.error(
            "the reference belongs to no benchmark", hint='add: remediation = ["*"] (or audit, alternative)'
        )
    if text.correction and not text.faulty:
        raise table.error("a correction without faulty", "correction", hint="say in faulty what is wrong with the text")
    return text


def _foreign(table: Table) -> ForeignText:
    text = ForeignText(source_id=table.text("source_id"), source=table.text("source"), pattern=table.text("pattern"))
    table.text("note", "")
    table.finish()
    return text


def _event(table: Table) -> ControlEvent:
    benchmarks = table.texts("benchmarks")
    listed = ControlEvent(
        event=Event(name=table.text("name"), source=table.text("source")),
        benchmarks=frozenset(benchmarks) if benchmarks else None,
        also_sent_by=table.texts("also_sent_by"),
    )
    table.finish()
    return listed


def _names(table: Table) -> NamesIn:
    names = NamesIn(
        names=RemediationNames(
            filter_name=table.text("filter"),
            metric_name=table.text("metric"),
            alarm_name=table.text("alarm"),
            metric_namespace=table.text("namespace", "CISBenchmark"),
        ),
        benchmarks=frozenset(table.texts("benchmarks") or (ANY_BENCHMARK,)),
    )
    table.finish()
    return names


def _fault(table: Table) -> Fault:
    fault = Fault(id=table.text("id"), affects=table.text("affects"), text=table.text("text"))
    table.finish()
    return fault


def _lists(table: Table) -> Mapping[str, tuple[str, ...]]:
    return {name: table.texts(name) for name in table.data}


def _level(table: Table) -> int | None:
    level = table.integer("level")
    if level is not None and level not in (1, 2):
        raise table.error(f"level {level} is not 1 or 2", "level")
    return level


def read_benchmark(document: TomlDocument) -> Loaded[Benchmark]:
    """A benchmark file. Raises ``DataFileError``."""
    table = document.root
    identifier = table.text("id")
    if not _BENCHMARK_ID.fullmatch(identifier):
        raise table.error(f"id {identifier!r} must be lower-case letters, digits, dots and underscores", "id")
    benchmark = Benchmark(
        id=identifier,
        title=table.text("title"),
        source=table.text("source"),
        entries=tuple(_entry(row) for row in table.tables("control")),
        not_covered=tuple(_not_covered(row) for row in table.tables("not_covered")),
        aliases=table.texts("aliases"),
        accept_as=table.optional_text("accept_as"),
        based_on=table.optional_text("based_on"),
        note=table.text("note", ""),
    )
    table.finish()
    return Loaded(benchmark, document)


def _entry(table: Table) -> BenchmarkEntry:
    entry = BenchmarkEntry(
        id=table.text("id"),
        key=table.text("key"),
        title=table.text("title"),
        level=_level(table),
        assessment=table.choice("assessment", ASSESSMENTS, "") or None,
        conflict=table.text("conflict", ""),
    )
    table.finish()
    return entry


def _not_covered(table: Table) -> NotCovered:
    row = NotCovered(id=table.text("id"), key=table.text("key"), title=table.text("title"), reason=table.text("reason"))
    table.finish()
    return row


def read_frameworks(document: TomlDocument) -> Mapping[str, Framework]:
    """The file of frameworks, by id. Raises ``DataFileError``."""
    found: dict[str, Framework] = {}
    for identifier in document.root.data:
        table = document.root.table(identifier)
        found[identifier] = Framework(identifier, table.text("title"), table.text("source"), table.text("note", ""))
        table.finish()
    return found
