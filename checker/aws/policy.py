"""How long a call may take and how often it is tried: the one place, for reading and for writing.

A read is repeated in botocore's adaptive mode, which slows down when AWS throttles. A write is made once: after a lost
answer its caller looks first whether the object is there (a repeated ``Subscribe`` would send its mail again).
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

USER_AGENT = "alarmchain"


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """Seconds to connect and to wait for an answer, and tries of a read, the first included.

    ``AWS_MAX_ATTEMPTS``, or ``max_attempts`` of a profile, counts more than ``attempts``. ``credential_seconds`` bounds
    a ``credential_process``. ``connections``: how many calls one client makes at a time.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    credential_seconds: float = 60.0
    attempts: int = 5
    connections: int = 10

    def within(self, seconds: float, *, connections: int) -> CallPolicy:
        """The same policy for somebody who waits no longer than ``seconds`` for all of it."""
        return CallPolicy(
            min(self.connect_seconds, seconds),
            min(self.read_seconds, seconds),
            min(self.credential_seconds, seconds),
            self.attempts,
            max(1, connections),
        )

    def config(self, *, attempts: int) -> Any:
        """botocore's ``Config``; one attempt is no retry at all."""
        from botocore.config import Config

        return Config(
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
            # Adaptive mode would make a write, which its caller repeats, wait here a second time.
            retries={"mode": "adaptive" if attempts > 1 else "standard", "total_max_attempts": attempts},
            max_pool_connections=self.connections,
            user_agent_extra=USER_AGENT,
        )


DEFAULT = CallPolicy()
