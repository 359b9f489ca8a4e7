"""How the embedded database asks AWS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """``region`` and ``endpoint_url`` override what the profiles say; no profiles: the default credentials.

    ``timeout`` bounds, in seconds, how long one question waits for AWS; ``concurrency`` is the number of calls at a
    time; ``max_attempts`` counts the first try. Values that make no sense are raised to the smallest that do.
    """

    profiles: tuple[str, ...] = ()
    region: str | None = None
    endpoint_url: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    max_attempts: int = 5

    def __post_init__(self) -> None:
        for name, least in (("timeout", 1.0), ("concurrency", 1), ("max_attempts", 1)):
            object.__setattr__(self, name, max(getattr(self, name), least))
