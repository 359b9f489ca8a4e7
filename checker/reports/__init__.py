"""Output formats: a report in, text out. One format a file; each is pure and opens nothing."""

from checker.reports.formats import ENDINGS, Format, ending_of, format_of, render
from checker.reports.view import EVERYTHING, Detail, View
from checker.text.style import Style

__all__ = ["ENDINGS", "EVERYTHING", "Detail", "Format", "Style", "View", "ending_of", "format_of", "render"]
