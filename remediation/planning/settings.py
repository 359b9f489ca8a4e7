"""What a person chooses about a repair: who is told, and how new objects are called. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from checker.errors import UsageError
from checker.text.secrets import mask_url

DEFAULT_PREFIX = "alarmchain-"
DEFAULT_TOPIC = "alarms"
OUR_TAG = "managed-by"
OUR_NAME = "alarmchain"

_MACHINE_PROTOCOLS = ("sqs", "lambda", "application")
PROTOCOLS = ("email", "email-json", "http", "https", "sms", *_MACHINE_PROTOCOLS)
"""SNS's protocols without ``firehose``, which also needs a role that this program does not ask for."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}")
_NAMESPACE = re.compile(r"(?!AWS/)[A-Za-z0-9_.:#/ -]{1,255}")
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somebody to tell: an SNS protocol and an address of that protocol."""

    protocol: str
    address: str

    @property
    def shown(self) -> str:
        """The address as it may be printed and journalled."""
        return mask_endpoint(self.address)

    @property
    def identity(self) -> str:
        """Tells this endpoint from every other one, without its secret."""
        return endpoint_identity(self.protocol, self.address)


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """Names for one control; ``None`` keeps the benchmark's."""

    metric_namespace: str | None = None
    metric_name: str | None = None
    filter_name: str | None = None
    alarm_name: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices of one plan. ``reuse_topic``: the endpoints may join a topic that somebody else hears already;
    ``name_prefix`` marks filters, alarms and topics as ours; ``name_template`` names them otherwise
    (``planning.name_template``); ``controls`` is keyed by the control's key (``root_usage``)."""

    endpoints: tuple[Endpoint, ...] = ()
    topic_name: str | None = None
    topic_arn: str | None = None
    reuse_topic: bool = False
    metric_namespace: str | None = None
    metric_name: str | None = None
    name_prefix: str = DEFAULT_PREFIX
    name_template: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, ControlSettings] = field(default_factory=dict)

    @property
    def all_tags(self) -> tuple[tuple[str, str], ...]:
        """Tags of a new object, ours first, then the person's in alphabetical order."""
        return ((OUR_TAG, OUR_NAME), *sorted(item for item in self.tags.items() if item[0] != OUR_TAG))

    def for_control(self, key: str) -> ControlSettings:
        """Names for the control; the settings for all controls where it has none of its own."""
        own = self.controls.get(key, ControlSettings())
        return ControlSettings(
            metric_namespace=own.metric_namespace or self.metric_namespace,
            metric_name=own.metric_name or self.metric_name,
            filter_name=own.filter_name,
            alarm_name=own.alarm_name,
        )

    def check(self, control_keys: Sequence[str]) -> None:
        """Raises ``UsageError`` for values that AWS would refuse or that contradict each other."""
        if unknown := sorted(set(self.controls) - set(control_keys)):
            raise UsageError(
                f"`settings.controls` names {', '.join(unknown)}, which is not selected",
                hint=f"selected are: {', '.join(control_keys)}",
            )
        if self.topic_arn and self.topic_name:
            raise UsageError("`topic_arn` and `topic_name` exclude each other", hint="give one of them")
        if self.reuse_topic and (self.topic_arn or self.topic_name):
            raise UsageError("`reuse_topic` looks for a topic, and one is named", hint="leave out one of them")
        if self.topic_arn and not _TOPIC_ARN.fullmatch(self.topic_arn):
            raise UsageError(
                f"'{self.topic_arn}' is not the ARN of an SNS topic", hint="arn:aws:sns:REGION:ACCOUNT:NAME"
            )
        if self.metric_name and len(set(control_keys)) > 1:
            raise UsageError(
                f"`metric_name` names one metric, but {len(set(control_keys))} controls are selected",
                hint="select one control, or set metric_name per control in the configuration file",
            )
        for option, value in (("`topic_name`", self.topic_name), ("`name_prefix`", self.name_prefix or None)):
            if value is not None and not _NAME.fullmatch(value):
                raise UsageError(
                    f"{option} '{value}' is not possible",
                    hint="letters, digits, hyphens and underscores, at most 200",
                )
        for names in (self.for_control(key) for key in control_keys):
            if names.metric_namespace is not None and not _NAMESPACE.fullmatch(names.metric_namespace):
                raise UsageError(
                    f"metric namespace '{names.metric_namespace}' is not possible",
                    hint="letters, digits and . - _ / # : and blanks, at most 255, not starting with AWS/",
                )
        for key in self.tags:
            if key.lower().startswith("aws:") or not 1 <= len(key) <= 128:
                raise UsageError(f"tag '{key}' is not possible", hint="keys starting with aws: belong to AWS")


