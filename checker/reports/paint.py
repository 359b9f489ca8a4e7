"""Words, marks and colours of the text report. Every colour repeats a word. Pure."""

from __future__ import annotations

from checker.findings import Hop, HopStatus, Status
from checker.text.layout import wrapped
from checker.text.printable import printable
from checker.text.style import Style

_COLORS = {"ok": "32", "alarm": "31;1", "error": "33;1", "skip": "36", "dim": "2", "bold": "1"}
_MARKS = {HopStatus.OK: "✔", HopStatus.ALARM: "✘", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "·"}
_PLAIN_MARKS = {HopStatus.OK: "+", HopStatus.ALARM: "x", HopStatus.UNKNOWN: "?", HopStatus.NOT_REACHED: "."}
_HOP_COLORS = {HopStatus.OK: "ok", HopStatus.ALARM: "alarm", HopStatus.UNKNOWN: "error", HopStatus.NOT_REACHED: "dim"}
_STATUS_MARKS = {Status.OK: HopStatus.OK, Status.ALARM: HopStatus.ALARM, Status.ERROR: HopStatus.UNKNOWN}
_WAIVED = "-"


def hop_name(hop: Hop | None) -> str:
    """A hop in words; nothing for none."""
    return "" if hop is None else str(hop).replace("_", " ")


class Paint:
    """Puts words on lines of a place that can show what its style says."""

    def __init__(self, style: Style) -> None:
        self.style = style

    def color(self, text: str, name: str) -> str:
        """The text in the colour of a status, ``dim`` or ``bold``."""
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self.style.color and text else text

    def hop(self, text: str, status: HopStatus) -> str:
        """The text in the colour of a hop's status."""
        return self.color(text, _HOP_COLORS[status])

    def mark(self, status: HopStatus) -> str:
        """One character for a hop's status."""
        return (_MARKS if self.style.unicode else _PLAIN_MARKS)[status]

    def status_mark(self, status: Status) -> str:
        """One character for a finding's status, in its colour."""
        shown = self.mark(_STATUS_MARKS[status]) if status in _STATUS_MARKS else _WAIVED
        return self.color(shown, str(status))

    def legend(self) -> str:
        """What the marks of statuses mean."""
        return ", ".join(f"{self.status_mark(status)} {status}" for status in Status)

    def wrapped(self, text: str, start: str, indent: str) -> list[str]:
        """The lines of a paragraph."""
        return wrapped(text, self.style.width, start=start, indent=indent)

    def cut(self, text: str) -> str:
        """The text on one line, cut where the place ends."""
        line = " ".join(printable(text).split("\n"))
        dots = "…" if self.style.unicode else "..."
        return line if len(line) <= self.style.width else line[: self.style.width - len(dots)].rstrip() + dots
