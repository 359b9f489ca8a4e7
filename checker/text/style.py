"""How a text may look, and the formats that every command with an answer has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutputFormat(StrEnum):
    """Values of ``--format``."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Style:
    """What the place of the output can show: columns, colours, and characters beyond ASCII."""

    width: int = 80
    color: bool = False
    unicode: bool = True


FILE_STYLE = Style(width=100)
"""What a file can show."""
