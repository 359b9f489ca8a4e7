"""The text report: the answer, causes, a grid; brief and full; at any width, with and without colours."""

from __future__ import annotations

import itertools
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
from checker.reports import Detail, Format, Style, View, render

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


def text(*findings: Finding, style: Style = WIDE, view: View = View(), **changes: Any) -> str:  # noqa: B008 - frozen
    return render(report(*findings, **changes), Format.TEXT, style, view)


BRIEF, FULL = View(Detail.BRIEF), View(Detail.FULL)
CONTROLS = {f"control_{number}": f"4.{number}" for number in range(1, 16)}


def grid(accounts: int, make: Any) -> list[Finding]:
    """Findings of fifteen controls in so many accounts; ``make`` takes the numbers of account and control."""
    return [
        replace(make(at, number), account_id=f"{at:012}", control=control, control_id=control_id, connection=f"a_{at}")
        for at in range(1, accounts + 1)
        for number, (control, control_id) in enumerate(CONTROLS.items())
    ]


def named(status: Status, hop: Hop, **changes: Any) -> Finding:
    """A finding whose hop has the resource, code and remedy given."""
    resource = changes.pop("resource", None)
    made = finding(status, hop, **changes)
    return replace(made, hops=tuple(replace(item, resource=resource) for item in made.hops))


# -- the answer and the causes -------------------------------------------------------------------------------------


def test_an_account_that_is_ok_says_who_hears() -> None:
    assert text(finding()) == (
        "1 ok, 0 alarm, 0 error, 0 skip; 1 of 1 account answered; cis_v3.0.0.\n"
        "\n"
        f"ok                   {A} aws_a\n"
        "       an event reaches a person.\n"
    )


def test_a_cause_has_account_hop_sentence_remedy_command_witness_and_chain() -> None:
    given = finding(
        Status.ALARM,
        Hop.FILTER,
        account_name="prod",
        remedy="Widen it: `aws logs put-metric-filter --x 'y z'`.",
        witness={"eventName": "CreateUser"},
        accepted_elsewhere=("security-hub: page",),
    )
    assert text(given) == (
        "0 ok, 1 alarm, 0 error, 0 skip; 1 of 1 account answered; cis_v3.0.0.\n"
        "\n"
        f"alarm  filter        {A} aws_a prod\n"
        "       the filter is judged.\n"
        "       Widen it: aws logs put-metric-filter.\n"
        "       $ aws logs put-metric-filter --x 'y z'\n"
        '       not matched: {"eventName": "CreateUser"}\n'
        "       It covers a text that counts only with --accept: security-hub: page.\n"
        "       ✔ trail ✔ log group ✘ filter · alarm · topic · subscription\n"
    )


def test_one_stopped_trail_is_told_once_with_its_controls() -> None:
    shown = text(*grid(1, lambda *_: named(Status.ALARM, Hop.TRAIL, resource="arn:t", code="TRAIL_NOT_LOGGING")))
    assert shown.count("the trail is judged.") == 1
    assert f"       15 controls: {' '.join(CONTROLS.values())}\n" in shown


def test_for_one_control_no_reason_stands_twice_and_no_control_is_named() -> None:
    given = [named(Status.ALARM, Hop.TRAIL, account_id=f"{at:012}", reason=f"reason {at}.") for at in range(5)]
    shown = text(*given)
    assert all(shown.count(item.reason) == 1 for item in given)
    assert "control" not in shown
    assert "4.3" not in shown


def test_what_is_alike_in_an_account_is_told_by_its_first() -> None:
    shown = text(
        *grid(1, lambda _, at: named(Status.ALARM, Hop.ALARM, resource=f"arn:{at}", reason=f"reason {at}.", code="X"))
    )
    assert "reason 0. (And 14 more like it: see --full.)" in shown
    assert "reason 1." not in shown
    assert "15 controls: 4.1 4.2" in shown


def test_the_answer_names_where_it_is_worst() -> None:
    many = grid(1, lambda *_: named(Status.ALARM, Hop.TRAIL, code="TRAIL_NONE"))
    shown = text(named(Status.ALARM, Hop.TOPIC, account_id=B, code="TOPIC_GONE"), *many)
    assert shown.splitlines()[1] == "2 causes; the worst, in account 000000000001: TRAIL_NONE (15 findings)."
    single = [named(Status.ALARM, Hop.TRAIL, account_id=account, code="C") for account in (A, B)]
    assert f"2 causes; the worst, in account {A}: C.\n" in text(*single)
    assert "worst" not in text(single[0])


