"""What to read next, given what is known. Knows neither SQL nor AWS: it asks databases by the names of query files."""

from checker.database.source import Source
from checker.gather.progress import Progress, Silent
from checker.gather.reader import Reader, Request
from checker.gather.stages import Gathered, Selection, gather

__all__ = [
    "Gathered",
    "Progress",
    "Reader",
    "Request",
    "Selection",
    "Silent",
    "Source",
    "gather",
]
