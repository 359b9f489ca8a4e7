"""Evaluates a resource policy (SNS topic, KMS key) for the CloudWatch service principal. Pure, three-valued.

Each statement is taken apart: principal, action, resource and every condition are answered for themselves, so that an
answer carries the statement and the conditions that decide, as data. The sentences are in ``policy_words``.

Sources: IAM user guide, "Policy evaluation logic" (an explicit deny wins), "IAM JSON policy elements: Principal" (also
``NotPrincipal``; names of services), "Action", "Resource" (a ``*`` at the end of a part reaches over colons; a key
policy says ``*``), "Version" (no variables before 2012-10-17); SNS developer guide, "Example cases for Amazon SNS
access control" (CloudWatch publishes by a statement for everybody, ``"AWS": "*"``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checker.chain.aws_rules.condition_operators import holds, is_null, operator_named
from checker.chain.aws_rules.policy_values import Pattern, matches, pattern_of
from checker.chain.aws_rules.request_context import SERVICE, Carried, ContextKey, Request
from checker.chain.truth import Truth, all_of, any_of

_WITH_VARIABLES = "2012-10-17"
_VERSIONS = (None, "2008-10-17", _WITH_VARIABLES)


class Cause(StrEnum):
    """Why a condition is answered as it is."""

    VALUE = "value"
    """The value that the call carries decides."""
    ABSENT = "absent"
    """The call does not carry the key, and that decides."""
    UNKNOWN_VALUE = "unknown_value"
    """What the call carries, or whether it does, is not known."""
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_OPERATOR = "unknown_operator"
    VARIABLE = "variable"
    """A policy variable has no value, and AWS says that the statement may be invalid."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and key of a statement, with the values asked for, and what the call carries."""

    operator: str
    key: str
    values: tuple[str, ...]
    truth: Truth
    cause: Cause
    carried: ContextKey | None = None
    can_be_assumed: bool = False
    """It is open only because of a value that an Allow is taken to have."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, with the four answers. ``number`` counts from 1; ``sid`` only where no other statement has it."""

    number: int
    sid: str | None
    effect: str
    principal: Truth
    action: Truth
    resource: Truth
    conditions: tuple[Condition, ...]

    @property
    def truth(self) -> Truth:
        """Does the statement apply to the call?"""
        if self.effect not in {"Allow", "Deny"}:
            return Truth.MAYBE
        return self.names_call & all_of(condition.truth for condition in self.conditions)

    @property
    def names_call(self) -> Truth:
        """Principal, action and resource are the call's."""
        return self.principal & self.action & self.resource

    @property
    def assumed(self) -> tuple[Condition, ...]:
        """The conditions of an Allow that are taken to hold, when it is open by nothing else."""
        rest = (condition.truth for condition in self.conditions if not condition.can_be_assumed)
        if self.effect != "Allow" or self.names_call & all_of(rest) is not Truth.YES:
            return ()
        return tuple(condition for condition in self.conditions if condition.can_be_assumed)

    def deciding(self, truth: Truth) -> tuple[Condition, ...]:
        """The conditions with that answer: those that fail, or those that are open."""
        return tuple(condition for condition in self.conditions if condition.truth is truth)


class Basis(StrEnum):
    """What an answer rests on."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NO_STATEMENT = "no_statement"
    """No Allow names the principal and the action."""
    OTHER_RESOURCE = "other_resource"
    """The nearest Allow is about another resource."""
    CONDITION = "condition"
    """The nearest Allow has a condition that fails."""
    ALLOW_OPEN = "allow_open"
    DENY_OPEN = "deny_open"
    NOT_READ = "not_read"
    """There is no policy to judge."""
    UNREADABLE = "unreadable"
    """The policy is not a policy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """May the service do it? With the statement that decides, its conditions that do, and what was assumed."""

    allowed: Truth
    action: str
    basis: Basis
    statement: Statement | None = None
    conditions: tuple[Condition, ...] = ()
    assumed: tuple[Condition, ...] = ()


