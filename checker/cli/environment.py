"""Settings from ``ALARMCHAIN_*`` variables. What nothing reads is refused, because it was meant to do something."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from checker.cli.settable import CONFIG_VARIABLE, CONSENT, PREFIX, TRACEBACK_VARIABLE, Option
from checker.errors import UsageError
from checker.text.toml_document import did_you_mean

Found = tuple[Option, object, str]
"""The option, its value, and the variable that gives it."""


def from_environment(options: tuple[Option, ...], environ: Mapping[str, str]) -> Iterator[Found]:
    """What the environment sets. An empty variable sets nothing.

    Raises:
        UsageError: a variable of this program that no option has, or one that would give consent.
    """
    variables = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    _check(options, variables)
    for option in options:
        for variable in option.variables:
            value = variables.get(variable, "")
            if value and not _meant_for_others(option, value, variable, options):
                yield option, shlex.split(value) if option.many else value, variable
                break


def _check(options: tuple[Option, ...], variables: Mapping[str, str]) -> None:
    """Raises ``UsageError`` for a variable that nothing reads."""
    known = {variable for option in options for variable in (*option.variables, *option.declared_variables)}
    known |= {CONFIG_VARIABLE, TRACEBACK_VARIABLE}
    for name in sorted(set(variables) - known):
        for word in CONSENT:
            ending = word.replace("-", "_").upper()
            if name.endswith(f"_{ending}"):
                raise UsageError(
                    f"{name}: consent is given on the command line only", hint=f"unset it, and type --{word} each time"
                )
        raise UsageError(f"{name}: nothing reads this variable", hint=did_you_mean(name, known))


def _meant_for_others(option: Option, value: str, variable: str, options: tuple[Option, ...]) -> bool:
    """Whether the value is none of this option's choices, but one of another command's option of the same name."""
    if not option.choices or value in option.choices:
        return False
    return any(variable in other.variables and (value in other.choices or not other.choices) for other in options)
