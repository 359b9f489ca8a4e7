"""``alarmchain remediate``: plan a repair, approve it, apply it, see whether it holds, and take it back."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from checker.aws.operations import Phase
from checker.cli import console, options
from checker.cli.grouping import Without, grouped
from checker.cli.remediation_adding import Adding
from checker.cli.remediation_options import (
    Applying,
    FormatOption,
    JournalOption,
    Printing,
    ProfilesOption,
    RepairReading,
    RepairSelecting,
    RoleName,
    Writing,
    Yes,
    journal_path,
    typed_options,
)
from checker.text.style import OutputFormat
from remediation.planning.settings import DEFAULT_PREFIX

HISTORY_SCHEMA = "alarmchain.history/v1"
DEFAULT_COMMAND = "plan"


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


@app.command(DEFAULT_COMMAND)
@grouped
def plan(
    context: typer.Context,
    selecting: RepairSelecting,
    reading: Annotated[RepairReading, Without("fresh")],
    adding: Adding,
    applying: Applying,
    writing: Writing,
    printing: Printing,
) -> None:
    """Plan what is missing for the controls, and apply it with --apply. Adds only: nothing that exists is changed."""
    from checker.cli.remediation_run import run
    from remediation.run import RepairOrder

    typed = typed_options(context)
    approval = applying.approval(typed, options.as_tuple(selecting.account))
    database = reading.database_options(context, fresh=True)
    place = RepairOrder(database=database, role_name=writing.role_name, journal=writing.journal_path)
    saved = approval.read()
    if saved is not None:
        selecting.check_saved(saved, typed)
        reading.check_saved(saved, typed)
        order = place.for_saved(saved)
    else:
        order = replace(
            place,
            selected=selecting.selected(),
            settings=adding.settings(selecting.object_tags),
            check=selecting.check_options(),
            controls_dir=selecting.controls_dir,
        )
    raise typer.Exit(run(order, approval, printing.destination, saved))


@app.command()
def history(journal: JournalOption = None, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """List the runs of the journal, newest first."""
    from remediation.applying.history import read_history
    from remediation.showing.history_document import history_document
    from remediation.showing.text import history_text

    found = read_history(journal_path(journal))
    for damaged in found.damaged:
        console.say(damaged.sentence)
    if output_format is OutputFormat.JSON:
        console.print_json({"schema": HISTORY_SCHEMA, **history_document(found)})
    else:
        console.print_text(history_text(found.runs))


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

    run = find_run(journal_path(journal), run_id)
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
        path=journal_path(journal),
        profiles=options.as_tuple(profile),
        role_name=role_name,
        yes=yes,
        as_json=output_format is OutputFormat.JSON,
    )
    raise typer.Exit(code)


@app.command()
def status(
    profile: ProfilesOption = None,
    role_name: RoleName = None,
    journal: JournalOption = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what became of everything that runs made: as made, pending, changed (by whom) or gone."""
    from checker.cli.remediation_status import run_status

    code = run_status(
        journal_path(journal),
        profiles=options.as_tuple(profile),
        role_name=role_name,
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
    ] = DEFAULT_PREFIX,
) -> None:
    """Print the least IAM policy for checking, planning, applying or undoing."""
    from remediation.permissions import policy_for

    console.print_json(policy_for(phase, partition=partition, role_name=role_name, name_prefix=name_prefix))