def test_alarms_come_before_what_is_undecided_waived_and_ok() -> None:
    shown = text(
        finding(),
        finding(Status.SKIP, Hop.TRAIL, waiver=WAIVER),
        finding(Status.ERROR, Hop.TOPIC, control="b"),
        finding(Status.ALARM, Hop.TRAIL, control="c"),
    )
    starts = [line[:5].strip() for line in shown.splitlines() if re.match(r"(ok|alarm|error|skip) ", line)]
    assert starts == ["alarm", "error", "skip", "ok"]
    assert "? topic" in shown


# -- however many --------------------------------------------------------------------------------------------------


def _distinct(status: Status) -> Any:
    witness = {"eventName": "CreateAccessKey", "userIdentity": {"type": "Root"}, "eventSource": "iam.amazonaws.com"}
    hops_ = itertools.cycle(Hop)

    def make(account: int, control: int) -> Finding:
        reason = f"metric filter {account}-{control} " + "misses a lot of events " * 5
        return named(
            status,
            next(hops_),
            resource=f"arn:{account}:{control}",
            code=f"C{'ABCDEFGHIJKLMNOP'[control]}",
            reason=reason,
            remedy="Repair it: `aws x y`.",
            witness=witness,
        )

    return make


@pytest.mark.parametrize("accounts", [30, 300])
@pytest.mark.parametrize("width", [80, 100])
def test_thirty_accounts_by_fifteen_controls_fit_250_lines_whatever_is_wrong(accounts: int, width: int) -> None:
    broken = grid(accounts, _distinct(Status.ALARM))
    undecided = grid(accounts, _distinct(Status.ERROR))
    mixed = [pair[at % 2] for at, pair in enumerate(zip(broken, undecided, strict=True))]
    waived = grid(accounts, lambda *_: finding(Status.SKIP, Hop.TRAIL, waiver=WAIVER))
    excluded = grid(accounts, lambda *_: finding(waiver=replace(WAIVER, exclusion="{ $.a = b }"), unverified=("u",)))
    everything = [items[at % 4] for at, items in enumerate(zip(broken, undecided, waived, excluded, strict=True))]
    for given in (broken, undecided, mixed, waived, excluded, everything):
        shown = text(*given, style=Style(width), notes=("a note",) * 20)
        assert len(shown.splitlines()) <= 250


def test_what_has_no_room_has_a_line_and_then_a_number() -> None:
    shown = text(*grid(30, _distinct(Status.ALARM)))
    told = shown.count("       $ aws x y")
    listed = len(re.findall(r"^alarm  [a-z ]+  \d{12}  1 control    metric filter", shown, re.MULTILINE))
    beyond = int(re.findall(r"(\d+) more causes: see --brief, --full or --format json", shown)[0])
    assert told > 5
    assert listed == 40
    assert told + listed + beyond == 450


def test_a_single_cause_is_told_however_long_it_is() -> None:
    long = finding(Status.ALARM, Hop.FILTER, reason="word " * 3000)
    assert "$ aws" in text(replace(long, remedy="Do: `aws x`."), style=Style(80))


# -- accounts by controls ------------------------------------------------------------------------------------------


def test_a_grid_of_accounts_and_controls() -> None:
    statuses = [Status.OK, Status.ALARM, Status.ERROR, Status.SKIP]

    def make(account: int, control: int) -> Finding:
        status = statuses[(account + control) % 4]
        return finding(status, None if status is Status.OK else Hop.TRAIL, account_name=f"team-{account}")

    lines = text(*grid(2, make)).splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("000000000001  team-1"))
    assert lines[at - 1].split() == list(CONTROLS.values())
    assert lines[at].split()[2:] == [*"✘?-✔" * 4][:15]
    assert lines[at + 1].split()[2:] == [*"?-✔✘" * 4][:15]
    assert lines[at + 2] == "(✔ ok, ✘ alarm, ? error, - skip)"


