"""Output formats: a report in, text out. One format a file; each is pure and opens nothing."""

from checker.reports.formats import Format, render
from checker.text.style import Style

__all__ = ["Format", "Style", "render"]
