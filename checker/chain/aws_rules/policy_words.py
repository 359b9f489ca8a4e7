"""What the answer of a policy says to a reader: the statement, the condition, what the call carries. Pure."""

from __future__ import annotations

from typing import Any

from checker.chain.aws_rules.request_context import SERVICE, Carried, ContextKey, Unknown
from checker.chain.aws_rules.resource_policy import Answer, Basis, Cause, Condition, Statement
from checker.chain.truth import Truth

_SHOWN = 3
_LONGEST = 100


def why(answer: Answer, named: str = "its policy") -> str:
    """A clause without a full stop: what decides, in the policy that is called ``named``."""
    call = f"{answer.action} to {SERVICE}"
    if answer.basis is Basis.NOT_READ:
        return f"{named} could not be read"
    if answer.basis is Basis.UNREADABLE:
        return f"{named} has no statements that could be read"
    if answer.statement is None:
        return f"no statement of {named} allows {call}"
    statement = f"{label(answer.statement)} of {named}"
    conditions = "; ".join(map(_failing if answer.allowed is Truth.NO else _open, answer.conditions))
    if answer.basis is Basis.DENIED:
        because = "; ".join(map(_met, answer.conditions))
        return f"{statement} denies {call}{f' ({because})' if because else ''}"
    if answer.basis is Basis.OTHER_RESOURCE:
        return f"{statement} allows {call} on another resource only"
    if answer.basis is Basis.CONDITION:
        return f"{statement} allows {call} on a condition that does not hold: {conditions}"
    if answer.basis is Basis.ALLOWED:
        return f"{statement} allows {call}"
    verb = "denies" if answer.basis is Basis.DENY_OPEN else "allows"
    return f"whether {statement} {verb} {call} is not known: {conditions or _unclear(answer.statement)}"


def remedy_of(answer: Answer) -> str:
    """What to change in the policy, without a full stop; empty where nothing has to be."""
    allow = f"llow {answer.action} for {SERVICE}"
    if answer.basis is Basis.DENIED:
        return f"Leave {SERVICE} out of the Deny"
    if answer.basis is Basis.CONDITION:
        return f"Change that condition, or a{allow} in a statement of its own"
    if answer.basis is Basis.DENY_OPEN:
        what = "its condition" if answer.conditions else "it"
        return f"Leave {SERVICE} out of the Deny, or look at {what} yourself"
    if answer.basis is Basis.ALLOW_OPEN:
        how = "without that condition" if answer.conditions else "in a statement of its own"
        return f"A{allow} {how}, or look at it yourself"
    return "" if answer.allowed is Truth.YES else f"A{allow}"


def assumptions(answer: Answer) -> tuple[str, ...]:
    """What was taken to hold, a clause each."""
    return tuple(dict.fromkeys(_assumed(condition) for condition in answer.assumed))


def as_data(answer: Answer) -> dict[str, Any]:
    """The answer for a machine: what it rests on, the statement, and the conditions that decide."""
    statement = answer.statement
    return {
        "action": answer.action,
        "allowed": str(answer.allowed),
        "basis": str(answer.basis),
        "statement": statement and {"number": statement.number, "sid": statement.sid, "effect": statement.effect},
        "conditions": [
            {
                "operator": condition.operator,
                "key": condition.key,
                "values": list(condition.values),
                "cause": str(condition.cause),
                "carried": _options(condition.carried),
            }
            for condition in answer.conditions
        ],
    }


def label(statement: Statement) -> str:
    """The statement by its Sid, or by its number where the Sid does not tell."""
    return f"statement {statement.sid}" if statement.sid else f"statement {statement.number}"


def _assumed(condition: Condition) -> str:
    asked = _asked(condition)
    options = [_carried(carried) for carried in (condition.carried.alternatives if condition.carried else ())]
    return f"that the call meets {asked}: {condition.key} is {' or '.join(options)}"


def _failing(condition: Condition) -> str:
    found = condition.carried
    if condition.cause is Cause.ABSENT:
        return f"{_asked(condition)}, and a call of CloudWatch has no {condition.key}"
    return f"{_asked(condition)}, and {condition.key} is {_options(found)}"


def _met(condition: Condition) -> str:
    if condition.cause is Cause.ABSENT:
        return f"{_asked(condition)}: a call of CloudWatch has no {condition.key}"
    return f"{_asked(condition)}: {condition.key} is {_options(condition.carried)}"


def _open(condition: Condition) -> str:
    reasons = {
        Cause.UNKNOWN_KEY: "whether a call of CloudWatch has this key is not known",
        Cause.UNKNOWN_OPERATOR: "the operator is not known",
        Cause.VARIABLE: "a variable in it may have no value",
        Cause.UNREADABLE: "it could not be read",
    }
    if reason := reasons.get(condition.cause):
        return f"{_asked(condition)} ({reason})"
    return f"{_asked(condition)} ({condition.key} is {_options(condition.carried)})"


def _unclear(statement: Statement) -> str:
    """The part that is open when no condition is."""
    if statement.effect not in {"Allow", "Deny"}:
        return "its Effect is neither Allow nor Deny"
    parts = {"Principal": statement.principal, "Action": statement.action, "Resource": statement.resource}
    return f"its {next((name for name, truth in parts.items() if truth is Truth.MAYBE), 'text')} could not be decided"


def _asked(condition: Condition) -> str:
    values = [_cut(value) for value in condition.values]
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return " ".join(filter(None, (condition.operator, condition.key, " or ".join(values[:_SHOWN]) + more)))


def _options(key: ContextKey | None) -> str:
    return " or ".join(_carried(alternative) for alternative in key.alternatives) if key else "not known"


def _carried(alternative: Carried | None) -> str:
    if alternative is None:
        return "absent"
    words = [value.what if isinstance(value, Unknown) else _cut(value) for value in alternative.values]
    return " and ".join([*words, *(["others"] if alternative.more else [])])


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
