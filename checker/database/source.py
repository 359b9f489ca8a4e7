"""A database as gathering sees it: which connections answer, and from which region each account is looked at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.arns import first_region_of
from checker.database.interface import Database
from checker.facts import Account


@dataclass(frozen=True, slots=True)
class Source:
    """One database, and where to look first."""

    database: Database
    first_region: Callable[[str], str | None] = lambda _connection: None
    """The first-look region of a connection, where the source or a setting knows it."""

    def region_for(self, account: Account) -> str:
        """Where this account's trails are looked for first."""
        return self.first_region(account.connection or "") or first_region_of(account.partition)
