"""Reads what a plan needs, and plans: first what the check read, then the rest, then names until they are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checker.arns import Place, parse_log_group_arn
from checker.controls.selected import SelectedControl
from checker.facts import Facts
from checker.findings import Finding, Hop, HopStatus, Status
from checker.gather import Reader, Source, read_for_plan
from remediation.planning.model import Plan
from remediation.planning.names import ATTEMPTS
from remediation.planning.plan import plan
from remediation.planning.settings import Settings


def read_and_plan(
    sources: Mapping[str, Source],
    findings: Sequence[Finding],
    facts: Facts,
    controls: Sequence[SelectedControl],
    settings: Settings,
    reader: Reader,
) -> tuple[Plan, Facts]:
    """The plan and the facts that it was made of. ``facts`` are the check's; ``sources`` by account; ``settings``
    have passed their ``check``."""
    asked = _topics_to_ask(findings, settings)
    for _ in range(ATTEMPTS):
        known = read_for_plan(sources, facts, findings, reader, topics=sorted(asked))
        made = plan(findings, known, controls, settings)
        # Another name for a topic is only free when it was asked for too.
        unasked = {step.resource for step in made.calls if step.operation == "CreateTopic"} - asked
        if not unasked:
            break
        asked |= unasked
    return made, known


def _topics_to_ask(findings: Sequence[Finding], settings: Settings) -> set[str]:
    asked = {settings.topic_arn} if settings.topic_arn else set()
    for finding in findings:
        hop = next((hop for hop in finding.hops if hop.hop is Hop.LOG_GROUP), None)
        group = parse_log_group_arn(hop.resource) if hop and hop.status is HopStatus.OK else None
        if group and finding.status is Status.ALARM and settings.topic_arn is None:
            place = Place(group.partition, group.account_id, group.region)
            asked.add(place.arn("sns", settings.topic_base_name))
    return asked
