"""A boto3 call as the equivalent AWS CLI command, quoted for a POSIX shell. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from checker.text.printable import CONTROL

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
    return " ".join(map(shell_word, words))


def shell_word(text: str) -> str:
    """The text as one word of a POSIX shell.

    Characters that could redraw a screen are spelled out and made again when the line runs, so that the line can be
    looked at, and copied from a terminal.
    """
    parts = CONTROL.split(text)
    if len(parts) == 1:
        return shlex.quote(text)
    return "".join(
        f"\"$(printf '{_octal(part)}')\"" if index % 2 else shlex.quote(part)
        for index, part in enumerate(parts)
        if part
    )


def _octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogatepass"))


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
