"""What was read and judged for a plan, so that applying it later reads and judges the same. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from checker.waivers.model import WaiverSet


@dataclass(frozen=True, slots=True)
class Scope:
    """The selection of one plan.

    ``account_ids``: every account that was judged; ``controls``: spellings that also fix the version of a benchmark;
    ``controls_dir``: the folder of own controls; ``connections``, ``profiles`` and ``region``: where they were read;
    ``accept``: whose texts counted besides; ``waivers``: the accepted risks themselves, not their file.
    """

    account_ids: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    controls_dir: str | None = None
    connections: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    region: str | None = None
    accept: tuple[str, ...] = ()
    waivers: WaiverSet | None = None
