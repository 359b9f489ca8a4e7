"""Names of new objects by a template of the person's: ``{prefix}{control}-{kind}``. Pure.

Sources of what a name may be: CloudWatch Logs API reference, ``PutMetricFilter`` (no ``:`` and no ``*``, at most 512);
CloudWatch API reference, ``PutMetricAlarm`` (at most 255, no control characters); SNS API reference, ``CreateTopic``
(letters, digits, hyphens and underscores, at most 256).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from string import Formatter

from checker.arns import Place
from checker.controls.selected import SelectedControl
from checker.errors import UsageError
from remediation.planning.settings import DEFAULT_TOPIC, Settings

_SUFFIX = len("-20")
_SAMPLE = Place("aws", "123456789012", "ap-northeast-1")


class NameKind(StrEnum):
    """What is named."""

    FILTER = "filter"
    ALARM = "alarm"
    TOPIC = "topic"


FIELDS = ("prefix", "control", "control_id", "benchmark", "kind", "account", "region")
"""What a template may name. A topic serves all controls: its ``control`` and ``control_id`` are ``alarms``."""

_POSSIBLE = {
    NameKind.FILTER: (re.compile(r"[^:*\x00-\x1f\x7f-\x9f]+"), 512, "no : and no *"),
    NameKind.ALARM: (re.compile(r"[^\x00-\x1f\x7f-\x9f]+"), 255, "no control characters"),
    NameKind.TOPIC: (re.compile(r"[A-Za-z0-9_-]+"), 256, "letters, digits, hyphens and underscores"),
}


def name_of(settings: Settings, kind: NameKind, place: Place, control: SelectedControl | None = None) -> str:
    """The name of a new object, before a suffix is added because it is taken. A topic has no ``control``."""
    if settings.name_template is None:
        own = {
            NameKind.FILTER: control.names.filter_name if control else "",
            NameKind.ALARM: control.names.alarm_name if control else "",
            NameKind.TOPIC: DEFAULT_TOPIC,
        }
        return f"{settings.name_prefix}{own[kind]}"
    return settings.name_template.format(
        prefix=settings.name_prefix,
        control=control.key if control else DEFAULT_TOPIC,
        control_id=control.control_id if control else DEFAULT_TOPIC,
        benchmark=control.benchmark if control else "",
        kind=kind,
        account=place.account_id,
        region=place.region,
    )


def check_template(settings: Settings, controls: Sequence[SelectedControl]) -> None:
    """Raises ``UsageError`` for a field that there is not, a name that AWS would refuse, and two controls whose
    objects would get one name."""
    template = settings.name_template
    if template is None:
        return
    _check_fields(template)
    for kind in (NameKind.FILTER, NameKind.ALARM):
        names: dict[str, str] = {}
        for control in controls:
            name = name_of(settings, kind, _SAMPLE, control)
            _check_name(template, kind, name)
            if name in names:
                raise UsageError(
                    f"`name_template` '{template}' gives the {kind}s of {names[name]} and {control.key} one name: "
                    f"{name}",
                    hint="name {control} or {control_id} in it",
                )
            names[name] = control.key
    if not settings.topic_arn and not settings.topic_name:
        _check_name(template, NameKind.TOPIC, name_of(settings, NameKind.TOPIC, _SAMPLE))


def _check_fields(template: str) -> None:
    hint = f"the fields are {', '.join(f'{{{field}}}' for field in FIELDS)}"
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise UsageError(f"`name_template` '{template}' cannot be read: {error}", hint=hint) from error
    for _, field, form, conversion in parts:
        if field is not None and (field not in FIELDS or form or conversion):
            raise UsageError(f"`name_template` '{template}' names a field that there is not: '{field}'", hint=hint)


def _check_name(template: str, kind: NameKind, name: str) -> None:
    possible, longest, words = _POSSIBLE[kind]
    article = "an" if kind is NameKind.ALARM else "a"
    if not possible.fullmatch(name) or len(name) + _SUFFIX > longest:
        raise UsageError(
            f"`name_template` '{template}' gives a name that {article} {kind} cannot have: '{name}'",
            hint=f"{words}, at most {longest - _SUFFIX}"
            + ("; or name the topic with --topic-name" if kind is NameKind.TOPIC else ""),
        )
