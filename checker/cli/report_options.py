"""How a report is printed: the options of ``alarmchain check`` that say so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from checker.cli import console, options
from checker.cli.colors import ColorWhen
from checker.cli.report_files import ReportFile, file_for
from checker.errors import UsageError
from checker.findings import Status
from checker.reports import EVERYTHING, Detail, Format, View, format_of
from checker.text.toml_document import did_you_mean


@dataclass(frozen=True)
class Printing:
    """How the report is printed, and what the exit code says."""

    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="How to print the report.", rich_help_panel=options.OUTPUT)
    ] = Format.TEXT
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to a file instead of stdout; the ending of its name says the format.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None
    export: Annotated[
        list[Path] | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write the report to this file too, in the format of its ending (repeatable).",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None
    github: Annotated[
        bool,
        typer.Option(
            "--github",
            help="In a GitHub Actions job, add the report as Markdown to the summary of the job.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="STATUSES",
            help="In the text, only findings with these statuses, e.g. alarm,error. The counts stay those of all.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = None
    brief: Annotated[
        bool,
        typer.Option(
            "--brief",
            help="As text, a line a finding with tabs: status, account, control, hop, reason.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="As text, the chain of every finding, of those that are ok too.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False
    color: Annotated[
        ColorWhen, typer.Option("--color", help="When the text has colours.", rich_help_panel=options.OUTPUT)
    ] = ColorWhen.AUTO
    no_pager: Annotated[
        bool,
        typer.Option(
            "--no-pager",
            help="Do not show a text that is longer than the screen through PAGER.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 whatever was found.", rich_help_panel=options.OUTPUT)
    ] = False

    def files(self, context: typer.Context) -> tuple[ReportFile | None, tuple[ReportFile, ...]]:
        """The file instead of stdout, and the files besides, all of which can be written as far as can be seen.

        The ending of ``--output`` wins over a format that is set in a file or a variable. Raises ``UsageError``.
        """
        output = None
        if self.output is not None:
            source = context.get_parameter_source("output_format")
            given = source.name if source is not None else "DEFAULT"
            counts = given == "COMMANDLINE" or (given != "DEFAULT" and format_of(self.output.name) is None)
            output = file_for("--output", self.output, self.output_format if counts else None)
        exports = tuple(file_for("--export", path) for path in self.export or ())
        for file in (*exports, *([output] if output else [])):
            console.check_writable(file.path)
        shown = output.format if output else self.output_format
        if shown is not Format.TEXT and self.view() != EVERYTHING:
            raise UsageError(f"--only, --brief and --full are for text, not for {shown}", hint="add --format text")
        return output, exports

    def view(self) -> View:
        """What the text shows. Raises ``UsageError`` for options that contradict each other, and unknown statuses."""
        if self.brief and self.full:
            raise UsageError("--brief and --full contradict each other", hint="give one of them")
        detail = Detail.BRIEF if self.brief else Detail.FULL if self.full else Detail.CAUSES
        return View(detail, frozenset(self._statuses()))

    def _statuses(self) -> list[Status]:
        known = [str(status) for status in Status]
        words = [word.strip().lower() for word in (self.only or "").split(",")] if self.only is not None else []
        for word in words:
            if word not in known:
                raise UsageError(f"--only: unknown status {word!r}", hint=did_you_mean(word, known))
        return [Status(word) for word in words]
