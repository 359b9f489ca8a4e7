"""Every example of the page on filter patterns is executed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli.pattern import app
from checker.patterns import PatternSyntaxError, cover, explain, matches, parse
from checker.patterns.language.parse import MAX_LENGTH, MAX_REGEXES, MAX_WILDCARD_SELECTORS
from tests.checker.patterns.corpus import ROOT

PAGE = (Path(__file__).parents[3] / "docs" / "filter-patterns.md").read_text(encoding="utf-8")


def rows(*header: str) -> list[tuple[str, ...]]:
    """The rows of all tables with this header; code marks and escapes removed."""
    found: list[tuple[str, ...]] = []
    inside = False
    for line in PAGE.splitlines():
        cells = tuple(
            cell.strip().removeprefix("`").removesuffix("`").replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line)[1:-1]
        )
        if cells == header:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not cells[0].startswith("---"):
            found.append(cells)
    assert found
    return found


@pytest.mark.parametrize(("pattern", "event", "expected"), rows("Pattern", "Event", "Matches"))
def test_matches(pattern: str, event: str, expected: str) -> None:
    assert matches(parse(pattern), json.loads(event)) is {"yes": True, "no": False}[expected]


@pytest.mark.parametrize(("pattern", "expected"), rows("Pattern", "For root usage"))
def test_decisions(pattern: str, expected: str) -> None:
    assert cover(pattern, ROOT).verdict == expected


@pytest.mark.parametrize(("pattern", "words"), rows("Pattern", "Words"))
def test_words(pattern: str, words: str) -> None:
    assert explain(pattern) == words


@pytest.mark.parametrize(("text", "hint"), rows("Text", "Hint"))
def test_refused(text: str, hint: str) -> None:
    with pytest.raises(PatternSyntaxError) as caught:
        parse(text)
    assert caught.value.hint == hint


def test_every_table_is_one_that_is_executed() -> None:
    headers = re.findall(r"^(\|.*)\n\|---", PAGE, re.MULTILINE)
    known = {"| Pattern | Words |", "| Pattern | Event | Matches |", "| Pattern | For root usage |", "| Text | Hint |"}
    assert set(headers) == known


def test_commands_and_their_options_exist() -> None:
    for command, rest in re.findall(r"^    alarmchain pattern (\w+) (.*)$", PAGE, re.MULTILINE):
        help_text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
        for option in re.findall(r"--\w+", rest):
            assert option in help_text


def test_quotas() -> None:
    assert f"at most {MAX_LENGTH} characters" in PAGE
    assert (MAX_REGEXES, MAX_WILDCARD_SELECTORS) == (2, 3)
    assert "two regular expressions, one `*` a selector and three selectors with `*`" in PAGE


def test_the_model_is_where_the_page_says() -> None:
    (path,) = re.findall(r"`(checker/\S+)`", PAGE)
    assert (Path(__file__).parents[3] / path).is_file()
