"""Options that several commands share, as annotated types, and how they become the settings of a run.

Every option can be set in ``alarmchain.toml`` and through ``ALARMCHAIN_*`` (see ``checker.cli.config_file``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from checker.cli.config import current_config
from checker.controls import DEFAULT_BENCHMARK
from checker.database.interface import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_SECONDS

READING = "Where to read"
SELECTING = "What to check"
OUTPUT = "Output"

Controls = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONTROL",
        help="Controls in any spelling: root_usage, 4.3, cis_v300_4_3, CloudWatch.1 [default: root_usage].",
        show_default=False,
    ),
]
Benchmark = Annotated[
    str, typer.Option("--benchmark", "-b", metavar="ID", help="Benchmark version.", rich_help_panel=SELECTING)
]
AllControls = Annotated[
    bool, typer.Option("--all", "-a", help="Every control of the benchmark.", rich_help_panel=SELECTING)
]
Level = Annotated[
    int | None,
    typer.Option("--level", min=1, max=2, help="Only controls of this level.", rich_help_panel=SELECTING),
]
Severity = Annotated[
    str | None,
    typer.Option("--severity", metavar="WORD", help="Only controls of this severity.", rich_help_panel=SELECTING),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="Only controls with this tag.", rich_help_panel=SELECTING),
]
ControlsDir = Annotated[
    Path | None,
    typer.Option("--controls", metavar="DIR", help="A folder with controls of your own.", rich_help_panel=SELECTING),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="ID", help="Only this account (repeatable).", rich_help_panel=SELECTING),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="SOURCE",
        help="Count the pattern texts of this source too, e.g. security-hub (repeatable).",
        rich_help_panel=SELECTING,
    ),
]
Waivers = Annotated[
    Path | None,
    typer.Option(
        "--waivers",
        metavar="FILE",
        help="Accepted risks [default: waivers.toml in this folder, if there].",
        rich_help_panel=SELECTING,
    ),
]
Database = Annotated[
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
]
Connections = Annotated[
    list[str] | None,
    typer.Option(
        "--connection",
        "-c",
        metavar="NAME",
        help="Steampipe connection, aggregator or schema (repeatable).",
        rich_help_panel=READING,
    ),
]
Profiles = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="AWS profile for the embedded database (repeatable).",
        rich_help_panel=READING,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        "--region",
        "-r",
        metavar="NAME",
        help="Region to look for trails first [default: the profile's].",
        show_default=False,
        rich_help_panel=READING,
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Clear the database's cache for this session first.", rich_help_panel=READING)
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=1, help="Limit for one statement.", rich_help_panel=READING),
]
Concurrency = Annotated[
    int,
    typer.Option("--concurrency", metavar="N", min=1, max=64, help="Reads at a time.", rich_help_panel=READING),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the report to a file instead of stdout.", rich_help_panel=OUTPUT
    ),
]

BenchmarkDefault = DEFAULT_BENCHMARK
TimeoutDefault = DEFAULT_TIMEOUT_SECONDS
ConcurrencyDefault = DEFAULT_CONCURRENCY


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
