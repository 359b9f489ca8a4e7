"""What to type: AWS CLI lines and our own, quoted for a shell. Names from accounts are data, never syntax. Pure."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Sequence

from checker.arns import LogGroupId


def typed(*words: str) -> str:
    """A command as a sentence shows it: quoted for the shell, between backticks, which stand nowhere else in it."""
    return f"`{' '.join(map(_quoted, words))}`"


def _quoted(word: str) -> str:
    """The word for a shell, printable and without backticks. Source: Bash manual, "ANSI-C Quoting"."""
    if word.isprintable() and "`" not in word:
        return shlex.quote(word)
    return f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if character.isprintable() and character != "`" else f"\\U{ord(character):08x}"


def aws(service: str, operation: str, *, region: str | None = None, **options: str | Sequence[str] | bool) -> str:
    """``aws("sns", "subscribe", topic_arn="arn...", region="us-east-1")``; ``True`` is a flag without a value, several
    values follow one another."""
    words = ["aws", service, operation]
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        if not isinstance(value, bool):
            words.extend([value] if isinstance(value, str) else value)
    return typed(*words, *(("--region", region) if region else ()))


def put_metric_filter(group: LogGroupId, name: str, pattern: str, metric: tuple[str, str]) -> str:
    """The line that puts a filter on a group, publishing 1 to ``metric`` (namespace, name).

    What has the name already is replaced: give one that is free.
    """
    return aws(
        "logs",
        "put-metric-filter",
        log_group_name=group.name,
        filter_name=name,
        filter_pattern=pattern,
        metric_transformations=f"metricName={metric[1]},metricNamespace={metric[0]},metricValue=1",
        region=group.region,
    )


def filter_beside(group: LogGroupId, name: str, pattern: str, metric: tuple[str, str]) -> str:
    """The line that adds a filter of the same pattern beside filter ``name``."""
    return put_metric_filter(group, name_beside(name, group.arn, pattern, *metric), pattern, metric)


def put_metric_alarm(name: str, metric: tuple[str, str], region: str, actions: Sequence[str] = ("TOPIC_ARN",)) -> str:
    """The line that puts an alarm on ``metric`` (namespace, name) as the benchmark has it.

    What has the name already is replaced: give one that is free.
    """
    return aws(
        "cloudwatch",
        "put-metric-alarm",
        alarm_name=name,
        namespace=metric[0],
        metric_name=metric[1],
        statistic="Sum",
        period="300",
        evaluation_periods="1",
        threshold="1",
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        region=region,
    )


def set_topic_attribute(topic_arn: str, attribute: str, value: str, region: str) -> str:
    """The line that sets an attribute of a topic; what is in capitals is to be filled in."""
    return aws(
        "sns",
        "set-topic-attributes",
        topic_arn=topic_arn,
        attribute_name=attribute,
        attribute_value=value,
        region=region,
    )


def name_beside(name: str, *content: str) -> str:
    """A name for an object that is added beside ``name``, whose settings are their owner's.

    Putting a taken name replaces what has it: this one is made of the new object's content, so that only the same
    object can have taken it.
    """
    return f"{name}-{hashlib.sha256(chr(10).join(content).encode()).hexdigest()[:6]}"


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """``wanted``, or ``wanted-2`` and so on where that name is taken: putting a taken name would replace its owner."""
    names = frozenset(taken)
    numbered = (f"{wanted}-{number}" for number in range(2, len(names) + 3))
    return next(name for name in (wanted, *numbered) if name not in names)
