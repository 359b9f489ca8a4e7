"""Groups of options as dataclasses: a command takes a few objects, the parser sees every field as an option of its own.

::

    @dataclass(frozen=True)
    class Reading:
        database: Annotated[str | None, typer.Option("--database")] = None

    @app.command()
    @grouped
    def check(reading: Reading) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Without:
    """Fields of a group that a command does not offer; they keep their defaults.

    ``Annotated[Reading, Without("fresh")]``
    """

    names: frozenset[str]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", frozenset(names))


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every dataclass among its parameters replaced by the fields of it, in their order."""
    groups: dict[str, tuple[type, tuple[str, ...]]] = {}
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        kind, left_out = _group_of(parameter.annotation)
        if kind is None:
            shown.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        options = [option for option in _options(kind) if option.name not in left_out]
        groups[parameter.name] = (kind, tuple(option.name for option in options))
        shown += options

    def expanded(**values: Any) -> None:
        objects = {
            name: kind(**{option: values.pop(option) for option in options}) for name, (kind, options) in groups.items()
        }
        command(**values, **objects)

    expanded.__name__, expanded.__doc__, expanded.__module__ = command.__name__, command.__doc__, command.__module__
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    expanded.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return expanded


def _group_of(annotation: Any) -> tuple[type | None, frozenset[str]]:
    """The dataclass of a parameter and the fields left out; ``None`` for a parameter of its own."""
    left_out: frozenset[str] = frozenset()
    if get_origin(annotation) is Annotated:
        annotation, *notes = get_args(annotation)
        left_out = left_out.union(*(note.names for note in notes if isinstance(note, Without)))
    return (annotation, left_out) if isinstance(annotation, type) and is_dataclass(annotation) else (None, left_out)


def _options(kind: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )
