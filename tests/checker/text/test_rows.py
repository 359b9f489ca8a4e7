"""Rows as text: every format, nulls, widths, and what must not become markup."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.text.rows import ENDINGS, RowFormat, new_writer, written
from checker.text.rows.cells import cut, padded, width_of
from checker.text.rows.json_rows import JsonText, distinct, encoded
from checker.text.rows.table import fitted
from checker.text.style import Style

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
CELLS = st.none() | TEXT


def text_of(
    row_format: RowFormat, columns: Sequence[str], *batches: Sequence[Sequence[Any]], style: Style | None = None
) -> str:
    return "".join(written(new_writer(row_format, columns, style or Style(width=40, unicode=False)), batches))


@pytest.mark.parametrize(
    ("row_format", "expected"),
    [
        (RowFormat.TABLE, "a  b\n-  -\n(0 rows)\n"),
        (RowFormat.LINE, "(0 rows)\n"),
        (RowFormat.CSV, "a,b\n"),
        (RowFormat.JSON, "[]\n"),
        (RowFormat.JSONL, ""),
        (RowFormat.MARKDOWN, "| a | b |\n| --- | --- |\n"),
    ],
)
def test_no_rows(row_format: RowFormat, expected: str) -> None:
    assert text_of(row_format, ["a", "b"]) == expected
    assert text_of(row_format, ["a", "b"], []) == expected


@pytest.mark.parametrize("row_format", RowFormat)
def test_batches_are_one_answer(row_format: RowFormat) -> None:
    one = text_of(row_format, ["a"], [("x",), ("y",), ("z",)])
    assert text_of(row_format, ["a"], [("x",)], [("y",), ("z",)]) == one


def test_every_ending_is_a_format_and_every_format_but_line_has_one() -> None:
    assert set(ENDINGS.values()) == set(RowFormat) - {RowFormat.LINE}


# -- csv -----------------------------------------------------------------------------------------------------------


def test_csv_tells_null_from_nothing() -> None:
    assert text_of(RowFormat.CSV, ["a", "b"], [(None, ""), ("", None)]) == 'a,b\n,""\n"",\n'
    assert text_of(RowFormat.CSV, ["a"], [(None,), ("",), ("N",)]) == 'a\n\n""\nN\n'


@given(st.lists(st.tuples(CELLS, CELLS)))
def test_csv_comes_back_as_it_went_in(rows: list[tuple[str | None, str | None]]) -> None:
    text = text_of(RowFormat.CSV, ["a", "b"], rows)
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found == [["a", "b"], *[[value or "" for value in row] for row in rows]]


# -- json ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(CELLS, st.lists(CELLS), st.integers() | st.booleans())))
def test_json_comes_back_as_it_went_in(rows: list[tuple[Any, ...]]) -> None:
    expected = [dict(zip("abc", row, strict=True)) for row in rows]
    assert json.loads(text_of(RowFormat.JSON, list("abc"), rows)) == expected
    lines = text_of(RowFormat.JSONL, list("abc"), rows).split("\n")
    assert [json.loads(line) for line in lines if line] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (JsonText('{"a": 1.10,\n\t"b": "\\n"}'), '{"a": 1.10,  "b": "\\n"}'),
        ([JsonText("1.0"), None], "[1.0, null]"),
        (Decimal("1.50"), "1.50"),
        (Decimal("NaN"), '"NaN"'),
        (Decimal("-Infinity"), '"-Infinity"'),
        (0.1, "0.1"),
        (float("inf"), '"Infinity"'),
        (float("-inf"), '"-Infinity"'),
        (float("nan"), '"NaN"'),
        (10**30, "1" + "0" * 30),
    ],
)
def test_a_value_as_json(value: Any, expected: str) -> None:
    assert encoded(value) == expected


def test_no_column_is_lost_in_an_object() -> None:
    assert distinct(["a", "a", "b", "a", "a_2"]) == ["a", "a_3", "b", "a_4", "a_2"]
    assert distinct(["a", "a"]) == ["a", "a_2"]


# -- table and line ------------------------------------------------------------------------------------------------


def test_a_table_fits_and_shows_what_was_cut() -> None:
    rows = [("1", "x" * 50, None), ("-20.5", "é", "y\nz\t\x1b[2J")]
    assert text_of(RowFormat.TABLE, ["n", "long", "c"], rows) == (
        "    n  long              c\n"
        "-----  ----------------  ---------------\n"
        "    1  xxxxxxxxxxxxxxx~  <null>\n"
        "-20.5  é                 y\\nz\\t\\u001b[2J\n"
        "(2 rows; what ends with a mark was cut: --format line shows it)\n"
    )


def test_a_later_batch_is_cut_to_the_widths_of_the_first() -> None:
    style = Style(width=40, unicode=True)
    assert text_of(RowFormat.TABLE, ["a"], [("xy",)], [("xyz",)], style=style) == (
        "a\n──\nxy\nx…\n(2 rows; what ends with a mark was cut: --format line shows it)\n"
    )
    assert text_of(RowFormat.TABLE, ["a"], [("xy",)]).endswith("(1 row)\n")


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1), st.integers(40, 140))
def test_no_row_of_a_table_is_broken_or_too_wide(rows: list[tuple[Any, ...]], width: int) -> None:
    lines = text_of(RowFormat.TABLE, list("abc"), rows, style=Style(width=width)).split("\n")
    assert len(lines) == len(rows) + 4
    assert all(width_of(line) <= width for line in lines[:-2])


@given(st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(1, 200))
def test_widths_fit_or_are_as_small_as_they_get(wanted: list[int], room: int) -> None:
    widths = fitted(wanted, room)
    assert all(got <= asked for got, asked in zip(widths, wanted, strict=True))
    assert sum(widths) <= room or max(widths) <= 6
    if sum(wanted) <= room:
        assert widths == wanted


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("\u200d", 0), ("", 0)])
def test_how_wide_a_text_is(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("日本語", 6, "日本語"), ("日本語", 5, "日本~"), ("日本語", 4, "日~"), ("ab", 1, "~")],
)
def test_a_wide_letter_is_not_halved(text: str, width: int, expected: str) -> None:
    assert cut(text, width, "~") == expected
    assert padded("日", 4) == "日  "
    assert padded("日", 4, right=True) == "  日"


def test_line_shows_everything() -> None:
    rows = [("1", None), ("", "x\ny" + "z" * 60)]
    assert text_of(RowFormat.LINE, ["a", "bcd"], rows) == (
        f"-- row 1 {'-' * 31}\na   | 1\nbcd | <null>\n-- row 2 {'-' * 31}\na   |\nbcd | x\n    | y{'z' * 60}\n"
    )
    assert "── row 1" in text_of(RowFormat.LINE, ["a"], [("1",)], style=Style(unicode=True))


def test_lines_are_numbered_through_all_batches() -> None:
    assert "row 3" in text_of(RowFormat.LINE, ["a"], [("1",)], [("2",), ("3",)])


# -- markdown ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "*null*"),
        ("a|b", "a\\|b"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b)", "\\[a\\](b)"),
        ("https://x.example", "https\\://x.example"),
        ("WWW.x.example", "WWW\\.x.example"),
        ("@team #1 `x` *y* _z_ ~q~ &amp; $m$", "\\@team \\#1 \\`x\\` \\*y\\* \\_z\\_ \\~q\\~ \\&amp; \\$m\\$"),
        ("a\nb\tc\\", "a<br>b c\\\\"),
        ("arn:aws:sns:eu-west-1:1:x", "arn:aws:sns:eu-west-1:1:x"),
        ("\x1b", "\\\\u001b"),
    ],
)
def test_markdown_is_no_markup(value: str | None, expected: str) -> None:
    assert text_of(RowFormat.MARKDOWN, ["a"], [(value,)]) == f"| a |\n| --- |\n| {expected} |\n"
