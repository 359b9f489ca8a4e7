"""The text report: one line an account, chains of what is not ok, a summary; at any width, with and without colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from checker.findings import (
    HOPS,
    AppliedWaiver,
    Coverage,
    DatabaseInfo,
    Finding,
    Hop,
    HopStatus,
    HopVerdict,
    Report,
    Status,
)
from checker.reports import Format, Style, render

WIDE = Style(width=140)
A, B = "111111111111", "222222222222"


def hops(broken: Hop | None, status: HopStatus = HopStatus.ALARM) -> tuple[HopVerdict, ...]:
    index = HOPS.index(broken) if broken else len(HOPS)
    return tuple(
        HopVerdict(
            hop,
            HopStatus.OK if at < index else status if at == index else HopStatus.NOT_REACHED,
            f"the {hop} is judged.",
        )
        for at, hop in enumerate(HOPS)
    )


def finding(status: Status = Status.OK, broken: Hop | None = None, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "control": "root_usage",
        "control_id": "4.3",
        "title": "Root use is monitored",
        "severity": "low",
        "account_id": A,
        "connection": "aws_a",
        "status": status,
        "broken_hop": broken,
        "reason": "an event reaches a person." if broken is None else f"the {broken} is judged.",
        "hops": hops(broken, HopStatus.UNKNOWN if status is Status.ERROR else HopStatus.ALARM),
    }
    return Finding(**(values | changes))


def report(*findings: Finding, **changes: Any) -> Report:
    answered = len({item.account_id for item in findings})
    made = Report(
        generated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        version="1",
        database=DatabaseInfo("postgres", "h:1/d", "a test"),
        benchmark="cis_v3.0.0",
        findings=findings,
        coverage=Coverage(answered, 0),
    )
    return replace(made, **changes)


def text(*findings: Finding, style: Style = WIDE, **changes: Any) -> str:
    return render(report(*findings, **changes), Format.TEXT, style)


def test_one_line_for_an_account_that_is_ok_and_a_summary() -> None:
    assert text(finding()) == (
        f"ok                   {A}  aws_a  an event reaches a person.\n"
        "\n"
        "1 ok, 0 alarm, 0 error, 0 skip; 1 of 1 account answered; cis_v3.0.0.\n"
    )


def test_the_chain_of_a_broken_account_is_drawn_hop_by_hop() -> None:
    shown = text(finding(Status.ALARM, Hop.ALARM))
    assert shown == (
        f"alarm  alarm         {A}  aws_a  the alarm is judged.\n"
        "\n"
        f"{A} (aws_a): 4.3 Root use is monitored\n"
        "    ✔ trail        the trail is judged.\n"
        "    ✔ log group    the log_group is judged.\n"
        "    ✔ filter       the filter is judged.\n"
        "  ▶ ✘ alarm        the alarm is judged.\n"
        "    · not reached  topic, subscription\n"
        "\n"
        "0 ok, 1 alarm, 0 error, 0 skip; 1 of 1 account answered; cis_v3.0.0.\n"
    )


def test_what_is_not_known_has_a_mark_of_its_own() -> None:
    assert "  ▶ ? topic        the topic is judged.\n" in text(finding(Status.ERROR, Hop.TOPIC))


def test_without_unicode_every_mark_is_ascii() -> None:
    shown = text(finding(Status.ALARM, Hop.ALARM), finding(Status.ERROR, Hop.TRAIL), style=Style(140, unicode=False))
    assert shown.isascii()
    assert "  > x alarm" in shown
    assert "  > ? trail" in shown
    assert "    + trail" in shown


def test_colours_only_repeat_what_words_say() -> None:
    given = (finding(Status.ALARM, Hop.ALARM), finding(Status.SKIP, Hop.TRAIL), finding(Status.ERROR, Hop.TOPIC))
    coloured = text(*given, style=Style(140, color=True))
    assert "\x1b[31;1malarm\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(*given)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_place(width: int) -> None:
    long = finding(
        Status.ALARM,
        Hop.FILTER,
        reason="metric filter " + "x" * 200 + " misses " + "some words " * 30,
        witness={"eventName": "CreateAccessKey", "userIdentity": {"type": "Root"}},
        unverified=("something " * 20,),
        accepted_elsewhere=("security-hub: a page " * 5,),
        connection="a_connection_with_a_long_name_indeed",
    )
    shown = text(long, style=Style(width))
    lines = [line for line in shown.splitlines() if "a_connection_with" not in line]
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in shown.splitlines())


def test_a_witness_stands_under_the_filter() -> None:
    shown = text(finding(Status.ALARM, Hop.FILTER, witness={"eventName": "CreateUser"}))
    filter_line = next(at for at, line in enumerate(shown.splitlines()) if "✘ filter" in line)
    assert shown.splitlines()[filter_line + 1].strip() == 'not matched: {"eventName": "CreateUser"}'


def test_several_controls_of_an_account_are_one_line_with_counts_worst_first() -> None:
    shown = text(
        finding(),
        finding(Status.ALARM, Hop.TRAIL, control_id="4.4"),
        finding(Status.ERROR, Hop.TRAIL, control_id="4.5"),
    )
    assert shown.splitlines()[0].startswith(f"alarm                {A}  aws_a  1 ok, 1 alarm (4.4), 1 error (4.5)")


def test_a_connection_that_told_no_account() -> None:
    failed = finding(Status.ERROR, Hop.TRAIL, account_id=None, connection="aws_x")
    shown = text(failed)
    assert "(unknown)" in shown.splitlines()[0]
    assert "aws_x" in shown.splitlines()[0]
    # However many controls were asked, it is said once.
    assert text(failed, failed).count(failed.reason) == shown.count(failed.reason) == 1


def test_an_account_without_a_connection() -> None:
    assert f"\n{A}: 4.3 Root use" in text(finding(Status.ALARM, Hop.TRAIL, connection=None))


WAIVER = AppliedWaiver("root_usage", A, "watched elsewhere", "me", "2099-01-01")


def test_waivers_and_exclusions_are_shown_with_who_and_until_when() -> None:
    waived = text(finding(Status.SKIP, Hop.ALARM, waiver=WAIVER))
    assert "    waiver         accepted: watched elsewhere (me, until 2099-01-01)" in waived
    excluded = text(finding(waiver=replace(WAIVER, exclusion='{ $.a = "b" }')))
    assert f"{A}: 4.3 is ok, decided with an exclusion" in excluded
    assert 'except { $.a = "b" }: watched elsewhere (me, until 2099-01-01)' in excluded


def test_texts_of_others_and_what_was_not_verified_are_said() -> None:
    shown = text(finding(Status.ALARM, Hop.FILTER, accepted_elsewhere=("security-hub: page",), unverified=("x",)))
    assert "    elsewhere      covers a text that counts only with --accept: security-hub: page" in shown
    assert "    unverified     x" in shown


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ((("x",),), "Not verified in 1 ok: x."),
        ((("x",), ("x", "y")), "Not verified in 2 ok: x (and 1 more, see --format json)."),
        (((), ()), None),
    ],
)
def test_the_summary_says_what_ok_rests_on(texts: tuple[tuple[str, ...], ...], line: str | None) -> None:
    given = [finding(unverified=item, account_id=f"{at:012}") for at, item in enumerate(texts)]
    shown = text(*given)
    assert (line in shown) if line else ("Not verified" not in shown)


def test_the_summary_has_coverage_age_notes_and_interruption() -> None:
    shown = text(
        finding(),
        database=DatabaseInfo("steampipe", "h", "w", (), 300),
        coverage=Coverage(1, 2, complete=False),
        notes=("only aws_a was asked",),
    )
    assert "1 of 3 accounts answered" in shown
    assert "Rows may be up to 300 s old (--fresh clears the cache first)." in shown
    assert "Note: only aws_a was asked" in shown
    assert shown.endswith("Incomplete: interrupted before everything was read.\n")


def test_a_report_without_findings() -> None:
    shown = text(coverage=Coverage(0, 0, complete=False))
    assert "0 ok, 0 alarm, 0 error, 0 skip; 0 of 0 accounts answered" in shown


def test_an_account_behind_two_connections_is_two_lines() -> None:
    shown = text(finding(), finding(account_id=B, connection="b"), finding(connection="c"))
    assert len(shown.split("\n\n")[0].splitlines()) == 3


def test_names_of_others_cannot_redraw_the_screen() -> None:
    bad = "alarm \x1b[2J\x07\u202e\x9b x."
    given = finding(Status.ALARM, Hop.ALARM, reason=bad, title=bad, connection="c\x1b[2J", unverified=(bad,))
    shown = text(given, style=Style(140, color=False))
    assert not any(character in shown for character in "\x1b\x07\u202e\x9b")
    assert "alarm \\u001b[2J\\u0007\\u202e\\u009b x." in shown
