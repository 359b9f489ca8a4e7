"""What a call of CloudWatch for an alarm says about itself: the condition keys that it carries, as data. Pure.

``data/context_keys.toml`` has a line of source for every key. A key has one or more *alternatives*: values that the
call may carry, or its absence. More than one stands where AWS's documentation leaves it open. A key that the file does
not name is not known: neither there nor absent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from checker.arns import parse_arn

SERVICE = "cloudwatch.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is there and cannot be known from the account: what it is, in words. Equal words, equal values.

    ``foreign``: it belongs to AWS, and is no account, principal or address of a customer.
    """

    what: str
    foreign: bool = False


Value = str | Unknown


@dataclass(frozen=True, slots=True)
class Carried:
    """One alternative: the values of a key; ``more``: and others that are not known."""

    values: tuple[Value, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class ContextKey:
    """A condition key in one call; an alternative that is ``None`` is its absence."""

    name: str
    alternatives: tuple[Carried | None, ...]
    assume: bool = False
    """An Allow that asks for it is taken to hold, and said."""

    @property
    def is_absent(self) -> bool:
        """Such a call never carries the key."""
        return self.alternatives == (None,)


@dataclass(frozen=True, slots=True)
class Request:
    """A call by CloudWatch on behalf of an alarm. ``facts`` fill the templates of the data file."""

    action: str
    resource: str
    facts: Mapping[str, str]

    @property
    def service(self) -> str:
        """The service whose policy is asked: ``sns`` or ``kms``."""
        return self.action.partition(":")[0]

    @property
    def service_principals(self) -> tuple[str, ...]:
        """The names of CloudWatch as a principal: in China with the ending of the partition too."""
        return (SERVICE, f"{SERVICE}.cn") if self.facts["partition"] == "aws-cn" else (SERVICE,)

    def key(self, name: str) -> ContextKey | None:
        """The key of that name, in any case; ``None`` when it is not known whether the call carries it."""
        wanted = name.lower()
        entry = _entries().get(wanted) or next((e for family, e in _families() if wanted.startswith(family)), None)
        if entry is not None:
            return ContextKey(name, tuple(self._alternatives(entry)), bool(entry.get("assume")))
        if wanted.startswith(("kms:", "sns:")) and not wanted.startswith(f"{self.service}:"):
            return ContextKey(name, (None,))
        return None

    def _alternatives(self, entry: Mapping[str, Any]) -> Iterator[Carried | None]:
        """What the call may carry under a key of the data file."""
        if entry.get("absent") == "always" or entry.get("policy", self.service) != self.service:
            yield None
            return
        more = bool(entry.get("more"))
        if "values" in entry:
            values = tuple(str(value).format_map(self.facts) for value in entry["values"])
            yield Carried(values, more)
            if "also" in entry and (other := str(entry["also"]).format_map(self.facts)) not in values:
                yield Carried((other,), more)
        if "unknown" in entry:
            yield Carried((Unknown(str(entry["unknown"]).format_map(self.facts), bool(entry.get("foreign"))),), more)
        if entry.get("absent") == "maybe":
            yield None


def request_for(action: str, resource: str, *, alarm_account: str, alarm_arn: str, topic_arn: str) -> Request:
    """The call for an alarm: ``action`` on ``resource`` (the topic's or the key's ARN)."""
    alarm, owner = parse_arn(alarm_arn), parse_arn(resource)
    facts = {
        "alarm_account": alarm_account,
        "alarm_arn": alarm_arn,
        "alarm_region": alarm.region if alarm else "",
        "partition": alarm.partition if alarm else "aws",
        "resource_account": owner.account_id if owner else alarm_account,
        "topic_arn": topic_arn,
    }
    return Request(action, resource, facts)


@lru_cache(maxsize=1)
def _entries() -> Mapping[str, Mapping[str, Any]]:
    """The data file, by the key's name in lower case."""
    text = files(__package__).joinpath("data/context_keys.toml").read_text(encoding="utf-8")
    return {str(entry["name"]).lower(): entry for entry in tomllib.loads(text)["keys"]}


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The entries that stand for every key that begins with their name."""
    return tuple((name, entry) for name, entry in _entries().items() if name.endswith(("/", ":")))
