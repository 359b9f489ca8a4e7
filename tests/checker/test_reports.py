"""The states of the public bug reports get the right verdict: read as gathering reads them, judged by the one walk."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from checker.controls import load_catalogue, select
from checker.facts import Facts
from checker.gather import Reader, Selection, gather
from tests.checker.gather.fakes import FakeDatabase
from tests.remediation.cases import facts_of_state
from tests.reports import cases

_QUESTION = re.compile(r"(?P<embedded>embedded: )?check (?P<control>4\.\d+)(?: for (?P<account>\d{12}))?(?:;.*)?")


def asked(case: dict[str, Any]) -> re.Match[str] | None:
    """The question, when it asks for one verdict on rows that are given."""
    plain = "verdict" in case["right_answer"] and case["state"].keys() <= {"accounts", "connected"}
    return _QUESTION.fullmatch(case["question"]) if plain else None


def is_of_the_api(case: dict[str, Any], question: re.Match[str]) -> bool:
    """The state can be seen through the API only: Steampipe shows no dimensions."""
    filters = (item for state in case["state"]["accounts"].values() for item in state.get("metric_filters", ()))
    dimensions = any(entry.get("dimensions") for item in filters for entry in item["metricTransformations"])
    return bool(question["embedded"]) or dimensions


def facts_of(case: dict[str, Any], *, embedded: bool) -> Facts:
    """The state as Steampipe shows it, or as the API does."""
    facts = facts_of_state(case["state"])
    if not embedded:
        return facts
    shown = {
        (account, item["Region"], item["logGroupName"], item["filterName"]): item
        for account, state in case["state"]["accounts"].items()
        for item in state.get("metric_filters", ())
    }
    filters = []
    for row in facts.metric_filters:
        item = shown[row.account_id, row.region, row.log_group_name, row.name]
        filters.append(
            dataclasses.replace(
                row,
                metric_transformations=item["metricTransformations"],
                field_selection_criteria=item.get("fieldSelectionCriteria"),
                emit_system_field_dimensions=item.get("emitSystemFieldDimensions"),
                apply_on_transformed_logs=item.get("applyOnTransformedLogs"),
            )
        )
    return dataclasses.replace(facts, metric_filters=tuple(filters))


@pytest.mark.parametrize("case", [case for case in cases() if asked(case)], ids=lambda case: str(case["id"]))
def test_verdict(case: dict[str, Any]) -> None:
    question = asked(case)
    assert question is not None
    account = question["account"] or next(iter(case["state"].get("connected") or case["state"]["accounts"]))
    facts = facts_of(case, embedded=is_of_the_api(case, question))
    selection = Selection(select(load_catalogue(), (question["control"],)), (account,))
    (finding,) = gather([FakeDatabase(facts).source], selection, Reader(), shows_composites=True).findings
    right = case["right_answer"]
    # "not_ok" says only what it must not be.
    wanted = set(right.get("acceptable", ())) | {right["verdict"]} - {"not_ok"} or {"alarm", "error"}
    assert str(finding.status) in wanted, (right["why"], finding.reason)
    if str(finding.status) == right["verdict"] == "alarm" and right.get("hop"):
        assert str(finding.broken_hop) == right["hop"], (right["why"], finding.reason)
    assert finding.sentence.rstrip("`")[-1] == "."