def evaluate(policy: Any, request: Request) -> Answer:
    """Evaluate the policy document. What is malformed is not known, not refused."""
    if policy is None:
        return Answer(Truth.MAYBE, request.action, Basis.NOT_READ)
    statements = _statements(policy)
    if statements is None or policy.get("Version") not in _VERSIONS:
        return Answer(Truth.MAYBE, request.action, Basis.UNREADABLE)
    variables = policy.get("Version") == _WITH_VARIABLES
    return _decide(list(_analysed(statements, request, variables=variables)), request)


def _statements(policy: Any) -> list[Mapping[str, Any]] | None:
    found = policy.get("Statement") if isinstance(policy, Mapping) else None
    listed = [found] if isinstance(found, Mapping) else found
    if not isinstance(listed, list) or not all(isinstance(statement, Mapping) for statement in listed):
        return None
    return listed


def _decide(statements: Sequence[Statement], request: Request) -> Answer:
    """An explicit deny wins, then an open one, then the Allows; the nearest statement is named."""
    denies = [statement for statement in statements if statement.effect != "Allow"]
    allows = [statement for statement in statements if statement.effect != "Deny"]
    for truth, allowed, basis in ((Truth.YES, Truth.NO, Basis.DENIED), (Truth.MAYBE, Truth.MAYBE, Basis.DENY_OPEN)):
        for statement in denies:
            if statement.truth is truth:
                return Answer(allowed, request.action, basis, statement, statement.deciding(truth))
    for statement in allows:
        if statement.truth is Truth.YES:
            return Answer(Truth.YES, request.action, Basis.ALLOWED, statement)
    for statement in allows:
        if statement.assumed:
            return Answer(Truth.YES, request.action, Basis.ALLOWED, statement, assumed=statement.assumed)
    for statement in allows:
        if statement.truth is Truth.MAYBE:
            open_ones = statement.deciding(Truth.MAYBE)
            return Answer(Truth.MAYBE, request.action, Basis.ALLOW_OPEN, statement, open_ones)
    return _refused(allows, request)


def _refused(allows: Sequence[Statement], request: Request) -> Answer:
    """No Allow applies: the one that comes nearest says what is wrong."""
    named = [s for s in allows if s.principal & s.action is not Truth.NO]
    if not named:
        return Answer(Truth.NO, request.action, Basis.NO_STATEMENT)
    nearest = min(named, key=lambda s: (s.resource is Truth.NO, len(s.deciding(Truth.NO))))
    if nearest.resource is Truth.NO:
        return Answer(Truth.NO, request.action, Basis.OTHER_RESOURCE, nearest)
    return Answer(Truth.NO, request.action, Basis.CONDITION, nearest, nearest.deciding(Truth.NO))


def _analysed(statements: Sequence[Mapping[str, Any]], request: Request, *, variables: bool) -> Iterator[Statement]:
    """Each statement with its answers."""
    sids = [statement.get("Sid") for statement in statements]
    for number, statement in enumerate(statements, start=1):
        sid = statement.get("Sid")
        yield Statement(
            number,
            str(sid) if sid and sids.count(sid) == 1 else None,
            str(statement.get("Effect")),
            _either(statement, "Principal", lambda value: _names_service(value, request), missing=Truth.NO),
            _either(statement, "Action", lambda value: _names_action(value, request), missing=Truth.MAYBE),
            _either(
                statement,
                "Resource",
                lambda value: _names_resource(value, request, variables=variables),
                missing=Truth.YES,
            ),
            tuple(_conditions(statement.get("Condition"), request, variables=variables)),
        )


def _either(statement: Mapping[str, Any], element: str, answer: Any, *, missing: Truth) -> Truth:
    """The answer of an element, or the opposite of its ``Not`` form's."""
    found: Truth
    if f"Not{element}" in statement:
        found = answer(statement[f"Not{element}"])
        return ~found
    found = missing if statement.get(element) is None else answer(statement[element])
    return found


