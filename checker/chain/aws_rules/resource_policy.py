"""Evaluates a resource policy (SNS topic, KMS key) for the CloudWatch service principal. Pure, three-valued.

Sources: IAM user guide, "Policy evaluation logic" (an explicit deny wins), "IAM JSON policy elements: Principal,
Action, Resource, Condition operators", "AWS global condition context keys" (which keys a call by a service principal
has: ``aws:SourceArn``, ``aws:SourceAccount``, ``aws:SourceOrgID``; it has no ``aws:PrincipalOrgID``); SNS developer
guide, "Example cases for Amazon SNS access control" (``AWS:SourceOwner``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from checker.chain.truth import Truth

SERVICE = "cloudwatch.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Request:
    """A call by CloudWatch on behalf of an alarm.

    ``known`` maps lower-case condition keys to the values that the call may carry; ``open_keys`` are present with a
    value that is not known. Every other key of ``ABSENT_KEYS`` is absent; keys outside are not modelled.
    """

    action: str
    resource: str
    known: Mapping[str, tuple[str, ...]]
    open_keys: frozenset[str] = frozenset()
    services: tuple[str, ...] = (SERVICE, "cloudwatch.amazonaws.com.cn")
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys whose documentation leaves open which of these further values the call carries."""


@dataclass(frozen=True, slots=True)
class Answer:
    """May the service do it? ``assumed`` lists what had to be taken for granted, in words."""

    allowed: Truth
    why: str
    assumed: tuple[str, ...] = ()
    denied: bool = False
    """An explicit deny is the reason."""


ABSENT_KEYS = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
        "aws:userid",
        "aws:username",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:useragent",
        "aws:referer",
        "aws:federatedprovider",
        "aws:tokenissuetime",
        "kms:calleraccount",
        "sns:endpoint",
        "sns:protocol",
    }
)


def evaluate(policy: Any, request: Request, *, named: str = "its policy") -> Answer:
    """Evaluate the policy document, which the answer calls ``named``. What is malformed is not known, not refused."""
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, Sequence) or isinstance(statements, str):
        return Answer(Truth.MAYBE, f"{named} has no statements that could be read")
    assumed: list[str] = []
    open_conditions: list[str] = []
    allowed, denied = Truth.NO, Truth.NO
    for statement in statements:
        if not isinstance(statement, Mapping):
            return Answer(Truth.MAYBE, f"{named} has a statement that could not be read")
        truth = _statement(statement, request, assumed)
        if truth is Truth.MAYBE:
            open_conditions.append(_condition_words(statement.get("Condition")))
        if str(statement.get("Effect")) == "Deny":
            denied = denied | truth
        else:
            allowed = allowed | truth
    if denied is Truth.YES:
        return Answer(Truth.NO, f"{named} denies {request.action} to {SERVICE}", denied=True)
    unknown = f"a condition that is not known ({'; '.join(dict.fromkeys(open_conditions))})"
    if denied is Truth.MAYBE:
        return Answer(Truth.MAYBE, f"whether {named} denies {request.action} to {SERVICE} depends on {unknown}")
    if allowed is Truth.NO:
        return Answer(Truth.NO, f"no statement of {named} allows {request.action} to {SERVICE}")
    if allowed is Truth.MAYBE:
        return Answer(Truth.MAYBE, f"whether {named} allows {request.action} to {SERVICE} depends on {unknown}")
    return Answer(Truth.YES, f"{named} allows {request.action} to {SERVICE}", tuple(dict.fromkeys(assumed)))


def _condition_words(conditions: Any) -> str:
    if not isinstance(conditions, Mapping):
        return "it could not be read"
    keys = [f"{operator} {key}" for operator, block in conditions.items() for key in _texts_of_keys(block)]
    return ", ".join(keys) or "it could not be read"


def _texts_of_keys(block: Any) -> list[str]:
    return [str(key) for key in block] if isinstance(block, Mapping) else []