def test_a_grid_leaves_out_what_was_not_judged() -> None:
    given = grid(2, lambda *_: finding())[:-1]
    row = next(line for line in text(*given).splitlines() if line.startswith("000000000002  a_2"))
    assert row.count("✔") == 14


@pytest.mark.parametrize(("accounts", "width"), [(31, 140), (2, 80)])
def test_a_grid_that_does_not_fit_is_summed(accounts: int, width: int) -> None:
    shown = text(*grid(accounts, lambda *_: finding()), style=Style(width))
    assert "(✔ ok" not in shown
    assert len([line for line in shown.splitlines() if re.match(rf"4\.\d+ +{accounts} ok ", line)]) == 15


def test_thirty_accounts_fit_the_grid() -> None:
    assert "(✔ ok" in text(*grid(30, lambda *_: finding()))


@pytest.mark.parametrize("view", [View(only=frozenset({Status.OK})), BRIEF, FULL])
def test_a_grid_is_only_in_the_whole_overview(view: View) -> None:
    assert "(✔ ok" not in text(*grid(2, lambda *_: finding()), view=view)


# -- views ---------------------------------------------------------------------------------------------------------


def test_brief_is_a_line_a_finding_to_be_searched() -> None:
    shown = text(
        finding(Status.ALARM, Hop.LOG_GROUP, reason="a\tb\nc."),
        finding(),
        finding(Status.ERROR, Hop.TRAIL, account_id=None, connection=None),
        view=BRIEF,
        style=Style(40),
    )
    assert shown.splitlines() == [
        f"alarm\t{A}\t4.3\tlog_group\ta b c.",
        f"ok\t{A}\t4.3\t-\tan event reaches a person.",
        "error\t-\t4.3\ttrail\tthe trail is judged.",
    ]


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("status", Status)
def test_only_leaves_the_others_out_and_counts_them(detail: Detail, status: Status) -> None:
    given = [
        finding(each, None if each is Status.OK else Hop.TRAIL, reason=f"it is {each}.", waiver=WAIVER, account_id=A)
        for each in Status
    ]
    shown = text(*given, view=View(detail, frozenset({status})))
    starts = {each for each in Status if re.search(rf"^{each}\b|: {each}$|^{A}: 4.3 is {each},", shown, re.MULTILINE)}
    assert starts == {status}
    assert ("1 ok, 1 alarm, 1 error, 1 skip" in shown) == (detail is not Detail.BRIEF)


def test_full_draws_every_chain_hop_by_hop() -> None:
    shown = text(finding(Status.ALARM, Hop.ALARM), finding(account_id=B, connection=None), view=FULL)
    assert shown == (
        "1 ok, 1 alarm, 0 error, 0 skip; 2 of 2 accounts answered; cis_v3.0.0.\n"
        "\n"
        f"{A} (aws_a): 4.3 Root use is monitored: alarm\n"
        "    ✔ trail        the trail is judged.\n"
        "    ✔ log group    the log_group is judged.\n"
        "    ✔ filter       the filter is judged.\n"
        "  ▶ ✘ alarm        the alarm is judged.\n"
        "    · not reached  topic, subscription\n"
        "\n"
        f"{B}: 4.3 Root use is monitored: ok\n"
        "    ✔ trail        the trail is judged.\n"
        "    ✔ log group    the log_group is judged.\n"
        "    ✔ filter       the filter is judged.\n"
        "    ✔ alarm        the alarm is judged.\n"
        "    ✔ topic        the topic is judged.\n"
        "    ✔ subscription the subscription is judged.\n"
    )


def test_full_shows_what_the_verdict_rests_on() -> None:
    given = finding(
        Status.ALARM, Hop.FILTER, accepted_elsewhere=("x: y",), unverified=("z",), witness={"eventName": "CreateUser"}
    )
    lines = text(given, view=FULL).splitlines()
    at = next(at for at, line in enumerate(lines) if "✘ filter" in line)
    assert lines[at + 1].strip() == 'not matched: {"eventName": "CreateUser"}'
    assert "    elsewhere      covers a text that counts only with --accept: x: y" in lines
    assert "    unverified     z" in lines


# -- places --------------------------------------------------------------------------------------------------------

