"""What undoing says: each object by its name, in one line that stays one, and what to type next."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediation.applying.call import Executor
from remediation.applying.history import read_history
from remediation.applying.journal import Journal
from remediation.applying.outcome import RunResult
from remediation.applying.undo import carry_out_undo
from remediation.applying.undo_plan import UndoPlan, plan_undo
from remediation.showing.text import history_text, result_line, show_text, undo_text, undone_text
from tests.remediation.memory_aws import PLACE, Fault, refused
from tests.remediation.test_histories import HASTY, Story

FORGED = "x\n      removed  us-east-1  everything\x1b[2J"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    told = Story(tmp_path / "journal.jsonl")
    told.apply("4.3")
    return told


def planned(story: Story) -> UndoPlan:
    history = read_history(story.journal)
    return plan_undo(history.runs[-1], history, story.aws.access())


def undone(story: Story) -> RunResult:
    with Journal(story.journal) as journal:
        return carry_out_undo(planned(story), Executor(story.aws.access(), journal, HASTY))


def test_a_name_with_a_line_break_writes_no_line_of_its_own(story: Story) -> None:
    story._listens(FORGED, "CISBenchmark", "root_usage_metric", PLACE.arn("sns", "alarmchain-alarms"))
    plan = planned(story)
    text = undo_text(plan)
    assert len(text.splitlines()) == 1 + len(plan.items) + 2
    assert "\x1b" not in text
    assert "alarm x\\n      removed" in text
    result = undone(story)
    assert all(len(result_line(end).splitlines()) == 1 for end in result.steps)
    runs = read_history(story.journal).runs
    assert len(history_text(runs).splitlines()) == len(runs) == 2
    # Two lines about the run, one about the account, and one for each call and each remark.
    assert len(show_text(runs[0]).splitlines()) == 3 + len(runs[0].calls) + len(runs[0].remarks)


def test_a_subscription_is_named_by_its_endpoint_to_the_end(story: Story) -> None:
    lines = [result_line(end) for end in undone(story).steps]
    assert any("subscription email:security@example.com of topic alarmchain-alarms" in line for line in lines)
    newest, _ = read_history(story.journal).runs
    assert "subscription email:security@example.com of topic alarmchain-alarms" in show_text(newest)


def test_what_is_left_ends_with_what_to_type(story: Story) -> None:
    run_id = read_history(story.journal).runs[0].run_id
    assert "undoing again" not in undo_text(planned(story))
    story.uses(1)
    assert undo_text(planned(story)).endswith(f"by undoing again later: alarmchain remediate undo {run_id}\n")


def test_what_cannot_be_seen_ends_with_what_to_type(story: Story) -> None:
    story.aws.faults = [Fault("describe_alarms", lambda: refused("AccessDenied", 403), times=9)]
    text = undo_text(planned(story))
    assert "what is not seen is not touched" in text
    assert text.endswith(f"alarmchain remediate undo {read_history(story.journal).runs[0].run_id}\n")


@pytest.mark.parametrize("code", ["AccessDenied", "Interrupted"])
def test_an_undo_that_did_not_end_well_says_how_to_go_on(story: Story, code: str) -> None:
    raises = KeyboardInterrupt if code == "Interrupted" else lambda: refused(code, 403)
    story.aws.faults = [Fault("delete_topic", raises, times=9)]
    run_id = read_history(story.journal).runs[0].run_id
    lines = undone_text(undone(story), run_id).splitlines()
    assert lines[0].startswith("account 123456789012: not taken back: topic alarmchain-alarms")
    assert all(line.endswith(f"undo it again to go on: alarmchain remediate undo {run_id}") for line in lines)
    assert len(lines) == (2 if code == "Interrupted" else 1)
