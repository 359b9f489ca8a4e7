"""Whether a plan may be applied, and where what comes out goes: decided before any work starts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli import console
from checker.errors import UsageError
from checker.text.style import FILE_STYLE, OutputFormat, Style

if TYPE_CHECKING:
    from remediation.emit import EmitFormat
    from remediation.planning.model import AccountPlan, Plan
    from remediation.run import Approve

_OF_A_NEW_PLAN = {
    "endpoint": "--endpoint",
    "protocol": "--protocol",
    "topic_name": "--topic-name",
    "topic_arn": "--topic-arn",
    "reuse_topic": "--reuse-topic",
    "metric_namespace": "--metric-namespace",
    "metric_name": "--metric-name",
    "name_prefix": "--name-prefix",
    "name_template": "--name-template",
    "set_name": "--set",
}


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether and how much may be applied."""

    apply: bool
    yes: bool
    plan_file: Path | None
    digest: str | None
    max_accounts: int | None
    save: Path | None
    strict: bool = False
    preflight: bool = False
    approve_from: Path | None = None
    accounts: tuple[str, ...] = ()
    """Accounts of a saved plan, when only these are to be asked about."""

    def check(self, typed: Collection[str]) -> None:
        """Raises ``UsageError`` for flags that contradict each other, before any work starts.

        ``typed``: the options of this command line; what a file or variable sets may stand for other commands.
        """
        if self.digest and not self.plan_file:
            raise UsageError("--digest approves a saved plan", hint="give it with --plan PLAN.json")
        if self.plan_file and self.save:
            raise UsageError("--plan and --save exclude each other", hint="a saved plan is applied as it is")
        if self.plan_file and (names := sorted(_OF_A_NEW_PLAN.keys() & set(typed))):
            raise UsageError(
                f"a saved plan is applied as it is, and {_OF_A_NEW_PLAN[names[0]]} makes another plan",
                hint="leave out --plan to make one",
            )
        if self.yes and not self.apply:
            raise UsageError("--yes approves applying", hint="add --apply")
        if self.approve_from and not self.apply:
            raise UsageError("--approve-from approves applying", hint="add --apply")
        if self.approve_from and self.yes:
            raise UsageError("--yes and --approve-from exclude each other", hint="--yes approves every account")
        if self.strict and not self.plan_file:
            raise UsageError("--strict is about a saved plan", hint="give it with --plan PLAN.json")
        if self.apply and not self.yes and not self.approve_from and not console.can_ask():
            raise UsageError(
                "--apply asks for approval, and there is no terminal",
                hint="add --yes to approve it all, or --approve-from FILE with account ids",
            )

    def read(self) -> Plan | None:
        """The saved plan. Raises ``UsageError`` when it cannot be read or must not be applied."""
        if self.plan_file is None:
            return None
        from remediation.showing.plan_document import read_document

        text = _text_of(self.plan_file, hint="write one with --save")
        return read_document(text, where=str(self.plan_file), approved=self.digest)

    def answers(self, plan: Plan) -> Approve:
        """Who answers for each account: a file, ``--yes``, or the person, until they answer for the rest too.

        Raises ``UsageError`` for a file that cannot be read, and for accounts that the plan is not about.
        """
        from remediation.applying.approval import approved_accounts, check_known

        check_known(self.accounts, plan, where="--account")
        chosen = self.accounts
        if self.approve_from is not None:
            where = str(self.approve_from)
            listed = approved_accounts(_text_of(self.approve_from, hint="write account ids, one a line"), where=where)
            check_known(listed, plan, where=where)
            return lambda account: account.account_id in listed and (not chosen or account.account_id in chosen)
        ask = _asking(rest=True if self.yes else None)
        return lambda account: (not chosen or account.account_id in chosen) and ask(account)

    def check_size(self, plan: Plan) -> None:
        """Raises ``UsageError`` when the plan touches more accounts than ``--max-accounts`` allows."""
        if self.apply and self.max_accounts is not None and len(plan.touched) > self.max_accounts:
            raise UsageError(
                f"the plan touches {len(plan.touched)} accounts, more than --max-accounts {self.max_accounts}",
                hint="narrow it with --account, or allow more",
            )


def _text_of(path: Path, *, hint: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint=hint) from error


def _asking(rest: bool | None) -> Approve:
    """Asks account by account, until the person answers for the rest too."""

    def approve(account: AccountPlan) -> bool:
        nonlocal rest
        if rest is None:
            steps = len(account.calls)
            answer = console.ask(f"add {steps} object{'s' if steps > 1 else ''} in {account.account_id}?")
            rest = {"all": True, "quit": False}.get(answer)
            return rest or answer == "y"
        return rest

    return approve


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the product goes, and as what."""

    output_format: OutputFormat
    output: Path | None
    emit: EmitFormat | None

    @property
    def as_json(self) -> bool:
        """One JSON document instead of text."""
        return self.output_format is OutputFormat.JSON

    @property
    def style(self) -> Style:
        """What the place of the product can show."""
        return console.stdout_style() if self.output is None else FILE_STYLE

    def put(self, text: str) -> None:
        """The product, to stdout or the file."""
        if self.output is None:
            console.print_text(text)
        else:
            console.write_file(self.output, text, private=True)
            console.say(f"written to {self.output}")
