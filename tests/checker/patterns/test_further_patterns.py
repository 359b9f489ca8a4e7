"""Patterns for every control and several versions, with verdicts decided by hand before the program was asked.

The sources are the user guide's grammar and the event model of ``cloudtrail_fields.json``; each line says its reason.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.chain.filter_decision import decide
from checker.controls import SelectedControl, load_catalogue, select
from checker.patterns import CoverVerdict, matches, parse

LINES = (Path(__file__).parent / "further_patterns.jsonl").read_text(encoding="utf-8").splitlines()
CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in map(json.loads, LINES)}


@cache
def controls(benchmark: str) -> dict[str, SelectedControl]:
    chosen = select(load_catalogue(), all_controls=True, benchmark=benchmark)
    return {control.control_id: control for control in chosen}


@pytest.mark.parametrize("identifier", CASES)
def test_verdict(identifier: str) -> None:
    case = CASES[identifier]
    control = controls(case["benchmark"])[case["control"]]
    decision = decide((case["pattern"],), control)
    assert str(decision.verdict) == case["expect"], (case["pattern"], case["why"], decision.reason)
    if decision.verdict is CoverVerdict.MISSES:
        assert decision.witness is not None
        assert not matches(parse(case["pattern"]), decision.witness)
        assert any(matches(parse(text.effective), decision.witness) for text in control.references)


def test_every_control_has_covers_misses_and_invalid() -> None:
    keys = {
        (controls(case["benchmark"])[case["control"]].key, case["expect"])
        for case in CASES.values()
        if case["benchmark"] == "cis_v3.0.0"
    }
    wanted = {(control.key, verdict) for control in controls("cis_v3.0.0").values() for verdict in ("covers", "misses")}
    assert wanted <= keys
