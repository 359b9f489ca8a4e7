"""Metrics Insights queries of alarms: parsed, and asked whether they take in a metric. Pure.

Sources: CloudWatch user guide, "Metrics Insights query components and syntax" (``SELECT FUNCTION(metric) FROM namespace
| SCHEMA(namespace, label, ...) [WHERE ...] [GROUP BY ...] [ORDER BY FUNCTION() ...] [LIMIT n]``; keywords in any case,
names not; quotation marks; without ``SCHEMA`` metrics are taken whatever their dimensions, with it those that have
exactly the labels), "Create an alarm based on a Metrics Insights query" (several time series: ``GROUP BY`` and ``ORDER
BY``, the alarm is in ALARM when any of them is; the latest three hours only; missing data as in other alarms).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from checker.chain.aws_rules.token_reader import TokenReader, Unreadable, tokens_of

LONGEST = 10_000
FARTHEST_SECONDS = 3 * 60 * 60
STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}

_TOKEN = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<value>(?:[^'\\]|\\.|'')*)'|(?P<mark>!=|[(),=;])|(?P<word>[^\s(),=;'"!]+))""",
    re.DOTALL,
)
_RESERVED = {"SELECT", "FROM", "SCHEMA", "WHERE", "GROUP", "ORDER", "BY", "LIMIT", "AND", "OR", "ASC", "DESC"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query. ``schema`` holds the labels of ``SCHEMA``, ``None`` without it; ``conditional``: it has a WHERE."""

    function: str
    metric: str
    namespace: str
    schema: tuple[str, ...] | None = None
    conditional: bool = False
    group_by: tuple[str, ...] = ()
    ordered: bool = False
    limit: int | None = None


class Reach(StrEnum):
    """Does a query take in a metric?"""

    OTHER_METRIC = "other_metric"
    OTHER_DIMENSIONS = "other_dimensions"
    TAKEN_IN = "taken_in"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer; ``why`` it is open, or a ``caveat`` where it is taken in."""

    reach: Reach
    why: str = ""
    caveat: str = ""


_ACCOUNT = re.compile(r"""AWS\.AccountId"?\s*=\s*'(\d{12})'""", re.IGNORECASE)
_BY_ACCOUNT = re.compile(r"GROUP\s+BY\b.*AWS\.AccountId", re.IGNORECASE | re.DOTALL)
ANY_ACCOUNT = "*"


def accounts_in(text: str) -> frozenset[str]:
    """The accounts that a query names (``WHERE AWS.AccountId = '...'``), or ``ANY_ACCOUNT`` when it groups by them.

    Source: CloudWatch user guide, "Alarms on CloudWatch Metrics Insights queries": in a monitoring account they can
    watch source accounts too.
    """
    if not is_query(text):
        return frozenset()
    named = frozenset(_ACCOUNT.findall(text))
    return named or frozenset({ANY_ACCOUNT} if _BY_ACCOUNT.search(text) else ())


def is_query(expression: str) -> bool:
    """The expression of a metric query is a Metrics Insights query, and no metric math."""
    return re.match(r"\s*SELECT\s", expression, re.IGNORECASE) is not None


def parse_query(text: str) -> Query:
    """Parse a query. Raises ``Unreadable``."""
    return _Reader(list(tokens_of(text, _TOKEN, longest=LONGEST))).query()


def reading_of(query: Query, metric: tuple[str, str], published: frozenset[str]) -> Reading:
    """Does the query take in the metric (namespace and name) that is published with these dimensions?"""
    if (query.namespace, query.metric) != metric:
        return Reading(Reach.OTHER_METRIC)
    if query.schema is not None and frozenset(query.schema) != published:
        return Reading(Reach.OTHER_DIMENSIONS)
    if query.conditional:
        return Reading(Reach.UNDECIDED, "selects metrics by a WHERE")
    if query.limit is not None and (query.group_by or query.limit < 1):
        return Reading(Reach.UNDECIDED, "takes a limited number of time series")
    if query.group_by and not frozenset(query.group_by) <= published:
        return Reading(Reach.UNDECIDED, "groups by what the filter does not publish")
    if query.group_by and not query.ordered:
        return Reading(Reach.UNDECIDED, "groups without the ORDER BY that an alarm needs")
    if query.schema is not None:
        return Reading(Reach.TAKEN_IN)
    if query.function in {"AVG", "MIN"}:
        return Reading(Reach.UNDECIDED, f"takes the {query.function} over metrics with any dimensions")
    return Reading(Reach.TAKEN_IN, caveat="its query also takes in metrics of the same name with other dimensions")


@dataclass(slots=True)
class _Reader(TokenReader):
    """Clause by clause; conditions are checked and passed over."""

    def query(self) -> Query:
        """The whole text."""
        self.expect("SELECT")
        function = self._function()
        self.expect("(")
        metric = self._name()
        self.expect(")")
        self.expect("FROM")
        namespace, schema = self._source()
        conditional = self.takes("WHERE")
        if conditional:
            self._conditions()
        group_by = self._names() if self._clause("GROUP") else ()
        ordered = self._clause("ORDER")
        if ordered:
            self._function()
            self.expect("(")
            self.expect(")")
            _ = self.takes("ASC") or self.takes("DESC")
        limit = self._number() if self.takes("LIMIT") else None
        self.takes(";")
        self.end()
        return Query(function, metric, namespace, schema, conditional, group_by, ordered, limit)

    def _source(self) -> tuple[str, tuple[str, ...] | None]:
        """The namespace, alone or with the labels of a SCHEMA."""
        if not self.takes("SCHEMA"):
            return self._name(), None
        self.expect("(")
        namespace, *labels = self._names()
        self.expect(")")
        return namespace, tuple(labels)

    def _conditions(self) -> None:
        """``label = 'value'`` or ``!=``, joined by AND and OR, in parentheses that match."""
        depth = 0
        while True:
            while self.takes("("):
                depth += 1
            self._name()
            if not (self.takes("=") or self.takes("!=")) or self.next().kind != "value":
                raise Unreadable
            while depth and self.takes(")"):
                depth -= 1
            if not (self.takes("AND") or self.takes("OR")):
                break
        if depth:
            raise Unreadable

    def _clause(self, word: str) -> bool:
        found = self.takes(word)
        if found:
            self.expect("BY")
        return found

    def _names(self) -> tuple[str, ...]:
        names = [self._name()]
        while self.takes(","):
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        token = self.next()
        if token.kind not in {"word", "quoted"} or token.keyword in _RESERVED:
            raise Unreadable
        return token.text

    def _function(self) -> str:
        word = self.next().keyword
        if word not in STATISTICS:
            raise Unreadable
        return word

    def _number(self) -> int:
        text = self.next().text
        if not re.fullmatch(r"\d{1,9}", text):
            raise Unreadable
        return int(text)
