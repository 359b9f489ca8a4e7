"""From findings and facts to a plan. Pure.

It never plans to change or remove anything: it starts at the broken hop, takes every good part that exists, and adds
the rest under names that are free. Whether a part is good is asked of the check's own rules (``soundness``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from checker.arns import Place, first_region_of, parse_arn, parse_log_group_arn
from checker.chain.truth import Truth
from checker.controls.selected import SelectedControl
from checker.facts import Facts, Trail
from checker.findings import Finding, Hop, HopVerdict, Status
from remediation.planning import manual
from remediation.planning.admission import Policies, admit, is_admitted, needs_admission
from remediation.planning.chain import Repaired, Repairer
from remediation.planning.inventory import Inventory
from remediation.planning.model import AccountPlan, Expectation, Kind, Plan, Precondition, Prospect, state_of
from remediation.planning.preconditions import precondition_of
from remediation.planning.settings import Settings
from remediation.planning.steps import AnyStep, ManualStep, Step
from remediation.planning.told import tell
from remediation.planning.usage import used_before

NOTHING_READ: Policies = MappingProxyType({})
_PARTS = ("alarms", "log_groups", "metric_filters", "topic_subscriptions", "topics")


def plan(
    findings: Sequence[Finding],
    facts: Facts,
    controls: Sequence[SelectedControl],
    settings: Settings,
    policies: Policies = NOTHING_READ,
) -> Plan:
    """The plan for these findings. Deterministic: the same input gives the same plan.

    ``facts`` are those of the check, completed for planning (all filters of the log groups, their class, all alarms,
    and the topics and confirmed subscriptions of the regions). ``settings`` have passed their ``check``;
    ``policies`` are those of queues and functions that are to be told.
    """
    planner = _Planner(Inventory(facts), {control.key: control for control in controls}, settings, policies)
    for finding in findings:
        # First, because the topic that gets a subscriber here serves the other controls too.
        if finding.broken_hop is Hop.SUBSCRIPTION and finding.account_id:
            planner.decide(finding, finding.account_id)
    for finding in findings:
        planner.add(finding)
    return Plan(
        benchmark=controls[0].benchmark if controls else "",
        controls=tuple(control.key for control in controls),
        settings=settings,
        accounts=planner.accounts(),
        unseen=tuple(planner.unseen),
        notes=planner.notes(),
    )


@dataclass(slots=True)
class _Draft:
    """An account's plan while it grows."""

    account_id: str
    connection: str | None
    partition: str
    steps: dict[str, AnyStep] = field(default_factory=dict)
    expectations: list[Expectation] = field(default_factory=list)
    preconditions: dict[Precondition, None] = field(default_factory=dict)


