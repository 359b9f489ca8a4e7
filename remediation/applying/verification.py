"""What is true after applying, finding by finding. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checker.findings import Finding, Hop, Status
from checker.text.secrets import mask_text
from remediation.applying.outcome import RunResult
from remediation.planning.model import Expectation, Plan, Prospect, state_of


class Standing(StrEnum):
    """What a finding's state after applying means."""

    HOLDS = "holds"
    WAITS = "waits for a person"
    DECLINED = "declined"
    """Something would have been added, and it was not approved."""
    STOPPED = "stopped"
    """A step of its account failed."""
    BROKEN = "broken"
    """Everything was applied, and the chain does not hold."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verified:
    """One finding before and after. ``after`` is ``None`` when it could not be checked again."""

    expected: Expectation
    after: Finding | None
    standing: Standing

    @property
    def sentence(self) -> str:
        """``4.3 root_usage in 123456789012: alarm at filter -> ok: ...``"""
        now, reason = (state_of(self.after), self.after.reason) if self.after else ("unknown", "not checked again")
        where = f"{self.expected.control_id} {self.expected.control} in {self.expected.account_id}"
        return f"{where}: {self.expected.before} -> {now}: {reason}"


def verify(
    plan: Plan, after: Sequence[Finding], *, declined: Sequence[str] = (), stopped: Sequence[str] = ()
) -> tuple[Verified, ...]:
    """Compare what was expected with what is. ``declined`` and ``stopped``: accounts whose steps were not approved, or
    of which one failed."""
    found = {(finding.control, finding.account_id): finding for finding in after}
    held_up = dict.fromkeys(declined, Standing.DECLINED) | dict.fromkeys(stopped, Standing.STOPPED)
    return tuple(
        Verified(expected, finding, _standing(expected, finding, held_up))
        for expected in plan.expectations
        for finding in (found.get((expected.control, expected.account_id)),)
    )


def _standing(expected: Expectation, finding: Finding | None, held_up: Mapping[str, Standing]) -> Standing:
    """``held_up``: accounts in which not every step was taken. Only those that hold steps for the finding count."""
    if finding is None or finding.status is Status.ERROR:
        return Standing.UNDECIDED
    if finding.status in (Status.OK, Status.SKIP):
        return Standing.HOLDS
    if standing := next((held_up[account] for account in expected.steps_in if account in held_up), None):
        return standing
    if expected.prospect in (Prospect.MANUAL, Prospect.UNDECIDED):
        return Standing.WAITS
    return Standing.WAITS if finding.broken_hop is Hop.SUBSCRIPTION else Standing.BROKEN


def is_settled(verified: Sequence[Verified]) -> bool:
    """Every finding is as far as the plan says. What is not may only be late: AWS is eventually consistent."""
    return not any(
        item.standing is Standing.BROKEN
        or (item.standing is Standing.WAITS and item.expected.prospect is Prospect.HOLDS)
        for item in verified
    )


def run_document(run: RunResult | None, verified: Sequence[Verified]) -> dict[str, Any]:
    """What was done and what is true now, JSON-ready."""
    return {
        "run_id": run.run_id if run else None,
        "interrupted": bool(run and run.interrupted),
        "accounts": [
            {
                "account_id": account.account_id,
                "caller": account.caller or None,
                "error": account.error or None,
                "steps": [
                    {
                        "id": result.step.id,
                        "operation": f"{result.step.service}:{result.step.operation}",
                        "region": result.step.region,
                        "resource": result.step.resource,
                        "outcome": str(result.outcome),
                        "message": mask_text(result.message) or None,
                        "iam_action": result.action,
                        "code": result.code,
                        "request_id": result.request_id,
                    }
                    for result in account.steps
                ],
            }
            for account in (run.accounts if run else ())
        ],
        "findings": [
            {
                "control": item.expected.control,
                "control_id": item.expected.control_id,
                "account_id": item.expected.account_id,
                "before": item.expected.before,
                "after": state_of(item.after) if item.after else None,
                "reason": item.after.reason if item.after else None,
                "standing": str(item.standing),
            }
            for item in verified
        ],
    }
