"""What the journal says about runs: which there were, what each did, where one broke off. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from remediation.applying.journal_lines import REMOVALS, DamagedLine, read_journal
from remediation.applying.ledger import Ledger, ledger_of
from remediation.applying.outcome import GOOD, Outcome
from remediation.errors import UnknownRun


class RunState(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    WAITING = "waiting"
    """Everything was applied; somebody had to confirm."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The journal ends without the run's last line: it was killed, or is still going on."""


@dataclass(frozen=True, slots=True)
class JournalledCall:
    """One call that a run announced. ``outcome`` is ``None`` when the run broke off before it was known, ``arguments``
    when the line that announced it is damaged. ``used_by``: what used the object before it was made."""

    step: str
    kind: str
    account_id: str
    region: str
    service: str
    operation: str
    arguments: Mapping[str, Any] | None
    resource: str
    at: str
    outcome: Outcome | None = None
    message: str = ""
    request_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    used_by: tuple[str, ...] = ()

    @property
    def may_have_made_something(self) -> bool:
        """The object may exist because of this call."""
        return self.outcome in (None, Outcome.APPLIED, Outcome.WAITING, Outcome.UNKNOWN) or bool(
            self.details.get("perhaps")
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the journal tells it. ``undone_by`` names the runs that took (part of) it back."""

    run_id: str
    kind: str
    started: str
    finished: str | None
    state: RunState
    calls: tuple[JournalledCall, ...]
    remarks: tuple[Mapping[str, Any], ...]
    """Outcomes without a call: steps that were already there, failed before their call, or were left."""
    accounts: Mapping[str, str]
    """Caller's ARN by account."""
    connections: Mapping[str, str | None]
    """Connection by account, which may name the profile to take."""
    controls: tuple[str, ...] = ()
    undoes: str | None = None
    undone_by: tuple[str, ...] = ()
    damaged: tuple[int, ...] = ()
    """Numbers of the journal's lines that were the run's and cannot be understood."""

    @property
    def counts(self) -> dict[str, int]:
        """How many steps ended how; calls without an outcome count as ``unknown``."""
        counts: dict[str, int] = {}
        ends = [str(call.outcome or Outcome.UNKNOWN) for call in self.calls]
        for end in (*ends, *(str(remark["outcome"]) for remark in self.remarks)):
            counts[end] = counts.get(end, 0) + 1
        return counts

    @property
    def found(self) -> tuple[JournalledCall, ...]:
        """Objects of its plan that the run did not make, because they were there."""
        return tuple(
            _announced({**remark, "arguments": None})
            for remark in self.remarks
            if remark["outcome"] == Outcome.ALREADY_THERE and remark.get("kind") and remark.get("resource")
        )

    @property
    def unfinished(self) -> tuple[JournalledCall, ...]:
        """Calls of which nobody knows whether they took effect."""
        return tuple(call for call in self.calls if call.outcome in (None, Outcome.UNKNOWN))


@dataclass(frozen=True, slots=True)
class History:
    """Everything that a journal tells: the runs, newest first, who owns what, and the lines that are damaged."""

    runs: tuple[Run, ...]
    ledger: Ledger
    damaged: tuple[DamagedLine, ...] = ()

    def find(self, run_id: str, *, where: Path) -> Run:
        """The run of that id, or of the only id that starts so. Raises ``UnknownRun``."""
        runs = self.runs
        found = [run for run in runs if run.run_id == run_id] or [run for run in runs if run.run_id.startswith(run_id)]
        if len(found) == 1 and run_id:
            return found[0]
        problem = f"{len(found)} runs start with '{run_id}'" if found else f"the journal {where} has no run '{run_id}'"
        latest = ", ".join(run.run_id for run in runs[:3])
        known = f"the latest are {latest}" if latest else "the journal is empty"
        raise UnknownRun(problem, hint=f"{known}; another journal is named with `journal=FILE`")


def read_history(path: Path) -> History:
    """The whole journal. Raises ``JournalUnusable``."""
    text = read_journal(path)
    return History(runs_of(text.lines, text.damaged), ledger_of(text.lines), text.damaged)


def find_run(path: Path, run_id: str) -> Run:
    """The run of that id, or of the only id that starts so. Raises ``UnknownRun``, ``JournalUnusable``."""
    return read_history(path).find(run_id, where=path)


def runs_of(lines: Iterable[Mapping[str, Any]], damaged: Iterable[DamagedLine] = ()) -> tuple[Run, ...]:
    """Runs from journal lines, newest first. A run of which only damaged lines are left is one too."""
    by_run: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_run.setdefault(str(line["run_id"]), []).append(line)
    spoiled: dict[str, list[int]] = {}
    for bad in damaged:
        if bad.run_id is not None:
            spoiled.setdefault(bad.run_id, []).append(bad.number)
            by_run.setdefault(bad.run_id, [])
    undone_by: dict[str, list[str]] = {}
    for run_id, own in by_run.items():
        if undoes := _start(own).get("undoes"):
            undone_by.setdefault(str(undoes), []).append(run_id)
    runs = [
        _run(run_id, own, tuple(undone_by.get(run_id, ())), tuple(spoiled.get(run_id, ())))
        for run_id, own in by_run.items()
    ]
    return tuple(sorted(runs, key=lambda run: (run.started, run.run_id), reverse=True))


def _start(lines: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((line for line in lines if line["event"] == "run_started"), {})


def _run(run_id: str, lines: list[Mapping[str, Any]], undone_by: tuple[str, ...], damaged: tuple[int, ...]) -> Run:
    """One run from its lines. Each line says what it says, whether or not the ones before it are there."""
    start = _start(lines)
    calls: dict[str, JournalledCall] = {}
    remarks: list[Mapping[str, Any]] = []
    accounts: dict[str, str] = {}
    connections: dict[str, str | None] = {}
    finished: Mapping[str, Any] | None = None
    for line in lines:
        match line["event"]:
            case "intent":
                calls[line["step"]] = _announced(line)
            case "outcome" if line["step"] in calls and calls[line["step"]].outcome is None:
                calls[line["step"]] = _ended(calls[line["step"]], line)
            case "outcome" if damaged and line["outcome"] in _OF_A_CALL and line.get("kind") and line.get("resource"):
                calls[line["step"]] = _ended(_announced({**line, "arguments": None}), line)
            case "outcome":
                remarks.append(line)
            case "account_started":
                accounts[line["account_id"]] = str(line.get("caller") or "")
                connections[line["account_id"]] = line.get("connection")
            case "account_failed":
                accounts.setdefault(line["account_id"], "")
                remarks.append({**line, "step": line["account_id"], "outcome": str(Outcome.FAILED)})
            case "run_finished":
                finished = line
    removes = any(f"{call.service}:{call.operation}" in REMOVALS for call in calls.values())
    return Run(
        run_id=run_id,
        kind=str(start.get("kind") or ("undo" if removes else "apply")),
        started=str(next((line["at"] for line in lines), "")),
        finished=str(finished["at"]) if finished else None,
        state=_state(finished, calls.values(), remarks),
        calls=tuple(calls.values()),
        remarks=tuple(remarks),
        accounts=accounts,
        connections=connections,
        controls=tuple(start.get("controls") or ()),
        undoes=start.get("undoes"),
        undone_by=undone_by,
        damaged=damaged,
    )


_OF_A_CALL = frozenset({Outcome.APPLIED, Outcome.WAITING, Outcome.UNKNOWN})
"""Outcomes that only a call has. Without the line that announced it, the arguments are lost."""


def _state(
    finished: Mapping[str, Any] | None, calls: Iterable[JournalledCall], remarks: list[Mapping[str, Any]]
) -> RunState:
    if finished is None or finished.get("interrupted"):
        return RunState.INTERRUPTED
    ends = [call.outcome for call in calls] + [Outcome(remark["outcome"]) for remark in remarks]
    if any(end not in GOOD for end in ends):
        return RunState.FAILED
    return RunState.WAITING if Outcome.WAITING in ends else RunState.COMPLETE


def _announced(line: Mapping[str, Any]) -> JournalledCall:
    service, _, operation = str(line["operation"]).partition(":")
    return JournalledCall(
        step=line["step"],
        kind=str(line["kind"]),
        account_id=line["account_id"],
        region=line["region"],
        service=service,
        operation=operation,
        arguments=line["arguments"],
        resource=line["resource"],
        at=line["at"],
        used_by=tuple(line.get("used_by") or ()),
    )


def _ended(call: JournalledCall, line: Mapping[str, Any]) -> JournalledCall:
    return replace(
        call,
        outcome=Outcome(line["outcome"]),
        message=str(line.get("message") or ""),
        request_id=line.get("request_id"),
        details=line.get("details") or {},
    )