def parse_endpoints(addresses: Sequence[str], protocol: str | None) -> tuple[Endpoint, ...]:
    """Endpoints in the order given, without repetitions.

    Without a protocol it follows from each address (``@``: email, ``https://``, an ARN of SQS or Lambda, ``+49...``:
    sms). Raises ``UsageError`` for a protocol that SNS does not have and an address that does not fit it.
    """
    if protocol is not None and protocol not in PROTOCOLS:
        raise UsageError(f"protocol '{protocol}' is not possible", hint=f"one of {', '.join(PROTOCOLS)}")
    if protocol is not None and not addresses:
        raise UsageError("--protocol is given without --endpoint", hint="give the address too: --endpoint ADDRESS")
    found = dict.fromkeys(Endpoint(_protocol_of(address, protocol), address) for address in addresses)
    return tuple(found)


def _protocol_of(address: str, wanted: str | None) -> str:
    natural = _natural_protocol(address)
    if natural is None:
        raise UsageError(
            f"'{mask_endpoint(address)}' is not an address that SNS can notify",
            hint="an e-mail address, an http(s) URL, a phone number with +, or the ARN of an SQS queue or a function",
        )
    protocol = wanted or natural
    if protocol.removesuffix("-json") != natural:
        raise UsageError(
            f"'{mask_endpoint(address)}' does not fit the protocol {protocol}", hint=f"use --protocol {natural}"
        )
    return protocol


def _natural_protocol(address: str) -> str | None:
    if address.startswith("arn:"):
        service = (address.split(":") + [""] * 3)[2]
        return {"sqs": "sqs", "lambda": "lambda", "sns": "application"}.get(service)
    for scheme in ("https", "http"):
        if address.startswith(f"{scheme}://") and len(address) > len(scheme) + 3:
            return scheme
    if re.fullmatch(r"\+[0-9]{6,15}", address):
        return "sms"
    return "email" if re.fullmatch(r"[^@\s]+@[^@\s]+", address) else None


def parse_tags(pairs: Sequence[str]) -> dict[str, str]:
    """``k=v`` pairs as a mapping. Raises ``UsageError`` for a pair without ``=`` and a repeated key."""
    tags: dict[str, str] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark or not key.strip():
            raise UsageError(f"tag '{pair}' has no key or no value", hint="write --tag key=value")
        if key.strip() in tags:
            raise UsageError(f"tag '{key.strip()}' is given twice", hint="give each key once")
        tags[key.strip()] = value.strip()
    return tags


_CONTROL_NAMES = tuple(field.name for field in fields(ControlSettings))


def parse_names(texts: Sequence[str]) -> dict[str, ControlSettings]:
    """``root_usage.metric_name=RootUse`` as settings by control. Raises ``UsageError`` for anything else."""
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        target, mark, value = text.partition("=")
        control, _, name = target.strip().rpartition(".")
        if not mark or not control or name not in _CONTROL_NAMES or not value.strip():
            raise UsageError(
                f"--set '{text}' is not possible", hint=f"write CONTROL.NAME=VALUE with {', '.join(_CONTROL_NAMES)}"
            )
        found.setdefault(control, {})[name] = value.strip()
    return {control: ControlSettings(**names) for control, names in found.items()}


def endpoint_identity(protocol: str, address: str) -> str:
    """``email:security@example.com``; of a masked address also a digest, because two may be masked alike."""
    shown = mask_endpoint(address)
    if shown == address:
        return f"{protocol}:{address}"
    return f"{protocol}:{shown} (sha256 {hashlib.sha256(address.encode()).hexdigest()[:16]})"


def mask_endpoint(address: str) -> str:
    """The address without what may be a token: long path segments, every query value and any password of a web
    address. A mail address, a phone number and an ARN are no secrets and stay."""
    if not address.startswith(("http://", "https://")):
        return address
    return mask_url(address)
