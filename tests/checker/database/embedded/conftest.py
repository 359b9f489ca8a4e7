"""An embedded database over the emulated AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.database.embedded.database import EmbeddedDatabase
from checker.database.embedded.settings import EmbeddedSettings
from checker.demo.world import World
from tests.checker.database.embedded.reading import Read, reader
from tests.emulator.client import EmulatedAws


@pytest.fixture
def world(emulator: EmulatedAws) -> World:
    return World(emulator.endpoint)


@pytest.fixture
def database(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedDatabase]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    with EmbeddedDatabase(EmbeddedSettings(timeout=30)) as opened:
        yield opened


@pytest.fixture
def read(database: EmbeddedDatabase) -> Read:
    return reader(database)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache / "alarmchain"
