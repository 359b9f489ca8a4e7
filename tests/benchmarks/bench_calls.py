"""AWS calls of a check on the realistic account (20 regions, 60 topics, 80 alarms, 40 log groups), at the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter

from checker.demo.world import World
from tests.emulator.client import EmulatedAws
from tests.scenarios import realistic


def measure(emulator: EmulatedAws, *arguments: str) -> str:
    """One run of the program: calls and time."""
    emulator.clear_calls()
    begin = time.perf_counter()
    command = [sys.executable, "-m", "checker", "check", "--database", "embedded", *arguments]
    subprocess.run(command, env=os.environ | emulator.environment(), check=False, capture_output=True)
    seconds = time.perf_counter() - begin
    calls = Counter(call["action"] for call in emulator.calls())
    regions = {call["region"] for call in emulator.calls()}
    listed = ", ".join(f"{action} {count}" for action, count in sorted(calls.items()))
    name = " ".join(arguments) or "control 4.3"
    return f"{name:<12} {sum(calls.values()):>3} calls in {len(regions)} region, {seconds:.2f} s: {listed}\n"


def main() -> None:
    """Print calls and time of one control and of all."""
    emulator = EmulatedAws.start()
    try:
        realistic(World(emulator.endpoint))
        measure(emulator)
        sys.stdout.write(measure(emulator))
        sys.stdout.write(measure(emulator, "--all"))
        emulator.reset()
        sys.stdout.write("an account without a trail:\n")
        sys.stdout.write(measure(emulator))
    finally:
        emulator.stop()


if __name__ == "__main__":
    main()
