"""The reference cases: patterns with right answers, and the benchmarks' own texts."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from checker.controls import SelectedControl, load_catalogue, select

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
    return [Case(**{key: value for key, value in json.loads(line).items() if key in known}) for line in lines]


def controls() -> dict[str, SelectedControl]:
    chosen = select(load_catalogue(), all_controls=True, benchmark="cis_v3.0.0")
    return {control.control_id: control for control in chosen}


def official_texts() -> list[dict[str, Any]]:
    """Every pattern text of ``controls.json`` with what is known of it."""
    listed = json.loads((DATA / "controls.json").read_text(encoding="utf-8"))["controls"]
    return [
        text for control in listed for key in ("patterns", "official_alternatives") for text in control.get(key, ())
    ]
