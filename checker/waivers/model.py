"""What an accepted risk is, and what it does to a finding. Pure; the file is read by ``checker.waivers.reading``.

Only an alarm can be waived. An ``error`` stays one: accepting a risk does not make an unreadable account readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from checker.findings import AppliedWaiver, Finding, Hop, HopStatus, Status

DEFAULT_FILE = "waivers.toml"
EVERY_ACCOUNT = "*"
_BETWEEN = " and "


@dataclass(frozen=True, slots=True)
class Waiver:
    """An alarm that somebody accepts until a day. ``control`` is the key; ``line`` its place in the file."""

    control: str
    account: str
    reason: str
    owner: str
    expires: date
    resource: str | None = None
    line: int | None = None

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.expires

    def applied(self) -> AppliedWaiver:
        """What a finding says of it."""
        return AppliedWaiver(
            control=self.control,
            account=self.account,
            reason=self.reason,
            owner=self.owner,
            expires=self.expires.isoformat(),
            resource=self.resource,
        )

    @property
    def name(self) -> str:
        """``waiver for root_usage in 123456789012 (owner)``"""
        where = "every account" if self.account == EVERY_ACCOUNT else self.account
        resource = f" at {self.resource}" if self.resource else ""
        return f"waiver for {self.control} in {where}{resource} ({self.owner})"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Events that a filter of this control need not match, until a day: those that ``pattern`` matches."""

    control: str
    account: str
    pattern: str
    reason: str
    owner: str
    expires: date
    line: int | None = None

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.expires

    def applied(self) -> AppliedWaiver:
        """What a finding says that was decided with it."""
        return AppliedWaiver(
            control=self.control,
            account=self.account,
            reason=self.reason,
            owner=self.owner,
            expires=self.expires.isoformat(),
            exclusion=self.pattern,
        )

    @property
    def name(self) -> str:
        """``exclusion for root_usage in every account (owner)``"""
        where = "every account" if self.account == EVERY_ACCOUNT else self.account
        return f"exclusion for {self.control} in {where} ({self.owner})"


