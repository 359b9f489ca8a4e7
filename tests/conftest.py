"""What every test may rely on: a clean environment, an emulated AWS, a real Postgres."""

from __future__ import annotations

import os
import signal

import pytest

pytest_plugins = [
    "tests.emulator.fixtures",
    "tests.localstack.plugin",
    "tests.postgres",
    "tests.checker.database.fixtures",
]

# A shell that starts the tests in the background leaves SIGINT ignored, and every process below inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_SCRUBBED = ("AWS_", "PG", "ALARMCHAIN_", "STEAMPIPE_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No variable of the machine reaches a test, and no configuration, state or Steampipe of its user.

    The cache is the session's: the embedded database makes its template once, not once a test.
    """
    for name in list(os.environ):
        if name.startswith(_SCRUBBED):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
