"""How the embedded database asks AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.aws.credentials import SignIn
    from checker.aws.sessions import Sessions


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """``region`` overrides what the profiles say; no profiles: what ``sign_in`` was given, else the default
    credentials.

    ``timeout`` bounds, in seconds, how long one question waits for AWS; ``concurrency`` is the number of calls at a
    time. Values that make no sense are raised to the smallest that do.
    """

    profiles: tuple[str, ...] = ()
    region: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    sign_in: SignIn | None = None

    def __post_init__(self) -> None:
        for name, least in (("timeout", 1.0), ("concurrency", 1)):
            object.__setattr__(self, name, max(getattr(self, name), least))

    def sessions(self, before_send: Callable[[], None] = lambda: None) -> Sessions:
        """What makes the calls. ``before_send`` is called before each, and may raise ``Abandoned``."""
        from checker.aws.policy import DEFAULT
        from checker.aws.sessions import Sessions

        return Sessions(
            self.profiles,
            region=self.region,
            sign_in=self.sign_in,
            policy=DEFAULT.within(self.timeout, connections=self.concurrency),
            before_send=before_send,
        )
