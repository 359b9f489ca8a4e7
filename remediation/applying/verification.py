"""What is true after applying, finding by finding. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checker.facts import TopicSubscription
from checker.findings import Finding, Hop, Status
from checker.text.secrets import mask_text
from remediation.applying.outcome import RunResult
from remediation.planning.hearing import Hearing, hearing
from remediation.planning.model import Expectation, Plan, Prospect, state_of
from remediation.planning.settings import Endpoint


class Standing(StrEnum):
    """What a finding's state after applying means."""

    HOLDS = "holds"
    WAITS = "waits for a person"
    DECLINED = "declined"
    """Something would have been added, and it was not approved."""
    STOPPED = "stopped"
    """A step of its account failed."""
    DENIED = "denied"
    """AWS would not allow a call: nothing was done in its account."""
    CHANGED = "changed"
    """The saved plan does not fit its account any more: nothing was done."""
    BROKEN = "broken"
    """Everything was applied, and the chain does not hold."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Verified:
    """One finding before and after. ``after`` is ``None`` when it could not be checked again."""

    expected: Expectation
    after: Finding | None
    standing: Standing
    untold: tuple[str, ...] = ()
    """Endpoints that were named and do not hear it yet, as they may be printed."""

    @property
    def sentence(self) -> str:
        """``4.3 root_usage in 123456789012: alarm at filter -> ok: ...``"""
        now, reason = (state_of(self.after), self.after.reason) if self.after else ("unknown", "not checked again")
        where = f"{self.expected.control_id} {self.expected.control} in {self.expected.account_id}"
        untold = f" Not told yet: {', '.join(self.untold)}." if self.untold else ""
        return f"{where}: {self.expected.before} -> {now}: {reason}{untold}"


def verify(
    plan: Plan,
    after: Sequence[Finding],
    held_up: Mapping[str, Standing] | None = None,
    *,
    subscriptions: Sequence[TopicSubscription] = (),
) -> tuple[Verified, ...]:
    """Compare what was expected with what is. ``held_up``: accounts in which not every step was taken, and why;
    ``subscriptions``: those that were read with the findings."""
    found = {(finding.control, finding.account_id): finding for finding in after}
    rows: dict[str, list[TopicSubscription]] = {}
    for row in subscriptions:
        rows.setdefault(row.topic_arn, []).append(row)
    verified = []
    for expected in plan.expectations:
        finding = found.get((expected.control, expected.account_id))
        # Where the plan left the chain as it is, it has said who hears; of a topic without rows nothing is known.
        looked = finding is not None and finding.status is Status.OK and expected.topic_arn in rows
        untold = _untold(plan.settings.endpoints, rows[expected.topic_arn or ""]) if looked else ()
        if finding is not None and finding.status is Status.OK:
            untold = tuple(dict.fromkeys((*untold, *expected.by_hand)))
        verified.append(Verified(expected, finding, _standing(expected, finding, held_up or {}, untold), untold))
    return tuple(verified)


def _untold(endpoints: Sequence[Endpoint], rows: Sequence[TopicSubscription]) -> tuple[str, ...]:
    return tuple(endpoint.shown for endpoint in endpoints if hearing(endpoint, rows) is not Hearing.HEARS)


def _standing(
    expected: Expectation, finding: Finding | None, held_up: Mapping[str, Standing], untold: Sequence[str]
) -> Standing:
    """``held_up``: accounts in which not every step was taken. Only those that hold steps for the finding count."""
    if finding is None or finding.status is Status.ERROR:
        return Standing.UNDECIDED
    as_planned = expected.topic_arn is not None or expected.prospect not in (Prospect.UNTOLD, Prospect.WAITS)
    if finding.status is Status.SKIP or (finding.status is Status.OK and not untold and as_planned):
        return Standing.HOLDS
    if standing := next((held_up[account] for account in expected.steps_in if account in held_up), None):
        return standing
    if held_up.get(expected.account_id) is Standing.CHANGED:
        return Standing.CHANGED
    if expected.prospect in (Prospect.MANUAL, Prospect.UNDECIDED) or finding.status is Status.OK:
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
                "not_told": list(item.untold),
            }
            for item in verified
        ],
    }
