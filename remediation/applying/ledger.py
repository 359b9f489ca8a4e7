"""Who owns an object now: the last run that made it, as the whole journal tells it. Pure.

A run announces an addition only after it saw that the object was not there. So an addition that may have worked ends
the claim of every earlier run, and a removal, or an object that was seen to be gone, leaves it to nobody. A run whose
call had no known end keeps its claim when undo does not find the object: the call may take effect later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from remediation.applying.journal_lines import REMOVALS
from remediation.applying.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """``run_id`` made the object, or, when not ``certain``, may have."""

    run_id: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """The owner of each object that the journal knows, by the id of the step that adds it."""

    owners: Mapping[str, Claim]
    taken_back: Mapping[str, str]
    """Objects that nobody owns, with the run that removed them or found them gone."""

    def owner(self, step: str) -> str | None:
        """The run that owns the object; ``None`` when no run does."""
        claim = self.owners.get(step)
        return claim.run_id if claim else None

    def why_not(self, step: str, run_id: str) -> str:
        """Why the run does not own the object, as a clause; empty when it does."""
        owner = self.owner(step)
        if owner == run_id:
            return ""
        if owner is not None:
            return f"what is there now was made by run {owner}"
        undo = self.taken_back.get(step)
        return f"run {undo} took it back" if undo else "no run owns it"


def ledger_of(lines: Iterable[Mapping[str, Any]]) -> Ledger:
    """The ledger of a journal's lines, oldest first."""
    owners: dict[str, Claim] = {}
    before: dict[tuple[str, str], Claim | None] = {}
    taken_back: dict[str, str] = {}
    for line in lines:
        step, run_id = str(line.get("step")), str(line["run_id"])
        if line["event"] == "intent" and line["operation"] not in REMOVALS:
            before[run_id, step] = owners.get(step)
            owners[step] = Claim(run_id)
            taken_back.pop(step, None)
        elif line["event"] == "outcome":
            _end(line, step, run_id, owners, before, taken_back)
    return Ledger(owners, taken_back)


def _says(line: Mapping[str, Any], detail: str) -> bool:
    return bool((line.get("details") or {}).get(detail))


def _end(
    line: Mapping[str, Any],
    step: str,
    run_id: str,
    owners: dict[str, Claim],
    before: dict[tuple[str, str], Claim | None],
    taken_back: dict[str, str],
) -> None:
    """What the outcome of a step means for the object's owner."""
    claim = owners.get(step)
    match Outcome(line["outcome"]):
        case Outcome.APPLIED | Outcome.WAITING:
            owners[step] = Claim(run_id, certain=True)
            taken_back.pop(step, None)
        case Outcome.FAILED | Outcome.NOT_REACHED if (run_id, step) in before and not _says(line, "perhaps"):
            previous = before.pop((run_id, step))
            owners.pop(step, None)
            if previous is not None:
                owners[step] = previous
        case Outcome.REMOVED:
            owners.pop(step, None)
            taken_back[step] = run_id
        case Outcome.ALREADY_GONE if claim is not None and claim.certain and _says(line, "absent"):
            del owners[step]
            taken_back[step] = run_id
        case _:
            pass
