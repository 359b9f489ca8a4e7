"""What the documentation shows, made anew. ``python -m tests.docs.shown`` writes it into the pages."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checker import check
from checker.database.embedded.server import Server
from checker.reports.json_document import to_document
from tests.docs.pages import ROOT, Block, blocks
from tests.postgres import DATA, Postgres

REPORT_PAGE = "docs/json-report.md"
_SHOWN_DATABASE = {
    "kind": "steampipe",
    "target": "localhost:9193/steampipe",
    "why": "the local Steampipe service is set up",
    "connections": ["aws_a"],
    "max_row_age_seconds": 300,
}


def session(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def run(block: Block, folder: Path) -> str:
    """The text of a console block as it is when its commands run now, one after the other."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    text, last = "", 0
    for command, _ in session(block):
        if command == "echo $?":
            text += f"$ {command}\n{last}\n"
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        last = done.returncode
        text += f"$ {command}\n{done.stdout}"
    return text


def account(postgres: Postgres) -> str:
    """How to connect to a database with one account, whose filter watches sign-ins only."""
    rows: dict[str, Any] = json.loads((DATA / "steampipe_rows" / "bad_narrowed_console_login.json").read_text())
    schema = postgres.schema({table: items for table, items in rows.items() if table.startswith("aws_")})
    return f"{postgres.conninfo} options='-c search_path={schema}'".replace(" options=''", "", 1)


def report(conninfo: str) -> dict[str, Any]:
    """The report of that account, with a time and a database that stay the same."""
    document: dict[str, Any] = json.loads(json.dumps(to_document(check(database=conninfo))))
    document |= {"generated_at": "2026-03-01T12:00:00Z", "database": _SHOWN_DATABASE, "notes": []}
    document["coverage"]["connections_not_covered"] = []
    return document


def report_block() -> Block:
    """The block that shows the report."""
    return next(block for block in blocks("json") if block.page == REPORT_PAGE)


def _write(block: Block, text: str) -> None:
    page = ROOT / block.page
    before = page.read_text(encoding="utf-8")
    after = before.replace(f"```{block.language}\n{block.text}```", f"```{block.language}\n{text}```")
    page.write_text(after, encoding="utf-8")


def main() -> None:
    """Write every console block and the report."""
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks("console"):
            _write(block, run(block, Path(folder)))
    server = Server()
    server.wait()
    try:
        document = report(account(Postgres(server.conninfo, itertools.count(1))))
    finally:
        server.close()
    _write(report_block(), json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
