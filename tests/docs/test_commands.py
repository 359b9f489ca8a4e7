"""Commands and options that the documentation shows are the program's, and the program's are all documented."""

from __future__ import annotations

import itertools
import re
import runpy
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from checker.cli.app import app
from checker.exit_codes import MEANING, ExitCode
from tests.docs.pages import ROOT, blocks, inline_code, name_of, written_pages

PROGRAM = "alarmchain"
_OPTION = re.compile(r"--[a-z][a-z-]+")
OPTIONS_OF_OTHERS = {"--recursive", "--endpoint-url", "--region-name"}


def root_command() -> Any:
    return typer.main.get_command(app)


def all_commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child, found in getattr(command, "commands", {}).items():
        yield from all_commands(f"{name} {child}", found)


COMMANDS = dict(all_commands(PROGRAM, root_command()))
OPTIONS = {option for command in COMMANDS.values() for item in command.params for option in item.opts}


def parse(words: list[str]) -> None:
    """Parse a command line down to its command without running anything. Raises what the parser raises."""
    command: Any = root_command()
    context = command.make_context(PROGRAM, list(words))
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


def alternatives(word: str) -> list[str]:
    """``plan|apply`` stands for each of them, ``RUN`` for any value."""
    if re.fullmatch(r"[\w-]+(?:\|[\w-]+)+", word):
        return word.split("|")
    return ["x"] if re.fullmatch(r"[A-Z]+", word) else [word]


def command_lines() -> list[tuple[str, str]]:
    """Where, and what is typed, for every command line of the program that a page shows."""
    found = []
    for language in ("sh", "console", "bash", "text"):
        for block in blocks(language):
            text = block.text.replace("\\\n", " ")
            for line in text.splitlines():
                typed = line.removeprefix("$ ").strip()
                if typed.startswith(f"{PROGRAM} ") and (language != "console" or line.startswith("$ ")):
                    found.append((str(block), typed))
    for page in written_pages():
        found += [(name_of(page), code) for code in inline_code(page) if code.startswith(f"{PROGRAM} ")]
    return found


@pytest.mark.parametrize(("where", "line"), command_lines())
def test_a_command_line_that_is_shown_is_one_that_the_program_takes(where: str, line: str) -> None:
    words = shlex.split(re.split(r" [|<>] ", line)[0].replace("[CONTROL]...", ""), comments=True)[1:]
    if " ".join([PROGRAM, *words]) in COMMANDS:
        return
    for spelled in itertools.product(*map(alternatives, words)):
        parse(list(spelled))


@pytest.mark.parametrize("page", written_pages(), ids=name_of)
def test_a_block_says_its_language_so_that_it_is_checked(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    assert [block for block in blocks("") if block.page == name_of(page)] == []
    assert not re.search(rf"^    \$? ?{PROGRAM} ", text, re.MULTILINE)


def test_the_page_of_repairing_is_as_wide_as_the_others() -> None:
    page = (ROOT / "docs" / "remediation.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_command_lines_are_found() -> None:
    lines = [line for _, line in command_lines()]
    assert "alarmchain check" in lines
    assert len(lines) > 20


@pytest.mark.parametrize("line", ["check --al", "chek", "check --format yaml", "remediate undo"])
def test_a_wrong_command_line_is_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"No such|is not one of|Missing"):
        parse(shlex.split(line))


@pytest.mark.parametrize("page", written_pages(), ids=name_of)
def test_an_option_that_is_named_exists(page: Any) -> None:
    named = {option for code in inline_code(page) for option in _OPTION.findall(code)}
    assert named - OPTIONS - OPTIONS_OF_OTHERS == set()


@pytest.mark.parametrize("generator", sorted(path.name for path in (ROOT / "docs").glob("generate_*.py")))
def test_a_generated_page_is_fresh(generator: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = runpy.run_path(str(ROOT / "docs" / generator))
    assert module["main"](["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("generator", ["generate_cli.py", "generate_queries.py", "generate_reasons.py"])
def test_a_stale_page_is_noticed_and_written_anew(
    generator: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    module = runpy.run_path(str(ROOT / "docs" / generator))
    page = tmp_path / "page.md"
    assert module["main"](["--check"], page) == 1
    assert "make docs WRITE=1" in capsys.readouterr().err
    assert module["main"]([], page) == 0
    assert module["main"](["--check"], page) == 0
    page.write_text("stale", encoding="utf-8")
    assert module["main"](["--check"], page) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = {
        name: body for name, _, body in (part.partition("\n") for part in re.split(r"^## ", text, flags=re.MULTILINE))
    }
    assert set(sections) - {next(iter(sections))} == set(COMMANDS)
    for name, command in COMMANDS.items():
        shown = set(re.findall(r"`(-{1,2}[a-z][a-z-]*)`", sections[name]))
        options = {option for item in command.params if item.param_type_name == "option" for option in item.opts}
        assert shown == options, name


def test_the_table_of_exit_codes_is_the_programs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Exit codes")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", section, re.MULTILINE))
    assert rows == {str(int(code)): meaning for code, meaning in MEANING.items()}
    assert set(MEANING) == set(ExitCode)
