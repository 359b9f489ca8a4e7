"""The reference cases: patterns with right answers, and the benchmarks' own texts."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from checker.controls import SelectedControl, load_catalogue, select

SUPERSEDED = {"p165": "covers"}
"""Cases whose right answer a later decision changed: calls that AWS has retired (ClassicLink) are not required."""
DATA = Path(__file__).parents[2] / "data"
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    control: str
    pattern: str
    expect: str
    why: str


def cases(name: str = "patterns.jsonl") -> list[Case]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    known = {field.name for field in fields(Case)}
    found = [Case(**{key: value for key, value in json.loads(line).items() if key in known}) for line in lines]
    return [replace(case, expect=SUPERSEDED.get(case.id, case.expect)) for case in found]


def attacks() -> list[Case]:
    """The cases that were found by attacking the engine, where they ask about a control: ``right`` as the verdict."""
    lines = (DATA / "patterns_attack.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        verdict = entry["right"].split()[0].rstrip(",;:")
        if entry["control"] and verdict in ("covers", "misses"):
            found.append(Case(f"a{number:02}", entry["control"], entry["pattern"], verdict, entry["why"]))
    return found


def field_like() -> list[Case]:
    """Cases of our own in the manner of the field and of the attacks, each with the reason for its right answer."""
    lines = (Path(__file__).parent / "field_like.jsonl").read_text(encoding="utf-8").splitlines()
    return [Case(**json.loads(line)) for line in lines]


def controls() -> dict[str, SelectedControl]:
    chosen = select(load_catalogue(), all_controls=True, benchmark="cis_v3.0.0")
    return {control.control_id: control for control in chosen}


def official_texts() -> list[dict[str, Any]]:
    """Every pattern text of ``controls.json`` with what is known of it."""
    listed = json.loads((DATA / "controls.json").read_text(encoding="utf-8"))["controls"]
    return [
        text for control in listed for key in ("patterns", "official_alternatives") for text in control.get(key, ())
    ]
