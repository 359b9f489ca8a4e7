"""The catalogue's files against the collected sources in ``tests/data``: nothing lost, nothing invented."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checker.controls import Procedure, load_catalogue
from checker.controls.catalogue import BenchmarkEntry, Control, NotCovered
from checker.controls.loading import builtin_catalogue

COLLECTED = json.loads((Path(__file__).parents[2] / "data" / "controls.json").read_text(encoding="utf-8"))
SOURCES = {entry["key"]: entry for entry in COLLECTED["controls"]}
FILTER_SOURCES = {key: entry for key, entry in SOURCES.items() if entry["kind"] == "metric_filter"}
CATALOGUE = load_catalogue()
HUB = "aws_security_hub"
KEYS = sorted(FILTER_SOURCES)


def without_blanks(pattern: str) -> str:
    """The pattern without blanks outside of quotes: they mean nothing."""
    return "".join(
        part if part.startswith('"') else re.sub(r"\s", "", part) for part in re.split(r'("[^"]*")', pattern)
    )


def official_texts(entry: dict[str, Any]) -> Iterator[tuple[str, Procedure, str]]:
    """Version, procedure and text of everything that a benchmark itself says; console steps are not its own."""
    words = {"audit": Procedure.AUDIT, "remediation_cli": Procedure.REMEDIATION}
    for pattern in entry["patterns"]:
        for name, versions in pattern["procedures"].items():
            for version in versions if name in words else ():
                yield version, Procedure.ALTERNATIVE if "variant" in pattern else words[name], pattern["pattern"]


def test_controls_are_the_collected_ones() -> None:
    assert set(CATALOGUE.controls) == set(FILTER_SOURCES)
    assert len(CATALOGUE.controls) == 15


def test_benchmarks_are_the_collected_ones() -> None:
    collected = {entry["id"] for entry in COLLECTED["frameworks"]}
    assert set(CATALOGUE.benchmarks) == {name for name in collected if name.startswith("cis_v")} | {HUB}
    assert set(CATALOGUE.benchmarks) | set(CATALOGUE.frameworks) == collected


@pytest.mark.parametrize("key", KEYS)
def test_every_official_text_is_there_and_no_other(key: str) -> None:
    control = CATALOGUE.controls[key]
    wanted = {(version, part, without_blanks(text)) for version, part, text in official_texts(FILTER_SOURCES[key])}
    present = {
        (version, part, without_blanks(text.pattern))
        for text in control.references
        for part, versions in text.benchmarks.items()
        for version in versions
        if version != HUB
    }
    assert present == wanted


@pytest.mark.parametrize("key", KEYS)
def test_every_text_of_others_is_there(key: str) -> None:
    control = CATALOGUE.controls[key]
    present = {without_blanks(text.pattern) for text in control.foreign} | {
        without_blanks(text.pattern) for text in control.references if HUB in text.all_benchmarks
    }
    wanted = {without_blanks(text["pattern"]) for text in FILTER_SOURCES[key].get("official_alternatives", [])}
    assert present == wanted


@pytest.mark.parametrize("key", KEYS)
def test_texts_that_do_not_parse_or_match_nearly_all_are_corrected(key: str) -> None:
    broken = {
        without_blanks(pattern["pattern"])
        for pattern in FILTER_SOURCES[key]["patterns"]
        if set(pattern["procedures"]) - {"console_steps"}
        and (not pattern["parses"] or "tautology" in pattern.get("faults", []))
    }
    for text in CATALOGUE.controls[key].references:
        assert (text.correction is not None) == (without_blanks(text.pattern) in broken), text.pattern
        assert not text.faulty or text.note.startswith("Decision: ")


@pytest.mark.parametrize("name", sorted(set(CATALOGUE.benchmarks) - {HUB}))
def test_numbers_titles_levels_and_assessments(name: str) -> None:
    wanted = {
        key: (entry["cis"][name]["id"], entry["titles_by_version"][name], entry["cis"][name])
        for key, entry in SOURCES.items()
        if name in entry["cis"]
    }
    benchmark = CATALOGUE.benchmarks[name]
    rows: list[BenchmarkEntry | NotCovered] = [*benchmark.entries, *benchmark.not_covered]
    assert {row.key: (row.id, row.title) for row in rows} == {key: row[:2] for key, row in wanted.items()}
    for entry in benchmark.entries:
        collected = wanted[entry.key][2]
        assert f"Level {entry.level}" == collected["level"]
        assert entry.assessment == collected["status"]
        assert bool(entry.conflict) == ("conflicting_source" in collected)


def test_security_hub_numbers() -> None:
    wanted = {key: entry["security_hub"]["control"] for key, entry in FILTER_SOURCES.items()}
    present = {entry.key: entry.id for entry in CATALOGUE.benchmarks[HUB].entries}
    assert present == {key: number for key, number in wanted.items() if number}


@pytest.mark.parametrize("key", KEYS)
def test_events(key: str) -> None:
    wanted = {(event["event_name"], event["event_source"]) for event in FILTER_SOURCES[key]["events"]}
    assert {(listed.event.name, listed.event.source) for listed in CATALOGUE.controls[key].events} == wanted


@pytest.mark.parametrize("key", KEYS)
def test_ratings_frameworks_and_faults(key: str) -> None:
    control: Control = CATALOGUE.controls[key]
    entry = FILTER_SOURCES[key]
    assert control.severity == entry["severity"]["suggested"]
    assert control.rationale == entry["rationale"]
    own = {name: tuple(ids) for name, ids in entry["framework_ids"].items() if name in CATALOGUE.frameworks}
    assert control.frameworks == own
    assert {fault.id for fault in control.faults} == {fault["id"] for fault in entry["faults"]}
    assert control.names


def test_every_control_is_in_a_benchmark_and_every_entry_is_a_control() -> None:
    listed = {entry.key for benchmark in CATALOGUE.benchmarks.values() for entry in benchmark.entries}
    assert listed == set(CATALOGUE.controls)
    assert CATALOGUE.custom_controls() == ()


def test_reading_the_files_is_fast() -> None:
    """25 ms on two cores; ten times that leaves room for coverage, and still refuses work that grows by the square."""

    def seconds() -> float:
        builtin_catalogue.cache_clear()
        start = time.process_time()
        builtin_catalogue()
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 0.25
