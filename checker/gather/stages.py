"""Reads what the walks of a check need: the chain says what it lacks, this room brings it, merged and paired.

Nothing here knows the chain. Every account and control has a walk (``checker.chain``); the walks that wait are asked
what they lack, the earliest query of it is read for all of them together, and they go on.

Linear by construction. Steampipe and the embedded database make every value of every array meet every other, so
parameters that belong together stay paired: filters by (region, group name) with all accounts that share them,
alarms by region, topics, subscriptions and keys by (account, region). A plain Postgres costs no AWS calls: there,
everything of a query is one question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.chain.assemble import Judge
from checker.chain.lookup import Lookup
from checker.chain.needs import QUERIES, Need
from checker.chain.walk import Walk
from checker.controls.selected import SelectedControl
from checker.database.source import Source
from checker.facts import Account, Facts, ReadFailure
from checker.findings import Finding
from checker.gather.reader import Reader, Request
from checker.gather.requests import requests_for

_STAGES = {
    "trails": "trails",
    "metric_filters": "metric filters",
    "alarms": "alarms",
    "topics": "topics",
    "kms_keys": "keys",
    "topic_subscriptions": "subscriptions",
}
"""How a reading of each query is called on the display."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: accounts (empty: all that can be seen) and controls.

    ``excluding`` gives the exclusions (pattern texts) that are declared for a control and account.
    """

    controls: tuple[SelectedControl, ...]
    account_ids: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    excluding: Callable[[str, str], tuple[str, ...]] = lambda _control, _account: ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything read, and what it comes to. ``accounts`` are those to judge, ``visible`` all that the databases show.

    ``findings`` has one for each account and selected control, in this order.
    """

    facts: Facts
    accounts: tuple[Account, ...]
    visible: tuple[Account, ...]
    failed_connections: tuple[ReadFailure, ...]
    sources: Mapping[str, Source]
    complete: bool
    findings: tuple[Finding, ...] = field(default=())


def gather(
    sources: Sequence[Source], selection: Selection, reader: Reader, *, shows_composites: bool = False
) -> Gathered:
    """Read what the selected controls need, and judge. ``shows_composites``: the sources show composite alarms."""
    return _Gathering(sources, selection, reader, shows_composites=shows_composites).run()


class _Gathering:
    def __init__(
        self, sources: Sequence[Source], selection: Selection, reader: Reader, *, shows_composites: bool
    ) -> None:
        self._sources = sources
        self._selection = selection
        self._reader = reader
        self._shows_composites = shows_composites
        self._source_of: dict[str, Source] = {}
        self._rows: dict[str, list[Any]] = defaultdict(list)
        self._is_copy = any(not source.database.asks_aws for source in sources)

    def run(self) -> Gathered:
        """Accounts first, then what their walks ask for."""
        visible, failed = self._read_accounts()
        chosen = self._selection.account_ids
        accounts = tuple(a for a in visible if not chosen or a.account_id in chosen)
        findings = self._judged(visible, accounts)
        return Gathered(
            facts=Facts(
                accounts=visible,
                trails=tuple(self._rows["trails"]),
                metric_filters=tuple(self._rows["metric_filters"]),
                alarms=tuple(self._rows["alarms"]),
                topics=tuple(self._rows["topics"]),
                subscriptions=tuple(self._rows["topic_subscriptions"]),
                keys=tuple(self._rows["kms_keys"]),
                failures=tuple(self._reader.failures),
                is_copy=self._is_copy,
            ),
            accounts=accounts,
            visible=visible,
            failed_connections=failed,
            sources=self._source_of,
            complete=not self._reader.interrupted,
            findings=findings,
        )

    def _read_accounts(self) -> tuple[tuple[Account, ...], tuple[ReadFailure, ...]]:
        found: dict[str, Account] = {}
        for source in self._sources:
            rows = self._reader.read("accounts", [Request(source, "accounts")])
            for account in sorted(rows, key=lambda row: (row.account_id, row.connection or "")):
                # An account behind two connections is read through the first of them only.
                if account.account_id not in found:
                    found[account.account_id] = account
                    self._source_of[account.account_id] = source
        return tuple(found.values()), tuple(f for f in self._reader.failures if f.query == "accounts")

    def _judged(self, visible: Sequence[Account], accounts: Sequence[Account]) -> tuple[Finding, ...]:
        """Let every walk go as far as it can, bring what they lack, and go on until each has its finding."""
        regions = {a.account_id: self._source_of[a.account_id].region_for(a) for a in accounts}
        known = Facts(accounts=tuple(visible), failures=tuple(self._reader.failures), is_copy=self._is_copy)
        lookup = Lookup(known, shows_composites=self._shows_composites, first_regions=regions, read=())
        judge = Judge(lookup, self._selection.accept)
        walks: dict[int, Walk[Finding]] = dict(
            enumerate(
                judge.follow(account, control, excluding=self._selection.excluding(control.key, account.account_id))
                for account in accounts
                for control in self._selection.controls
            )
        )
        findings: dict[int, Finding] = {}
        lacking: dict[int, frozenset[Need]] = {}
        going = list(walks)
        while going:
            for number in going:
                try:
                    lacking[number] = next(walks[number])
                except StopIteration as end:
                    findings[number] = end.value
                    del walks[number]
                    lacking.pop(number, None)
            wanted = frozenset[Need]().union(*lacking.values())
            # Walks that are ahead wait, so that what many need of one query is one question.
            query = next((name for name in QUERIES if any(need.query == name for need in wanted)), None)
            if query is None:
                break
            brought = {need for need in wanted if need.query == query}
            self._bring(query, brought, lookup)
            going = [number for number, needs in lacking.items() if needs & brought]
        return tuple(findings[number] for number in sorted(findings))

    def _bring(self, query: str, needs: Iterable[Need], lookup: Lookup) -> None:
        """Read the rows of one query for all that need them; what could not be read is known then, too."""
        before = len(self._reader.failures)
        asked = lookup.spelled_out(needs)
        rows = self._reader.read(_STAGES[query], requests_for(query, asked, self._source_of))
        self._rows[query].extend(rows)
        lookup.add(rows, failures=self._reader.failures[before:], read=asked.union(needs))
