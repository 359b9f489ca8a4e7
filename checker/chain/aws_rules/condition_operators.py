"""The operators of a policy's conditions, by name: what they compare, and how. Pure, three-valued.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" (names, wildcards, what an absent key means,
``...IfExists``, ``Null``) and "Set operators for multivalued context keys" (``ForAnyValue``, ``ForAllValues``).
Operators over numbers, dates and bytes are known by name: no key that the call carries with a known value has one of
these types, so a comparison is not decided.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checker.chain.aws_rules.policy_values import Pattern, Token, Wildcard, matches
from checker.chain.aws_rules.request_context import Carried, Unknown, Value
from checker.chain.truth import Truth, all_of, any_of

_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")))
ARN_PARTS = 6

Comparison = Callable[[Value, Pattern], Truth]


@dataclass(frozen=True, slots=True)
class Operator:
    """One spelling of an operator, taken apart. ``quantifier`` is ``any``, ``all`` or empty."""

    compare: Comparison
    negated: bool
    variables: bool
    quantifier: str
    if_exists: bool


def operator_named(spelled: str) -> Operator | None:
    """The operator of that name, in any case; ``None`` for an unknown name, and for ``Null``: see ``is_null``."""
    name, quantifier = spelled.lower(), ""
    for prefix in ("any", "all"):
        label = f"for{prefix}value{'s' if prefix == 'all' else ''}:"
        if name.startswith(label):
            name, quantifier = name.removeprefix(label), prefix
    known = _BY_NAME.get(name.removesuffix("ifexists"))
    if known is None:
        return None
    compare, negated, variables = known
    return Operator(compare, negated, variables, quantifier, name.endswith("ifexists"))


def holds(operator: Operator, carried: Carried | None, patterns: Sequence[Pattern]) -> Truth:
    """Does the condition hold for what the call carries under its key?"""
    if carried is None:
        if operator.if_exists or operator.quantifier == "all":
            return Truth.YES
        return Truth.of(operator.negated and operator.quantifier != "any")
    several = carried.more or len(carried.values) > 1
    if several and not operator.quantifier:
        # "Use a set operator": what is compared without one is not documented.
        return Truth.MAYBE
    each = [_one(operator, value, patterns) for value in carried.values]
    if carried.more:
        each.append(Truth.MAYBE)
    truth = all_of(each) if operator.quantifier == "all" else any_of(each)
    doubtful = any(not pattern.resolved or pattern.doubtful for pattern in patterns)
    return truth & Truth.MAYBE if doubtful else truth


def is_null(carried: Carried | None, values: Sequence[str]) -> Truth:
    """``Null``: ``true`` asks that the key is absent, ``false`` that it is there."""
    asked = {value.lower() for value in values}
    if not asked <= {"true", "false"}:
        return Truth.MAYBE
    return Truth.of(("true" if carried is None else "false") in asked)


def _one(operator: Operator, value: Value, patterns: Sequence[Pattern]) -> Truth:
    found = any_of(operator.compare(value, pattern) for pattern in patterns if pattern.resolved)
    return ~found if operator.negated else found


def _equal(value: Value, pattern: Pattern) -> Truth:
    pattern = pattern.without_wildcards()
    return _unknown(value, pattern) if isinstance(value, Unknown) else matches(value, pattern.tokens)


def _equal_ignoring_case(value: Value, pattern: Pattern) -> Truth:
    return _equal(value if isinstance(value, Unknown) else value.lower(), pattern.ignoring_case())


def _like(value: Value, pattern: Pattern) -> Truth:
    return _unknown(value, pattern) if isinstance(value, Unknown) else matches(value, pattern.tokens)


def _arn(value: Value, pattern: Pattern) -> Truth:
    """Each of the six parts is compared apart, so that a wildcard does not reach over a colon before the resource."""
    if isinstance(value, Unknown):
        return _unknown(value, pattern)
    parts, wanted = value.split(":", ARN_PARTS - 1), _parts(pattern.tokens)
    if len(parts) == len(wanted) == ARN_PARTS:
        return all_of(matches(part, tokens) for part, tokens in zip(parts, wanted, strict=True))
    # What an ARN operator makes of a text that is not an ARN is not documented.
    return matches(value, pattern.tokens) & Truth.MAYBE


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for piece in tokens:
        if piece == ":" and len(parts) < ARN_PARTS:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _unknown(value: Unknown, pattern: Pattern) -> Truth:
    """An unknown value against a pattern: equal to itself, anything to ``*``, a customer's name is none of AWS's."""
    if pattern.unknown == value or set(pattern.tokens) == {Wildcard.MANY}:
        return Truth.YES
    named = value.foreign and (pattern.names_an_account or not pattern.has_wildcards)
    return Truth.NO if named and not any(isinstance(token, Unknown) for token in pattern.tokens) else Truth.MAYBE


def _bool(value: Value, pattern: Pattern) -> Truth:
    return Truth.MAYBE if isinstance(value, Unknown) else Truth.of(value.lower() == pattern.text.lower())


def _address(value: Value, pattern: Pattern) -> Truth:
    """No address of AWS is in a private network."""
    try:
        network = ipaddress.ip_network(pattern.text, strict=False)
    except ValueError:
        return Truth.NO
    inside = isinstance(network, ipaddress.IPv4Network) and any(network.subnet_of(private) for private in _PRIVATE)
    return Truth.NO if inside and isinstance(value, Unknown) else Truth.MAYBE


def _not_modelled(*_: object) -> Truth:
    return Truth.MAYBE


_BY_NAME: dict[str, tuple[Comparison, bool, bool]] = {
    "stringequals": (_equal, False, True),
    "stringnotequals": (_equal, True, True),
    "stringequalsignorecase": (_equal_ignoring_case, False, True),
    "stringnotequalsignorecase": (_equal_ignoring_case, True, True),
    "stringlike": (_like, False, True),
    "stringnotlike": (_like, True, True),
    "arnequals": (_arn, False, True),
    "arnlike": (_arn, False, True),
    "arnnotequals": (_arn, True, True),
    "arnnotlike": (_arn, True, True),
    "bool": (_bool, False, False),
    "ipaddress": (_address, False, False),
    "notipaddress": (_address, True, False),
    "binaryequals": (_not_modelled, False, False),
    **{
        f"{kind}{relation}": (_not_modelled, relation == "notequals", False)
        for kind in ("numeric", "date")
        for relation in ("equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
    },
}
