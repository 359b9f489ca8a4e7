"""What a finding's state after applying means, and the exit code for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.cli import remediation_exit
from checker.exit_codes import ExitCode
from checker.facts import Facts, ReadFailure, TopicSubscription
from checker.findings import Finding, Hop, Status
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.applying.verification import (
    Standing,
    Verified,
    is_settled,
    run_document,
    verify,
)
from remediation.planning.model import Plan, Prospect, state_of
from remediation.planning.plan import plan
from remediation.planning.settings import Settings
from remediation.run import Applied
from remediation.showing.text import account_lines, plan_text, run_text, show_text
from tests.builders import A
from tests.remediation.cases import SOMEBODY, controls, facts_of_report, judge, planned, subscription, with_rows

BROKEN = facts_of_report("r088")
WAITING = facts_of_report("r068")
MADE = planned(BROKEN)
QUEUE = planned(facts_of_report("r036"))
(FOUND,) = judge(BROKEN)


def after(status: Status, hop: Hop | None = None) -> Finding:
    return replace(FOUND, status=status, broken_hop=hop, reason="because")


def standing(made: Plan, finding: Finding | None, held_up: dict[str, Standing] | None = None) -> Standing:
    (item,) = verify(made, [finding] if finding else [], held_up)
    assert isinstance(item, Verified)
    assert item.expected.before in item.sentence
    return item.standing


@pytest.mark.parametrize(
    ("made", "finding", "expected"),
    [
        (MADE, after(Status.OK), Standing.HOLDS),
        (MADE, after(Status.SKIP), Standing.HOLDS),
        (MADE, after(Status.ALARM, Hop.SUBSCRIPTION), Standing.WAITS),
        (MADE, after(Status.ALARM, Hop.FILTER), Standing.BROKEN),
        (MADE, after(Status.ERROR, Hop.TRAIL), Standing.UNDECIDED),
        (MADE, None, Standing.UNDECIDED),
        (QUEUE, after(Status.ALARM, Hop.ALARM), Standing.BROKEN),
        (QUEUE, after(Status.ALARM, Hop.SUBSCRIPTION), Standing.WAITS),
        (planned(facts_of_report("r031")), after(Status.ALARM, Hop.TRAIL), Standing.WAITS),
    ],
)
def test_what_a_state_means(made: Plan, finding: Finding | None, expected: Standing) -> None:
    assert standing(made, finding) is expected


def test_what_was_not_approved_or_stopped_is_told_apart() -> None:
    alarm = after(Status.ALARM, Hop.FILTER)
    for held_up in (Standing.DECLINED, Standing.STOPPED, Standing.CHANGED):
        assert standing(MADE, alarm, {A: held_up}) is held_up
    assert standing(MADE, after(Status.OK), {A: Standing.STOPPED}) is Standing.HOLDS


def test_an_account_that_needs_more_than_the_saved_plan_holds_is_not_broken() -> None:
    (account,) = MADE.accounts
    (expected,) = account.expectations
    bare = replace(MADE, accounts=(replace(account, steps=(), expectations=(replace(expected, steps_in=()),)),))
    alarm = after(Status.ALARM, Hop.FILTER)
    assert standing(bare, alarm) is Standing.BROKEN
    assert standing(bare, alarm, {A: Standing.CHANGED}) is Standing.CHANGED


@pytest.mark.parametrize(
    ("rows", "expected", "untold"),
    [
        ([subscription("alarmchain-alarms", "security@example.com")], Standing.HOLDS, ()),
        ([subscription("alarmchain-alarms", "security@example.com", pending=True)], Standing.WAITS,
         ("security@example.com",)),
        ([subscription("alarmchain-alarms", "other@example.com")], Standing.WAITS, ("security@example.com",)),
        ([], Standing.HOLDS, ()),
    ],
)  # fmt: skip
def test_a_chain_that_holds_is_not_all_while_who_was_named_does_not_hear(
    rows: list[TopicSubscription], expected: Standing, untold: tuple[str, ...]
) -> None:
    (item,) = verify(MADE, [after(Status.OK)], subscriptions=rows)
    assert (item.standing, item.untold) == (expected, untold)
    assert ("Not told yet: security@example.com." in item.sentence) is bool(untold)


def test_an_account_that_was_declined_does_not_excuse_another() -> None:
    foreign = "210987654321"
    (account,) = MADE.accounts
    theirs = replace(
        account,
        account_id=foreign,
        steps=tuple(replace(step, account_id=foreign) for step in account.calls),
        expectations=tuple(replace(item, account_id=foreign, steps_in=(foreign,)) for item in account.expectations),
    )
    both = replace(MADE, accounts=(account, theirs))
    broken = after(Status.ALARM, Hop.FILTER)
    verified = verify(both, [broken, replace(broken, account_id=foreign)], {foreign: Standing.DECLINED})
    assert [item.standing for item in verified] == [Standing.BROKEN, Standing.DECLINED]
    assert remediation_exit.of_applied(Applied(both, result(), verified, (foreign,))) is ExitCode.STEP_FAILED


def test_a_member_waits_for_the_account_that_holds_its_steps() -> None:
    owner = "210987654321"
    (account,) = MADE.accounts
    member = replace(
        account, steps=(), expectations=tuple(replace(item, steps_in=(owner,)) for item in account.expectations)
    )
    made = replace(MADE, accounts=(member,))
    assert standing(made, after(Status.ALARM, Hop.FILTER), {owner: Standing.DECLINED}) is Standing.DECLINED
    assert standing(made, after(Status.ALARM, Hop.FILTER), {A: Standing.DECLINED}) is Standing.BROKEN


def test_what_may_only_be_late_is_not_settled() -> None:
    assert is_settled(verify(MADE, [after(Status.ALARM, Hop.SUBSCRIPTION)]))
    assert not is_settled(verify(MADE, [after(Status.ALARM, Hop.ALARM)]))
    assert not is_settled(verify(QUEUE, [after(Status.ALARM, Hop.SUBSCRIPTION)]))
    assert is_settled(verify(QUEUE, [after(Status.OK)]))


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("r027", ExitCode.OK),
        ("r036", ExitCode.ALARM),
        ("r031", ExitCode.ALARM),
        ("r068", ExitCode.WAITING),
    ],
)
def test_the_exit_code_of_a_shown_plan(identifier: str, code: ExitCode) -> None:
    assert remediation_exit.of_plan(planned(facts_of_report(identifier))) is code


def test_a_connection_that_failed_makes_a_plan_undecided() -> None:
    lost = replace(FOUND, status=Status.ERROR, account_id=None, reason="no profile")
    made = plan([lost], Facts(), controls(), SOMEBODY)
    assert remediation_exit.of_plan(made) is ExitCode.UNDECIDED
    assert remediation_exit.of_applied(Applied(made, None, (), ())) is ExitCode.UNDECIDED
    assert "undecided: 4.3: no profile" in plan_text(made)


def result(outcome: Outcome = Outcome.APPLIED, *, interrupted: bool = False, error: str = "") -> RunResult:
    steps = tuple(StepResult(step, outcome, "message", "logs:X", "Code", "id") for step in MADE.calls)
    return RunResult("run", (AccountResult(A, steps, error, "arn:me"),), interrupted)


@pytest.mark.parametrize(
    ("run", "finding", "held_up", "code"),
    [
        (result(), after(Status.OK), {}, ExitCode.OK),
        (result(), after(Status.ALARM, Hop.SUBSCRIPTION), {}, ExitCode.WAITING),
        (result(), after(Status.ALARM, Hop.FILTER), {}, ExitCode.STEP_FAILED),
        (result(Outcome.FAILED), after(Status.OK), {}, ExitCode.STEP_FAILED),
        (result(error="no credentials"), after(Status.OK), {}, ExitCode.STEP_FAILED),
        (result(interrupted=True), after(Status.OK), {}, ExitCode.INTERRUPTED),
        (None, after(Status.ALARM, Hop.FILTER), {A: Standing.DECLINED}, ExitCode.ALARM),
        (result(), after(Status.ERROR, Hop.FILTER), {}, ExitCode.UNDECIDED),
    ],
)
def test_the_exit_code_after_applying(
    run: RunResult | None, finding: Finding, held_up: dict[str, Standing], code: ExitCode
) -> None:
    verified = verify(MADE, [finding], held_up)
    assert remediation_exit.of_applied(Applied(MADE, run, verified, ())) is code
    document = run_document(run, verified)
    assert document["findings"][0]["before"] == "alarm at filter"
    assert document["run_id"] == ("run" if run else None)


def test_states_in_words() -> None:
    assert state_of(after(Status.OK)) == "ok"
    assert state_of(after(Status.ALARM, Hop.TOPIC)) == "alarm at topic"
    assert state_of(after(Status.ERROR, Hop.TOPIC)) == "error at topic"


def test_a_finding_that_was_not_checked_again_says_so() -> None:
    (item,) = verify(MADE, [])
    assert "-> unknown: not checked again" in item.sentence


# --- text ---------------------------------------------------------------------------------------------------------


def test_what_exists_after_a_failure_is_said() -> None:
    outcomes = [Outcome.APPLIED, Outcome.UNKNOWN, Outcome.NOT_REACHED, Outcome.NOT_REACHED]
    steps = tuple(StepResult(step, outcome) for step, outcome in zip(MADE.calls, outcomes, strict=True))
    text = run_text(RunResult("run", (AccountResult(A, steps),)))
    assert "new are now: metric filter" in text
    assert "perhaps topic alarmchain-alarms" in text
    assert "2 steps not reached" in text
    assert "undo run" in text
    nothing = run_text(RunResult("run", (AccountResult(A, (), "no credentials"),), interrupted=True))
    assert "nothing was done: no credentials" in nothing
    assert "interrupted" in nothing
    assert "undo" not in nothing.replace("run it again or undo it", "")


def test_a_plan_in_words() -> None:
    text = plan_text(MADE)
    assert "1. add metric filter alarmchain-root_usage_metric on log group ct" in text
    assert "3. add subscription of email security@example.com to topic alarmchain-alarms" in text
    assert "needs cloudwatch:PutMetricAlarm" in text
    assert "4 steps in 1 account; 1 finding waiting for a person" in text
    assert "1 finding without a subscriber" in plan_text(planned(BROKEN, Settings()))
    assert "1 finding waiting for a person" in plan_text(planned(WAITING))
    assert account_lines(planned(facts_of_report("r027")).accounts[0])[1].startswith("  4.3 root_usage: ok:")


def test_what_could_not_be_read_is_noted_where_something_is_planned() -> None:
    failure = ReadFailure("topics", "denied", None, A, "us-east-1", "sns:GetTopicAttributes")
    elsewhere = replace(failure, region="eu-west-1")
    facts = with_rows(BROKEN, failures=[failure, failure, elsewhere, replace(failure, query="trails")])
    made = plan([FOUND], facts, controls(), SOMEBODY)
    assert len(made.notes) == 1
    assert "sns:GetTopicAttributes failed" in made.notes[0]
    assert "note: sns:GetTopicAttributes" in plan_text(made)
    assert made.expectations[0].prospect is Prospect.WAITS


def test_a_run_that_broke_off_in_words() -> None:
    from remediation.applying.history import runs_of

    lines: list[dict[str, Any]] = [
        {"event": "run_started", "run_id": "r", "at": "t", "kind": "apply"},
        {"event": "account_started", "run_id": "r", "at": "t", "account_id": A, "caller": ""},
        {
            "event": "intent", "run_id": "r", "at": "t", "step": "s", "kind": "alarm", "account_id": A, "region": "x",
            "operation": "cloudwatch:PutMetricAlarm", "arguments": {}, "resource": "arn:alarm:a",
        },
        {"event": "outcome", "run_id": "r", "at": "t", "step": "u", "outcome": "left", "message": "changed"},
    ]  # fmt: skip
    text = show_text(runs_of(lines)[0])
    assert "the run broke off during this call" in text
    assert "finished never" in text
    assert "left    u: changed" in text
