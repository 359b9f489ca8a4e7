"""Random patterns and events over a handful of fields, small enough that they meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from checker.patterns.language.tree import (
    AnyIndex,
    AnyKey,
    Check,
    Comparison,
    Condition,
    EmptyPattern,
    Index,
    JsonPattern,
    Key,
    Number,
    Operator,
    Pattern,
    Regex,
    Selector,
    SpaceField,
    SpacePattern,
    Step,
    Term,
    TermKind,
    TermPattern,
    Test,
    Value,
    conjunction,
    disjunction,
    leaves,
    wildcard,
)

FIELDS = ("kind", "name", "free", "box.in", "box.other", "list[0]", "list[1]")
"""Fields of the small model of the tests: closed, always there, and unknown ones."""
TEXTS = ("a", "ab", "b", "Root", "1", "2.5", "", "a*b")
VALUES: SearchStrategy[Value] = st.one_of(
    st.sampled_from(["a", "ab", "b", "Root", "*", "a*", "*b", "*a*", "a*b", "x y", "", "R*t"]).map(wildcard),
    st.sampled_from(["1", "2", "2.5", "-1"]).map(Number),
)
REGEXES = st.sampled_from(["^a", "b$", "a.?b", "[ab]+", "^Root$", "x{2,}", "\\d"]).map(Regex)


def path_selector(path: str) -> Selector:
    parts = path.replace("[", ".[").split(".")
    steps: list[Step] = [Index(int(part[1:-1])) if part.startswith("[") else Key(part) for part in parts]
    return Selector(tuple(steps))


SELECTORS = st.sampled_from(FIELDS).map(path_selector)
OPEN_SELECTORS = st.sampled_from(
    [Selector((AnyKey(),)), Selector((Key("box"), AnyKey())), Selector((Key("list"), AnyIndex()))]
)


def comparisons(selectors: SearchStrategy[Selector], values: SearchStrategy[Value]) -> SearchStrategy[Condition]:
    equality = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
    ordering = st.sampled_from([Operator.LESS, Operator.GREATER, Operator.LESS_OR_EQUAL, Operator.GREATER_OR_EQUAL])
    numbers: SearchStrategy[Value] = st.sampled_from(["1", "2", "2.5"]).map(Number)
    return st.one_of(
        st.builds(Comparison, selectors, equality, values),
        st.builds(Comparison, selectors, equality, values),
        st.builds(Comparison, selectors, ordering, numbers),
        st.builds(Test, selectors, st.sampled_from(Check)),
    )


def conditions(
    selectors: SearchStrategy[Selector] = SELECTORS, values: SearchStrategy[Value] = VALUES
) -> SearchStrategy[Condition]:
    def compound(children: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        lists = st.lists(children, min_size=2, max_size=3)
        return lists.map(conjunction) | lists.map(disjunction)

    return st.recursive(comparisons(selectors, values), compound, max_leaves=6)


def json_patterns(selectors: SearchStrategy[Selector] = SELECTORS) -> SearchStrategy[JsonPattern]:
    return conditions(selectors).map(JsonPattern)


def patterns() -> SearchStrategy[Pattern]:
    """Patterns of all four kinds."""
    terms = st.builds(Term, st.text(alphabet='ab "\\-?', max_size=4) | REGEXES, st.sampled_from(TermKind))
    names = st.sampled_from(["ip", "w1", "status-code"])
    conditions_of = names.flatmap(
        lambda name: (
            comparisons(st.just(Selector((Key(name),))), VALUES)
            .filter(lambda condition: isinstance(condition, Comparison))
            .map(lambda condition: SpaceField(name, condition))
        )
    )
    fields = st.lists(conditions_of | names.map(SpaceField) | st.just(SpaceField("")), min_size=1, max_size=3)
    spaces = fields.flatmap(
        lambda listed: st.builds(SpacePattern, st.just(tuple(listed)), st.none() | st.integers(0, len(listed)))
    )
    return st.one_of(
        json_patterns(),
        wide_patterns(),
        st.lists(terms, min_size=1, max_size=3).map(lambda listed: TermPattern(tuple(listed))),
        spaces,
        st.just(EmptyPattern()),
    )


def wide_patterns() -> SearchStrategy[JsonPattern]:
    """JSON patterns that also have selectors with ``*``, within the quota."""
    return conditions(OPEN_SELECTORS | SELECTORS).filter(_few_wildcards).map(JsonPattern)


def _few_wildcards(condition: Condition) -> bool:
    return sum(leaf.selector.wildcards for leaf in leaves(condition)) <= 3


SCALARS: SearchStrategy[Any] = st.sampled_from([*TEXTS, 1, 2, 2.5, 3, -1, True, False, None])


def events() -> SearchStrategy[dict[str, Any]]:
    """Events of the small model: ``kind`` and ``name`` as it says, the rest free."""
    inner: SearchStrategy[Any] = SCALARS | st.just({}) | st.just([])
    box = st.dictionaries(st.sampled_from(["in", "other"]), inner, max_size=2) | inner
    return st.fixed_dictionaries(
        {"kind": st.sampled_from(["a", "ab", "Root"]), "name": st.sampled_from(TEXTS)},
        optional={"free": inner, "box": box, "list": st.lists(inner, max_size=3) | inner},
    )
