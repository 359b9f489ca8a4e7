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
    from remediation.planning.model import Plan

_OF_A_NEW_PLAN = {
    "endpoint": "--endpoint",
    "protocol": "--protocol",
    "topic_name": "--topic-name",
    "topic_arn": "--topic-arn",
    "metric_namespace": "--metric-namespace",
    "metric_name": "--metric-name",
    "name_prefix": "--name-prefix",
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
        if self.apply and not self.yes and not console.can_ask():
            raise UsageError("--apply asks for approval, and there is no terminal", hint="add --yes to approve it all")

    def read(self) -> Plan | None:
        """The saved plan. Raises ``UsageError`` when it cannot be read or must not be applied."""
        if self.plan_file is None:
            return None
        from remediation.showing.plan_document import read_document

        try:
            text = self.plan_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.plan_file} cannot be read: {error}", hint="write one with --save") from error
        return read_document(text, where=str(self.plan_file), approved=self.digest)

    def check_size(self, plan: Plan) -> None:
        """Raises ``UsageError`` when the plan touches more accounts than ``--max-accounts`` allows."""
        if self.apply and self.max_accounts is not None and len(plan.touched) > self.max_accounts:
            raise UsageError(
                f"the plan touches {len(plan.touched)} accounts, more than --max-accounts {self.max_accounts}",
                hint="narrow it with --account, or allow more",
            )


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
