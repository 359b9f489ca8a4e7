"""What a control and a benchmark are: frozen data, no behaviour beyond look-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Procedure(StrEnum):
    """The part of a benchmark that gives a pattern text."""

    AUDIT = "audit"
    REMEDIATION = "remediation"
    ALTERNATIVE = "alternative"
    """Expressly allowed instead (for example 4.2 with single sign-on)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A pattern text that a benchmark gives, as it is used: ``faulty`` texts carry their ``correction``."""

    pattern: str
    procedures: tuple[Procedure, ...]
    source: str
    faulty: str | None = None
    """What is wrong with the official text, or ``None``."""
    correction: str | None = None
    note: str = ""
    """Why the text is used as it is, and how well it is known."""

    @property
    def effective(self) -> str:
        """The text that decisions are made against."""
        return self.correction or self.pattern


@dataclass(frozen=True, slots=True)
class ForeignText:
    """A pattern text of somebody else (Security Hub): counts only with ``--accept``."""

    source_id: str
    source: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Event:
    """An API event that a control is about, with the ``eventSource`` that is meant."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class RemediationNames:
    """Names that the benchmark suggests for what remediation creates."""

    filter_name: str
    metric_name: str
    alarm_name: str
    metric_namespace: str = "CISBenchmark"


@dataclass(frozen=True, slots=True)
class SelectedControl:
    """One control in one benchmark: what a check needs to judge it."""

    key: str
    """``root_usage``: the id everywhere in code, output and docs."""
    control_id: str
    """The benchmark's own number, ``4.3``."""
    benchmark: str
    """``cis_v3.0.0``"""
    title: str
    severity: str
    level: int | None
    assessment: str | None
    references: tuple[Reference, ...]
    """Any of these covered is enough. The first is the one that remediation writes."""
    accepted_elsewhere: tuple[ForeignText, ...]
    events: tuple[Event, ...]
    names: RemediationNames
    rationale: str = ""
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def event_sources(self) -> frozenset[str]:
        """Event sources of the control's events; empty when any source can send one (root use)."""
        return frozenset(event.source for event in self.events)
