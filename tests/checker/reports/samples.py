"""Reports of every kind, for every format: empty, one, every status, many, and names that an attacker chose."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from checker.findings import AppliedWaiver, Coverage, Finding, Hop, Report, Status
from tests.checker.reports.test_text import A, B, finding, grid, named, report

WAIVER = AppliedWaiver("root_usage", A, "watched elsewhere", "me", "2099-01-01")
FRAMEWORKS = {"nist_csf": ("DE.AE-1", "DE.CM-3")}
TOPIC = "arn:aws-us-gov:sns:us-gov-west-1:111111111111:cis"
NASTY = (
    "|<script>&\"'=@",
    "=cmd|' /C calc'!A0",
    "@mention #1 www.example.com https://example.com",
    "\x00\x07\x1b[2J\x7f\x9b\u202e\u2028\ufeff",
    "``` ~~~ </details> ]]> --> -->",
    "line\nbreak\ttab\rreturn",
    "[x](javascript:alert(1)) ![i](http://e/x.png) <!-- ",
    "| --- | **b** _i_ `c` \\",
    "'--; drop table",
    " ",
)


def every_status() -> Report:
    """One finding of each status, and a connection that told no account."""
    common: dict[str, Any] = {"benchmark": "cis_v3.0.0", "frameworks": FRAMEWORKS, "severity": "high"}
    alarm = named(Status.ALARM, Hop.TOPIC, resource=TOPIC, code="TOPIC_GONE", remedy="Do it: `aws x y`.", **common)
    given = (
        finding(**common),
        alarm,
        finding(Status.ERROR, Hop.TRAIL, account_id=B, code="TRAILS_NOT_READ", **common),
        finding(Status.SKIP, Hop.ALARM, control="vpc_changes", control_id="4.14", waiver=WAIVER, **common),
        finding(Status.ERROR, Hop.TRAIL, account_id=None, code="CONNECTION_NOT_READ", **common),
    )
    return report(*given, coverage=Coverage(1, 2, complete=False), notes=("a note",))


def hostile(text: str) -> Report:
    """A report in which everything that an account can choose is this text."""
    alarm = named(
        Status.ALARM,
        Hop.FILTER,
        resource=f"arn:aws:x:::{text}",
        reason=f"{text} is wrong.",
        remedy=f"Do {text}: `aws x --name '{text.replace('`', '')}'`.",
        witness={"eventName": text, text: 1},
        account_name=text,
        connection=text,
        title=text,
        unverified=(text,),
        code="X",
    )
    waiver = replace(WAIVER, reason=text, owner=text)
    waived = finding(Status.SKIP, Hop.TRAIL, waiver=waiver, account_name=text, reason=text, account_id=B)
    return report(alarm, waived, finding(reason=text, account_name=text), notes=(text,))


@cache
def thirty_by_fifteen() -> Report:
    """Every status, everywhere."""
    return report(*grid(30, _mixed))


def _mixed(account: int, control: int) -> Finding:
    status = list(Status)[(account + control) % 4]
    waiver = WAIVER if status is Status.SKIP else None
    if status is Status.OK:
        return finding()
    return named(status, Hop.ALARM, resource=f"arn:aws:cloudwatch:us-east-1:{account:012}:alarm:x", waiver=waiver)


def every_kind() -> dict[str, Report]:
    """Name -> report."""
    return {
        "nothing": report(coverage=Coverage(0, 0)),
        "one ok": report(finding()),
        "every status": every_status(),
        "30 x 15": thirty_by_fifteen(),
        **{f"hostile {at}": hostile(text) for at, text in enumerate(NASTY)},
    }
