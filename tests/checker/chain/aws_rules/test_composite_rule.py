"""Which composite alarms ring whenever an alarm rings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.chain.aws_rules.composite_rule import arn_of, followers
from checker.chain.aws_rules.rule_expression import DEEPEST, LONGEST, names_in, parse_rule, value_of
from checker.chain.aws_rules.token_reader import Unreadable
from checker.chain.truth import Truth
from checker.facts import Alarm
from tests.builders import A, alarm

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
    assert [follower.alarm for follower in followers(alarm(A), [alarm(A), over])] == [over]


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
        'AT_LEAST(2, ALARM, ("root", "b"))',
    ],
)
def test_does_not_ring(rule: str | None) -> None:
    over = alarm(A, name="over", metric_name=None, alarm_rule=rule)
    assert followers(alarm(A), [over]) == []


@pytest.mark.parametrize(
    ("missing", "rings"), [("notBreaching", True), ("missing", False), ("ignore", False), (None, False)]
)
@pytest.mark.parametrize("rule", ['NOT OK("root")', 'AT_LEAST(1, NOT OK, ("root", "b"))'])
def test_an_alarm_that_takes_missing_data_as_good_is_ok_before_it_rings(
    rule: str, missing: str | None, *, rings: bool
) -> None:
    below, over = alarm(A, treat_missing_data=missing), alarm(A, name="over", metric_name=None, alarm_rule=rule)
    assert [follower.alarm for follower in followers(below, [below, over])] == ([over] if rings else [])


def test_a_composite_alarm_is_ok_before_it_rings() -> None:
    inner = alarm(A, name="inner", metric_name=None, alarm_rule="ALARM(root)")
    outer = alarm(A, name="outer", metric_name=None, alarm_rule="NOT OK(inner)")
    assert [item.alarm for item in followers(alarm(A), [outer, inner])] == [inner, outer]


def test_a_composite_over_a_composite_rings_too() -> None:
    inner = alarm(A, name="inner", metric_name=None, alarm_rule="ALARM(root)")
    outer = alarm(A, name="outer", metric_name=None, alarm_rule="ALARM(inner)")
    assert [item.alarm for item in followers(alarm(A), [outer, inner])] == [inner, outer]


def composite(name: str, rule: str | None) -> Alarm:
    return alarm(A, name=name, arn=arn(name), metric_name=None, alarm_rule=rule)


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:{A}:alarm:{name}"


def found(*rules: str, name: str = "root") -> dict[str, str]:
    """Composite alarms c0, c1, ... with these rules, as they follow the alarm."""
    rows = [composite(f"c{number}", rule) for number, rule in enumerate(rules)]
    below = alarm(A, name=name, arn=arn(name))
    return {follower.alarm.name: str(follower.rings) for follower in followers(below, [below, *rows])}


@pytest.mark.parametrize(
    ("rule", "rings"),
    [
        ("AT_LEAST(1, ALARM, (root))", True),
        ("AT_LEAST(1, ALARM, (root, b))", True),
        ('AT_LEAST(1, ALARM, ("b", "root"))', True),
        (f'at_least( 1 ,alarm,( b , "{ROOT_ARN}" ) )', True),
        (f"AT_LEAST(1,ALARM,({ROOT_ARN},b))", True),
        ("AT_LEAST(2, ALARM, (root, b))", False),
        ("AT_LEAST(2, ALARM, (root, b, c, d))", False),
        ("AT_LEAST(1, ALARM, (b, c))", False),
        ("AT_LEAST(1, OK, (root, b))", False),
        ("AT_LEAST(1, NOT OK, (root))", False),
        ("AT_LEAST(1, NOT INSUFFICIENT_DATA, (root))", False),
        ("NOT AT_LEAST(1, NOT ALARM, (root))", True),
        ("AT_LEAST(1, NOT ALARM, (root))", False),
        ("AT_LEAST(50%, ALARM, (root, b))", True),
        ("AT_LEAST(51%, ALARM, (root, b))", False),
        ("AT_LEAST(50.4%, ALARM, (root, b))", False),
        ("AT_LEAST(33%, ALARM, (root, b, c))", True),
        ("AT_LEAST(34%, ALARM, (root, b, c))", False),
        ("AT_LEAST(33.3%, ALARM, (root, b, c))", True),
        ('AT_LEAST("50%", ALARM, (root, b))', True),
        ("AT_LEAST(100%, ALARM, (root))", True),
        ("AT_LEAST(0, ALARM, (root))", False),
        ("AT_LEAST(1, ALARM, (root, b)) AND NOT ALARM(c)", False),
        ("AT_LEAST(1, ALARM, (root, b)) AND TRUE", True),
        ("(AT_LEAST(2, ALARM, (root, b)) OR ALARM(root))", True),
        ("alarm(root)", True),
        ("Alarm(root) Or false", True),
        ("NOT NOT ALARM(root)", True),
        ("NOT OK(root) AND NOT INSUFFICIENT_DATA(root)", True),
        ("false", False),
        ("ALARM(root) AND NOT OK(root)", True),
    ],
)
def test_at_least_and_other_forms(rule: str, *, rings: bool) -> None:
    assert found(rule) == ({"c0": "yes"} if rings else {})


@pytest.mark.parametrize(
    "rule",
    [
        'ALARM("root"',
        'ALARM("root") OR',
        'ALARM("root") ALARM("root")',
        '(ALARM("root")',
        'ALARM("root"))',
        'ALARM("root") XOR ALARM("b")',
        "ALARM(root, b)",
        "ALARM((root))",
        "ALARM root",
        "ALARM(root) OK",
        '"ALARM"(root)',
        "AT_LEAST(1, ALARM, root)",
        "AT_LEAST(1, ALARM, (root)",
        "AT_LEAST(1, ALARM, ())  root",
        "AT_LEAST(some, ALARM, (root))",
        "AT_LEAST(-1, ALARM, (root))",
        "AT_LEAST(1%%, ALARM, (root))",
        "AT_LEAST(1, RED, (root))",
        "AT_LEAST(1, ALARM AND OK, (root))",
        "AT_LEAST(1 ALARM (root))",
        "root AT_LEAST",
        'ALARM("root',
        "NOT root",
        "root",
        "ANY(ALARM(root))",
    ],
)
def test_a_rule_that_cannot_be_read_may_ring_for_the_alarms_that_it_names(rule: str) -> None:
    with pytest.raises(Unreadable):
        parse_rule(rule)
    assert found(rule) == {"c0": "maybe"}
    assert found(rule, name="somebody") == {}


def test_names_in_quotation_marks() -> None:
    assert found('ALARM("a (b), c")', name="a (b), c") == {"c0": "yes"}
    assert found(r'ALARM("a \"b\" \\ c")', name=r'a "b" \ c') == {"c0": "yes"}
    assert found(r'XOR("a \"b\"")', name='a "b"') == {"c0": "maybe"}
    assert names_in(parse_rule('ALARM(a) OR NOT (OK("b c") AND TRUE) OR AT_LEAST(1, OK, (d, "e"))')) == set("ade") | {
        "b c"
    }


def test_an_alarm_without_an_arn_is_followed_by_the_arn_it_has() -> None:
    below = alarm(A, arn=None, partition="aws-cn", region="cn-north-1")
    assert arn_of(below) == f"arn:aws-cn:cloudwatch:cn-north-1:{A}:alarm:root"
    assert arn_of(replace(alarm(A, arn=None), partition=None)) == ROOT_ARN
    assert [item.alarm.name for item in followers(below, [composite("c", f"ALARM({arn_of(below)})")])] == ["c"]


def test_what_may_ring_below_may_ring_above() -> None:
    assert found("XOR(root)", "ALARM(c0)", "ALARM(c1) OR ALARM(root)") == {"c0": "maybe", "c1": "maybe", "c2": "yes"}
    assert found("ALARM(c1)", "ALARM(c2)", f"ALARM({ROOT_ARN})") == {"c0": "yes", "c1": "yes", "c2": "yes"}
    # Not whenever the alarm rings.
    assert found("ALARM(root) AND ALARM(b)", "ALARM(c0)") == {}


def test_a_cycle_may_stop_the_evaluation_of_what_is_in_it_and_above_it() -> None:
    rules = ("ALARM(root) OR ALARM(c1)", "ALARM(c0)", "ALARM(c1)", "ALARM(root)")
    assert found(*rules) == {"c0": "maybe", "c1": "maybe", "c2": "maybe", "c3": "yes"}
    assert found("ALARM(c0) OR ALARM(root)") == {"c0": "maybe"}
    assert found("ALARM(c1)", "ALARM(c0)", "ALARM(root)") == {"c2": "yes"}


def test_hostile_rules_are_bounded() -> None:
    deep = "(" * (DEEPEST - 1) + "ALARM(root)" + ")" * (DEEPEST - 1)
    assert found(deep) == {"c0": "yes"}
    assert found(f"({deep})") == {"c0": "maybe"}
    assert found("NOT " * (DEEPEST - 2) + "ALARM(root)") == {"c0": "yes"}
    assert found("NOT " * DEEPEST + "ALARM(root)") == {"c0": "maybe"}
    assert found("NOT " * 2500 + "ALARM(root)") == {"c0": "maybe"}
    assert found("(" * 9000 + "root") == {"c0": "maybe"}
    fits = "ALARM(root)" + " " * (LONGEST - 11)
    assert found(fits) == {"c0": "yes"}
    assert found(f"{fits} ") == {"c0": "maybe"}
    assert found('"' + "\\" * 4000 + "root") == {"c0": "maybe"}
    chain = [f"ALARM({'root' if number == 0 else f'c{number - 1}'})" for number in range(2000)]
    assert len(found(*chain)) == 2000


@pytest.mark.parametrize(
    ("rule", "states", "expected"),
    [
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": "ALARM", "b": "ALARM"}, Truth.YES),
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": "ALARM", "b": "OK"}, Truth.MAYBE),
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": "ALARM", "b": "OK", "c": "OK"}, Truth.NO),
        ("AT_LEAST(4, ALARM, (a, b, c))", {}, Truth.NO),
        ("AT_LEAST(2, NOT OK, (a, b))", {"a": "ALARM", "b": "INSUFFICIENT_DATA"}, Truth.YES),
        ("AT_LEAST(2, NOT OK, (a, b))", {"a": "OK"}, Truth.NO),
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", {"a": "ALARM", "b": "OK", "c": "OK"}, Truth.YES),
        ("ALARM(a) AND ALARM(b) OR ALARM(c)", {"a": "OK", "b": "OK", "c": "ALARM"}, Truth.YES),
        ("ALARM(a) AND (ALARM(b) OR ALARM(c))", {"a": "OK", "c": "ALARM"}, Truth.NO),
        ("NOT ALARM(a) OR ALARM(b)", {"a": "ALARM"}, Truth.MAYBE),
        ("INSUFFICIENT_DATA(a)", {"a": "OK"}, Truth.NO),
        ("TRUE AND NOT FALSE", {}, Truth.YES),
    ],
)
def test_the_value_of_a_rule(rule: str, states: dict[str, str], expected: Truth) -> None:
    assert value_of(parse_rule(rule), states.get) is expected
