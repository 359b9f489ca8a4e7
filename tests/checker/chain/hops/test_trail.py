"""Hop 1. Which trails deliver a control's events: flags, selectors, and what NULL means."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.hops.trail import judge_trail, judge_trails
from checker.chain.lookup import Lookup, one_row_per_trail
from checker.facts import Facts
from checker.findings import HopStatus
from tests.builders import A, trail
from tests.checker.chain.event_selectors import advanced, classic
from tests.checker.chain.judging import account, control


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        (
            {},
            HopStatus.OK,
            "trail main is multi-region, logs, and delivers management events, read and write.",
        ),
        ({"is_multi_region_trail": False}, HopStatus.ALARM, "single-region: it records us-east-1 only"),
        ({"is_multi_region_trail": False, "home_region": None}, HopStatus.ALARM, "it records us-east-1 only"),
        ({"include_global_service_events": False}, HopStatus.ALARM, "leaves out global service events"),
        ({"is_logging": False}, HopStatus.ALARM, "does not log"),
        ({"event_selectors": [classic("WriteOnly")]}, HopStatus.ALARM, "trail main delivers write events only"),
        ({"is_logging": None}, HopStatus.UNKNOWN, "whether it logs could not be read"),
        ({"is_multi_region_trail": None}, HopStatus.UNKNOWN, "whether it is multi-region could not be read"),
        ({"event_selectors": None}, HopStatus.UNKNOWN, "its event selectors could not be read"),
        (
            {"is_logging": None, "event_selectors": None},
            HopStatus.UNKNOWN,
            "whether it logs and its event selectors could not be read",
        ),
        ({"event_selectors": []}, HopStatus.OK, "read and write"),
        ({"event_selectors": None, "advanced_event_selectors": [advanced()]}, HopStatus.OK, "read and write"),
        # Something that is certainly broken stays so, whatever else was not read.
        ({"is_logging": False, "event_selectors": None}, HopStatus.ALARM, "does not log"),
        ({"is_logging": None, "event_selectors": [classic("ReadOnly")]}, HopStatus.ALARM, "read events only"),
    ],
)
def test_flags_and_what_was_not_read(changes: dict[str, Any], status: HopStatus, sentence: str) -> None:
    verdict = judge_trail(trail(A, **changes), control())
    assert verdict.status is status
    assert sentence in verdict.sentence
    assert verdict.sentence.endswith(".")
    assert (verdict.resource, verdict.account_id) == (f"arn:aws:cloudtrail:us-east-1:{A}:trail/main", A)


@pytest.mark.parametrize(("identifier", "status"), [("4.3", HopStatus.OK), ("4.7", HopStatus.ALARM)])
def test_leaving_kms_out_matters_to_the_kms_control_only(identifier: str, status: HopStatus) -> None:
    shown = trail(A, event_selectors=[classic(exclude=["kms.amazonaws.com"])])
    assert judge_trail(shown, control(identifier)).status is status


def test_the_home_region_decides_in_whatever_order_rows_come() -> None:
    home, elsewhere, third = trail(A), trail(A, "eu-west-1", is_logging=None), trail(A, "ap-south-1", is_logging=None)
    for rows in ([home, elsewhere, third], [elsewhere, home, third], [third, elsewhere, home]):
        assert one_row_per_trail(rows) == [home]


def test_without_the_home_region_the_row_does_not_depend_on_the_order() -> None:
    one, other = trail(A, "eu-west-1"), trail(A, "eu-west-2")
    assert one_row_per_trail([one, other]) == one_row_per_trail([other, one]) == [one]


def test_one_arn_seen_from_two_accounts_is_one_row_each() -> None:
    assert len(one_row_per_trail([trail(A), trail(A, account_id="210987654321")])) == 2


@pytest.mark.parametrize(("logging", "code"), [(True, "TRAIL_FIELD_UNKNOWN"), (False, "TRAIL_NOT_LOGGING")])
def test_a_field_that_is_not_decided_leaves_a_trail_that_would_hold_undecided(logging: bool, code: str) -> None:
    row = trail(A, is_logging=logging, unknown_fields=["EventSelectors.NewOperator"])
    (outcome,) = judge_trails(account(A), control(), Lookup(Facts(accounts=(account(A),), trails=(row,))))
    assert outcome.verdict.code == code
    assert (outcome.follow is None) is (code == "TRAIL_NOT_LOGGING")
