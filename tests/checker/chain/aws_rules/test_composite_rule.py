"""Which composite alarms ring whenever an alarm rings."""

from __future__ import annotations

import pytest

from checker.chain.aws_rules.composite_rule import composites_over
from tests.checker.chain.judging import A
from tests.checker.gather.fakes import alarm

ROOT_ARN = f"arn:aws:cloudwatch:us-east-1:{A}:alarm:root"


@pytest.mark.parametrize(
    "rule",
    [
        'ALARM("root")',
        "ALARM(root)",
        f"ALARM({ROOT_ARN})",
        f'ALARM("{ROOT_ARN}")',
        ' ( ALARM( "root" ) ) ',
        'ALARM("root") OR ALARM("b")',
        'ALARM("b") OR ALARM("root")',
        'ALARM("b")\nOR\nALARM("root")',
        '(ALARM("b") OR ALARM("root")) OR OK("c")',
        'ALARM("root") OR ALARM("b") AND NOT ALARM("c")',
        'ALARM("root") AND (ALARM("root") OR FALSE)',
        'ALARM("root") AND TRUE',
    ],
)
def test_rings(rule: str) -> None:
    over = alarm(A, name="over", metric_name=None, alarm_rule=rule)
    assert composites_over(alarm(A), [alarm(A), over]) == [over]


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "",
        'ALARM("rooted")',
        'ALARM("ROOT")',
        'OK("root")',
        'INSUFFICIENT_DATA("root")',
        'NOT ALARM("root")',
        'ALARM("root") AND ALARM("b")',
        'ALARM("root") AND NOT ALARM("b")',
        'ALARM("b") OR ALARM("c")',
        'ALARM("root") AND FALSE',
        # In ALARM before anything happens: it never changes.
        "TRUE",
        'ALARM("root") OR TRUE',
        'ALARM("root") OR OK("root")',
        'NOT OK("root")',
        # Not a rule.
        'ALARM("root"',
        'ALARM("root") OR',
        'ALARM("root") ALARM("root")',
        '(ALARM("root")',
        'ALARM("root") XOR ALARM("b")',
        'AT_LEAST(1, ALARM, ("root"))',
    ],
)
def test_does_not_ring(rule: str | None) -> None:
    over = alarm(A, name="over", metric_name=None, alarm_rule=rule)
    assert composites_over(alarm(A), [over]) == []


def test_a_composite_over_a_composite_rings_too() -> None:
    inner = alarm(A, name="inner", metric_name=None, alarm_rule="ALARM(root)")
    outer = alarm(A, name="outer", metric_name=None, alarm_rule="ALARM(inner)")
    assert composites_over(alarm(A), [outer, inner]) == [inner, outer]
