"""Option groups: what the parser sees of a dataclass, and what the command gets."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from checker.cli.flags import FLAGS, with_flags
from checker.cli.grouping import Without, grouped

ROOT = Path(__file__).parents[3]
MAX_PARAMETERS = 12


@dataclass(frozen=True)
class Where:
    """Base."""

    names: Annotated[list[str] | None, typer.Argument()] = None
    place: Annotated[str | None, typer.Option("--place", "-p")] = None
    fresh: Annotated[bool, typer.Option("--fresh")] = False


@dataclass(frozen=True)
class Elsewhere(Where):
    """The place is asked for in other words, at the same position."""

    place: Annotated[str | None, typer.Option("--elsewhere")] = "there"


def invoke(command: object, *words: str) -> str:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    result = CliRunner().invoke(app, list(words))
    return result.stdout if result.exit_code == 0 else f"exit {result.exit_code}"


def test_every_field_is_an_option_and_the_command_gets_the_group() -> None:
    @grouped
    def command(context: typer.Context, where: Where, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        """Say it."""
        typer.echo(f"{context.info_name is not None} {where} {loud}")

    assert command.__doc__ == "Say it."
    assert invoke(command) == "True Where(names=None, place=None, fresh=False) False\n"
    said = invoke(command, "a", "b", "-p", "x", "--fresh", "--loud")
    assert said == "True Where(names=['a', 'b'], place='x', fresh=True) True\n"


def test_a_group_may_replace_a_field_and_a_command_may_leave_one_out() -> None:
    @grouped
    def command(where: Annotated[Elsewhere, Without("fresh")]) -> None:
        typer.echo(str(where))

    assert invoke(command, "--elsewhere", "x") == "Elsewhere(names=None, place='x', fresh=False)\n"
    assert invoke(command) == "Elsewhere(names=None, place='there', fresh=False)\n"
    assert invoke(command, "--fresh") == "exit 2"
    assert invoke(command, "--place", "x") == "exit 2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`accounts`: nobody", "--account: nobody"),
        ("add `database=embedded`, or `connections`", "add --database embedded, or --connection"),
        ("the pattern `{ $.x = 1 }` and `other` stay", "the pattern `{ $.x = 1 }` and `other` stay"),
    ],
)
def test_the_librarys_words_become_flags(text: str, expected: str) -> None:
    assert with_flags(text) == expected


def test_every_flag_stands_for_an_argument_that_an_error_names() -> None:
    files = [*(ROOT / "checker").rglob("*.py"), *(ROOT / "remediation").rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.name != "flags.py")
    assert {name for name in FLAGS if re.search(rf"[^`]`{re.escape(name)}(?:=\w+)?`[^`]", text)} == set(FLAGS)


@pytest.mark.parametrize("folder", ["checker", "remediation", "queries"])
def test_no_function_takes_more_than_twelve_parameters(folder: str) -> None:
    many = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > MAX_PARAMETERS
    ]
    assert many == []


def test_only_nouns_and_the_check_lie_loose() -> None:
    loose = {path.stem for path in (ROOT / "checker").glob("*.py")}
    assert loose == {"arns", "errors", "exit_codes", "facts", "findings", "run", "__init__", "__main__"}
