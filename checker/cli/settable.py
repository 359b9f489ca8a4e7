"""The one table of what can be set outside the command line: every option, its key in the file, its variables.

The options are found by walking the program's commands at run time, so this module knows none of them by name but
those that give consent. It reads the attributes of click's commands and parameters, and imports no command-line
library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

PREFIX = "ALARMCHAIN_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
TRACEBACK_VARIABLE = f"{PREFIX}TRACEBACK"
CONSENT = frozenset({"apply", "yes", "approve-from"})
"""Options by which a person agrees to changes. They count on the command line only: a file or a variable that was
written for another run must not make this one write."""
_OF_THE_PROGRAM = frozenset({"help", "version", "config", "install-completion", "show-completion"})

CommandPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one command. ``key`` is its name in the file, ``parameter`` the command line library's object."""

    command: CommandPath
    key: str
    name: str
    parameter: Any

    @property
    def many(self) -> bool:
        """Whether it takes a list of values."""
        return bool(getattr(self.parameter, "multiple", False)) or self.parameter.nargs != 1

    @property
    def type(self) -> type | None:
        """Type of one value; ``None`` when it is not a plain class."""
        annotation = self.parameter.type_descriptor.annotation
        if self.many:
            annotation = next(iter(get_args(annotation)), None)
        return annotation if isinstance(annotation, type) else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that are allowed; empty when any is."""
        choices = self.parameter.type_descriptor.choices or ()
        return tuple(str(getattr(choice, "value", choice)) for choice in choices)

    @property
    def variables(self) -> tuple[str, ...]:
        """Environment variables that set it, the one that wins first."""
        words = [part.replace("-", "_").upper() for part in (*self.command, self.key)]
        return tuple(dict.fromkeys((f"{PREFIX}{'_'.join(words)}", f"{PREFIX}{words[-1]}")))

    @property
    def declared_variables(self) -> tuple[str, ...]:
        """Variables that the option's own definition names; the command line library reads them."""
        declared = self.parameter.envvar
        return (declared,) if isinstance(declared, str) else tuple(declared or ())


def options_of(command: Any, path: CommandPath = ()) -> Iterator[Option]:
    """Every settable option of a command and of all commands below it: not those that give consent."""
    for parameter in command.params:
        key = _key(parameter)
        if key is not None and key not in _OF_THE_PROGRAM | CONSENT:
            yield Option(path, key, parameter.name, parameter)
    for name, child in getattr(command, "commands", {}).items():
        yield from options_of(child, (*path, name))


def _key(parameter: Any) -> str | None:
    """The longest option name without its dashes; ``None`` for an argument."""
    if parameter.param_type_name != "option":
        return None
    names = [name.lstrip("-") for name in parameter.opts if name.startswith("--")]
    return max(names, key=len) if names else None
