"""What of a report a person wants to see as text. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checker.findings import Report, Status


class Detail(StrEnum):
    """How much the text says."""

    CAUSES = "causes"
    """Each cause once, the rest in numbers."""
    BRIEF = "brief"
    """A line a finding, to be searched."""
    FULL = "full"
    """The chain of every finding, of those that are ok too."""


@dataclass(frozen=True, slots=True)
class View:
    """What the text shows: findings of these statuses (all when empty), in this detail. Counts are always of all."""

    detail: Detail = Detail.CAUSES
    only: frozenset[Status] = frozenset()

    def shows(self, status: Status) -> bool:
        """Whether findings of this status are shown."""
        return not self.only or status in self.only


EVERYTHING = View()


def counted(number: int, noun: str) -> str:
    """``1 account``, ``2 accounts``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def spans_controls(report: Report) -> bool:
    """Whether more than one control was judged, so that they have to be named."""
    return len({finding.control for finding in report.findings}) > 1
