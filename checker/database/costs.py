"""What a statement costs, from its plan and from ``queries/costs.toml``: no statement is run, no text of it is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

USUAL_REGIONS = 17
"""Regions that an account has without opting in.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""
_ACCOUNT_FILTERS = ("account_id", "sp_connection_name")


@dataclass(frozen=True, slots=True)
class TableCost:
    """What a table costs. ``columns``: the call that each costs a row."""

    table: str
    each: str
    filters: tuple[str, ...]
    columns: Mapping[str, str]
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """One table in a plan, with the columns that it is filtered by and those that it returns."""

    table: str
    filtered: frozenset[str]
    returned: frozenset[str]
    schema: str = ""

    def calls(self, cost: TableCost, accounts: int) -> int:
        """About how many calls list the table when nothing narrows it down; 0 when regions and accounts are chosen."""
        regions = 1 if cost.is_global or "region" in self.filtered else USUAL_REGIONS
        asked = 1 if self.filtered & set(_ACCOUNT_FILTERS) else accounts
        return regions * asked if regions * asked > 1 else 0


@lru_cache(maxsize=1)
def load_costs() -> Mapping[str, TableCost]:
    """What is known, by table."""
    text = resources.files("queries").joinpath("costs.toml").read_text(encoding="utf-8")
    return {
        table: TableCost(table, row["each"], tuple(row["filters"]), row["columns"], row.get("global", False))
        for table, row in tomllib.loads(text).items()
    }


def scans_of(plan: Any) -> tuple[Scan, ...]:
    """The scans of a plan as ``explain (format json, verbose)`` gives it, outermost first."""
    return tuple(_scans(plan))


def _scans(node: Any) -> Iterator[Scan]:
    if isinstance(node, dict):
        if name := node.get("Relation Name"):
            conditions = " ".join(str(value) for key, value in node.items() if key.endswith(("Filter", "Cond")))
            yield Scan(str(name), _names([conditions]), _names(node.get("Output", ())), str(node.get("Schema", "")))
        for child in node.values():
            yield from _scans(child)
    elif isinstance(node, list):
        for child in node:
            yield from _scans(child)


def _names(texts: Sequence[str]) -> frozenset[str]:
    """Every name in what the server wrote; its texts in quotes are none."""
    return frozenset(word for text in texts for word in re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"'[^']*'", "", text)))


def explained(scan: Scan, accounts: int) -> list[str]:
    """Lines for a person: what the table costs, what of it reaches AWS, and a warning when it is asked everywhere."""
    cost = load_costs().get(scan.table)
    if cost is None:
        return [f"{scan.table}: what it costs is not known"]
    reaching = ("account_id", "region", "sp_connection_name", *cost.filters)
    used = [name for name in reaching if name.split()[0] in scan.filtered]
    paid = [f"{column} ({call})" for column, call in cost.columns.items() if column in scan.returned | scan.filtered]
    lines = [
        f"{scan.table}: {cost.each}",
        f"  filters that reach AWS: {', '.join(used) or 'none'} (possible: {', '.join(reaching)})",
        f"  columns that cost a call a row: {', '.join(paid) or 'none'}",
    ]
    if calls := scan.calls(cost, accounts):
        regions = 1 if cost.is_global or "region" in scan.filtered else USUAL_REGIONS
        lines.append(
            f"  warning: about {regions} region{'' if regions == 1 else 's'} x {calls // regions} "
            f"account{'' if calls == regions else 's'} = {calls} calls or more"
        )
    return lines
