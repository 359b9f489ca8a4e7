"""The conditions of a certificate as clauses, after a check that they really must hold.

A tree is ``(And or Or, parts)`` or ``(path, unit)``; what stands side by side about one field is one unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from checker.patterns.covering.background import Behind, Inside
from checker.patterns.covering.certificate import Wanted
from checker.patterns.covering.event_model import Path, Rule
from checker.patterns.covering.predicates import State
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.language.tree import (
    And,
    AnyIndex,
    AnyKey,
    Check,
    Comparison,
    Condition,
    JsonPattern,
    Key,
    Operator,
    Or,
    Pattern,
    Selector,
    SpacePattern,
    TermKind,
    TermPattern,
    Test,
    conjunction,
    disjunction,
    wildcard,
)

V = Selector((Key("v"),))
ABSENT = Test(V, Check.NOT_EXISTS)
PAIR = re.compile(r'"([\w-]+)":"([^"\\*]*)"')


@dataclass(frozen=True)
class Either:
    """The unit that one of some units of a field has the truth beside it."""

    parts: tuple[tuple[Any, bool], ...]


def clause(condition: Any, question: CoverQuestion, paths: list[Path]) -> list[tuple[Any, bool]]:
    """Trees and the truth that one of them must have."""
    if isinstance(condition, Inside):
        container = State.OBJECT if isinstance(condition.path[-1], str) else State.ARRAY
        return [((condition.path, ABSENT), True), ((condition.path[:-1], container), True)]
    if isinstance(condition, Behind):
        assert condition.before[:-1] == condition.path[:-1]
        assert 0 <= condition.before[-1] < condition.path[-1]  # type: ignore[operator]  # both are numbers
        return [((condition.path, ABSENT), True), ((condition.before, ABSENT), False)]
    if isinstance(condition, Rule):
        return rule_clause(condition, question)
    assert condition.pattern in ((question.wanted,) if isinstance(condition, Wanted) else question.unwanted)
    assert not (isinstance(condition, Wanted) and isinstance(condition.pattern, TermPattern))
    return [(tree_of(condition.pattern, paths), isinstance(condition, Wanted))]


def rule_clause(rule: Rule, question: CoverQuestion) -> list[tuple[Any, bool]]:
    model, names = question.model, rule.when.get("eventName", ())
    known = [*model.rules, *(Rule({"eventName": (name,)}, "eventType", model.event_types) for name in names)]
    known += [Rule({"eventName": (name,)}, "eventSource", model.event_sources.get(name, ())) for name in names]
    if model.same_account:
        account = dict(question.fixed).get(model.same_account.other, "")
        known.append(Rule(dict(model.same_account.when), model.same_account.field, (account,), optional=True))
    assert rule in known
    unless = model.field(tuple(rule.path.split("."))).unless if rule.then == "present" and not rule.when else {}
    found = [(unit, not wanted) for unit, wanted in (says(path, texts) for path, texts in rule.when.items())]
    found += [says(path, texts) for path, texts in unless.items()]
    if rule.then:
        found.append(says(rule.path, rule.then, or_absent=rule.optional))
    by_path: dict[Path, list[tuple[Any, bool]]] = {}
    for (path, unit), wanted in found:
        by_path.setdefault(path, []).append((unit, wanted))
    return [((path, Either(tuple(parts))), True) for path, parts in by_path.items()]


def says(dotted: str, wanted: Any, *, or_absent: bool = False) -> tuple[Any, bool]:
    """``present``, ``absent`` or one of some texts, as a unit and its truth."""
    path = tuple(dotted.split("."))
    if isinstance(wanted, str):
        return (path, ABSENT), wanted == "absent"
    parts: list[Condition] = [Comparison(V, Operator.EQUAL, wildcard(text)) for text in wanted]
    parts += [ABSENT] if or_absent else []
    return (path, disjunction(parts)), True


def tree_of(pattern: Pattern, paths: list[Path]) -> Any:
    """The tree of a pattern; of terms only what is certain to occur."""
    if isinstance(pattern, JsonPattern):
        return condition_tree(pattern.condition, paths)
    if isinstance(pattern, TermPattern):
        required = [term for term in pattern.terms if term.kind is not TermKind.OPTIONAL]
        found = [occurs(term, paths) for term in required or pattern.terms]
        return (And if required else Or, found)
    return (Or, []) if isinstance(pattern, SpacePattern) else (And, [])


def occurs(term: Any, paths: list[Path]) -> Any:
    """Where a term is certain to occur: an excluded one counts as nowhere."""
    if term.kind is TermKind.EXCLUDED:
        return (Or, [])
    if not isinstance(term.content, str):
        return joined(Or, ((path, Comparison(V, Operator.EQUAL, term.content)) for path in paths))
    if not term.content.strip():
        return (And, [])
    pair = PAIR.fullmatch(term.content)
    found: list[Any] = []
    for path in paths:
        if pair:
            found += [(path, Comparison(V, Operator.EQUAL, wildcard(pair[2])))] if path[-1] == pair[1] else []
        elif isinstance(path[-1], str) and term.content in path[-1]:
            found.append((path, "there"))
        elif not set('"\\*') & set(term.content):
            found.append((path, Comparison(V, Operator.EQUAL, wildcard(f"*{term.content}*"))))
    return joined(Or, found)


def condition_tree(condition: Condition, paths: list[Path]) -> Any:
    """A condition with every selector written out for the fields that there are."""
    if isinstance(condition, And | Or):
        return joined(type(condition), (condition_tree(part, paths) for part in condition.parts))
    steps = condition.selector.steps
    places = [path for path in paths if len(path) == len(steps) and all(map(fits, steps, path))]
    unit = replace(condition, selector=V)
    kind = And if isinstance(condition, Test) and condition.check is Check.NOT_EXISTS else Or
    return joined(kind, ((path, unit) for path in places))


def fits(step: Any, name: str | int) -> bool:
    if isinstance(step, AnyKey | AnyIndex):
        return isinstance(name, str) == isinstance(step, AnyKey)
    return bool((step.name if isinstance(step, Key) else step.number) == name)


def joined(kind: type[And] | type[Or], trees: Iterable[Any]) -> Any:
    """Side by side, with the conditions on one field as one unit."""
    by_path: dict[Path, list[Condition]] = {}
    rest: list[Any] = []
    for tree in trees:
        for part in tree[1] if tree[0] is kind else [tree]:
            if part[0] in (And, Or) or not isinstance(part[1], And | Or | Comparison | Test):
                rest.append(part)
            else:
                by_path.setdefault(part[0], []).append(part[1])
    join = conjunction if kind is And else disjunction
    parts = [*((path, join(units)) for path, units in by_path.items()), *rest]
    return parts[0] if len(parts) == 1 else (kind, parts)
