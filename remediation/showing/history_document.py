"""Runs of the journal as JSON-ready data. Fields are added, never renamed. Pure."""

from __future__ import annotations

from typing import Any

from checker.text.secrets import mask_text
from remediation.applying.history import History, Run


def history_document(history: History) -> dict[str, Any]:
    """All runs, and the lines of the journal that are damaged."""
    return {
        "runs": [run_document(run) for run in history.runs],
        "damaged_lines": [{"line": line.number, "run_id": line.run_id} for line in history.damaged],
    }


def run_document(run: Run) -> dict[str, Any]:
    """One run with everything that it did."""
    return {
        "run_id": run.run_id,
        "kind": run.kind,
        "state": str(run.state),
        "started": run.started,
        "finished": run.finished,
        "undoes": run.undoes,
        "undone_by": list(run.undone_by),
        "controls": list(run.controls),
        "accounts": [{"account_id": account, "caller": caller or None} for account, caller in run.accounts.items()],
        "counts": run.counts,
        "damaged_lines": list(run.damaged),
        "calls": [
            {
                "operation": f"{call.service}:{call.operation}",
                "kind": call.kind,
                "account_id": call.account_id,
                "region": call.region,
                "resource": call.resource,
                "arguments": None if call.arguments is None else dict(call.arguments),
                "at": call.at,
                "outcome": str(call.outcome) if call.outcome else None,
                "message": mask_text(call.message) or None,
                "request_id": call.request_id,
            }
            for call in run.calls
        ],
        "other_outcomes": [
            {
                "operation": remark.get("operation"),
                "account_id": remark.get("account_id"),
                "resource": remark.get("resource"),
                "outcome": remark["outcome"],
                "message": mask_text(remark.get("message") or "") or None,
            }
            for remark in run.remarks
        ],
    }
