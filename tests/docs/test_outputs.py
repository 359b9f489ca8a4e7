"""What the documentation shows is what the program does: outputs, reports, Python examples."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from checker import __version__
from tests.docs.pages import ROOT, Block, blocks
from tests.docs.shown import account, report, report_block, run, session
from tests.postgres import Postgres

_VERSION = re.compile(rf"\b{re.escape(__version__)}\b")


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_a_console_block_shows_what_comes_out(block: Block, tmp_path: Path) -> None:
    """``make docs WRITE=1`` writes what comes out now."""
    assert _VERSION.sub("VERSION", run(block, tmp_path)) == _VERSION.sub("VERSION", block.text)


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
def conninfo(postgres: Postgres) -> str:
    """Connects to a database with the account of ``docs/json-report.md``: its filter watches sign-ins only."""
    return account(postgres)


def test_the_report_that_is_shown_is_what_a_check_gives(conninfo: str) -> None:
    shown, given = json.loads(report_block().text), report(conninfo)
    shown["tool"]["version"] = given["tool"]["version"]
    assert given == shown


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_python_block_runs(
    block: Block, conninfo: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALARMCHAIN_DATABASE", conninfo)
    source = compile(block.text, str(block), "exec")
    exec(source, {"__name__": "example", "conninfo": conninfo})  # noqa: S102 - the page's own example
    if "print(" in block.text:
        assert capsys.readouterr().out
    assert re.search(r"^(?:from|import) ", block.text, re.MULTILINE)


def test_python_blocks_are_found() -> None:
    assert {block.page for block in blocks("python")} >= {"README.md", "docs/python-api.md"}
    assert (ROOT / "README.md").is_file()
