"""The exit code of an undo: 0 only when all that the run made is taken back."""

from __future__ import annotations

import pytest

from checker.cli.remediation_exit import of_undone
from checker.exit_codes import ExitCode
from remediation.applying.history import JournalledCall, Run, RunState
from remediation.applying.outcome import AccountResult, Outcome, RunResult, StepResult
from remediation.applying.undo_plan import UndoAction, UndoItem, UndoPlan, removal
from remediation.run import Undone

TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"


def made(kind: str) -> JournalledCall:
    resource = ALARM if kind == "alarm" else TOPIC
    step = f"{TOPIC}#email:x@example.com" if kind == "subscription" else resource
    return JournalledCall(step, kind, "123456789012", "us-east-1", "s", "Op", {}, resource, "t")


RUN = Run("r", "apply", "t", "t", RunState.COMPLETE, (), (), {}, {})


def undone(
    *ends: tuple[str, UndoAction, Outcome | None], approved: bool = True, interrupted: bool = False, error: str = ""
) -> Undone:
    """Objects by kind, with what was planned for them and what became of them (``None``: nothing was carried out)."""
    items = tuple(UndoItem(made(kind), action, removal(made(kind))) for kind, action, _ in ends)
    steps = tuple(StepResult(item.step, end) for item, (_, _, end) in zip(items, ends, strict=True) if end is not None)
    result = RunResult("u", (AccountResult("123456789012", steps, error),), interrupted) if steps or error else None
    return Undone(UndoPlan(RUN, items), result, approved)


REMOVE, LEAVE, EXPIRES, GONE = UndoAction.REMOVE, UndoAction.LEAVE, UndoAction.EXPIRES, UndoAction.GONE


@pytest.mark.parametrize(
    ("done", "code"),
    [
        (undone(), ExitCode.OK),
        (undone(("alarm", GONE, None)), ExitCode.OK),
        (undone(("alarm", REMOVE, Outcome.REMOVED)), ExitCode.OK),
        (undone(("alarm", REMOVE, None), approved=False), ExitCode.ALARM),
        (undone(("alarm", REMOVE, Outcome.UNKNOWN), interrupted=True), ExitCode.INTERRUPTED),
        (undone(("alarm", REMOVE, Outcome.FAILED)), ExitCode.STEP_FAILED),
        (undone(("alarm", REMOVE, Outcome.UNKNOWN), ("topic", LEAVE, Outcome.LEFT)), ExitCode.STEP_FAILED),
        (undone(("alarm", UndoAction.UNSEEN, None)), ExitCode.STEP_FAILED),
        (undone(("alarm", REMOVE, None), error="no credentials"), ExitCode.STEP_FAILED),
        (undone(("alarm", LEAVE, None)), ExitCode.WAITING),
        (undone(("subscription", EXPIRES, None)), ExitCode.WAITING),
        (undone(("alarm", REMOVE, Outcome.REMOVED), ("topic", LEAVE, Outcome.LEFT)), ExitCode.WAITING),
        (undone(("alarm", REMOVE, Outcome.REMOVED), ("subscription", EXPIRES, Outcome.EXPIRES)), ExitCode.WAITING),
        (
            undone(
                ("subscription", REMOVE, Outcome.REMOVED),
                ("subscription", EXPIRES, Outcome.EXPIRES),
                ("topic", LEAVE, Outcome.LEFT),
            ),
            ExitCode.WAITING,
        ),
        (undone(("subscription", EXPIRES, Outcome.EXPIRES), ("topic", REMOVE, Outcome.REMOVED)), ExitCode.OK),
    ],
)
def test_the_exit_code_of_an_undo(done: Undone, code: ExitCode) -> None:
    assert of_undone(done) is code
