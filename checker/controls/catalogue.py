"""What the catalogue's files say: controls with all their texts, benchmarks that number them, frameworks.

A ``Control`` knows the texts of every benchmark; ``ControlCatalogue.resolve`` narrows it to the one that is
audited and gives the ``SelectedControl`` that the rest of the program works with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.controls.selected import Event, ForeignText, Procedure, Reference, RemediationNames, SelectedControl
from checker.errors import UnknownControl

ANY_BENCHMARK = "*"
"""In a list of benchmarks: whichever is selected (for controls of a user's own)."""
CUSTOM = "custom"
"""``SelectedControl.benchmark`` of a control that no benchmark numbers."""

SEVERITIES = ("critical", "high", "medium", "low")
# What remediation writes comes first.
_ORDER = {Procedure.REMEDIATION: 0, Procedure.AUDIT: 1, Procedure.ALTERNATIVE: 2}


@dataclass(frozen=True, slots=True)
class ReferenceText:
    """A pattern text with the benchmarks that give it, by the part of the benchmark it stands in."""

    pattern: str
    benchmarks: Mapping[Procedure, frozenset[str]]
    source: str
    faulty: str | None = None
    correction: str | None = None
    note: str = ""

    def procedures(self, benchmark: str) -> tuple[Procedure, ...]:
        """Where this benchmark gives the text; empty when it does not."""
        return tuple(
            procedure
            for procedure in Procedure
            if {benchmark, ANY_BENCHMARK} & self.benchmarks.get(procedure, frozenset())
        )

    @property
    def all_benchmarks(self) -> frozenset[str]:
        """Every benchmark that gives the text."""
        return frozenset().union(*self.benchmarks.values())


@dataclass(frozen=True, slots=True)
class ControlEvent:
    """An event of a control, the benchmarks that list it (``None``: all), and who else sends an event of that name."""

    event: Event
    benchmarks: frozenset[str] | None = None
    also_sent_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesIn:
    """Names for remediation, and the benchmarks that suggest them."""

    names: RemediationNames
    benchmarks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong or missing in the official texts, and in which of them."""

    id: str
    affects: str
    text: str


@dataclass(frozen=True, slots=True)
class Control:
    """One control with everything its file says, over all benchmarks."""

    key: str
    title: str
    rationale: str
    severity: str
    severity_reason: str
    references: tuple[ReferenceText, ...]
    foreign: tuple[ForeignText, ...] = ()
    events: tuple[ControlEvent, ...] = ()
    names: tuple[NamesIn, ...] = ()
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    source_ratings: Mapping[str, str] = field(default_factory=dict)
    related: Mapping[str, str] = field(default_factory=dict)
    """Other controls of the benchmarks on the same subject (avoiding root use, not watching it)."""
    id: str | None = None
    """Number of a control that no benchmark lists."""
    level: int | None = None

    def has_texts_for(self, benchmark: str) -> bool:
        """Whether any reference text is given by this benchmark."""
        return any(text.procedures(benchmark) for text in self.references)


@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """A control as a benchmark numbers and titles it. ``conflict``: what another public source says instead."""

    id: str
    key: str
    title: str
    level: int | None = None
    assessment: str | None = None
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A control of the benchmark's monitoring section that the alarm chain cannot judge, and why."""

    id: str
    key: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark: its controls with their numbers, in its order."""

    id: str
    title: str
    source: str
    entries: tuple[BenchmarkEntry, ...]
    not_covered: tuple[NotCovered, ...] = ()
    aliases: tuple[str, ...] = ()
    accept_as: str | None = None
    """Under this source id its texts are reported as accepted elsewhere when another benchmark is audited."""
    based_on: str | None = None
    """A benchmark whose texts, events and names count where this one has none of its own."""
    note: str = ""

    def entry(self, key: str) -> BenchmarkEntry | None:
        """How this benchmark lists the control, or ``None``."""
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that controls are mapped to."""

    id: str
    title: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ControlCatalogue:
    """All controls by key, benchmarks by id (oldest first), frameworks by id."""

    controls: Mapping[str, Control]
    benchmarks: Mapping[str, Benchmark]
    frameworks: Mapping[str, Framework]

    def custom_controls(self) -> tuple[Control, ...]:
        """Controls that no benchmark lists: they belong to every selection of all controls."""
        listed = {entry.key for benchmark in self.benchmarks.values() for entry in benchmark.entries}
        return tuple(control for key, control in self.controls.items() if key not in listed)

    def keys_in(self, benchmark: str) -> tuple[str, ...]:
        """Keys of the benchmark's controls in its order, then of those that no benchmark lists."""
        listed = tuple(entry.key for entry in self.benchmarks[benchmark].entries)
        return listed + tuple(control.key for control in self.custom_controls())

    def accept_sources(self) -> tuple[str, ...]:
        """The source ids that ``--accept`` knows."""
        foreign = {text.source_id for control in self.controls.values() for text in control.foreign}
        own = {benchmark.accept_as for benchmark in self.benchmarks.values() if benchmark.accept_as}
        return tuple(sorted(foreign | own))

    def resolve(self, key: str, benchmark: str) -> SelectedControl:
        """The control as this benchmark audits it.

        Raises:
            UnknownControl: the benchmark does not list the control.
        """
        control = self.controls[key]
        chosen = self.benchmarks[benchmark]
        entry = chosen.entry(key)
        if entry is None and key not in {custom.key for custom in self.custom_controls()}:
            raise self.missing(key, benchmark)
        texts = benchmark
        if chosen.based_on and not control.has_texts_for(benchmark):
            texts = chosen.based_on
        return SelectedControl(
            key=key,
            control_id=entry.id if entry else control.id or key,
            benchmark=benchmark if entry else CUSTOM,
            title=entry.title if entry else control.title,
            severity=control.severity,
            level=entry.level if entry else control.level,
            assessment=entry.assessment if entry else None,
            references=_references(control, texts),
            accepted_elsewhere=self._foreign(control, texts),
            events=_events(control, texts),
            names=_names(control, texts),
            rationale=control.rationale,
            frameworks=control.frameworks,
            tags=control.tags,
        )

    def _foreign(self, control: Control, benchmark: str) -> tuple[ForeignText, ...]:
        others = [
            ForeignText(source_id=other.accept_as, source=text.source, pattern=text.correction or text.pattern)
            for other in self.benchmarks.values()
            if other.accept_as and other.id != benchmark
            for text in control.references
            if other.id in text.all_benchmarks
        ]
        return (*others, *control.foreign)

    def missing(self, key: str, benchmark: str) -> UnknownControl:
        """The error for a control that this benchmark does not have, naming the ones that do."""
        control = self.controls[key]
        listed = [
            f"{other.id}/{entry.id}" for other in self.benchmarks.values() if (entry := other.entry(key)) is not None
        ]
        where = f"{listed[0]} to {listed[-1]}" if len(listed) > 2 else " and ".join(listed)
        return UnknownControl(
            f"{self.benchmarks[benchmark].title} has no control {key} ({control.title})",
            hint=f"it is {where}",
        )


def natural(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which 4.2 comes before 4.10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.lower())
        for part in re.findall(r"\d+|[^\d]+", identifier)
        if part != "."
    )


def _references(control: Control, benchmark: str) -> tuple[Reference, ...]:
    """The texts that a benchmark itself gives, the procedures in the order in which they count."""
    found: list[Reference] = []
    for text in control.references:
        procedures = text.procedures(benchmark)
        if procedures:
            found.append(
                Reference(
                    pattern=text.pattern,
                    procedures=procedures,
                    source=text.source,
                    faulty=text.faulty,
                    correction=text.correction,
                    note=text.note,
                )
            )
    return tuple(sorted(found, key=lambda text: min(_ORDER[part] for part in text.procedures)))


def _events(control: Control, benchmark: str) -> tuple[Event, ...]:
    return tuple(
        listed.event for listed in control.events if listed.benchmarks is None or benchmark in listed.benchmarks
    )


def _names(control: Control, benchmark: str) -> RemediationNames:
    for suggestion in control.names:
        if {benchmark, ANY_BENCHMARK} & suggestion.benchmarks:
            return suggestion.names
    return RemediationNames(filter_name=control.key, metric_name=control.key, alarm_name=f"{control.key}_alarm")
