"""The formats by name, and by the ending of a file's name."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from checker.findings import Report
from checker.reports.view import EVERYTHING, View
from checker.text.style import Style


class Format(StrEnum):
    """The formats of a report."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    POWERPIPE = "powerpipe"
    SARIF = "sarif"
    OCSF = "ocsf"
    ASFF = "asff"


ENDINGS = {
    ".junit.xml": Format.JUNIT,
    ".powerpipe.json": Format.POWERPIPE,
    ".ocsf.json": Format.OCSF,
    ".asff.json": Format.ASFF,
    ".sarif.json": Format.SARIF,
    ".sarif": Format.SARIF,
    ".txt": Format.TEXT,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".xml": Format.JUNIT,
}
"""Ending of a file's name -> what is in it. The first that fits counts."""


def format_of(name: str) -> Format | None:
    """The format that the ending of a file's name says; ``None`` when it says none."""
    return next((found for ending, found in ENDINGS.items() if name.lower().endswith(ending)), None)


def ending_of(output_format: Format) -> str:
    """How the name of a file with this format ends."""
    return next(ending for ending, found in ENDINGS.items() if found is output_format)


def render(report: Report, output_format: Format, style: Style, view: View = EVERYTHING) -> str:
    """The report as text that ends in a newline. ``style`` and ``view`` are for people: only text follows them."""
    match output_format:
        case Format.TEXT:
            from checker.reports.text import to_text

            return to_text(report, style, view)
        case Format.JSON:
            from checker.reports.json_document import to_json

            return to_json(report)
        case Format.CSV:
            from checker.reports.csv_table import to_csv

            return to_csv(report)
        case Format.MARKDOWN:
            from checker.reports.markdown import to_markdown

            return to_markdown(report)
        case Format.JUNIT:
            from checker.reports.junit import to_junit

            return to_junit(report)
        case Format.POWERPIPE:
            from checker.reports.powerpipe import to_powerpipe

            return to_powerpipe(report)
        case Format.SARIF:
            from checker.reports.sarif import to_sarif

            return to_sarif(report)
        case Format.OCSF:
            from checker.reports.ocsf import to_ocsf

            return to_ocsf(report)
        case Format.ASFF:
            from checker.reports.asff import to_asff

            return to_asff(report)
        case _:
            assert_never(output_format)
