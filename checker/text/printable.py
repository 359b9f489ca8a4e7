"""Text of others on a terminal: names and messages come from accounts, and may hold control characters. Pure."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """``text`` with control characters and changes of direction spelled out: they could redraw the screen."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
