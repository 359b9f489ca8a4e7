"""What to type: AWS CLI lines and our own, quoted for a shell. Names from accounts are data, never syntax. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def typed(*words: str) -> str:
    """A command as it is shown in a sentence: quoted for the shell, between backticks."""
    return f"`{shlex.join(words)}`"


def aws(service: str, operation: str, *, region: str | None = None, **options: str | Sequence[str] | bool) -> str:
    """``aws("sns", "subscribe", topic_arn="arn...", region="us-east-1")``; ``True`` is a flag without a value, several
    values follow one another."""
    words = ["aws", service, operation]
    for name, value in options.items():
        words.append(f"--{name.replace('_', '-')}")
        if not isinstance(value, bool):
            words.extend([value] if isinstance(value, str) else value)
    return typed(*words, *(("--region", region) if region else ()))
