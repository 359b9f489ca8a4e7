"""Judging an account in memory: its facts, changed a little, and the finding of control 4.3."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from checker.chain.assemble import Judge
from checker.chain.lookup import Lookup
from checker.controls import load_catalogue, select
from checker.controls.selected import SelectedControl
from checker.facts import Account, Facts
from checker.findings import Finding, Hop, HopVerdict
from tests.builders import A


@cache
def control(identifier: str = "4.3") -> SelectedControl:
    """One control of the default benchmark."""
    (selected,) = select(load_catalogue(), (identifier,))
    return selected


def account(account_id: str, *, connection: str | None = None) -> Account:
    """An account that the database shows."""
    return Account(account_id, "aws", account_id, connection or f"aws_{account_id}")


def finding_of(
    facts: Facts,
    account_id: str = A,
    *,
    identifier: str = "4.3",
    shows_composites: bool = True,
    first_region: str | None = None,
    excluding: Sequence[str] = (),
) -> Finding:
    """The finding of one control in one account."""
    regions = {account_id: first_region} if first_region else {}
    judge = Judge(Lookup(facts, shows_composites=shows_composites, first_regions=regions))
    chosen = next(item for item in facts.accounts if item.account_id == account_id)
    return judge.finding(chosen, control(identifier), excluding=excluding)


def outcome(finding: Finding) -> tuple[str, str | None]:
    """Status and broken hop in words."""
    return str(finding.status), str(finding.broken_hop) if finding.broken_hop else None


def hop(finding: Finding, name: Hop) -> HopVerdict:
    """One hop of the finding's chain."""
    return next(item for item in finding.hops if item.hop is name)
