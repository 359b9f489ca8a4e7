"""A million rows to CSV: seconds, rows a second and memory of ``alarmchain query``, beside ``psql --csv``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checker.database.embedded.server import Server
from tests.queries.test_queries import psql_of_the_wheel

ROWS = 1_000_000
SQL = (
    "select n as number, 'name-' || n as name, 'arn:aws:sns:eu-west-1:123456789012:topic-' || n as arn, "
    f"null::text as nothing, n % 2 = 0 as even from generate_series(1, {ROWS}) n"
)


def measure(name: str, command: list[str], target: Path) -> tuple[str, float]:
    """One run: what to print of it, and its seconds."""
    begin = time.perf_counter()
    with target.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, env=os.environ)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begin
    if process.returncode:
        raise SystemExit(f"{name}: exit code {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return (
        f"{name:<20} {seconds:6.2f} s ({cpu:.2f} s of its own), {ROWS / seconds:>9,.0f} rows a second, "
        f"{usage.ru_maxrss / 1024:.0f} MiB\n",
        seconds,
    )


def main() -> None:
    """Print both, and the ratio."""
    server = Server()
    server.wait()
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs, output = (Path(folder) / name for name in ("ours.csv", "theirs.csv", "file.csv"))
            ask = [sys.executable, "-m", "checker", "query", SQL, "--database", server.conninfo, "--format", "csv"]
            text, seconds = measure("alarmchain query", ask, ours)
            sys.stdout.write(text)
            sys.stdout.write(measure("... --output", [*ask, "--output", str(output)], Path(os.devnull))[0])
            psql = [psql_of_the_wheel(), "-X", "--csv", "-v", "FETCH_COUNT=10000", "-c", SQL, server.conninfo]
            text, other = measure("psql --csv", psql, theirs)
            sys.stdout.write(text)
            same = ours.read_bytes() == theirs.read_bytes() == output.read_bytes()
            sys.stdout.write(f"ratio {seconds / other:.2f}; the same bytes: {same}\n")
    finally:
        server.close()


if __name__ == "__main__":
    main()
