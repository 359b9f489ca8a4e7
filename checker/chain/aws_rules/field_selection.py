"""Does a metric filter's ``fieldSelectionCriteria`` let through events of this account and region? Pure.

The criteria compare system fields: ``@aws.account`` and ``@aws.region``, the account and region in which an event
was put into CloudWatch Logs (before a centralization rule copied it), with ``=``, ``!=``, ``IN [...]`` and
``NOT IN [...]``, joined by ``AND`` and ``OR``. What is spelled otherwise is not decided. Source: CloudWatch Logs API
reference, ``PutMetricFilter``: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.chain.truth import Truth, all_of, any_of

ACCOUNT, REGION = "@aws.account", "@aws.region"
_TOKEN = re.compile(r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<word>@?[A-Za-z][\w.]*)|(?P<sign>!=|[=(),\[\]]))""")


def selects(criteria: str | None, account_id: str, region: str) -> Truth:
    """Whether events that were put into CloudWatch Logs in this account and region pass. No criteria select all."""
    if not (criteria or "").strip():
        return Truth.YES
    try:
        return _evaluate(_Tokens(criteria or ""), {ACCOUNT: account_id, REGION: region})
    except _NotUnderstood:
        return Truth.MAYBE


class _NotUnderstood(Exception):
    """The criteria are not written as the API reference describes them."""


class _Tokens:
    """The tokens of criteria, one after the other; the empty text is the end."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_split(text))
        self._at = 0

    def next(self) -> str:
        """The next token, which is taken."""
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += 1
        return token

    def take(self, wanted: str) -> bool:
        """Take the next token if it is this one, in whatever case."""
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == wanted:
            self._at += 1
            return True
        return False

    def text(self) -> str:
        """The next token, which must be a quoted text, without its quotes."""
        token = self.next()
        if token[:1] not in {'"', "'"}:
            raise _NotUnderstood
        return token[1:-1]


_Group = list[list[Truth]]
"""What stands between two parentheses: terms joined by OR, of factors joined by AND."""


def _truth(group: _Group) -> Truth:
    return any_of(all_of(factors) for factors in group)


def _evaluate(tokens: _Tokens, values: dict[str, str]) -> Truth:
    """A loop over a stack of groups: criteria may be nested deeper than Python recurses."""
    groups: list[_Group] = [[[]]]
    while True:
        while tokens.take("("):
            groups.append([[]])
        groups[-1][-1].append(_comparison(tokens, values))
        while tokens.take(")"):
            if len(groups) == 1:
                raise _NotUnderstood
            inner = _truth(groups.pop())
            groups[-1][-1].append(inner)
        if tokens.take("OR"):
            groups[-1].append([])
        elif not tokens.take("AND"):
            break
    if len(groups) != 1 or tokens.next():
        raise _NotUnderstood
    return _truth(groups[0])


def _comparison(tokens: _Tokens, values: dict[str, str]) -> Truth:
    """``field = "x"``, ``field IN ["x", "y"]`` or the opposite; a system field that is not known is neither."""
    name = tokens.next()
    if not name.startswith("@"):
        raise _NotUnderstood
    if tokens.take("="):
        positive, wanted = True, {tokens.text()}
    elif tokens.take("!="):
        positive, wanted = False, {tokens.text()}
    else:
        positive = not tokens.take("NOT")
        if not tokens.take("IN"):
            raise _NotUnderstood
        wanted = _list(tokens)
    value = values.get(name)
    return Truth.MAYBE if value is None else Truth.of((value in wanted) is positive)


def _list(tokens: _Tokens) -> set[str]:
    if not tokens.take("["):
        raise _NotUnderstood
    found = {tokens.text()}
    while tokens.take(","):
        found.add(tokens.text())
    if not tokens.take("]"):
        raise _NotUnderstood
    return found


def _split(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _NotUnderstood
        yield match[match.lastgroup or 0]
        at = match.end()
