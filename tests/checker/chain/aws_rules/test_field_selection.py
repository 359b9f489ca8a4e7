"""Which events a filter's field selection criteria let through: as documented, and undecided for all else."""

from __future__ import annotations

import pytest

from checker.chain.aws_rules.field_selection import selects
from checker.chain.truth import Truth

A, B, HOME = "123456789012", "210987654321", "us-east-1"
YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.MAYBE
CASES = {
    None: YES,
    "": YES,
    "  ": YES,
    f'@aws.account = "{A}"': YES,
    f'@aws.account = "{B}"': NO,
    f'@aws.account != "{A}"': NO,
    f'@aws.account != "{B}"': YES,
    f'@aws.account="{A}"': YES,
    f'@aws.region = "{HOME}"': YES,
    '@aws.region = "eu-west-1"': NO,
    f'@aws.account IN ["{B}", "{A}"]': YES,
    f'@aws.account IN ["{B}"]': NO,
    f'@aws.account NOT IN ["{B}"]': YES,
    f'@aws.account not in ["{A}","{B}"]': NO,
    f"@aws.account = '{A}'": YES,
    f'@aws.account = "{A}" AND @aws.region = "{HOME}"': YES,
    f'@aws.account = "{A}" AND @aws.region = "eu-west-1"': NO,
    f'@aws.account = "{B}" OR @aws.region = "{HOME}"': YES,
    f'@aws.account = "{B}" AND @aws.region = "{HOME}" OR @aws.account = "{A}"': YES,
    f'@aws.account = "{A}" OR @aws.account = "{B}" AND @aws.region = "eu-west-1"': YES,
    f'(@aws.account = "{A}" OR @aws.account = "{B}") AND @aws.region = "eu-west-1"': NO,
    f'((@aws.account = "{A}"))': YES,
    '@aws.organization = "o-1"': MAYBE,
    f'@aws.organization = "o-1" AND @aws.account = "{B}"': NO,
    f'@aws.organization = "o-1" OR @aws.account = "{A}"': YES,
    f'aws.account = "{A}"': MAYBE,
    f"@aws.account = {A}": MAYBE,
    f'@aws.account = "{A}" XOR @aws.region = "{HOME}"': MAYBE,
    f'@aws.account LIKE "{A}"': MAYBE,
    f'NOT @aws.account = "{A}"': MAYBE,
    f'(@aws.account = "{A}"': MAYBE,
    f'@aws.account = "{A}")': MAYBE,
    f'@aws.account = "{A}" AND': MAYBE,
    f'@aws.account IN "{A}"': MAYBE,
    f'@aws.account IN ["{A}"': MAYBE,
    "@aws.account IN []": MAYBE,
    "@aws.account": MAYBE,
    "()": MAYBE,
    "#": MAYBE,
    f'{"(" * 950}@aws.account = "{A}"{")" * 950}': YES,
}


@pytest.mark.parametrize(("criteria", "expected"), CASES.items(), ids=lambda value: str(value)[:60])
def test_selects(criteria: str | None, expected: Truth) -> None:
    assert selects(criteria, A, HOME) is expected
