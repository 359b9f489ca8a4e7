"""Fixtures: ``emulator`` (an empty emulated AWS), ``aws_environment`` (led there), ``profiles`` (several accounts)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.emulator.client import EmulatedAws, Profiles


@pytest.fixture(scope="session")
def emulator_process() -> Iterator[EmulatedAws]:
    """One process for the whole session; use ``emulator``."""
    emulated = EmulatedAws.start()
    yield emulated
    emulated.stop()


@pytest.fixture
def emulator(emulator_process: EmulatedAws) -> EmulatedAws:
    """An emulated AWS: empty, no faults, no calls logged."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def aws_environment(emulator: EmulatedAws, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This process's environment leads to the emulator, with credentials of its home account and nothing else."""
    return _enter(emulator.environment(), monkeypatch)


@pytest.fixture
def profiles(
    emulator: EmulatedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Mapping[str, str]], Profiles]:
    """``profiles({"a": "123456789012", ...})``: a profile per account, also set in this process's environment."""

    def write(accounts: Mapping[str, str]) -> Profiles:
        written = emulator.write_profiles(accounts, tmp_path)
        _enter(written.environment, monkeypatch)
        return written

    return write


def _enter(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment
