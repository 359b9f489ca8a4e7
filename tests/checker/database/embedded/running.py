"""Servers for the tests, and a look at what is left of them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from checker.database.embedded.server import Server


def started() -> Server:
    server = Server()
    server.wait()
    return server


def wait_until_gone(folder: Path, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and (folder.exists() or servers_of(folder)):
        time.sleep(0.02)
    assert not folder.exists()
    assert not servers_of(folder)


def servers_of(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]
