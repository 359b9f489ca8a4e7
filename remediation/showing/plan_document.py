"""A plan as a JSON document, with a digest to approve it by, and back.

The digest is SHA-256 over the canonical JSON of everything but the digest itself. A document that was made to be
shown has its endpoints' tokens masked and says so (``masked``): it can be read, not applied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from remediation.errors import PlanRefused
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.preconditions import digest_of
from remediation.planning.scope import Scope
from remediation.planning.settings import Settings
from remediation.planning.steps import AnyStep, ManualStep
from remediation.showing.plan_reading import plan_of

SCHEMA = "alarmchain.plan/v1"

Json = dict[str, Any]
Value = TypeVar("Value")


def to_document(plan: Plan, *, masked: bool) -> Json:
    """The plan as JSON-ready data. ``masked``: for showing, without the tokens that applying needs."""
    body: Json = {
        "schema": SCHEMA,
        "masked": masked and any(endpoint.shown != endpoint.address for endpoint in plan.settings.endpoints),
        "benchmark": plan.benchmark,
        "controls": list(plan.controls),
        "scope": _scope(plan.scope),
        "settings": _settings(plan.settings, masked=masked),
        "accounts": [_account(account, masked=masked) for account in plan.accounts],
        "unseen": list(plan.unseen),
        "notes": list(plan.notes),
    }
    return {**body, "digest": digest_of(body)}


def digest(plan: Plan) -> str:
    """The digest of the plan as it can be applied."""
    return str(to_document(plan, masked=False)["digest"])


def read_document(text: str, *, where: str, approved: str | None = None) -> Plan:
    """The plan of a saved document. ``approved``: the digest that was approved.

    Raises ``PlanRefused`` for something else than a plan, an edited plan, another than the approved one, and
    a masked one.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PlanRefused(f"{where} is not JSON: {error}", hint="write one with --save PLAN.json") from error
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise PlanRefused(f"{where} is not a plan of this version ({SCHEMA})", hint="write one with --save PLAN.json")
    body = {key: value for key, value in document.items() if key != "digest"}
    found = digest_of(body)
    if found != document.get("digest"):
        raise PlanRefused(
            f"{where} was changed after it was made: its digest is {found}, it says {document.get('digest')}",
            hint="make the plan again with other settings instead of editing it",
        )
    if approved is not None and approved.lower() != found:
        raise PlanRefused(
            f"{where} is not the plan that was approved: its digest is {found}, approved is {approved}",
            hint="review this plan, or give the file that was approved",
        )
    if document.get("masked"):
        raise PlanRefused(
            f"{where} was made to be shown: the tokens of its endpoints are masked", hint="use --save PLAN.json"
        )
    try:
        return plan_of(document)
    except (KeyError, TypeError, ValueError) as error:
        raise PlanRefused(
            f"{where} is not a complete plan: {error!r}", hint="write one with --save PLAN.json"
        ) from error


def _scope(scope: Scope) -> Json:
    """What was selected as JSON, the waivers by what they say."""
    waivers = scope.waivers
    return {
        "accounts": list(scope.account_ids),
        "controls": list(scope.controls),
        "controls_dir": scope.controls_dir,
        "connections": list(scope.connections),
        "profiles": list(scope.profiles),
        "region": scope.region,
        "accept": list(scope.accept),
        "waivers": None
        if waivers is None
        else {
            "path": waivers.path,
            "waivers": [_dated(asdict(entry)) for entry in waivers.waivers],
            "exclusions": [_dated(asdict(entry)) for entry in waivers.exclusions],
        },
    }


def _dated(entry: Json) -> Json:
    return {**entry, "expires": entry["expires"].isoformat()}


def _settings(settings: Settings, *, masked: bool) -> Json:
    """The settings as JSON; addresses masked where people read them."""
    return {
        "endpoints": [
            {"protocol": endpoint.protocol, "address": endpoint.shown if masked else endpoint.address}
            for endpoint in settings.endpoints
        ],
        "topic_name": settings.topic_name,
        "topic_arn": settings.topic_arn,
        "reuse_topic": settings.reuse_topic,
        "metric_namespace": settings.metric_namespace,
        "metric_name": settings.metric_name,
        "name_prefix": settings.name_prefix,
        "name_template": settings.name_template,
        "tags": dict(settings.tags),
        "controls": {
            key: {
                "metric_namespace": names.metric_namespace,
                "metric_name": names.metric_name,
                "filter_name": names.filter_name,
                "alarm_name": names.alarm_name,
            }
            for key, names in settings.controls.items()
        },
    }


def _account(account: AccountPlan, *, masked: bool) -> Json:
    """The plan of an account as JSON."""
    return {
        "account_id": account.account_id,
        "connection": account.connection,
        "partition": account.partition,
        "steps": [_step(number, step, masked=masked) for number, step in enumerate(account.steps, start=1)],
        "expectations": [
            {
                "control": expected.control,
                "control_id": expected.control_id,
                "account_id": expected.account_id,
                "before": expected.before,
                "prospect": str(expected.prospect),
                "sentence": expected.sentence,
                "steps_in": list(expected.steps_in),
                "topic_arn": expected.topic_arn,
                "by_hand": list(expected.by_hand),
            }
            for expected in account.expectations
        ],
        "relies_on": [
            {"kind": str(precondition.kind), "key": precondition.key, "sha256": precondition.digest}
            for precondition in account.preconditions
        ],
    }


def _step(number: int, step: AnyStep, *, masked: bool) -> Json:
    """A step as JSON; a manual one has lines to type in the place of a call."""
    shared: Json = {
        "number": number,
        "id": step.id,
        "kind": str(step.kind),
        "account_id": step.account_id,
        "region": step.region,
        "connection": step.connection,
        "resource": step.resource,
        "why": step.why,
        "controls": list(step.controls),
    }
    if isinstance(step, ManualStep):
        return {**shared, "title": step.title, "commands": list(step.commands), "optional": step.optional}
    return {
        **shared,
        "iam_action": step.iam_action,
        "service": step.service,
        "operation": step.operation,
        "arguments": step.shown_arguments if masked else dict(step.arguments),
        "command": step.shown_command if masked else step.command,
        "depends_on": list(step.depends_on),
        "used_by": list(step.used_by),
    }
