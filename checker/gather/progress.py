"""What a long reading tells whoever watches. The library always reports; only the CLI attaches a display."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about stages and what of them is done. Called from the thread that gathers."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins: ``name`` in words, ``total`` accounts to do."""

    def advance(self, accounts: int) -> None:
        """So many more accounts are done in this stage."""


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """See ``Progress.stage``."""

    def advance(self, accounts: int) -> None:
        """See ``Progress.advance``."""