class _Planner:
    def __init__(
        self, inventory: Inventory, controls: dict[str, SelectedControl], settings: Settings, policies: Policies
    ) -> None:
        self._inventory = inventory
        self._controls = controls
        self._settings = settings
        self._policies = policies
        self._repairer = Repairer(inventory, settings)
        self._drafts: dict[str, _Draft] = {}
        self._admissions: set[str] = set()
        self.unseen: list[str] = []

    def add(self, finding: Finding) -> None:
        if finding.account_id is None:
            self.unseen.append(f"{finding.control_id}: {finding.reason}")
            return
        repaired = self._admitted(self.decide(finding, finding.account_id), finding.control)
        draft = self._draft(finding.account_id)
        draft.expectations.append(
            Expectation(
                control=finding.control,
                control_id=finding.control_id,
                account_id=finding.account_id,
                before=state_of(finding),
                prospect=repaired.prospect,
                sentence=repaired.sentence,
                steps_in=tuple(dict.fromkeys(step.account_id for step in repaired.steps if isinstance(step, Step))),
                topic_arn=repaired.topic_arn,
                by_hand=tuple(step.resource for step in repaired.steps if step.id in self._admissions),
            )
        )
        for step in repaired.steps:
            self._keep(self._draft(step.account_id), step, finding.control)
        for precondition in repaired.preconditions:
            arn = parse_arn(precondition.key)
            owner = self._drafts.get(arn.account_id) if arn else None
            (owner or draft).preconditions[precondition] = None

    def _admitted(self, repaired: Repaired, control: str) -> Repaired:
        """With the steps that let the topic send to queues and functions. Until then nothing arrives there."""
        steps = [
            step
            for endpoint in (self._settings.endpoints if repaired.heard_at else ())
            if needs_admission(endpoint)
            and not any(is_admitted(endpoint, arn, self._policies) is Truth.YES for arn in repaired.heard_at)
            and (step := admit(endpoint, repaired.heard_at[0], self._policies, control))
        ]
        if not steps:
            return repaired
        self._admissions |= {step.id for step in steps}
        prospect = Prospect.WAITS if repaired.prospect is Prospect.HOLDS else repaired.prospect
        sentence = f"{repaired.sentence}; a person has to {' and to '.join(step.title for step in steps)}"
        return replace(repaired, prospect=prospect, sentence=sentence, steps=(*repaired.steps, *steps))

    def accounts(self) -> tuple[AccountPlan, ...]:
        """The drafts in the order of the findings; owners of log groups after the members that led to them."""
        return tuple(
            AccountPlan(
                account_id=draft.account_id,
                connection=draft.connection,
                partition=draft.partition,
                steps=tuple(draft.steps.values()),
                expectations=tuple(draft.expectations),
                preconditions=tuple(draft.preconditions)
                if any(isinstance(step, Step) for step in draft.steps.values())
                else (),
            )
            for draft in self._drafts.values()
        )

    def notes(self) -> tuple[str, ...]:
        """What could not be read where something is planned: another part might have served there."""
        touched = {(step.account_id, step.region) for draft in self._drafts.values() for step in draft.steps.values()}
        return tuple(
            dict.fromkeys(
                f"{failure.action or failure.query} failed in {failure.account_id} {failure.region or ''}".rstrip()
                + f", so parts that exist there may have been missed: {failure.message}"
                for failure in self._inventory.facts.failures
                if failure.query in _PARTS
                and any(
                    account == failure.account_id and failure.region in (None, region) for account, region in touched
                )
            )
        )

    def decide(self, finding: Finding, account_id: str) -> Repaired:
        """How the finding fares. Asked twice, it gives the same answer."""
        control = self._controls.get(finding.control)
        if finding.status is Status.SKIP:
            return Repaired(Prospect.WAIVED, finding.waiver.reason if finding.waiver else finding.reason)
        if finding.status is Status.ERROR or control is None:
            return Repaired(Prospect.UNDECIDED, f"could not be decided, so nothing is planned: {finding.reason}")
        hops = {hop.hop: hop for hop in finding.hops}
        if finding.status is Status.OK:
            return tell(self._inventory, self._settings, control, hops, finding)
        if finding.broken_hop in (Hop.TRAIL, Hop.LOG_GROUP):
            return self._by_hand(finding, account_id, hops)
        group = parse_log_group_arn(hops[Hop.LOG_GROUP].resource)
        if group is None:
            return Repaired(Prospect.UNDECIDED, f"the log group is not known: {finding.reason}")
        repaired = self._repairer.repair(control, group, hops, finding)
        trail = hops[Hop.TRAIL].resource
        relied_on = (precondition_of(self._inventory, Kind.TRAIL, trail),) if trail else ()
        elsewhere = any(step.account_id != account_id for step in repaired.steps)
        where = f" (in account {group.account_id}, which owns log group {group.name})" if elsewhere else ""
        return replace(
            repaired, sentence=f"{repaired.sentence}{where}", preconditions=(*relied_on, *repaired.preconditions)
        )

    def _by_hand(self, finding: Finding, account_id: str, hops: dict[Hop, HopVerdict]) -> Repaired:
        trail = self._trail(hops[Hop.TRAIL].resource, account_id)
        place = self._place_of_trail(trail, hops[Hop.TRAIL], account_id)
        step: ManualStep
        if trail is None:
            step = manual.create_trail(place, finding.control, finding.reason)
        elif finding.broken_hop is Hop.TRAIL:
            step = manual.repair_trail(place, trail, self._controls[finding.control], finding.reason)
        else:
            group = parse_log_group_arn(hops[Hop.LOG_GROUP].resource)
            step = manual.link_log_group(place, trail, group, finding.control, finding.reason)
        return Repaired(Prospect.MANUAL, f"a person has to {step.title}; then plan again", (step,))

    def _trail(self, arn: str | None, account_id: str) -> Trail | None:
        """The trail to change: the one that the finding names, else the one that the trails hop led to."""
        parsed = parse_arn(arn)
        rows = [row for row in self._inventory.facts.trails if row.arn == arn] if parsed else []
        own = [row for row in rows if row.account_id == (parsed.account_id if parsed else account_id)]
        at_home = [row for row in own if row.region == row.home_region]
        return next(iter(at_home or own or rows), None)

    def _place_of_trail(self, trail: Trail | None, hop: HopVerdict, account_id: str) -> Place:
        arn = parse_arn(trail.arn) if trail else None
        if arn is not None:
            return Place(arn.partition, arn.account_id, arn.region, self._inventory.connection(arn.account_id))
        partition = self._partition(account_id)
        return Place(
            partition, account_id, hop.region or first_region_of(partition), self._inventory.connection(account_id)
        )

    def _draft(self, account_id: str) -> _Draft:
        if account_id not in self._drafts:
            self._drafts[account_id] = _Draft(
                account_id, self._inventory.connection(account_id), self._partition(account_id)
            )
        return self._drafts[account_id]

    def _partition(self, account_id: str) -> str:
        return self._inventory.partition(account_id)

    def _keep(self, draft: _Draft, step: AnyStep, control: str) -> None:
        known = draft.steps.get(step.id)
        if known is None and isinstance(step, Step):
            draft.steps[step.id] = replace(step, used_by=used_before(self._inventory, step))
        elif known is None:
            draft.steps[step.id] = step
        elif control not in known.controls:
            draft.steps[step.id] = replace(known, controls=(*known.controls, control))