@dataclass(frozen=True, slots=True)
class WaiverSet:
    """All entries of one file."""

    waivers: tuple[Waiver, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    path: str = DEFAULT_FILE

    @property
    def entries(self) -> tuple[Waiver | Exclusion, ...]:
        """Waivers and exclusions, in the order of the file."""
        entries: list[Waiver | Exclusion] = [*self.waivers, *self.exclusions]
        return tuple(entries)

    def apply(self, finding: Finding, today: date) -> Finding:
        """The finding as the accepted risks leave it: a waived alarm becomes a skip, everything else keeps its status.

        Hops, reason and broken hop are kept. The most particular waiver wins: one with a resource before one without,
        one for the account before one for all. An alarm that only an expired waiver meets says so in its reason.
        A finding whose filters were decided with exclusions carries them.
        """
        if finding.account_id is None:
            return finding
        alarm = finding.status is Status.ALARM
        meeting = [waiver for waiver in self.waivers if _meets(waiver, finding)] if alarm else []
        counting = [waiver for waiver in meeting if not waiver.expired(today)]
        if counting:
            best = max(counting, key=lambda waiver: (waiver.resource is not None, waiver.account != EVERY_ACCOUNT))
            return replace(finding, status=Status.SKIP, waiver=best.applied())
        if meeting:
            last = max(meeting, key=lambda waiver: waiver.expires)
            ended = f"The {last.name} expired on {last.expires.isoformat()} and no longer counts."
            finding = replace(finding, reason=f"{finding.reason} {ended}")
        excluded = self.exclusions_for(finding.control, finding.account_id, today)
        if excluded and finding.waiver is None and _filters_were_decided(finding):
            return replace(finding, waiver=_together(excluded))
        return finding

    def exclusions_for(self, control: str, account: str | None, today: date) -> tuple[Exclusion, ...]:
        """The exclusions that count today for this control (its key) in this account."""
        return tuple(
            exclusion
            for exclusion in self.exclusions
            if exclusion.control == control
            and exclusion.account in (account, EVERY_ACCOUNT)
            and not exclusion.expired(today)
        )

    def expired(self, today: date) -> tuple[Waiver | Exclusion, ...]:
        """Entries whose last day is over, in the order of the file."""
        return tuple(entry for entry in self.entries if entry.expired(today))

    def unused(self, findings: Sequence[Finding], today: date) -> tuple[Waiver | Exclusion, ...]:
        """Entries that count today, are about a control that was checked, and changed none of these findings.

        ``findings`` are those that ``apply`` returned.
        """
        checked = {finding.control for finding in findings}
        applied = {finding.waiver for finding in findings}
        counting = [entry for entry in self.entries if entry.control in checked and not entry.expired(today)]
        return tuple(
            entry
            for entry in counting
            if not (entry.applied() in applied if isinstance(entry, Waiver) else _excluded(entry, findings))
        )

    def notes(self, findings: Sequence[Finding], today: date) -> tuple[str, ...]:
        """A sentence for the report on each entry that is expired or was not used."""
        seen = {finding.account_id for finding in findings}
        notes = [
            f"{self._place(entry)}: the {entry.name} expired on {entry.expires.isoformat()} and no longer counts."
            for entry in self.expired(today)
        ]
        for entry in self.unused(findings, today):
            why = "nothing needed it"
            if entry.account != EVERY_ACCOUNT and entry.account not in seen:
                why = f"account {entry.account} was not seen"
            notes.append(f"{self._place(entry)}: the {entry.name} was not used: {why}.")
        return tuple(notes)

    def _place(self, entry: Waiver | Exclusion) -> str:
        return self.path if entry.line is None else f"{self.path}:{entry.line}"


def _meets(waiver: Waiver, finding: Finding) -> bool:
    return (
        waiver.control == finding.control
        and waiver.account in (finding.account_id, EVERY_ACCOUNT)
        and (waiver.resource is None or _plain_arn(waiver.resource) == _breaking_resource(finding))
    )


def _filters_were_decided(finding: Finding) -> bool:
    """Whether the chain got as far as the patterns of filters, with an answer."""
    decided = {HopStatus.OK, HopStatus.ALARM}
    return any(verdict.hop is Hop.FILTER and verdict.status in decided for verdict in finding.hops)


def _together(exclusions: tuple[Exclusion, ...]) -> AppliedWaiver:
    """Several exclusions as one: the earliest expiry is the day on which the decision changes."""
    first = min(exclusions, key=lambda exclusion: exclusion.expires)
    return replace(
        first.applied(),
        reason="; ".join(dict.fromkeys(exclusion.reason for exclusion in exclusions)),
        owner=", ".join(dict.fromkeys(exclusion.owner for exclusion in exclusions)),
        exclusion=_BETWEEN.join(exclusion.pattern for exclusion in exclusions),
    )


def _excluded(exclusion: Exclusion, findings: Sequence[Finding]) -> bool:
    """Whether any of the findings says that it was decided with this exclusion."""
    return any(
        finding.control == exclusion.control
        and exclusion.account in (finding.account_id, EVERY_ACCOUNT)
        and finding.waiver is not None
        and exclusion.pattern in (finding.waiver.exclusion or "").split(_BETWEEN)
        for finding in findings
    )


def _breaking_resource(finding: Finding) -> str | None:
    """The resource of the broken hop, or of the last hop before it that has one (for what is missing altogether)."""
    last: str | None = None
    for verdict in finding.hops:
        if verdict.resource is not None:
            last = _plain_arn(verdict.resource)
        if verdict.hop is finding.broken_hop:
            return last
    return None


def _plain_arn(resource: str) -> str:
    """The ARN without the ``:*`` that some APIs put after a log group."""
    return resource.removesuffix(":*")
