"""What it took to fill the embedded database, and what is not in it, on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.cli import console

if TYPE_CHECKING:
    from checker.database.free_opening import Filled


def tell_filled(filled: Filled) -> bool:
    """Say it; whether something was not read."""
    if filled.tables:
        console.say(f"filled {', '.join(filled.tables)} with {filled.calls} AWS calls")
    for failure in filled.failures:
        where = " ".join(filter(None, (failure.connection, failure.account_id, failure.region)))
        action = f"{failure.action}: " if failure.action else ""
        console.say(f"not read: {where}: {action}{failure.message}")
    return bool(filled.failures)
