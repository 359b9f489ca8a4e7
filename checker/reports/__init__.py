"""Output formats: a report in, text out. One format a file; each is pure and opens nothing."""

from checker.reports.formats import Format, render
from checker.reports.view import EVERYTHING, Detail, View
from checker.text.style import Style

__all__ = ["EVERYTHING", "Detail", "Format", "Style", "View", "render"]
