"""Does a saved plan still fit the accounts? Pure but for the looks that it is handed.

Three questions, asked of facts that were read anew: Are the objects that the plan relies on as they were? Does
planning again, with the same settings, ask for nothing that the plan does not hold? And is every step that is no
longer asked for done already, by this very plan?
"""

from __future__ import annotations

from collections.abc import Callable

from checker.facts import Facts
from remediation.errors import AccountChanged
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.preconditions import differences
from remediation.planning.steps import Step

IsThere = Callable[[AccountPlan, Step], bool]
"""Whether the step's object exists exactly as the step makes it."""


def check_still_fits(saved: Plan, planned_again: Plan, facts: Facts, is_there: IsThere) -> None:
    """Raises ``AccountChanged`` with one sentence for each difference."""
    again = {account.account_id: account for account in planned_again.accounts}
    found: list[str] = []
    for account in saved.touched:
        planned = again.get(account.account_id)
        if planned is not None and not planned.calls and all(is_there(account, step) for step in account.calls):
            continue
        found.extend(f"in account {account.account_id}: {text}" for text in differences(account.preconditions, facts))
        found.extend(_differences(account, planned, is_there))
    saved_accounts = {account.account_id for account in saved.touched}
    found.extend(
        f"account {account.account_id} needs steps that the plan does not hold"
        for account in planned_again.touched
        if account.account_id not in saved_accounts
    )
    if found:
        raise AccountChanged(tuple(dict.fromkeys(found)))


def _differences(saved: AccountPlan, again: AccountPlan | None, is_there: IsThere) -> list[str]:
    """What an account would get now that the approved plan does not say, and the other way round."""
    where = f"in account {saved.account_id}"
    if again is None:
        return [f"account {saved.account_id} is not visible any more"]
    wanted = {step.id: step for step in again.calls}
    held = {step.id: step for step in saved.calls}
    found = [
        f"{where}: {step.resource} would now be made otherwise, or first"
        for step in wanted.values()
        if step.id not in held or held[step.id].arguments != step.arguments
    ]
    found.extend(
        f"{where}: {step.resource} is not needed any more"
        for step in held.values()
        if step.id not in wanted and not is_there(saved, step)
    )
    return found
