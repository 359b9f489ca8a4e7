"""Groups of options of ``alarmchain remediate``, and what they mean for a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import options
from checker.cli.options import Reading, Selecting
from checker.errors import UsageError
from checker.text.style import OutputFormat
from remediation.emit import EmitFormat

if TYPE_CHECKING:
    from checker.cli.remediation_approval import Approval, Destination
    from remediation.planning.model import Plan

REPAIRING = "What to add"
APPLYING = "Applying"
CREDENTIALS = "Credentials for changes"

JournalOption = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="The journal of everything done [default: journal.jsonl in the user's state folder].",
        show_default=False,
        rich_help_panel=APPLYING,
    ),
]
RoleName = Annotated[
    str | None,
    typer.Option(
        "--role-name",
        metavar="NAME",
        help="Assume this role in each account, from --profile or the default credentials.",
        rich_help_panel=CREDENTIALS,
    ),
]
ProfilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="AWS profile: to change with, and to read with where the embedded database answers (repeatable).",
        rich_help_panel=CREDENTIALS,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", rich_help_panel=APPLYING)]
FormatOption = Annotated[
    OutputFormat, typer.Option("--format", "-f", help="How to print.", rich_help_panel=options.OUTPUT)
]


@dataclass(frozen=True)
class RepairSelecting(Selecting):
    """What is repaired. ``tag`` says two things: words select controls, pairs are tags of new objects."""

    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="KEY=VALUE",
            help="Tag for new topics and alarms (repeatable); a word without '=' selects controls with that tag.",
            rich_help_panel=REPAIRING,
        ),
    ] = None

    def _tags(self) -> tuple[str, ...]:
        return tuple(word for word in options.as_tuple(self.tag) if "=" not in word)

    @property
    def object_tags(self) -> tuple[str, ...]:
        """The tags of new objects, as pairs."""
        return tuple(word for word in self.tag or () if "=" in word)

    def check_saved(self, saved: Plan, typed: Collection[str]) -> None:
        """Raises ``UsageError`` when the command line selects something else than the saved plan did."""
        scope = saved.scope
        if _SELECTS_CONTROLS & set(typed) and {found.key for found in self.selected()} != set(saved.controls):
            raise _another("controls", ", ".join(saved.controls))
        if "accept" in typed and set(self.accept or ()) != set(scope.accept):
            raise _another("accepted texts (--accept)", ", ".join(scope.accept) or "none")
        if "waivers" in typed and (waivers := self._waivers()) is not None:
            then = scope.waivers
            if then is None or (waivers.waivers, waivers.exclusions) != (then.waivers, then.exclusions):
                raise _another("waivers", then.path if then else "none")


_SELECTS_CONTROLS = frozenset({"controls", "benchmark", "all_controls", "level", "severity", "controls_dir"})


def _another(what: str, then: str) -> UsageError:
    return UsageError(
        f"the saved plan was made with other {what}: {then}",
        hint="leave the option out: a saved plan holds its selection; or leave out --plan to make another one",
    )


@dataclass(frozen=True)
class RepairReading(Reading):
    """Where to read, and the profiles to write with too."""

    profile: ProfilesOption = None

    def check_saved(self, saved: Plan, typed: Collection[str]) -> None:
        """Raises ``UsageError`` when the command line names other connections than the saved plan was made with."""
        if "connection" in typed and set(self.connection or ()) != set(saved.scope.connections):
            raise _another("connections", ", ".join(saved.scope.connections) or "all that answered")


@dataclass(frozen=True)
class Applying:
    """Whether and how much is applied."""

    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="PLAN.json", help="Save the plan to be applied later.", rich_help_panel=APPLYING
        ),
    ] = None
    apply_: Annotated[
        bool, typer.Option("--apply", help="Apply it, after asking per account.", rich_help_panel=APPLYING)
    ] = False
    yes: Yes = False
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="PLAN.json", help="Apply (or show) this saved plan.", rich_help_panel=APPLYING),
    ] = None
    digest: Annotated[
        str | None,
        typer.Option("--digest", metavar="SHA256", help="Refuse another plan than this.", rich_help_panel=APPLYING),
    ] = None
    preflight: Annotated[
        bool,
        typer.Option(
            "--preflight",
            help="Ask AWS first whether it would allow the calls, and for its quotas; leave out accounts that it "
            "would not.",
            rich_help_panel=APPLYING,
        ),
    ] = False
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Apply a saved plan only when every account is as it was.",
            rich_help_panel=APPLYING,
        ),
    ] = False
    approve_from: Annotated[
        Path | None,
        typer.Option(
            "--approve-from",
            metavar="FILE",
            help="Apply it in the accounts of this file: ids, one a line, or a JSON list.",
            rich_help_panel=APPLYING,
        ),
    ] = None
    max_accounts: Annotated[
        int | None,
        typer.Option(
            "--max-accounts", metavar="N", min=0, help="Refuse to touch more accounts.", rich_help_panel=APPLYING
        ),
    ] = None

    def approval(self, typed: Collection[str], accounts: Sequence[str]) -> Approval:
        """Whether and how much may be applied. ``typed``: see ``typed_options``; ``accounts``: those of ``--account``.
        Raises ``UsageError`` for options that contradict each other."""
        from checker.cli.remediation_approval import Approval

        approval = Approval(
            apply=self.apply_,
            yes=self.yes,
            plan_file=self.plan_file,
            digest=self.digest,
            max_accounts=self.max_accounts,
            save=self.save,
            strict=self.strict,
            preflight=self.preflight,
            approve_from=self.approve_from,
            accounts=tuple(accounts) if self.plan_file and "account" in typed else (),
        )
        approval.check(typed)
        return approval


def typed_options(context: typer.Context) -> frozenset[str]:
    """The options that stand on this command line, by parameter: what a file or a variable sets may be for others."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return frozenset(name for name, source in sources.items() if source and source.name == "COMMANDLINE")


@dataclass(frozen=True)
class Writing:
    """With which credentials, and where everything done is written down."""

    role_name: RoleName = None
    journal: JournalOption = None

    @property
    def journal_path(self) -> Path:
        """The file that everything done is written to."""
        return journal_path(self.journal)


@dataclass(frozen=True)
class Printing:
    """How the plan is printed."""

    emit: Annotated[
        EmitFormat | None,
        typer.Option("--emit", help="Print the plan as code instead.", rich_help_panel=options.OUTPUT),
    ] = None
    output_format: FormatOption = OutputFormat.TEXT
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="With --emit a folder, one file an account and region; else a file.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None

    @property
    def destination(self) -> Destination:
        """Where the product goes, and as what."""
        from checker.cli.remediation_approval import Destination

        return Destination(self.output_format, self.output, self.emit)


def journal_path(path: Path | None) -> Path:
    """The journal that was named, or the one in the user's state folder."""
    from remediation.applying.journal import default_path

    return path or default_path()
