"""``alarmchain remediate``: plan a repair, approve it, apply it, see whether it holds, and take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from checker.aws.operations import Phase
from checker.cli import console, options
from checker.text.style import OutputFormat
from remediation.emit import EmitFormat

if TYPE_CHECKING:
    from remediation.planning.settings import Settings

HISTORY_SCHEMA = "alarmchain.history/v1"
DEFAULT_COMMAND = "plan"

REPAIRING = "What to add"
APPLYING = "Applying"
CREDENTIALS = "Credentials for changes"


class DefaultGroup(TyperGroup):
    """A group whose first word may be left out: ``remediate root_usage`` is ``remediate plan root_usage``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See ``TyperGroup.parse_args``."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="remediate",
    cls=DefaultGroup,
    help="Plan what is missing, apply it after approval, see whether the chain then holds, and take it back. "
    "'alarmchain remediate [CONTROL]...' is short for 'alarmchain remediate plan [CONTROL]...'.",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
)

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


@app.command(DEFAULT_COMMAND)
def plan(
    context: typer.Context,
    controls: options.Controls = None,
    benchmark: options.Benchmark = options.BenchmarkDefault,
    all_controls: options.AllControls = False,
    level: options.Level = None,
    severity: options.Severity = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="KEY=VALUE",
            help="Tag for new topics and alarms (repeatable); a word without '=' selects controls with that tag.",
            rich_help_panel=REPAIRING,
        ),
    ] = None,
    controls_dir: options.ControlsDir = None,
    account: options.Accounts = None,
    accept: options.Accept = None,
    waivers: options.Waivers = None,
    database: options.Database = None,
    connection: options.Connections = None,
    profile: ProfilesOption = None,
    region: options.Region = None,
    timeout: options.Timeout = options.TimeoutDefault,
    concurrency: options.Concurrency = options.ConcurrencyDefault,
    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", metavar="ADDRESS", help="Whom to tell (repeatable).", rich_help_panel=REPAIRING),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            metavar="NAME",
            help="SNS protocol of the endpoints [default: follows from each address].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None,
    topic_name: Annotated[
        str | None,
        typer.Option("--topic-name", metavar="NAME", help="Use or add this topic.", rich_help_panel=REPAIRING),
    ] = None,
    topic_arn: Annotated[
        str | None,
        typer.Option("--topic-arn", metavar="ARN", help="Use this topic that exists.", rich_help_panel=REPAIRING),
    ] = None,
    metric_namespace: Annotated[
        str | None,
        typer.Option(
            "--metric-namespace",
            metavar="NAME",
            help="Namespace of new metrics [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None,
    metric_name: Annotated[
        str | None,
        typer.Option(
            "--metric-name",
            metavar="NAME",
            help="Name of the new metric, for one control [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None,
    name_prefix: Annotated[
        str,
        typer.Option(
            "--name-prefix", metavar="TEXT", help="Marks new filters, alarms and topics.", rich_help_panel=REPAIRING
        ),
    ] = "alarmchain-",
    set_name: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CONTROL.NAME=VALUE",
            help="metric_namespace, metric_name, filter_name or alarm_name of one control (repeatable).",
            rich_help_panel=REPAIRING,
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save", metavar="PLAN.json", help="Save the plan to be applied later.", rich_help_panel=APPLYING
        ),
    ] = None,
    apply_: Annotated[
        bool, typer.Option("--apply", help="Apply it, after asking per account.", rich_help_panel=APPLYING)
    ] = False,
    yes: Yes = False,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="PLAN.json", help="Apply (or show) this saved plan.", rich_help_panel=APPLYING),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option("--digest", metavar="SHA256", help="Refuse another plan than this.", rich_help_panel=APPLYING),
    ] = None,
    max_accounts: Annotated[
        int | None,
        typer.Option(
            "--max-accounts", metavar="N", min=0, help="Refuse to touch more accounts.", rich_help_panel=APPLYING
        ),
    ] = None,
    role_name: RoleName = None,
    journal: JournalOption = None,
    emit: Annotated[
        EmitFormat | None,
        typer.Option("--emit", help="Print the plan as code instead.", rich_help_panel=options.OUTPUT),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="With --emit a folder, one file an account and region; else a file.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None,
) -> None:
    """Plan what is missing for the controls, and apply it with --apply. Adds only: nothing that exists is changed."""
    from checker.cli.check import accepted, load_waivers, selection
    from checker.cli.remediation_approval import Approval, Destination
    from checker.cli.remediation_run import run
    from checker.run import CheckOptions, DatabaseOptions
    from remediation.run import RepairOrder

    object_tags = [pair for pair in tag or () if "=" in pair]
    words = [word for word in tag or () if "=" not in word]
    approval = Approval(apply_, yes, plan_file, digest, max_accounts, save)
    sources = {name: context.get_parameter_source(name) for name in context.params}
    approval.check([name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"])
    settings = _settings(
        endpoint, protocol, object_tags, set_name, topic_name, topic_arn, metric_namespace, metric_name, name_prefix
    )
    saved = approval.read()
    if saved is not None:
        controls, benchmark, settings = list(saved.controls), saved.benchmark, saved.settings
        all_controls, level, severity, words = False, None, None, []
    selected = selection(controls, benchmark, all_controls, level, severity, words, controls_dir)
    order = RepairOrder(
        selected=selected,
        settings=settings,
        check=CheckOptions(
            account_ids=options.as_tuple(account),
            accept=accepted(accept, controls_dir),
            waivers=load_waivers(waivers, controls_dir, benchmark),
        ),
        database=DatabaseOptions(
            database=database,
            origin=options.origin_of(context, "database"),
            connections=options.as_tuple(connection),
            profiles=options.as_tuple(profile),
            region=region,
            timeout=timeout,
            concurrency=concurrency,
            fresh=True,
        ),
        role_name=role_name,
        journal=_journal_path(journal),
    )
    destination = Destination(output_format, output, emit)
    raise typer.Exit(run(order, approval, destination, saved))


@app.command()
def history(journal: JournalOption = None, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """List the runs of the journal, newest first."""
    from remediation.applying.history import read_runs
    from remediation.showing.history_document import run_document
    from remediation.showing.text import history_text

    runs = read_runs(_journal_path(journal))
    if output_format is OutputFormat.JSON:
        console.print_json({"schema": HISTORY_SCHEMA, "runs": [run_document(run) for run in runs]})
    else:
        console.print_text(history_text(runs))


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or how it begins.")],
    journal: JournalOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show one run: who did what where, and what became of it."""
    from remediation.applying.history import find_run
    from remediation.showing.history_document import run_document
    from remediation.showing.text import show_text

    run = find_run(_journal_path(journal), run_id)
    if output_format is OutputFormat.JSON:
        console.print_json({"schema": HISTORY_SCHEMA, **run_document(run)})
    else:
        console.print_text(show_text(run))


@app.command()
def undo(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or how it begins.")],
    yes: Yes = False,
    profile: ProfilesOption = None,
    role_name: RoleName = None,
    journal: JournalOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Remove what a run created and nobody has changed since; say what stays and why."""
    from checker.cli.remediation_undo import run_undo

    code = run_undo(
        run_id,
        path=_journal_path(journal),
        profiles=options.as_tuple(profile),
        role_name=role_name,
        yes=yes,
        as_json=output_format is OutputFormat.JSON,
    )
    raise typer.Exit(code)


@app.command()
def permissions(
    phase: Annotated[
        Phase, typer.Option("--for", help="What is to be allowed; each phase includes the ones before it.")
    ] = Phase.APPLY,
    partition: Annotated[str, typer.Option("--partition", metavar="NAME", help="aws, aws-cn or aws-us-gov.")] = "aws",
    role_name: Annotated[
        str | None,
        typer.Option("--role-name", metavar="NAME", help="Include sts:AssumeRole on this role of each account."),
    ] = None,
    name_prefix: Annotated[
        str, typer.Option("--name-prefix", metavar="TEXT", help="What the names of new topics and alarms start with.")
    ] = "alarmchain-",
) -> None:
    """Print the least IAM policy for checking, planning, applying or undoing."""
    from remediation.permissions import policy_for

    console.print_json(policy_for(phase, partition=partition, role_name=role_name, name_prefix=name_prefix))


def _journal_path(path: Path | None) -> Path:
    from remediation.applying.journal import default_path

    return path or default_path()


def _settings(
    endpoints: list[str] | None,
    protocol: str | None,
    tags: list[str],
    names: list[str] | None,
    topic_name: str | None,
    topic_arn: str | None,
    metric_namespace: str | None,
    metric_name: str | None,
    name_prefix: str,
) -> Settings:
    from remediation.planning.settings import Settings, parse_endpoints, parse_names, parse_tags

    return Settings(
        endpoints=parse_endpoints(endpoints or (), protocol),
        topic_name=topic_name,
        topic_arn=topic_arn,
        metric_namespace=metric_namespace,
        metric_name=metric_name,
        name_prefix=name_prefix,
        tags=parse_tags(tags),
        controls=parse_names(names or ()),
    )
