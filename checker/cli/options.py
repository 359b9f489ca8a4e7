"""Groups of options that several commands share, and how they become the settings of a run.

Every option can be set in ``alarmchain.toml`` and through ``ALARMCHAIN_*`` (see ``checker.cli.settable``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.config import current_config
from checker.cli.sign_in import sign_in
from checker.controls import DEFAULT_BENCHMARK
from checker.database.interface import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_SECONDS
from checker.errors import UsageError

if TYPE_CHECKING:
    from checker.controls.selected import SelectedControl
    from checker.run import CheckOptions, DatabaseOptions
    from checker.waivers.reading import WaiverSet

READING = "Where to read"
SELECTING = "What to check"
OUTPUT = "Output"


@dataclass(frozen=True)
class Selecting:
    """Which controls are judged, in which accounts, and how strictly."""

    controls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONTROL",
            help="Controls in any spelling: root_usage, 4.3, cis_v300_4_3, CloudWatch.1 [default: root_usage].",
            show_default=False,
        ),
    ] = None
    benchmark: Annotated[
        str, typer.Option("--benchmark", "-b", metavar="ID", help="Benchmark version.", rich_help_panel=SELECTING)
    ] = DEFAULT_BENCHMARK
    all_controls: Annotated[
        bool, typer.Option("--all", "-a", help="Every control of the benchmark.", rich_help_panel=SELECTING)
    ] = False
    level: Annotated[
        int | None,
        typer.Option("--level", min=1, max=2, help="Only controls of this level.", rich_help_panel=SELECTING),
    ] = None
    severity: Annotated[
        str | None,
        typer.Option("--severity", metavar="WORD", help="Only controls of this severity.", rich_help_panel=SELECTING),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Only controls with this tag.", rich_help_panel=SELECTING),
    ] = None
    controls_dir: Annotated[
        Path | None,
        typer.Option(
            "--controls", metavar="DIR", help="A folder with controls of your own.", rich_help_panel=SELECTING
        ),
    ] = None
    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="ID", help="Only this account (repeatable).", rich_help_panel=SELECTING),
    ] = None
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="SOURCE",
            help="Count the pattern texts of this source too, e.g. security-hub (repeatable).",
            rich_help_panel=SELECTING,
        ),
    ] = None
    waivers: Annotated[
        Path | None,
        typer.Option(
            "--waivers",
            metavar="FILE",
            help="Accepted risks [default: waivers.toml in this folder, if there].",
            rich_help_panel=SELECTING,
        ),
    ] = None

    def selected(self) -> tuple[SelectedControl, ...]:
        """The controls that the options select. Raises ``UsageError`` for what is not there."""
        from checker.run import ControlOptions

        return ControlOptions(
            controls=tuple(self.controls or ()),
            benchmark=self.benchmark,
            all_controls=self.all_controls,
            level=self.level,
            severity=self.severity,
            tags=self._tags(),
            controls_dir=self.controls_dir,
        ).selected()

    def _tags(self) -> tuple[str, ...]:
        return as_tuple(self.tag)

    def check_options(self) -> CheckOptions:
        """Accounts, accepted sources and waivers. Raises ``UsageError`` for a source or a file that is not there."""
        from checker.run import CheckOptions

        return CheckOptions(account_ids=as_tuple(self.account), accept=self._accepted(), waivers=self._waivers())

    def _accepted(self) -> tuple[str, ...]:
        from checker.controls import load_catalogue

        known = load_catalogue(self.controls_dir).accept_sources()
        for source in as_tuple(self.accept):
            if source not in known:
                raise UsageError(f"--accept: unknown source {source}", hint=f"known are: {', '.join(known)}")
        return as_tuple(self.accept)

    def _waivers(self) -> WaiverSet | None:
        """The waivers of ``--waivers``, or of ``waivers.toml`` in the working folder when it is there."""
        from checker.waivers.model import DEFAULT_FILE

        if self.waivers is None and not Path(DEFAULT_FILE).is_file():
            return None
        from datetime import UTC, datetime

        from checker.controls import load_catalogue
        from checker.waivers.reading import load

        today = datetime.now(UTC).date()
        return load(
            self.waivers or Path(DEFAULT_FILE), load_catalogue(self.controls_dir), today, benchmark=self.benchmark
        )


@dataclass(frozen=True)
class Reading:
    """Where to read, and how."""

    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            "-d",
            metavar="WHERE",
            help="A libpq URL or key=value string, a service name, 'steampipe' or 'embedded' "
            "[default: the local Steampipe service, else embedded].",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None
    connection: Annotated[
        list[str] | None,
        typer.Option(
            "--connection",
            "-c",
            metavar="NAME",
            help="Steampipe connection, aggregator or schema; prod_* fits many (repeatable).",
            rich_help_panel=READING,
        ),
    ] = None
    profile: Annotated[
        list[str] | None,
        typer.Option(
            "--profile",
            "-p",
            metavar="NAME",
            help="AWS profile for the embedded database; acme-* fits many (repeatable).",
            rich_help_panel=READING,
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            "-r",
            metavar="NAME",
            help="Region to look for trails first [default: the profile's].",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Clear the database's cache for this session first.", rich_help_panel=READING),
    ] = False
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=1, help="Limit for one statement.", rich_help_panel=READING),
    ] = DEFAULT_TIMEOUT_SECONDS
    concurrency: Annotated[
        int,
        typer.Option("--concurrency", metavar="N", min=1, max=64, help="Reads at a time.", rich_help_panel=READING),
    ] = DEFAULT_CONCURRENCY

    def database_options(self, context: typer.Context, *, fresh: bool | None = None) -> DatabaseOptions:
        """Where to read, for a run. ``fresh`` replaces the option of that name."""
        from checker.database.opening import chosen_profiles
        from checker.run import DatabaseOptions

        options = DatabaseOptions(
            database=self.database,
            origin=origin_of(context, "database"),
            connections=as_tuple(self.connection),
            profiles=as_tuple(self.profile),
            region=self.region,
            timeout=self.timeout,
            concurrency=self.concurrency,
            fresh=self.fresh if fresh is None else fresh,
            sign_in=sign_in(),
        )
        return replace(options, profiles=chosen_profiles(options))


def origin_of(context: typer.Context, option: str) -> str:
    """Where an option's value comes from, in words: the option itself, a variable, or a place in a file."""
    path = tuple(context.command_path.split()[1:])
    setting = current_config(context).settings.get((path, option))
    given = context.get_parameter_source(option)
    if setting is not None and given is not None and given.name == "DEFAULT_MAP":
        return setting.where
    return f"--{option.replace('_', '-')}"


def as_tuple(values: Sequence[str] | None) -> tuple[str, ...]:
    """A repeatable option's values, each once."""
    return tuple(dict.fromkeys(values or ()))
