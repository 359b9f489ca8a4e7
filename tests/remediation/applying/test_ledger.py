"""Who owns an object, by lines of a journal."""

from __future__ import annotations

from typing import Any

import pytest

from remediation.applying.ledger import Ledger, ledger_of
from remediation.applying.outcome import Outcome

ADD, REMOVE = "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"


def told(*parts: tuple[str, str, str | Outcome] | tuple[str, str, Outcome, str]) -> Ledger:
    """Lines ``(run, step, operation)`` for an intent and ``(run, step, outcome[, detail])`` for an outcome."""
    lines: list[dict[str, Any]] = []
    for run, step, what, *detail in parts:
        line = {"run_id": run, "step": step}
        if isinstance(what, Outcome):
            lines.append(line | {"event": "outcome", "outcome": str(what), "details": dict.fromkeys(detail, True)})
        else:
            lines.append(line | {"event": "intent", "operation": what})
    return ledger_of(lines)


MADE = (("1", "a", ADD), ("1", "a", Outcome.APPLIED))
AGAIN = (("2", "a", ADD), ("2", "a", Outcome.APPLIED))
TAKEN = (("u", "a", REMOVE), ("u", "a", Outcome.REMOVED))


@pytest.mark.parametrize(
    ("lines", "owner"),
    [
        ((), None),
        (MADE, "1"),
        ((*MADE[:1], ("1", "a", Outcome.WAITING)), "1"),
        (MADE[:1], "1"),
        ((*MADE[:1], ("1", "a", Outcome.UNKNOWN)), "1"),
        ((*MADE[:1], ("1", "a", Outcome.FAILED)), None),
        ((*MADE[:1], ("1", "a", Outcome.NOT_REACHED)), None),
        ((*MADE[:1], ("1", "a", Outcome.FAILED, "perhaps")), "1"),
        ((*MADE, *AGAIN), "2"),
        ((*MADE, ("2", "a", Outcome.ALREADY_THERE)), "1"),
        ((*MADE, *AGAIN[:1], ("2", "a", Outcome.FAILED)), "1"),
        ((*MADE[:1], *AGAIN), "2"),
        ((*MADE, *TAKEN), None),
        ((*MADE, TAKEN[0]), "1"),
        ((*MADE, TAKEN[0], ("u", "a", Outcome.UNKNOWN)), "1"),
        ((*MADE, ("u", "a", Outcome.LEFT)), "1"),
        ((*MADE, ("u", "a", Outcome.ALREADY_GONE, "absent")), None),
        ((*MADE, ("u", "a", Outcome.ALREADY_GONE)), "1"),
        ((*MADE[:1], ("u", "a", Outcome.ALREADY_GONE, "absent")), "1"),
        ((*MADE, *TAKEN, *AGAIN), "2"),
        ((MADE[1],), "1"),
    ],
)
def test_the_owner(lines: Any, owner: str | None) -> None:
    ledger = told(*lines)
    assert ledger.owner("a") == owner
    assert ledger.owner("b") is None
    assert (ledger.why_not("a", "1") == "") is (owner == "1")


def test_why_a_run_owns_nothing() -> None:
    assert "made by run 2" in told(*MADE, *AGAIN).why_not("a", "1")
    assert "run u took it back" in told(*MADE, *TAKEN).why_not("a", "1")
    assert "no run owns it" in told().why_not("a", "1")
