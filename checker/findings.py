"""What the program concludes: statuses, hops, findings and the report that holds them.

Pure data. A finding is one control in one account; the report is the stable document that
every output format, notifier and remediation starts from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from checker.facts import ReadFailure


class Status(StrEnum):
    """Outcome of a finding, in Steampipe's words."""

    OK = "ok"
    ALARM = "alarm"
    ERROR = "error"
    """It could not be decided: something was not read, or not visible."""
    SKIP = "skip"
    """Waived, or not applicable."""


class Hop(StrEnum):
    """A link of the chain, in the order in which an event travels."""

    TRAIL = "trail"
    LOG_GROUP = "log_group"
    FILTER = "filter"
    ALARM = "alarm"
    TOPIC = "topic"
    SUBSCRIPTION = "subscription"


HOPS: tuple[Hop, ...] = tuple(Hop)


class HopStatus(StrEnum):
    """Outcome of one hop of one chain."""

    OK = "ok"
    ALARM = "alarm"
    UNKNOWN = "unknown"
    NOT_REACHED = "not_reached"

    @property
    def order(self) -> int:
        """Where it stands among others: what holds, then what may hold, then what does not."""
        return _BEST_FIRST.index(self)


_BEST_FIRST = (HopStatus.OK, HopStatus.UNKNOWN, HopStatus.ALARM, HopStatus.NOT_REACHED)


@dataclass(frozen=True, slots=True)
class HopVerdict:
    """What was decided about one hop, of which resource, and why.

    ``code`` is the stable word of ``docs/reasons.md``. ``reason`` is a full sentence that names resource and value,
    ``remedy`` says what to do and what to type (empty where nothing is to do). ``evidence`` holds JSON-ready values
    that back the sentence.
    """

    hop: Hop
    status: HopStatus
    reason: str
    resource: str | None = None
    region: str | None = None
    account_id: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """Reason and remedy, as people read them."""
        return f"{self.reason} {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True)
class AppliedWaiver:
    """The waiver that turned an alarm into a skip, or the exclusion that a pattern was decided with."""

    control: str
    account: str
    reason: str
    owner: str
    expires: str
    resource: str | None = None
    exclusion: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One control in one account (``account_id`` is ``None`` when a connection failed before it told its account).

    ``broken_hop`` is the first hop of the best chain that does not hold (``alarm``) or could not be
    decided (``error``); ``None`` for ``ok``. ``code``, ``reason`` and ``remedy`` are those of that hop; an ``ok`` has
    the code of its subscription and says who hears.
    """

    control: str
    control_id: str
    title: str
    severity: str
    account_id: str | None
    connection: str | None
    status: Status
    broken_hop: Hop | None
    reason: str
    hops: tuple[HopVerdict, ...] = ()
    witness: Mapping[str, Any] | None = None
    unverified: tuple[str, ...] = ()
    waiver: AppliedWaiver | None = None
    accepted_elsewhere: tuple[str, ...] = ()
    """Texts of others that the filter covers although they do not count: ``id of --accept: source``."""
    code: str = ""
    remedy: str = ""
    benchmark: str = ""
    account_name: str | None = None
    """The account's alias, or what the source calls it; ``None`` when that is only its number."""
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Frameworks that the control is mapped to, with its ids there."""
    reference: str = ""
    """The pattern that remediation would write."""

    @property
    def sentence(self) -> str:
        """Reason and remedy, as people read them."""
        return f"{self.reason} {self.remedy}".rstrip()

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same in every run for the same account, control and benchmark.

        A connection that told no account takes its place.
        """
        return stable_id("finding", self.benchmark, self.control, *self.subject)

    @property
    def subject(self) -> tuple[str, str]:
        """Whom it is about: ``("account", id)``, or ``("connection", name)`` when no account was told."""
        return ("account", self.account_id) if self.account_id else ("connection", self.connection or "")

    @property
    def named_hop(self) -> HopVerdict | None:
        """The hop whose code and reason the finding has: the broken one, or the last of a chain that holds."""
        if self.broken_hop is None:
            return self.hops[-1] if self.hops else None
        return next((hop for hop in self.hops if hop.hop is self.broken_hop), None)

    @property
    def resource(self) -> str | None:
        """What the reason is about, an ARN where there is one; ``None`` when something is missing."""
        return self.named_hop.resource if self.named_hop else None

    @property
    def region(self) -> str | None:
        """Where that is, or where it was looked for."""
        return self.named_hop.region if self.named_hop else None


def stable_id(*parts: str) -> str:
    """32 hexadecimal digits that say nothing but whether the parts are the same."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked for answered."""

    accounts_answered: int
    accounts_failed: int
    failures: tuple[ReadFailure, ...] = ()
    connections_not_covered: tuple[str, ...] = ()
    complete: bool = True
    """False when the run was interrupted and the findings are what was known by then."""


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """Which database answered, and why that one. Never holds a password."""

    kind: str
    target: str
    why: str
    connections: tuple[str, ...] = ()
    max_row_age_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one check found."""

    generated_at: datetime
    version: str
    database: DatabaseInfo
    benchmark: str
    findings: tuple[Finding, ...]
    coverage: Coverage
    notes: tuple[str, ...] = ()

    def count(self, status: Status) -> int:
        """Number of findings with this status."""
        return sum(1 for finding in self.findings if finding.status is status)
