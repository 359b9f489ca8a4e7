"""Hop 1: a trail that delivers the control's events from every region.

Rules and sources: CIS AWS Foundations 4.x, audit ("multi-region, logging, management events, read and write");
CloudTrail user guide, "Creating a trail for an organization" (a member sees the organisation's trail, its owner's row
decides); ``checker.chain.aws_rules.event_selectors``. A ``None`` was not read: it makes the verdict unknown.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from checker.arns import parse_arn
from checker.chain.aws_rules.event_selectors import Kept, kept_back
from checker.chain.commands import aws
from checker.chain.lookup import Lookup
from checker.chain.reasons import Code
from checker.chain.verdicts import Outcome, not_read, unknown_fields, verdict
from checker.controls.selected import SelectedControl
from checker.facts import Account, Trail
from checker.findings import HopStatus, HopVerdict

_READS = ("Get", "List", "Describe", "Head", "Lookup", "Search")
_CALLS = "cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus and cloudtrail:GetEventSelectors"


def judge_trails(account: Account, control: SelectedControl, lookup: Lookup) -> list[Outcome[Trail]]:
    """Every trail that the account shows, its own or the organisation's, each followed at its owner."""
    trails = lookup.trails(account.account_id)
    if not trails:
        return [Outcome(_none(account, lookup))]
    return [_judge(shown, account, control, lookup) for shown in trails]


def _none(account: Account, lookup: Lookup) -> HopVerdict:
    region = lookup.first_region(account.account_id)
    if failure := lookup.failure("trails", account.account_id, region):
        place = failure.region or region
        return not_read(Code.TRAILS_NOT_READ, failure, "the trails", region=place, account_id=account.account_id)
    seen_from = f" is visible from {region}" if region else " is visible"
    return verdict(
        Code.TRAIL_NONE,
        f"no trail{seen_from}, so no multi-region trail records account {account.account_id}.",
        f"Create a multi-region trail: {_create(region)}",
        region=region,
        account_id=account.account_id,
    )


def _create(region: str | None) -> str:
    made = aws(
        "cloudtrail", "create-trail", name="main", s3_bucket_name="BUCKET", is_multi_region_trail=True, region=region
    )
    return f"{made}, then {aws('cloudtrail', 'start-logging', name='main', region=region)}."


def _judge(shown: Trail, account: Account, control: SelectedControl, lookup: Lookup) -> Outcome[Trail]:
    """The verdict on one trail; a member's view of an organisation's trail gives way to the owner's row."""
    arn = parse_arn(shown.arn)
    owner = arn.account_id if arn else shown.account_id
    trail = shown if owner == account.account_id else lookup.trail_of_owner(shown)
    if trail is None:
        return Outcome(_foreign(shown, owner, lookup))
    found = judge_trail(trail, control)
    if found.code == Code.TRAIL_PARTLY_READ.name and (
        failure := lookup.failure("trails", trail.account_id, trail.home_region)
    ):
        cause = f"{failure.action or 'the query'} failed: {failure.message.rstrip('.')}"
        found = _partly_read(trail, cause)
    if found.status is HopStatus.OK:
        found = (
            unknown_fields(Code.TRAIL_FIELD_UNKNOWN, f"trail {trail.name}", [trail.unknown_fields], trail.arn) or found
        )
    return Outcome(found, None if found.status is HopStatus.ALARM else trail)


def _foreign(trail: Trail, owner: str, lookup: Lookup) -> HopVerdict:
    kind = "organisation trail" if trail.is_organization_trail else "trail"
    if failure := lookup.failure("trails", owner, trail.home_region):
        what = f"{kind} {trail.name} of account {owner}"
        return not_read(Code.TRAILS_NOT_READ, failure, what, region=trail.home_region, account_id=owner)
    if lookup.sees(owner):
        reason = f"{kind} {trail.name} belongs to account {owner}, whose own trails do not show it."
        return verdict(Code.TRAIL_NOT_AT_ITS_OWNER, reason, "Check again with --fresh.", trail.arn)
    return verdict(
        Code.TRAIL_OF_UNCONNECTED_ACCOUNT,
        f"{kind} {trail.name} belongs to account {owner}, which is not connected: its log group, filter and alarm "
        "are there.",
        f"Add a connection for account {owner}.",
        trail.arn,
    )