def _names_service(principal: Any, request: Request) -> Truth:
    """CloudWatch is among the principals. Names of services are exact; a region's form is not documented for it."""
    if principal == "*":
        return Truth.YES
    if not isinstance(principal, Mapping):
        return Truth.MAYBE
    if "*" in _texts(principal.get("AWS")):
        return Truth.YES
    regional = SERVICE.replace(".", f".{request.facts['alarm_region']}.", 1)
    names = _texts(principal.get("Service"))
    if any(name in request.service_principals for name in names):
        return Truth.YES
    possible = {"*", regional, *request.service_principals}
    strange = set(principal) - {"AWS", "Service", "Federated", "CanonicalUser"}
    return Truth.MAYBE if strange or any(name.lower() in possible for name in names) else Truth.NO


def _names_action(actions: Any, request: Request) -> Truth:
    wanted = request.action.lower()
    return any_of(matches(wanted, _plain(text.lower(), request).tokens) for text in _texts(actions))


def _plain(text: str, request: Request) -> Pattern:
    return pattern_of(text, request, variables=False)


def _names_resource(resources: Any, request: Request, *, variables: bool) -> Truth:
    """The resource is among them. A variable without a value equals nothing."""
    found = Truth.NO
    for text in _texts(resources):
        pattern = pattern_of(text, request, variables=variables)
        truth = matches(request.resource, pattern.tokens) if pattern.resolved else Truth.NO
        found = found | (truth & Truth.MAYBE if pattern.doubtful else truth)
    return found


def _conditions(conditions: Any, request: Request, *, variables: bool) -> Iterator[Condition]:
    """Every operator and key of the block; something unreadable is one open condition."""
    if conditions is None:
        return
    if not isinstance(conditions, Mapping):
        yield Condition("Condition", "", (), Truth.MAYBE, Cause.UNREADABLE)
        return
    for operator, block in conditions.items():
        if not isinstance(block, Mapping):
            yield Condition(str(operator), "", (), Truth.MAYBE, Cause.UNREADABLE)
            continue
        for key, values in block.items():
            yield _condition(str(operator), str(key), _texts(values), request, variables=variables)


def _condition(spelled: str, key: str, values: list[str], request: Request, *, variables: bool) -> Condition:
    """One condition: over every alternative of what the call carries; where they differ it is open."""
    carried = request.key(key)
    if carried is None:
        return Condition(spelled, key, tuple(values), Truth.MAYBE, Cause.UNKNOWN_KEY)
    operator = operator_named(spelled)
    if operator is None and spelled.lower() != "null":
        return Condition(spelled, key, tuple(values), Truth.MAYBE, Cause.UNKNOWN_OPERATOR, carried)
    filled_in = variables and operator is not None and operator.variables
    patterns = [pattern_of(value, request, variables=filled_in) for value in values]

    def one(alternative: Carried | None) -> Truth:
        return holds(operator, alternative, patterns) if operator else is_null(alternative, values)

    answers = {one(alternative) for alternative in carried.alternatives}
    truth = answers.pop() if len(answers) == 1 else Truth.MAYBE
    assumed = truth is Truth.MAYBE and carried.assume and operator is not None and not operator.negated
    return Condition(spelled, key, tuple(values), truth, _cause(truth, carried, patterns), carried, assumed)


def _cause(truth: Truth, carried: ContextKey, patterns: Sequence[Pattern]) -> Cause:
    if truth is Truth.MAYBE and any(not pattern.resolved or pattern.doubtful for pattern in patterns):
        return Cause.VARIABLE
    if truth is Truth.MAYBE:
        return Cause.UNKNOWN_VALUE
    return Cause.ABSENT if carried.is_absent else Cause.VALUE


def _texts(value: Any) -> list[str]:
    """The values of an element: one or a list; truth values as JSON spells them."""
    if value is None:
        return []
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
