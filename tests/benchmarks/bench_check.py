"""Time and memory of a check over 1,000 and 5,000 accounts from a plain Postgres, and of the program's start."""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
import sys
import time

from checker.database.embedded.server import Server
from tests.benchmarks import organisations
from tests.postgres import Postgres

_SIZES = (1000, 5000)
_CHECK = (
    "import resource, sys, time; from checker import check; start = time.perf_counter(); "
    "report = check(database=sys.argv[1], connections=[sys.argv[2]], all_controls=sys.argv[3] == 'all'); "
    "print(f'{time.perf_counter() - start:.2f}', "
    "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, len(report.findings))"
)


def measure(postgres: Postgres, size: int, controls: str) -> str:
    """Run one check in a process of its own, so that its memory is its own."""
    schema = f"organisation_{size}"
    command = [sys.executable, "-c", _CHECK, postgres.conninfo, schema, controls]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return f"{size:>6} accounts  {controls:<4}  {output[0]:>6} s  {output[1]:>5} MiB  {output[2]:>6} findings"


def start_up(*arguments: str) -> float:
    """The best of five starts, in seconds."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "checker", *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    """Print the measurements."""
    server = Server()
    server.wait()
    try:
        postgres = Postgres(server.conninfo, itertools.count(1))
        for size in _SIZES:
            organisations.build(postgres, size)
            sys.stdout.write(measure(postgres, size, "one") + "\n")
        sys.stdout.write(measure(postgres, _SIZES[0], "all") + "\n")
    finally:
        server.close()
    sys.stdout.write(f"start of --help: {start_up('--help'):.3f} s\n")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(f"processor time of all measurements: {children.ru_utime:.1f} s on {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
