"""Time to write a report of 1,000 accounts by 15 controls in every format, against the time of the check itself."""

from __future__ import annotations

import itertools
import sys
import time

from checker import check
from checker.database.embedded.server import Server
from checker.reports import Format, Style, render
from tests.benchmarks import organisations
from tests.postgres import Postgres

_ACCOUNTS = 1000


def main() -> None:
    """Print the measurements."""
    server = Server()
    server.wait()
    try:
        postgres = Postgres(server.conninfo, itertools.count(1))
        schema = organisations.build(postgres, _ACCOUNTS)
        begin = time.process_time()
        report = check(database=postgres.conninfo, connections=[schema], all_controls=True)
        sys.stdout.write(f"check      {time.process_time() - begin:6.2f} s of processor time\n")
    finally:
        server.close()
    total = 0.0
    for output_format in Format:
        begin = time.process_time()
        size = len(render(report, output_format, Style()).encode())
        spent = time.process_time() - begin
        total += spent
        sys.stdout.write(f"{output_format:<10} {spent:6.2f} s  {size / 2**20:7.1f} MiB\n")
    sys.stdout.write(f"all        {total:6.2f} s\n")


if __name__ == "__main__":
    main()
