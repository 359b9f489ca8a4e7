"""Output formats: a report in, text out. One format a file; each is pure and opens nothing."""

from checker.reports.formats import Format, Style, render

__all__ = ["Format", "Style", "render"]
