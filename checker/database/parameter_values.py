"""Values of a statement's parameters as they are typed: ``name=value``, ``1=value``, ``name:=JSON``.

Nothing of a value is ever part of the SQL: it travels beside it, as text that the server reads as the parameter's type.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.errors import UsageError

NULL = "NULL"
QUOTED_NULL = "'NULL'"
_FORM = "write NAME=VALUE, 1=VALUE for $1, or NAME:=JSON"
_NUL = "\0"


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed for one parameter: a value, or JSON. ``name`` may be the number."""

    name: str
    value: str
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """A parameter as the server knows it. ``type`` is its name (``text[]``), ``oid`` its number."""

    name: str
    type: str
    oid: int
    is_array: bool
    is_json: bool


def parse_given(text: str) -> Given:
    """``name=value`` or ``name:=JSON``. Raises ``UsageError`` for anything else."""
    name, equals, value = text.partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":").removeprefix("$").strip()
    if not equals or not name:
        raise UsageError(f"--param: {text} does not set a parameter", hint=_FORM)
    return Given(name, value, is_json)


def values_of(expected: Sequence[Expected], given: Sequence[Given], *, may_lack: bool) -> list[str | None]:
    """A text for each parameter, or ``None`` for null.

    ``may_lack``: what was not given is null, which the header of a query says means "all". Raises ``UsageError`` for a
    name that is not there, a value that is missing, or one that is given twice to a parameter that is no array.
    """
    by_index: dict[int, list[Given]] = {}
    for item in given:
        by_index.setdefault(_index(expected, item), []).append(item)
    if not may_lack and (missing := [place for place in range(len(expected)) if place not in by_index]):
        first = expected[missing[0]]
        raise UsageError(
            f"${missing[0] + 1} ({first.type}) has no value", hint=f"add --param {missing[0] + 1}=..., or =NULL"
        )
    return [
        _value(parameter, by_index[place]) if place in by_index else None for place, parameter in enumerate(expected)
    ]


def listed(given: Sequence[Given]) -> tuple[str, ...] | None:
    """The elements that an array parameter is given; ``None`` when it is null or not given."""
    elements: list[Any] = []
    for item in given:
        found = _json(item.name, item.value) if item.is_json else _plain(item.value)
        elements.extend(found if isinstance(found, list) else [found])
    if not given or (elements == [None] and len(given) == 1):
        return None
    return tuple(str(element) for element in elements if element is not None)


def array_text(items: Sequence[Any]) -> str:
    """A list as Postgres writes an array: every element quoted, null bare.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    return "{" + ",".join(_element(item) for item in items) + "}"


def _index(expected: Sequence[Expected], item: Given) -> int:
    for place, parameter in enumerate(expected):
        if item.name in {parameter.name, str(place + 1)}:
            return place
    known = ", ".join(
        f"${place} {parameter.name} {parameter.type}".replace(f"${place} {place} ", f"${place} ")
        for place, parameter in enumerate(expected, start=1)
    )
    hint = f"its parameters are: {known}" if known else "the statement has no parameters"
    raise UsageError(f"--param: no parameter is called {item.name}", hint=hint)


def _value(parameter: Expected, items: list[Given]) -> str | None:
    if parameter.is_array:
        return _array(parameter, items)
    if len(items) > 1:
        raise UsageError(
            f"--param: {parameter.name} is given {len(items)} times, but takes one value ({parameter.type})",
            hint="only a parameter whose type is an array takes several",
        )
    return _scalar(parameter, items[0])


def _array(parameter: Expected, items: list[Given]) -> str | None:
    if len(items) == 1 and not items[0].is_json and items[0].value == NULL:
        return None
    elements: list[Any] = []
    for item in items:
        if not item.is_json:
            elements.append(_plain(item.value))
            continue
        found = _json(parameter.name, item.value)
        if found is None and len(items) == 1:
            return None
        elements.extend(found if isinstance(found, list) else [found])
    return array_text(elements)


def _scalar(parameter: Expected, item: Given) -> str | None:
    if not item.is_json:
        return _plain(item.value)
    found = _json(parameter.name, item.value)
    if parameter.is_json:
        return item.value
    if isinstance(found, list | dict):
        raise UsageError(
            f"--param: {parameter.name} takes one value ({parameter.type}), not {item.value}",
            hint="a list sets a parameter whose type is an array",
        )
    return None if found is None else _text(found)


def _plain(value: str) -> str | None:
    if value == NULL:
        return None
    return NULL if value == QUOTED_NULL else _checked(value)


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text, parse_float=_Number, parse_int=_Number)
    except ValueError as error:
        raise UsageError(
            f"--param: {name}:={text} is not JSON: {error}",
            hint=f"write {name}={text} for a plain value",
        ) from error


class _Number(str):
    """A number as it was written, every digit of it."""

    __slots__ = ()


def _element(item: Any) -> str:
    if item is None:
        return NULL
    if isinstance(item, list):
        return array_text(item)
    escaped = _text(item).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, dict):
        return _checked(json.dumps(_as_json(item), ensure_ascii=False))
    return _checked(str(item))


def _as_json(item: Any) -> Any:
    """The value with numbers that ``json`` writes as numbers again."""
    if isinstance(item, dict):
        return {key: _as_json(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_as_json(value) for value in item]
    return json.loads(item) if isinstance(item, _Number) else item


def _checked(value: str) -> str:
    if _NUL in value:
        raise UsageError("--param: Postgres keeps no text with the character 0", hint="leave it out")
    return value
