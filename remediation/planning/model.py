"""What a plan is: steps by account, what to expect of them, and what they rely on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from checker.findings import Finding, Status
from remediation.planning.scope import Scope
from remediation.planning.settings import Settings
from remediation.planning.steps import AnyStep, ManualStep, Step


class Prospect(StrEnum):
    """What a finding will be once the steps are applied."""

    HOLDS = "holds"
    """The chain is, or will be, complete."""
    WAITS = "waits"
    """Complete, but a subscriber has to confirm first."""
    NOBODY = "nobody"
    """Complete up to the topic; no endpoint was given, so it stays alarm at ``subscription``."""
    UNTOLD = "untold"
    """Complete, but an endpoint that was named does not hear it; the sentence says why."""
    MANUAL = "manual"
    """A person has to do the manual step first."""
    UNDECIDED = "undecided"
    """The finding could not be decided; nothing is planned on a guess."""
    WAIVED = "waived"


class Kind(StrEnum):
    """The kind of object that is relied on."""

    TRAIL = "trail"
    LOG_GROUP = "log group"
    METRIC_FILTER = "metric filter"
    ALARM = "alarm"
    TOPIC = "topic"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class Precondition:
    """One object and the digest of what mattered about it. ``key`` is its ARN."""

    kind: Kind
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the plan means for one finding: its state before, and what to expect, in one sentence."""

    control: str
    control_id: str
    account_id: str
    before: str
    """``alarm at filter``, ``ok``, ``error at trail``, ``skip``"""
    prospect: Prospect
    sentence: str
    steps_in: tuple[str, ...] = ()
    """Accounts in which the steps for it are: its own, or that of the log group of an organisation's trail."""
    topic_arn: str | None = None
    """The topic through which it is, or will be, heard, where the plan decided that."""
    by_hand: tuple[str, ...] = ()
    """Queues and functions that get nothing before a person has done the step for them."""


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """The steps inside one account, in order, and what they mean for its findings.

    The filter of a member of an organisation trail is planned where the log group is: then the step is in the
    owner's account and the member's expectation says so.
    """

    account_id: str
    connection: str | None
    partition: str
    steps: tuple[AnyStep, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    preconditions: tuple[Precondition, ...] = ()

    @property
    def calls(self) -> tuple[Step, ...]:
        """The steps that the program carries out."""
        return tuple(step for step in self.steps if isinstance(step, Step))

    @property
    def manual(self) -> tuple[ManualStep, ...]:
        """The steps for a person."""
        return tuple(step for step in self.steps if isinstance(step, ManualStep))


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan over all selected accounts. ``benchmark``, ``controls`` and ``scope`` say what was asked for,
    ``settings`` how."""

    benchmark: str
    controls: tuple[str, ...]
    settings: Settings
    accounts: tuple[AccountPlan, ...] = ()
    unseen: tuple[str, ...] = ()
    """Connections that failed before they told their account, with the reason."""
    notes: tuple[str, ...] = ()
    """What could not be read besides, and what that means for the plan."""
    scope: Scope = field(default_factory=Scope)

    @property
    def calls(self) -> tuple[Step, ...]:
        """Every step that the program would carry out."""
        return tuple(step for account in self.accounts for step in account.calls)

    @property
    def manual(self) -> tuple[ManualStep, ...]:
        """Every step for a person."""
        return tuple(step for account in self.accounts for step in account.manual)

    @property
    def touched(self) -> tuple[AccountPlan, ...]:
        """The accounts in which something would be added."""
        return tuple(account for account in self.accounts if account.calls)

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What to expect of every finding."""
        return tuple(expected for account in self.accounts for expected in account.expectations)

    def expects(self, *prospects: Prospect) -> bool:
        """Some finding has one of these prospects."""
        return any(expected.prospect in prospects for expected in self.expectations)


def state_of(finding: Finding) -> str:
    """``ok``, ``alarm at filter``"""
    if finding.status in (Status.ALARM, Status.ERROR) and finding.broken_hop:
        return f"{finding.status} at {finding.broken_hop}"
    return str(finding.status)
