"""Whether there are colours: what the person says, then what the environment says, then what the place can show."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ColorWhen(StrEnum):
    """Values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def has_colors(when: ColorWhen, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to colour. With ``auto`` a terminal gets colours, unless a variable says otherwise.

    ``NO_COLOR`` (https://no-color.org) and ``FORCE_COLOR`` (https://force-color.org) count when they are not empty,
    ``CLICOLOR_FORCE`` and ``CLICOLOR`` (https://bixense.com/clicolors) by their value. ``FORCE_COLOR=0`` says no.
    """
    if when is not ColorWhen.AUTO:
        return when is ColorWhen.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if value := environ.get(name):
            return value != "0"
    return terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"
