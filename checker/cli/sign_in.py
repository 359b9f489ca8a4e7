"""How a person gives the code of an MFA device: on a terminal, or not at all."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from checker.cli import console
from checker.text.printable import printable

if TYPE_CHECKING:
    from checker.aws.credentials import SignIn


def sign_in() -> SignIn:
    """What asks for a code when somebody is there to answer. Without a terminal a role that needs one just fails."""
    from checker.aws.credentials import SignIn

    return SignIn(ask=_ask if console.can_ask() else None)


def _ask(prompt: str) -> str:
    return getpass.getpass(printable(prompt))
