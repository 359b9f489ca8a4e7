"""Fixtures: a Postgres with a password, and Steampipe services in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checker.database.passworded import PASSWORD, PasswordedPostgres, passworded_postgres
from tests.checker.database.steampipe import Steampipe, steampipe


@pytest.fixture(scope="session")
def passworded() -> Iterator[PasswordedPostgres]:
    """A server over TCP whose user has a password full of characters that URLs reserve."""
    with passworded_postgres(PASSWORD) as postgres:
        yield postgres


@pytest.fixture
def service(passworded: PasswordedPostgres) -> Iterator[Steampipe]:
    """A Steampipe service with one connection."""
    with steampipe(passworded, {"aws_a": "111111111111"}) as found:
        yield found
