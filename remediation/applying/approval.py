"""Does a saved plan still fit the accounts, and which of them were approved? Pure but for the looks that it is handed.

Three questions for each account, asked of facts that were read anew: Are the objects that the plan relies on as they
were? Does planning again, with the same settings, ask for nothing that the plan does not hold, in any field that acts?
And is every step that is no longer asked for done already, by this very plan? One account that changed does not hold
up the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.errors import UsageError
from checker.facts import Facts
from remediation.errors import AccountChanged
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.preconditions import differences
from remediation.planning.steps import AnyStep, Step

IsThere = Callable[[AccountPlan, Step], bool]
"""Whether the step's object exists exactly as the step makes it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a plan fits. A plan that was just made fits as it is."""

    plan: Plan
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What is different, one sentence each, by account. Nothing is done there."""
    entered: Mapping[str, AccountPlan] = field(default_factory=dict)
    """The plan's accounts as they are entered now."""
    denied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What AWS would not allow, one sentence each, by account. Nothing is done there."""

    @property
    def open_accounts(self) -> tuple[AccountPlan, ...]:
        """The accounts with steps in which something may be done, as they are entered now."""
        return tuple(
            self.entered.get(account.account_id, account)
            for account in self.plan.touched
            if account.account_id not in self.changed and account.account_id not in self.denied
        )

    def check(self, *, strict: bool) -> None:
        """Raises ``AccountChanged`` when no account fits that has steps, or, when ``strict``, not every one."""
        nothing_left = all(account.account_id in self.changed for account in self.plan.touched)
        if self.changed and (strict or nothing_left):
            raise AccountChanged(tuple(dict.fromkeys(text for texts in self.changed.values() for text in texts)))


def fit(saved: Plan, planned_again: Plan, facts: Facts, is_there: IsThere) -> Fit:
    """Compare account by account. ``facts``: those that ``planned_again`` was made of."""
    again = {account.account_id: account for account in planned_again.accounts}
    changed: dict[str, tuple[str, ...]] = {}
    for account in saved.accounts:
        planned = again.get(account.account_id)
        if account.calls and (found := _changes(account, planned, facts, is_there)):
            changed[account.account_id] = tuple(dict.fromkeys(found))
    held = {account.account_id for account in saved.touched}
    for account in planned_again.touched:
        if account.account_id not in held:
            changed[account.account_id] = (f"account {account.account_id} needs steps that the plan does not hold",)
    entered = {
        account.account_id: _entered(account, again[account.account_id])
        for account in saved.accounts
        if account.account_id in again
    }
    return Fit(saved, changed, entered)


def _changes(saved: AccountPlan, again: AccountPlan | None, facts: Facts, is_there: IsThere) -> list[str]:
    """What is different in the account; nothing when the plan was applied there to its end."""
    if again is None:
        return [f"account {saved.account_id} is not visible any more"]
    where = f"in account {saved.account_id}"
    if not again.calls and all(is_there(saved, step) for step in saved.calls):
        return []
    found = [f"{where}: {text}" for text in differences(saved.preconditions, facts)]
    wanted = {step.id: step for step in again.calls}
    held = {step.id: step for step in saved.calls}
    found.extend(
        f"{where}: {step.resource} would now be made otherwise, or first"
        for step in wanted.values()
        if step.id not in held or _acting(held[step.id]) != _acting(step)
    )
    found.extend(
        f"{where}: {step.resource} is not needed any more"
        for step in held.values()
        if step.id not in wanted and not is_there(saved, step)
    )
    if not found and [step for step in held if step in wanted] != list(wanted):
        found.append(f"{where}: the steps would now be taken in another order")
    return found


def _acting(step: Step) -> tuple[object, ...]:
    """Everything that decides what is done where."""
    place = (step.account_id, step.region)
    return (*place, step.kind, step.service, step.operation, step.arguments, step.resource)


def _entered(saved: AccountPlan, again: AccountPlan) -> AccountPlan:
    """The saved steps, through the connection that shows the account now, and with who uses their objects now."""
    wanted = {step.id: step for step in again.calls}

    def current(step: AnyStep) -> AnyStep:
        now = wanted.get(step.id)
        return replace(step, connection=now.connection, used_by=now.used_by) if isinstance(step, Step) and now else step

    return replace(
        saved,
        connection=again.connection,
        partition=again.partition,
        steps=tuple(current(step) for step in saved.steps),
    )


_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def approved_accounts(text: str, *, where: str) -> tuple[str, ...]:
    """The accounts that a file approves: ids, one a line (blank lines and lines from ``#`` on are passed over), or a
    JSON list of texts. Raises ``UsageError`` for anything else, an id that is there twice, and an empty file."""
    found = _of_json(text, where) if text.lstrip().startswith("[") else _of_lines(text)
    for place, account in found:
        if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
            raise UsageError(f"{where}: {place} is not an account id: {account!r}", hint="an id has twelve digits")
    ids = [str(account) for _, account in found]
    if twice := sorted({account for account in ids if ids.count(account) > 1}):
        raise UsageError(f"{where} names {', '.join(twice)} twice", hint="name each account once")
    if not ids:
        raise UsageError(f"{where} approves no account", hint="write account ids, one a line, or a JSON list")
    return tuple(ids)


def _of_lines(text: str) -> list[tuple[str, object]]:
    lines = enumerate(text.splitlines(), start=1)
    return [(f"line {number}", line.strip()) for number, line in lines if line.strip() and line.strip()[0] != "#"]


def _of_json(text: str, where: str) -> list[tuple[str, object]]:
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}", hint='write a list of texts: ["123456789012"]') from error
    return [(f"entry {number}", entry) for number, entry in enumerate(entries, start=1)]


def check_known(approved: Sequence[str], plan: Plan, *, where: str) -> None:
    """Raises ``UsageError`` for an approved account that the plan is not about."""
    known = {account.account_id for account in plan.accounts}
    if strange := [account for account in approved if account not in known]:
        raise UsageError(
            f"{where} names {', '.join(strange)}, which the plan is not about",
            hint=f"the plan is about {', '.join(sorted(known)) or 'no account'}",
        )
