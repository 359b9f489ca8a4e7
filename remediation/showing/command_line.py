"""A boto3 call as the equivalent AWS CLI command, quoted for a POSIX shell. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

# The CLI renames this option, because --endpoint-url may be abbreviated to --endpoint.
_RENAMED = {("sns", "Subscribe", "Endpoint"): "notification-endpoint"}
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def aws_arguments(service: str, operation: str, arguments: Mapping[str, Any], *, region: str) -> tuple[str, ...]:
    """The words of ``aws SERVICE OPERATION ...``. Structures become JSON, lists of text several words."""
    words = ["aws", service, hyphenated(operation), "--region", region]
    for name, value in arguments.items():
        words += _option(_RENAMED.get((service, operation, name)) or hyphenated(name), value)
    return tuple(words)


def shell_line(words: Sequence[str]) -> str:
    """One line that a POSIX shell splits into exactly these words."""
    return shlex.join(words)


def hyphenated(name: str) -> str:
    """``PutMetricFilter`` and ``logGroupName`` as the CLI spells them: ``put-metric-filter``, ``log-group-name``."""
    return _WORD_START.sub("-", name).lower()


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, Mapping) for item in value)):
        return [f"--{name}", json.dumps(value, separators=(",", ":"), ensure_ascii=False)]
    if isinstance(value, list):
        return [f"--{name}", *map(str, value)]
    return [f"--{name}", str(value)]
