"""Text of others on a terminal: names and messages come from accounts, and may hold control characters. Pure."""

from __future__ import annotations

import re

CONTROL = re.compile(
    # Control characters but tab and line feed; the ends of lines that only Unicode and YAML know; marks and changes of
    # direction; what is no character at all (a lone surrogate, the byte order mark).
    "([\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff])"
)
"""One character that is not shown, but does something."""
_PLAIN = b"\t\n" + bytes(range(0x20, 0x7F))
_COLOR = re.compile("(\x1b\\[[0-9;]*m)")


def printable(text: str) -> str:
    """``text`` with control characters and changes of direction spelled out: they could redraw the screen.

    They are spelled as in JSON (``\\u001b``), so a JSON text, a YAML text in double quotes and an HCL string stay what
    they were.
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return text
    return CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def printable_but_colors(text: str) -> str:
    """``printable``, for a text that was coloured after its parts were made printable: its colours stay."""
    return "".join(part if index % 2 else printable(part) for index, part in enumerate(_COLOR.split(text)))