def judge_trail(trail: Trail, control: SelectedControl) -> HopVerdict:
    """Does this trail deliver what the control watches? See the module for the rules."""
    named, region = f"trail {trail.name}", trail.home_region or trail.region
    if trail.is_multi_region_trail is False:
        change = aws("cloudtrail", "update-trail", name=trail.arn, is_multi_region_trail=True, region=region)
        reason = f"{named} is single-region: it records {region} only."
        return _verdict(trail, Code.TRAIL_SINGLE_REGION, reason, f"Make it a multi-region trail: {change}.")
    if trail.is_multi_region_trail and trail.include_global_service_events is False:
        change = aws("cloudtrail", "update-trail", name=trail.arn, include_global_service_events=True, region=region)
        reason = f"{named} leaves out global service events (IAM, STS, sign-in)."
        return _verdict(trail, Code.TRAIL_WITHOUT_GLOBAL_EVENTS, reason, f"Include them: {change}.")
    if trail.is_logging is False:
        reason = f"{named} does not log: its recording is stopped."
        start = aws("cloudtrail", "start-logging", name=trail.arn, region=region)
        return _verdict(trail, Code.TRAIL_NOT_LOGGING, reason, f"Start logging: {start}.")
    if kept := kept_back(trail.event_selectors, trail.advanced_event_selectors, wanted_kinds(control)):
        return _selectors(trail, kept, region)
    if _unread(trail):
        return _partly_read(trail, None)
    return _verdict(
        trail,
        Code.TRAIL_HOLDS,
        f"{named} is multi-region, logs, and delivers management events, read and write.",
    )


def wanted_kinds(control: SelectedControl) -> dict[str, frozenset[str]]:
    """The kinds of management events (read, write) that the control watches, by event source; empty: any source."""
    kinds: dict[str, frozenset[str]] = defaultdict(frozenset)
    for event in control.events:
        kinds[event.source] |= {"read" if event.name.startswith(_READS) else "write"}
    return dict(kinds)


def _selectors(trail: Trail, kept: Kept, region: str) -> HopVerdict:
    # Putting selectors replaces those that are there: data events that somebody pays for are theirs to keep.
    shown = aws("cloudtrail", "get-event-selectors", trail_name=trail.arn, region=region)
    remedy = f"Let a selector take all management events, read and write: look at {shown}, then put-event-selectors."
    return _verdict(trail, kept.code, f"trail {trail.name} {kept.clause}.", remedy)


def _unread(trail: Trail) -> list[str]:
    selectors = trail.event_selectors if trail.event_selectors is not None else trail.advanced_event_selectors
    return [
        name
        for name, value in (
            ("whether it is multi-region", trail.is_multi_region_trail),
            ("whether it logs", trail.is_logging),
            ("its event selectors", selectors),
        )
        if value is None
    ]


def _partly_read(trail: Trail, cause: str | None) -> HopVerdict:
    why = f": {cause}" if cause else ""
    reason = f"trail {trail.name}: {' and '.join(_unread(trail))} could not be read{why}."
    return _verdict(trail, Code.TRAIL_PARTLY_READ, reason, f"Allow {_CALLS}.")


def _verdict(trail: Trail, code: Code, reason: str, remedy: str | None = None) -> HopVerdict:
    evidence: dict[str, Any] = {
        "is_multi_region_trail": trail.is_multi_region_trail,
        "is_logging": trail.is_logging,
        "event_selectors": trail.event_selectors,
        "advanced_event_selectors": trail.advanced_event_selectors,
    }
    return verdict(code, reason, remedy, trail.arn, evidence=evidence)
