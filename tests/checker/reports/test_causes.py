"""Causes: what is one, which comes first, and ids that stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.findings import Finding, Hop, HopStatus, HopVerdict, Status
from checker.reports.causes import causes_of, summary_of
from tests.checker.reports.test_text import A, B, finding

CONTROLS = ("root_usage", "vpc_changes", "nacl_changes")


def broken(
    hop: Hop = Hop.TRAIL, *, code: str = "X", resource: str | None = "arn:x", status: Status = Status.ALARM, **more: str
) -> Finding:
    made = finding(status, hop, code=code, **more)
    hops = (HopVerdict(hop, HopStatus.ALARM, "why.", resource, "eu-west-1"),)
    return replace(made, hops=hops, benchmark="cis_v3.0.0")


def test_one_stopped_trail_is_one_cause_however_many_controls_it_breaks() -> None:
    (cause,) = causes_of([broken(control=control) for control in CONTROLS] + [finding()])
    assert [item.control for item in cause.findings] == list(CONTROLS)
    assert (cause.first.region, cause.first.resource, cause.status) == ("eu-west-1", "arn:x", Status.ALARM)


@pytest.mark.parametrize(
    "other",
    [
        broken(account_id=B),
        broken(Hop.TOPIC),
        broken(code="Y"),
        broken(resource="arn:y"),
        broken(resource=None),
        broken(status=Status.ERROR),
        replace(broken(), account_id=None),
    ],
)
def test_another_account_hop_resource_or_code_is_another_cause(other: Finding) -> None:
    causes = causes_of([broken(), other])
    assert len({cause.id for cause in causes}) == len(causes) - (other.status is Status.ERROR)
    assert len(causes) == 2


def test_what_is_ok_or_waived_has_no_cause() -> None:
    assert causes_of([finding(), finding(Status.SKIP, Hop.TRAIL)]) == ()


def test_the_worst_comes_first() -> None:
    undecided = broken(status=Status.ERROR, severity="critical", code="E")
    low = [broken(severity="low", code="L", control=control) for control in CONTROLS]
    mixed = [broken(severity="low", code="M"), broken(severity="high", code="M")]
    many = [broken(severity="high", code="H", control=control) for control in CONTROLS]
    unknown = broken(severity="odd", code="O")
    causes = causes_of([undecided, unknown, *low, *mixed, *many])
    assert [cause.first.code for cause in causes] == ["H", "M", "L", "O", "E"]
    assert [cause.severity for cause in causes] == ["high", "high", "low", "odd", "critical"]


def test_reasons_are_said_once_each() -> None:
    given = [broken(reason=reason) for reason in ("a.", "b.", "a.")]
    assert causes_of(given)[0].reasons == ("a.", "b.")


def test_an_id_is_that_of_account_control_and_benchmark() -> None:
    given = broken()
    same = replace(given, status=Status.OK, broken_hop=None, reason="other", connection="other", severity="high")
    assert same.id == given.id
    others = [
        replace(given, account_id=B),
        replace(given, control="vpc_changes"),
        replace(given, benchmark="cis_v4.0.0"),
        replace(given, account_id=None),
        replace(given, account_id=None, connection="b"),
        replace(given, account_id=None, connection=A),
        replace(given, account_id=None, connection=None),
    ]
    assert len({item.id for item in (given, *others)}) == len(others) + 1
    # Stored by others: it may never change.
    assert given.id == "d94e4324de6f75f6ced3af4835a1faa3"


def test_the_hop_that_is_named_gives_resource_and_region() -> None:
    last = HopVerdict(Hop.SUBSCRIPTION, HopStatus.OK, "heard.", "arn:s", "us-east-1")
    assert replace(finding(), hops=(last,)).resource == "arn:s"
    assert replace(finding(), hops=()).resource is None
    assert replace(finding(Status.ALARM, Hop.TOPIC), hops=(last,)).region is None


def test_counts_by_control_hop_and_account() -> None:
    failed = replace(broken(status=Status.ERROR), account_id=None)
    summary = summary_of([finding(), broken(), broken(Hop.TOPIC, control="vpc_changes", account_id=B), failed])
    none = {"ok": 0, "alarm": 0, "error": 0, "skip": 0}
    assert summary.by_control == {
        "root_usage": none | {"ok": 1, "alarm": 1, "error": 1},
        "vpc_changes": none | {"alarm": 1},
    }
    assert summary.by_account == {
        A: none | {"ok": 1, "alarm": 1},
        B: none | {"alarm": 1},
        "aws_a": none | {"error": 1},
    }
    assert summary.by_hop["trail"] == none | {"alarm": 1, "error": 1}
    assert summary.by_hop["topic"] == none | {"alarm": 1}
    assert summary.by_hop["filter"] == none
    assert list(summary.by_hop) == [str(hop) for hop in Hop]
