"""The formats by name, and how a text may look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from checker.findings import Report


class Format(StrEnum):
    """Values of ``--format``."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Style:
    """What the place of the output can show: columns, colours, and characters beyond ASCII."""

    width: int = 80
    color: bool = False
    unicode: bool = True


def render(report: Report, output_format: Format, style: Style) -> str:
    """The report as text that ends in a newline."""
    match output_format:
        case Format.TEXT:
            from checker.reports.text import to_text

            return to_text(report, style)
        case Format.JSON:
            from checker.reports.json_document import to_json

            return to_json(report)
        case _:
            assert_never(output_format)
