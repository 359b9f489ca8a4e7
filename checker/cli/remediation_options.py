"""Groups of options of ``alarmchain remediate``, and what they mean for a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli import options
from checker.cli.options import Reading, Selecting
from checker.text.style import OutputFormat
from remediation.emit import EmitFormat
from remediation.planning.settings import DEFAULT_PREFIX

if TYPE_CHECKING:
    from checker.cli.remediation_approval import Approval, Destination
    from remediation.planning.model import Plan
    from remediation.planning.settings import Settings

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

    def as_saved(self, saved: Plan) -> RepairSelecting:
        """The controls of a saved plan instead of those of the command line."""
        return replace(
            self,
            controls=list(saved.controls),
            benchmark=saved.benchmark,
            all_controls=False,
            level=None,
            severity=None,
            tag=None,
        )


@dataclass(frozen=True)
class RepairReading(Reading):
    """Where to read, and the profiles to write with too."""

    profile: ProfilesOption = None


@dataclass(frozen=True)
class Adding:
    """What is added, and who is told."""

    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", metavar="ADDRESS", help="Whom to tell (repeatable).", rich_help_panel=REPAIRING),
    ] = None
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            metavar="NAME",
            help="SNS protocol of the endpoints [default: follows from each address].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    topic_name: Annotated[
        str | None,
        typer.Option("--topic-name", metavar="NAME", help="Use or add this topic.", rich_help_panel=REPAIRING),
    ] = None
    topic_arn: Annotated[
        str | None,
        typer.Option("--topic-arn", metavar="ARN", help="Use this topic that exists.", rich_help_panel=REPAIRING),
    ] = None
    metric_namespace: Annotated[
        str | None,
        typer.Option(
            "--metric-namespace",
            metavar="NAME",
            help="Namespace of new metrics [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    metric_name: Annotated[
        str | None,
        typer.Option(
            "--metric-name",
            metavar="NAME",
            help="Name of the new metric, for one control [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    name_prefix: Annotated[
        str,
        typer.Option(
            "--name-prefix", metavar="TEXT", help="Marks new filters, alarms and topics.", rich_help_panel=REPAIRING
        ),
    ] = DEFAULT_PREFIX
    set_name: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CONTROL.NAME=VALUE",
            help="metric_namespace, metric_name, filter_name or alarm_name of one control (repeatable).",
            rich_help_panel=REPAIRING,
        ),
    ] = None

    def settings(self, object_tags: tuple[str, ...]) -> Settings:
        """The settings of a plan. Raises ``UsageError`` for an address, a name or a tag that is not possible."""
        from remediation.planning.settings import Settings, parse_endpoints, parse_names, parse_tags

        return Settings(
            endpoints=parse_endpoints(self.endpoint or (), self.protocol),
            topic_name=self.topic_name,
            topic_arn=self.topic_arn,
            metric_namespace=self.metric_namespace,
            metric_name=self.metric_name,
            name_prefix=self.name_prefix,
            tags=parse_tags(object_tags),
            controls=parse_names(self.set_name or ()),
        )


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
    max_accounts: Annotated[
        int | None,
        typer.Option(
            "--max-accounts", metavar="N", min=0, help="Refuse to touch more accounts.", rich_help_panel=APPLYING
        ),
    ] = None

    def approval(self, context: typer.Context) -> Approval:
        """Whether and how much may be applied. Raises ``UsageError`` for options that contradict each other."""
        from checker.cli.remediation_approval import Approval

        approval = Approval(self.apply_, self.yes, self.plan_file, self.digest, self.max_accounts, self.save)
        sources = {name: context.get_parameter_source(name) for name in context.params}
        approval.check([name for name, source in sources.items() if source and source.name == "COMMANDLINE"])
        return approval


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