VARIED = (
    finding(Status.ALARM, Hop.ALARM, account_name="x"),
    finding(Status.ERROR, Hop.TRAIL, control="b", account_id=B),
    finding(Status.SKIP, Hop.TOPIC, control="c"),
    finding(),
)


@pytest.mark.parametrize("view", [View(), FULL])
def test_without_unicode_every_mark_is_ascii(view: View) -> None:
    shown = text(*VARIED, style=Style(140, unicode=False), view=view)
    assert shown.isascii()
    assert "x alarm" in shown
    assert "? trail" in shown
    assert "+ trail" in shown


@pytest.mark.parametrize("view", [View(), BRIEF, FULL])
def test_colours_only_repeat_what_words_say(view: View) -> None:
    coloured = text(*VARIED, style=Style(140, color=True), view=view)
    assert "\x1b[31;1m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(*VARIED, view=view)


@pytest.mark.parametrize("view", [View(), FULL])
@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_wider_than_the_place(width: int, view: View) -> None:
    long = finding(
        Status.ALARM,
        Hop.FILTER,
        reason="metric filter " + "x" * 200 + " misses " + "some words " * 30,
        witness={"eventName": "CreateAccessKey", "userIdentity": {"type": "Root"}},
        unverified=("something " * 20,),
        accepted_elsewhere=("security-hub: a page " * 5,),
        connection="a_connection_with_a_long_name_indeed",
        account_name="and a name that is long as well " * 3,
    )
    waived = finding(Status.SKIP, Hop.TRAIL, waiver=replace(WAIVER, reason="word " * 50), account_id=B)
    shown = text(long, waived, *(finding(account_id=f"{at:012}") for at in range(40)), style=Style(width), view=view)
    assert max(map(len, shown.splitlines())) <= width
    assert not any(line.endswith(" ") for line in shown.splitlines())


def test_a_connection_that_told_no_account_is_told_once() -> None:
    failed = finding(Status.ERROR, Hop.TRAIL, account_id=None, connection="aws_x")
    assert "error  trail         (unknown)    aws_x\n" in text(failed)
    shown = text(failed, replace(failed, control="b"))
    # However many controls were asked.
    assert shown.count(failed.reason) == 1


# -- waivers, and what the report rests on -------------------------------------------------------------------------

WAIVER = AppliedWaiver("root_usage", A, "watched elsewhere", "me", "2099-01-01")


def test_waivers_and_exclusions_are_shown_with_who_and_until_when() -> None:
    waived = finding(Status.SKIP, Hop.ALARM, waiver=WAIVER)
    assert f"skip   {A}: accepted: watched elsewhere (me, until 2099-01-01)\n" in text(waived)
    assert "    waiver         accepted: watched elsewhere (me, until 2099-01-01)\n" in text(waived, view=FULL)
    excluded = text(finding(waiver=replace(WAIVER, exclusion='{ $.a = "b" }')))
    assert f"{A}: 4.3 is ok, decided with an exclusion\n" in excluded
    assert '    exclusion      except { $.a = "b" }: watched elsewhere (me, until 2099-01-01)' in excluded


def test_many_waivers_are_counted() -> None:
    shown = text(*grid(1, lambda *_: finding(Status.SKIP, Hop.TRAIL, waiver=WAIVER)))
    assert "skip   000000000001 4.1: accepted" in shown
    assert "       12 more waived: see --full --only ok,skip.\n" in shown


def test_several_that_are_ok_are_one_line() -> None:
    shown = text(*grid(2, lambda *_: finding()))
    assert "ok     30 findings in 2 accounts: 000000000001 a_1, 000000000002 a_2\n" in shown


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


@pytest.mark.parametrize("view", [View(), BRIEF, FULL])
def test_names_of_others_cannot_redraw_the_screen(view: View) -> None:
    bad = "alarm \x1b[2J\x07\u202e\x9b x."
    given = finding(
        Status.ALARM, Hop.ALARM, reason=bad, title=bad, connection="c\x1b[2J", unverified=(bad,), account_name=bad
    )
    shown = text(given, replace(given, account_id=bad, control="x"), view=view, style=Style(140, color=False))
    assert not any(character in shown for character in "\x1b\x07\u202e\x9b")
    assert (view is FULL) or "alarm \\u001b[2J\\u0007\\u202e\\u009b x." in shown
