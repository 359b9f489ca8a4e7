"""What the documentation shows is what the program does: outputs, reports, Python examples."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import __version__, check
from checker.reports.json_document import to_document
from tests.docs.pages import ROOT, Block, blocks
from tests.postgres import DATA, Postgres

_VERSION = re.compile(rf"\b{re.escape(__version__)}\b")


def session(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_a_console_block_shows_what_comes_out(block: Block, tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    last = 0
    for command, expected in session(block):
        if command == "echo $?":
            assert expected.strip() == str(last)
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        last = done.returncode
        assert _VERSION.sub("VERSION", done.stdout) == _VERSION.sub("VERSION", expected)


def test_the_readme_shows_output() -> None:
    commands = [command for block in blocks("console") for command, _ in session(block)]
    assert [command for command in commands if command.startswith("alarmchain demo")]
    assert len(commands) >= 3


@pytest.mark.parametrize("block", [*blocks("json"), *blocks("toml")], ids=str)
def test_a_document_can_be_read(block: Block) -> None:
    document = json.loads(block.text) if block.language == "json" else tomllib.loads(block.text)
    if document.get("schema") == "alarmchain.report/v1":
        schema = json.loads(
            resources.files("checker.reports").joinpath("report_v1.schema.json").read_text(encoding="utf-8")
        )
        assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []


@pytest.fixture(scope="module")
def account(postgres: Postgres) -> str:
    """Connects to a database with the account of ``docs/json-report.md``: its filter watches sign-ins only."""
    rows: dict[str, Any] = json.loads((DATA / "steampipe_rows" / "bad_narrowed_console_login.json").read_text())
    schema = postgres.schema({table: items for table, items in rows.items() if table.startswith("aws_")})
    return f"{postgres.conninfo} options='-c search_path={schema}'".replace(" options=''", "", 1)


def test_the_report_that_is_shown_is_what_a_check_gives(account: str) -> None:
    shown = next(json.loads(block.text) for block in blocks("json") if block.page == "docs/json-report.md")
    given = json.loads(json.dumps(to_document(check(database=account))))
    for document in (shown, given):
        del document["generated_at"], document["database"], document["coverage"]["connections_not_covered"]
        document["tool"]["version"] = document["notes"] = None
    assert given == shown


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_python_block_runs(
    block: Block, account: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALARMCHAIN_DATABASE", account)
    source = compile(block.text, str(block), "exec")
    exec(source, {"__name__": "example", "conninfo": account})  # noqa: S102 - the page's own example
    if "print(" in block.text:
        assert capsys.readouterr().out
    assert re.search(r"^(?:from|import) ", block.text, re.MULTILINE)


def test_python_blocks_are_found() -> None:
    assert {block.page for block in blocks("python")} >= {"README.md", "docs/python-api.md"}
    assert (ROOT / "README.md").is_file()