def _statement(statement: Mapping[str, Any], request: Request, assumed: list[str]) -> Truth:
    if not (_principal(statement, request) and _action(statement, request) and _resource(statement, request)):
        return Truth.NO
    found: list[str] = []
    truth = _conditions(statement.get("Condition") or {}, request, found)
    if truth is Truth.YES and str(statement.get("Effect")) != "Deny":
        assumed.extend(found)
    return truth


def _principal(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _names_service(statement["NotPrincipal"], request)
    return _names_service(statement.get("Principal"), request)


def _names_service(principal: Any, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    services = _texts(principal.get("Service"))
    return "*" in _texts(principal.get("AWS")) or "*" in services or any(name in services for name in request.services)


def _action(statement: Mapping[str, Any], request: Request) -> bool:
    wanted = request.action.lower()
    if "NotAction" in statement:
        return not any(_like(wanted, pattern.lower()) for pattern in _texts(statement["NotAction"]))
    return any(_like(wanted, pattern.lower()) for pattern in _texts(statement.get("Action")))


def _resource(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotResource" in statement:
        return not any(_like(request.resource, pattern) for pattern in _texts(statement["NotResource"]))
    if "Resource" not in statement:
        return True
    return any(_like(request.resource, pattern) for pattern in _texts(statement["Resource"]))


def _conditions(conditions: Any, request: Request, assumed: list[str]) -> Truth:
    if not isinstance(conditions, Mapping):
        return Truth.MAYBE
    truth = Truth.YES
    for operator, block in conditions.items():
        if not isinstance(block, Mapping):
            return Truth.MAYBE
        for key, values in block.items():
            truth &= _condition(str(operator), str(key), _texts(values), request, assumed)
    return truth


def _condition(operator: str, spelled: str, values: list[str], request: Request, assumed: list[str]) -> Truth:
    name, key = operator.lower(), spelled.lower()
    all_values = name.startswith("forallvalues:")
    name = name.removeprefix("forallvalues:").removeprefix("foranyvalue:")
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    present = key in request.known or key in request.open_keys
    if not present and key not in ABSENT_KEYS and not key.startswith(("aws:principaltag/", "aws:requesttag/")):
        return Truth.MAYBE
    if name == "null":
        return Truth.of(any((value.lower() == "true") is not present for value in values))
    test, negated = _TESTS.get(name, (None, False))
    if test is None:
        return Truth.MAYBE
    if not present:
        return Truth.of(if_exists or all_values or negated)
    if key in request.open_keys:
        if negated:
            return Truth.MAYBE
        assumed.append(f"that {spelled} of the alarm's account is {' or '.join(values)}")
        return Truth.YES
    matched = any(test(actual, value) for actual in request.known[key] for value in values)
    if not matched and any(test(other, value) for other in request.ambiguous.get(key, ()) for value in values):
        assumed.append(f"that {spelled} of a call across accounts may name {' or '.join(request.ambiguous[key])}")
        matched = True
    return Truth.of(matched is not negated)


def _equal(actual: str, value: str) -> bool:
    return actual == value


def _equal_ignoring_case(actual: str, value: str) -> bool:
    return actual.lower() == value.lower()


def _like(actual: str, pattern: str) -> bool:
    return _wildcard(pattern).fullmatch(actual) is not None


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


_Test = Callable[[str, str], bool]
_TESTS: dict[str, tuple[_Test | None, bool]] = {
    "stringequals": (_equal, False),
    "stringnotequals": (_equal, True),
    "stringequalsignorecase": (_equal_ignoring_case, False),
    "stringnotequalsignorecase": (_equal_ignoring_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "arnequals": (_like, False),
    "arnlike": (_like, False),
    "arnnotequals": (_like, True),
    "arnnotlike": (_like, True),
    "bool": (_equal_ignoring_case, False),
    "ipaddress": (_equal, False),
    "notipaddress": (_equal, True),
}


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(item).lower() if isinstance(item, bool) else str(item) for item in value]
    return [str(value)]
