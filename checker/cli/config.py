"""``alarmchain config``: what the settings are, and where each comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.cli import console
from checker.cli.config_file import Config, load_config
from checker.cli.settable import Option, options_of
from checker.text.secrets import mask_secrets
from checker.text.style import OutputFormat

SCHEMA = "alarmchain.config/v1"
_STORED = "alarmchain.config"

app = typer.Typer(
    name="config", help="Show the settings and where they come from.", no_args_is_help=True, add_completion=False
)


def use_config(context: typer.Context, value: Path | None) -> Path | None:
    """Callback of ``--config``: read the file and the environment, and make them the defaults of every option.

    Runs before every other option is looked at, whether or not ``--config`` is given.
    """
    if not context.resilient_parsing:
        config = load_config(context.command, value, Path.cwd(), os.environ)
        context.default_map = config.default_map
        context.meta[_STORED] = config
    return value


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration file [default: alarmchain.toml here or above, then the user's].",
        is_eager=True,
        callback=use_config,
        show_default=False,
    ),
]
"""The type of the program's ``--config``."""


def current_config(context: typer.Context) -> Config:
    """The configuration that ``use_config`` stored; an empty one when it did not run."""
    stored = context.meta.get(_STORED)
    return stored if isinstance(stored, Config) else Config()


@app.command()
def show(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", help="Only this command's options, for example: controls list."),
    ] = None,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="How to print it.")] = OutputFormat.TEXT,
) -> None:
    """Print the effective value of every option and where it comes from. Secrets are masked."""
    root = context.find_root()
    config = current_config(context)
    wanted = tuple(command or ())
    rows = [row for row in _rows(context.find_root(), config) if row["command"].split()[: len(wanted)] == list(wanted)]
    if wanted and not rows:
        known = sorted({" ".join(option.command) for option in options_of(root.command)} - {""})
        raise typer.BadParameter(f"no command {' '.join(wanted)!r} with options; known: {', '.join(known)}")
    if output_format is OutputFormat.JSON:
        console.print_json(_document(config, rows))
    else:
        console.print_text(_text(config, rows) + "\n")


def _document(config: Config, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "file": None if config.path is None else str(config.path),
        "options": rows,
    }


def _text(config: Config, rows: list[dict[str, Any]]) -> str:
    lines = [f"configuration file: {config.path or 'none found'}"]
    widths = (
        max((len(row["option"]) for row in rows), default=0),
        max((len(_shown(row["value"])) for row in rows), default=0),
    )
    previous: str | None = None
    for row in rows:
        if row["command"] != previous:
            previous = row["command"]
            lines += ["", previous or "every command"]
        where = f" {row['where']}" if row["where"] else ""
        value = _shown(row["value"])
        lines.append(f"  --{row['option']:<{widths[0]}}  {value:<{min(widths[1], 60)}}  {row['source']}{where}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(root: Any, config: Config) -> list[dict[str, Any]]:
    """One row an option: effective value as the command line library computes it, and its source."""
    contexts: dict[tuple[str, ...], Any] = {(): root}
    rows = []
    for option in options_of(root.command):
        context = _context_of(option.command, contexts)
        value, source, where = _effective(option, context, config)
        rows.append(
            {
                "command": " ".join(option.command),
                "option": option.key,
                "value": _printable(option, value),
                "source": source,
                "where": where,
            }
        )
    return rows


def _context_of(path: tuple[str, ...], contexts: dict[tuple[str, ...], Any]) -> Any:
    """A context in which the options of the command at ``path`` can be looked up; nothing is parsed or run."""
    if path not in contexts:
        parent = _context_of(path[:-1], contexts)
        command = parent.command.commands[path[-1]]
        contexts[path] = command.context_class(command, info_name=path[-1], parent=parent)
    return contexts[path]


def _effective(option: Option, context: Any, config: Config) -> tuple[Any, str, str | None]:
    """Value, source and place of an option, asked of the command line library, so that it is what a run would use."""
    if context.parent is None and context.get_parameter_source(option.name) is not None:
        value, source = context.params.get(option.name), context.get_parameter_source(option.name)
    else:
        value, source = option.parameter.consume_value(context, {})
    setting = config.settings.get((option.command, option.name))
    if source.name == "COMMANDLINE":
        return value, "flag", None
    if source.name == "ENVIRONMENT":
        return value, "environment", _declared_variable(option, os.environ)
    if source.name == "DEFAULT_MAP" and setting is not None:
        return value, setting.source, setting.where
    return value, "default", None


def _declared_variable(option: Option, environ: Mapping[str, str]) -> str | None:
    return next((name for name in option.declared_variables if environ.get(name)), None)


def _printable(option: Option, value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_printable(option, item) for item in value]
    return mask_secrets(str(getattr(value, "value", value)), name=option.key)
