"""TOML files that people write: read with exact types, and every complaint says ``file:line``.

``tomllib`` forgets where a value stood, so the line is looked up in the text, only when something is wrong.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from checker.errors import DataFileError

Location = tuple[str | int, ...]
"""Keys and list positions from the top of the file: ``("waiver", 2, "expires")``."""

_HEADER = re.compile(r"^\s*\[(?P<list>\[)?\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_MULTILINE = ('"""', "'''")


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """The known names that look most like ``word``, best first; empty when none does."""
    by_lower = {name.lower(): name for name in known}
    return tuple(by_lower[match] for match in difflib.get_close_matches(word.lower(), by_lower, n=count, cutoff=0.55))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known names, or all of them when none is near."""
    names = sorted(set(known))
    near = nearest(word, names)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"known: {', '.join(names)}" if names else ""


class TomlDocument:
    """One parsed TOML file. ``path`` is only what errors call it; nothing is opened here.

    Raises:
        DataFileError: the text is not TOML.
    """

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self._text = text
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.search(str(error))
            line = int(place[1]) if place else text.count("\n") + 1
            message = _PLACE.sub("", str(error)).replace("(at end of document)", "").strip()
            raise DataFileError(
                f"not valid TOML: {message}", path=path, line=line, hint="see https://toml.io for the syntax"
            ) from error

    @property
    def root(self) -> Table:
        """The table of the whole file."""
        return Table(self, (), self._data)

    def line(self, location: Location) -> int | None:
        """Line of a key or of a table's header, or of the nearest enclosing one that has a line."""
        lines = _index(self._text)
        for length in range(len(location), 0, -1):
            found = lines.get(location[:length]) or lines.get((*location[:length], 0))
            if found is not None:
                return found
        return None

    def error(self, message: str, location: Location = (), *, hint: str = "") -> DataFileError:
        """An error at that place of this file, for the caller to raise."""
        return DataFileError(message, path=self.path, line=self.line(location), hint=hint)


class Table:
    """A TOML table whose fields are taken one by one; ``finish`` refuses what nobody asked for.

    Every method that takes a field raises ``DataFileError`` when it is missing (and has no default) or of another type.
    """

    def __init__(self, document: TomlDocument, location: Location, data: Mapping[str, Any]) -> None:
        self.document = document
        self.location = location
        self.data = data
        self._taken: list[str] = []

    def error(self, message: str, key: str | None = None, *, hint: str = "") -> DataFileError:
        """An error at one of this table's keys, or at the table itself."""
        location = self.location if key is None else (*self.location, key)
        return self.document.error(message, location, hint=hint)

    def _take(self, key: str, kind: type, words: str, *, required: bool) -> Any:
        self._taken.append(key)
        if key not in self.data:
            if required:
                raise self.error(f"{self._name} needs {key}", hint=f"add: {key} = {words}")
            return None
        value = self.data[key]
        if type(value) is not kind:
            raise self.error(f"{key} must be {words}, not {value!r}", key)
        return value

    @property
    def _name(self) -> str:
        names = [part for part in self.location if isinstance(part, str)]
        return f"[{'.'.join(names)}]" if names else "the file"

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not blank."""
        value: str | None = self._take(key, str, "a text in quotes", required=default is None)
        if value is not None and not value.strip():
            raise self.error(f"{key} is empty", key)
        return value if value is not None else default or ""

    def optional_text(self, key: str) -> str | None:
        """A string, or ``None`` when the key is absent."""
        return self.text(key, "") or None

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """A string out of a closed set."""
        value = self.text(key, default)
        names = list(allowed)
        if value not in names and value != default:
            raise self.error(f"{key} {value!r} is not one of {', '.join(names)}", key, hint=did_you_mean(value, names))
        return value

    def integer(self, key: str) -> int | None:
        """A whole number, or ``None`` when the key is absent."""
        value: int | None = self._take(key, int, "a whole number", required=False)
        return value

    def value(self, key: str) -> Any:
        """Whatever TOML value stands there (a date keeps its type). Raises when it is missing."""
        self._taken.append(key)
        if key not in self.data:
            raise self.error(f"{self._name} needs {key}", hint=f"add: {key} = ...")
        return self.data[key]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings without repetitions; empty when the key is absent."""
        values = self._take(key, list, 'a list of texts: ["..."]', required=False) or []
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.error(f"{key} must hold texts in quotes only", key)
        repeated = sorted({value for value in values if values.count(value) > 1})
        if repeated:
            raise self.error(f"{key} names {', '.join(repeated)} twice", key)
        return tuple(values)

    def tables(self, key: str) -> list[Table]:
        """The tables of ``[[key]]``; empty when there is none."""
        rows = self._take(key, list, f"written as [[{key}]] tables", required=False) or []
        if not all(isinstance(row, dict) for row in rows):
            raise self.error(f"{key} must be written as [[{key}]] tables", key)
        return [Table(self.document, (*self.location, key, index), row) for index, row in enumerate(rows)]

    def table(self, key: str) -> Table:
        """The table ``[key]``; an empty one when it is absent."""
        row = self._take(key, dict, f"a [{key}] table", required=False) or {}
        return Table(self.document, (*self.location, key), row)

    def finish(self) -> None:
        """Raise ``DataFileError`` for a key that no method took."""
        for key in self.data:
            if key not in self._taken:
                raise self.error(f"unknown key {key!r} in {self._name}", key, hint=did_you_mean(key, self._taken))


def _unquote(part: str) -> str:
    return part[1:-1] if part[0] in "\"'" else part


def _header_location(name: str, *, repeated: bool, counts: dict[Location, int]) -> Location:
    """Location of a header, with the positions of the lists of tables that it is in."""
    location: Location = ()
    parts = [_unquote(part) for part in _PART.findall(name)]
    for depth, part in enumerate(parts):
        location = (*location, part)
        last = depth == len(parts) - 1
        if last and repeated:
            counts[location] = counts.get(location, -1) + 1
        if location in counts:
            location = (*location, counts[location])
    return location


def _index(text: str) -> dict[Location, int]:
    """First line of every header and key."""
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    here: Location = ()
    open_quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if open_quote:
            if open_quote in line:
                open_quote = ""
            continue
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            here = _header_location(header["name"], repeated=bool(header["list"]), counts=counts)
            lines.setdefault(here, number)
        elif key:
            lines.setdefault((*here, *(_unquote(part) for part in _PART.findall(key["name"]))), number)
        open_quote = next((quote for quote in _MULTILINE if line.count(quote) == 1), "")
    return lines
