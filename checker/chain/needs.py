"""What a walk would need to know to go on. Pure.

A hop asks the look-up as if everything had been read. What was not is said by `NotYetRead`; whoever reads (``gather``)
brings it, and the walk goes on where it stopped. So a hop or a rule that wants to know something more says so once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

QUERIES = ("trails", "metric_filters", "alarms", "topics", "kms_keys", "topic_subscriptions")
"""The query files that a walk may need, in the order in which they are read for many accounts together."""


EVERY_ACCOUNT = ""
"""In the place of an account: each one that can be seen, of which the rows were not read before."""


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of one query in one account (or ``EVERY_ACCOUNT``) and region; ``name`` (log group, topic ARN, key id) empty
    for all of them."""

    query: str
    account_id: str
    region: str
    name: str = ""


class NotYetRead(Exception):
    """A hop asked for rows that nobody has read yet: nothing is wrong, they have to be brought."""

    def __init__(self, needs: Iterable[Need]) -> None:
        self.needs = frozenset(needs)
        super().__init__(", ".join(sorted(need.query for need in self.needs)))
