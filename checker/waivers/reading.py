"""Accepted risks: waivers that turn an alarm into a skip, and exclusions that a pattern is decided without.

The file (``waivers.toml``)::

    max_days = 400                      # optional: no entry may expire later than this many days from today

    [[waiver]]
    control = "4.1"                     # any spelling that `check` takes
    account = "123456789012"            # or "*" for every account
    resource = "arn:aws:sns:..."        # optional: only when the chain breaks at this resource
    reason = "covered by SIEM rule 17"
    owner = "security@example.com"
    expires = 2027-03-31                # the last day on which it counts

    [[exclusion]]
    control = "root_usage"
    account = "*"
    pattern = '{ $.userIdentity.sessionContext.assumedRoot = "true" }'
    reason = "central root sessions are expected"
    owner = "security@example.com"
    expires = 2027-03-31

An expired entry is not an error: it stops counting, the alarm is an alarm again, and the report names the entry.
What the entries do to findings is in ``checker.waivers.model``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from checker.controls import DEFAULT_BENCHMARK, ControlCatalogue
from checker.controls.catalogue import Control
from checker.controls.identifiers import find_benchmark, find_controls
from checker.errors import DataFileError, UnknownControl
from checker.text.toml_document import Table, TomlDocument
from checker.waivers.model import DEFAULT_FILE, EVERY_ACCOUNT, Exclusion, Waiver, WaiverSet

__all__ = ["DEFAULT_FILE", "EVERY_ACCOUNT", "Exclusion", "Waiver", "WaiverSet", "load", "parse"]


def load(path: Path, catalogue: ControlCatalogue, today: date, *, benchmark: str = DEFAULT_BENCHMARK) -> WaiverSet:
    """Read a file of waivers. Raises ``DataFileError`` when it cannot be read, and as ``parse`` does."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise DataFileError(
            f"the waivers cannot be read: {reason}", path=str(path), hint="give an existing file with `waivers`"
        ) from error
    return parse(text, str(path), catalogue, today, benchmark=benchmark)


def parse(
    text: str, path: str, catalogue: ControlCatalogue, today: date, *, benchmark: str = DEFAULT_BENCHMARK
) -> WaiverSet:
    """The waivers that a text declares. Numbers (``4.1``) are read in ``benchmark``; ``path`` is for complaints.

    Raises:
        DataFileError: not TOML, an unknown or missing field, an unknown control, a date or account that is none, a
            pattern that does not parse, the same entry twice, or one that outlasts ``max_days``. With file and line.
    """
    root = TomlDocument(text, path).root
    reader = _Reader(catalogue, find_benchmark(catalogue, benchmark), today, root.integer("max_days"))
    waivers = _Unique[Waiver]("waiver", lambda waiver: (waiver.control, waiver.account, waiver.resource))
    for table in root.tables("waiver"):
        waivers.add(reader.waiver(table), table)
    exclusions = _Unique[Exclusion]("exclusion", lambda entry: (entry.control, entry.account, entry.pattern))
    for table in root.tables("exclusion"):
        exclusions.add(reader.exclusion(table), table)
    root.finish()
    return WaiverSet(tuple(waivers.entries), tuple(exclusions.entries), path)


Entry = TypeVar("Entry", Waiver, Exclusion)


class _Unique(Generic[Entry]):
    """Collects entries and refuses a second one for the same thing."""

    def __init__(self, word: str, identity: Callable[[Entry], tuple[str | None, ...]]) -> None:
        self.entries: list[Entry] = []
        self._word = word
        self._identity: Callable[[Entry], tuple[str | None, ...]] = identity

    def add(self, entry: Entry, table: Table) -> None:
        for other in self.entries:
            if self._identity(other) == self._identity(entry):
                raise table.error(
                    f"the {entry.name} is there twice, first in line {other.line}",
                    hint=f"keep one [[{self._word}]] with the later date",
                )
        self.entries.append(entry)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns the tables of a file into entries."""

    catalogue: ControlCatalogue
    benchmark: str
    today: date
    max_days: int | None

    def waiver(self, table: Table) -> Waiver:
        waiver = Waiver(
            control=self._control(table),
            account=self._account(table),
            resource=table.optional_text("resource"),
            reason=table.text("reason"),
            owner=table.text("owner"),
            expires=self._expires(table),
            line=table.document.line(table.location),
        )
        table.finish()
        return waiver

    def exclusion(self, table: Table) -> Exclusion:
        control = self._control(table)
        exclusion = Exclusion(
            control=control,
            account=self._account(table),
            pattern=_pattern(table, self.catalogue.controls[control]),
            reason=table.text("reason"),
            owner=table.text("owner"),
            expires=self._expires(table),
            line=table.document.line(table.location),
        )
        table.finish()
        return exclusion

    def _control(self, table: Table) -> str:
        name = table.text("control")
        try:
            found = find_controls(self.catalogue, name, self.benchmark)
        except UnknownControl as error:
            raise table.error(str(error), "control", hint=error.hint) from error
        if len(found) > 1:
            raise table.error(
                f"{name!r} names {len(found)} controls", "control", hint="write one entry for each control"
            )
        return found[0].key

    def _account(self, table: Table) -> str:
        value = table.value("account")
        if isinstance(value, int) or not isinstance(value, str):
            raise table.error(
                f"account must be text, not {value!r}", "account", hint='put it in quotes: "123456789012"'
            )
        if value != EVERY_ACCOUNT and not re.fullmatch(r"\d{12}", value):
            raise table.error(f"account {value!r} is not an account id", "account", hint='twelve digits, or "*"')
        return value

    def _expires(self, table: Table) -> date:
        expires = _day(table)
        if self.max_days is not None and expires > self.today + timedelta(days=self.max_days):
            latest = self.today + timedelta(days=self.max_days)
            raise table.error(
                f"expires {expires.isoformat()} is past the limit of {self.max_days} days",
                "expires",
                hint=f"the last day allowed is {latest.isoformat()}",
            )
        return expires


def _day(table: Table) -> date:
    value = table.value("expires")
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError as error:
            raise table.error(
                f"expires {value!r} is not a date", "expires", hint="write it as 2027-03-31 (year-month-day)"
            ) from error
    if type(value) is not date:
        raise table.error(f"expires must be a day, not {value}", "expires", hint="write it as 2027-03-31")
    return value


def _pattern(table: Table, control: Control) -> str:
    """The pattern of an exclusion. Raises when it is none, or leaves nothing of the control."""
    from checker.patterns.covering.cover import CoverVerdict, cover
    from checker.patterns.language.errors import PatternSyntaxError
    from checker.patterns.language.parse import parse as parse_pattern
    from checker.patterns.language.tree import JsonPattern

    pattern = table.text("pattern")
    try:
        parsed = parse_pattern(pattern)
    except PatternSyntaxError as error:
        raise table.error(f"pattern: {error}", "pattern", hint=error.hint) from error
    if not isinstance(parsed, JsonPattern):
        raise table.error(
            "pattern: what is excluded must be told by its fields",
            "pattern",
            hint="write a JSON pattern in braces: { $.eventName = ... }",
        )
    texts = [text.correction or text.pattern for text in control.references]
    if all(cover(parsed, text).verdict is CoverVerdict.COVERS for text in texts):
        raise table.error(
            f"pattern: it excludes every event of {control.key}",
            "pattern",
            hint="to accept the control's alarm as it is, write a [[waiver]]",
        )
    return pattern
