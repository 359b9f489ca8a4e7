"""Would AWS allow the calls of a plan? Asked before anything is done, account by account. Reads only.

Sources: IAM API reference, ``SimulatePrincipalPolicy`` (the identity's policies, its boundary and service control
policies; no resource policies) and ``GetCallerIdentity``'s session ARN, which lacks the role's path; Service Quotas API
reference, ``ListServiceQuotas``. The quota of metric filters is the planner's: 100 on a log group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.arns import parse_arn
from checker.aws.access import AccountSession, AwsAccess
from checker.aws.call import CallFailed, call, pages
from checker.aws.operations import load_operations
from checker.errors import AwsUnavailable
from remediation.planning.model import AccountPlan
from remediation.planning.steps import Step, StepKind

Count = Mapping[tuple[str, str], int]
"""How many alarms there are, by account and region."""

_SESSION = re.compile(r"assumed-role/([^/]+)/.+")
_ALARMS = re.compile(r"\balarms?\b", re.IGNORECASE)
_OTHER_ALARMS = re.compile(r"rate|mute|insights|composite|action|period|per second", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preflight:
    """One account. ``denied``: what would not work; ``unknown``: what could not be found out; one sentence each."""

    account_id: str
    denied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def preflight(accounts: Sequence[AccountPlan], access: AwsAccess, alarms: Count) -> tuple[Preflight, ...]:
    """Ask for every account that has steps. One account's trouble costs no other one."""
    return tuple(_of_account(account, access, alarms) for account in accounts if account.calls)


def _of_account(account: AccountPlan, access: AwsAccess, alarms: Count) -> Preflight:
    """Enter the account, and ask for its calls and its quota."""
    try:
        session = access.open(
            account.account_id,
            region=account.calls[0].region,
            partition=account.partition,
            connection=account.connection,
        )
    except AwsUnavailable as error:
        return Preflight(account.account_id, denied=(f"{error} ({error.hint})",))
    denied: list[str] = []
    unknown: list[str] = []
    try:
        denied.extend(_refusals(session, account, unknown))
    except CallFailed as error:
        unknown.append(f"whether the calls are allowed could not be asked: {error}")
    for region in sorted({step.region for step in account.calls if step.kind is StepKind.ALARM}):
        try:
            denied.extend(_beyond_quota(session, account, region, alarms.get((account.account_id, region), 0)))
        except CallFailed as error:
            unknown.append(f"the quota of alarms in {region} could not be asked: {error}")
    return Preflight(account.account_id, tuple(denied), tuple(unknown))


def _refusals(session: AccountSession, account: AccountPlan, unknown: list[str]) -> Iterator[str]:
    """One sentence for each action and object that is not allowed. Raises ``CallFailed``."""
    region = account.calls[0].region
    source = _principal(session, region)
    if source is None:
        unknown.append(f"the rights of {session.identity.arn} cannot be simulated: it is no user and no role")
        return
    asked: dict[tuple[str, ...], list[Step]] = {}
    for step in account.calls:
        asked.setdefault(load_operations()[f"{step.service}:{step.operation}"].actions, []).append(step)
    for actions, steps in asked.items():
        decisions = _decisions(session, region, source, actions, [arn for step in steps for arn in _spelled(step)])
        for action in actions:
            for step in steps:
                told = [decisions[action, arn] for arn in _spelled(step) if (action, arn) in decisions]
                if not told:
                    unknown.append(f"whether {action} on {step.resource} is allowed was not answered")
                elif "allowed" not in told and "" in told:
                    unknown.append(f"whether {action} on {step.resource} is allowed depends on what the call carries")
                elif "allowed" not in told:
                    yield f"{action} on {step.resource} is denied ({told[0]})"


def _decisions(
    session: AccountSession, region: str, source: str, actions: Sequence[str], resources: Sequence[str]
) -> dict[tuple[str, str], str]:
    """The decision by action and resource; empty where it depends on a value that was not given."""
    arguments = {
        "PolicySourceArn": source,
        "ActionNames": list(actions),
        "ResourceArns": list(dict.fromkeys(resources)),
    }
    found: dict[tuple[str, str], str] = {}
    for page in pages(session.reader("iam", region), "iam", "SimulatePrincipalPolicy", arguments):
        for result in page["EvaluationResults"]:
            one = [{"EvalResourceName": result.get("EvalResourceName"), "EvalResourceDecision": result["EvalDecision"]}]
            for part in result.get("ResourceSpecificResults") or one:
                decision = str(part["EvalResourceDecision"])
                open_ = part.get("MissingContextValues") or result.get("MissingContextValues")
                key = (str(result["EvalActionName"]), str(part["EvalResourceName"]))
                found[key] = "" if decision == "implicitDeny" and open_ else decision
    return found


def _spelled(step: Step) -> tuple[str, ...]:
    """The resource as policies name it: a filter's is its log group, with and without what stands for its streams."""
    if step.kind is not StepKind.METRIC_FILTER:
        return (step.resource,)
    group = step.resource.partition(":metric-filter:")[0]
    return (group, f"{group}:log-stream:")


def _principal(session: AccountSession, region: str) -> str | None:
    """The ARN of the user or role whose session it is; ``None`` for another identity. Raises ``CallFailed``."""
    arn = parse_arn(session.identity.arn)
    if arn is None:
        return None
    if found := _SESSION.fullmatch(arn.resource):
        answer: Mapping[str, Any] = call(session.reader("iam", region), "iam", "GetRole", {"RoleName": found[1]}).data
        return str(answer["Role"]["Arn"])
    return session.identity.arn if arn.resource.startswith("user/") else None


def _beyond_quota(session: AccountSession, account: AccountPlan, region: str, there: int) -> Iterator[str]:
    """A sentence when the new alarms are more than the account may have there. Raises ``CallFailed``."""
    new = sum(1 for step in account.calls if step.kind is StepKind.ALARM and step.region == region)
    client = session.reader("service-quotas", region)
    for page in pages(client, "service-quotas", "ListServiceQuotas", {"ServiceCode": "monitoring"}):
        for quota in page["Quotas"]:
            name = str(quota.get("QuotaName"))
            if not _ALARMS.search(name) or _OTHER_ALARMS.search(name) or quota.get("Value") is None:
                continue
            if there + new > quota["Value"]:
                yield (
                    f"{new} new alarms beside {there} in {region} are more than the quota"
                    f" '{name}' of {quota['Value']:g} allows"
                )
