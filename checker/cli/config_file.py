"""Settings from ``alarmchain.toml`` and the environment, as defaults for the command line's options.

Flags beat the environment, the environment beats the file, the file beats the built-in defaults. The file's keys are
the options' names. A key counts for every command at or below its table that has the option::

    database = "steampipe"          # every command with --database

    [check]
    concurrency = 8                 # check --concurrency

    [controls.list]
    format = "json"                 # controls list --format

In the environment an option is ``ALARMCHAIN_`` and its name (``ALARMCHAIN_DATABASE``), or with the command between
(``ALARMCHAIN_CHECK_CONCURRENCY``), which wins. Several values are separated by blanks.

Which options there are is the table of ``checker.cli.settable``. Those that give consent (``--apply``, ``--yes``) are
refused here and in the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from checker.cli.environment import from_environment
from checker.cli.settable import CONFIG_VARIABLE, CONSENT, PREFIX, CommandPath, Option, options_of
from checker.errors import DataFileError
from checker.text.toml_document import Table, TomlDocument, did_you_mean

FILE_NAME = "alarmchain.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the file or the environment gives an option. ``source`` is ``file`` or ``environment``."""

    option: Option
    value: Any
    source: str
    where: str
    """``/path/alarmchain.toml:3`` or the variable's name."""


@dataclass(frozen=True, slots=True)
class Config:
    """What was configured outside the command line."""

    path: Path | None = None
    settings: Mapping[tuple[CommandPath, str], Setting] = field(default_factory=dict)
    """By command and parameter name."""

    @property
    def default_map(self) -> dict[str, Any]:
        """The settings in the shape of click's ``default_map``: nested by command."""
        tree: dict[str, Any] = {}
        for (command, name), setting in self.settings.items():
            level = tree
            for part in command:
                level = level.setdefault(part, {})
            level[name] = setting.value
        return tree


def load_config(app_command: Any, explicit: Path | None, cwd: Path, environ: Mapping[str, str]) -> Config:
    """The configuration of this run.

    ``explicit`` is ``--config``; without it ``ALARMCHAIN_CONFIG``, then ``alarmchain.toml`` in ``cwd`` and the folders
    above it, then in the user's configuration folder. No file at all is fine.

    Raises:
        DataFileError: the file cannot be read, is not TOML, has an unknown key, one that would give consent, or a
            value of the wrong kind.
        UsageError: a variable that nothing reads, or one that would give consent.
    """
    path = _locate(explicit, cwd, environ)
    if path is None and not any(name.startswith(PREFIX) for name in environ):
        return Config()
    options = tuple(options_of(app_command))
    settings: dict[tuple[CommandPath, str], Setting] = {}
    if path is not None:
        for setting in _FileReader(path, options).read(app_command):
            settings[setting.option.command, setting.option.name] = setting
    for option, value, variable in from_environment(options, environ):
        settings[option.command, option.name] = Setting(option, value, "environment", variable)
    return Config(path, settings)


def _locate(explicit: Path | None, cwd: Path, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one that is named, else the nearest above ``cwd``, else the user's own."""
    if explicit is None and environ.get(CONFIG_VARIABLE):
        explicit = Path(environ[CONFIG_VARIABLE])
    if explicit is not None:
        return explicit if explicit.is_absolute() else cwd / explicit
    for folder in (cwd, *cwd.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    from platformdirs import user_config_path

    try:
        users = user_config_path("alarmchain") / FILE_NAME
    except RuntimeError:
        # A user without a home folder, as in a container with any user id, has no file of their own.
        return None
    return users if users.is_file() else None


class _FileReader:
    """Reads one file for a known set of options."""

    def __init__(self, path: Path, options: tuple[Option, ...]) -> None:
        self._path = path
        self._options = options

    def read(self, app_command: Any) -> Iterator[Setting]:
        """Every setting of the file; more particular tables come later, so that they win."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
            raise DataFileError(
                f"the configuration cannot be read: {reason}", path=str(self._path), hint="see --config"
            ) from error
        yield from self._table(TomlDocument(text, str(self._path)).root, app_command, ())

    def _table(self, table: Table, command: Any, path: CommandPath) -> Iterator[Setting]:
        below = [option for option in self._options if option.command[: len(path)] == path]
        children: Mapping[str, Any] = getattr(command, "commands", {})
        for key, value in table.data.items():
            if isinstance(value, dict):
                continue
            matching = [option for option in below if option.key == key.replace("_", "-")]
            if not matching:
                raise self._unknown(table, key, [*(option.key for option in below), *children], path)
            yield from self._settings(table, matching, key, value)
        for key, value in table.data.items():
            if isinstance(value, dict):
                if key not in children:
                    raise self._unknown(table, key, [*children, *(option.key for option in below)], path)
                yield from self._table(table.table(key), children[key], (*path, key))

    def _unknown(self, table: Table, key: str, known: list[str], path: CommandPath) -> DataFileError:
        if (word := key.replace("_", "-")) in CONSENT:
            return table.error(
                f"{key}: consent is given on the command line only",
                key,
                hint=f"take it out, and type --{word} each time",
            )
        where = f"the command {' '.join(path)}" if path else "any command"
        return table.error(f"{key} is not an option of {where}", key, hint=did_you_mean(key, known))

    def _settings(self, table: Table, options: list[Option], key: str, value: Any) -> Iterator[Setting]:
        """The setting for each option that can take the value; a shared key need not fit every command."""
        problems = {option.command: _problem(option, value) for option in options}
        fitting = [option for option in options if problems[option.command] is None]
        if not fitting:
            first = options[0]
            raise table.error(
                f"{key} {problems[first.command]}", key, hint=f"it sets --{first.key} of {' '.join(first.command)}"
            )
        line = table.document.line((*table.location, key))
        for option in fitting:
            yield Setting(option, self._resolve(option, value), "file", f"{self._path}:{line}")

    def _resolve(self, option: Option, value: Any) -> Any:
        """Relative paths count from the file's folder, so that the file means the same from everywhere."""
        if isinstance(value, list):
            return [self._resolve(option, item) for item in value]
        if option.type is not None and issubclass(option.type, PurePath) and value != "-":
            return str(self._path.parent / Path(value).expanduser())
        return value if isinstance(value, (bool, int, float)) else str(value)


def _problem(option: Option, value: Any) -> str | None:
    """What is wrong with a file's value for this option, or ``None``."""
    if option.many:
        if not isinstance(value, list):
            return f"must be a list, not {value!r}"
        return next((problem for item in value if (problem := _item_problem(option, item))), None)
    return _item_problem(option, value)


def _item_problem(option: Option, value: Any) -> str | None:
    if option.type is bool:
        return None if isinstance(value, bool) else f"must be true or false, not {value!r}"
    if option.type in (int, float):
        return _number_problem(option, value)
    if option.choices and value not in option.choices:
        return f"must be one of {', '.join(option.choices)}, not {value!r}"
    if isinstance(value, (bool, dict, list)):
        return f"must be a text, not {value!r}"
    return None


def _number_problem(option: Option, value: Any) -> str | None:
    allowed: tuple[type, ...] = (int,) if option.type is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        return f"must be a {'whole ' if option.type is int else ''}number, not {value!r}"
    low, high = option.parameter.min, option.parameter.max
    if low is not None and value < low:
        return f"must be at least {low}, not {value!r}"
    if high is not None and value > high:
        return f"must be at most {high}, not {value!r}"
    return None
