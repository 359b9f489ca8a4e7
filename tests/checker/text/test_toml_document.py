"""TOML with lines: every complaint names file and line."""

from __future__ import annotations

import pytest

from checker.errors import DataFileError
from checker.text.toml_document import TomlDocument, did_you_mean, nearest

TEXT = '''# a comment
title = "x"
count = 3
words = [
    "a",
    "b",
]
long = """
[not.a.header]
fake = 1
"""

[table]
"quoted.key" = "v"
dotted.name = "w"

[[row]]
name = "first"

[[row]]
name = "second"

[row.inner]
deep = true
'''


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("title",), 2),
        (("words",), 4),
        (("table",), 13),
        (("table", "quoted.key"), 14),
        (("table", "dotted", "name"), 15),
        (("row", 0, "name"), 18),
        (("row", 1), 20),
        (("row", 1, "name"), 21),
        (("row", 1, "inner", "deep"), 24),
        (("row", 1, "missing"), 20),
        (("fake",), None),
        ((), None),
    ],
)
def test_line_of_a_place(location: tuple[str | int, ...], line: int | None) -> None:
    assert TomlDocument(TEXT, "f.toml").line(location) == line


def test_bad_toml_names_the_line() -> None:
    with pytest.raises(DataFileError) as caught:
        TomlDocument("a = 1\nb = \n", "f.toml")
    assert caught.value.line == 2
    assert str(caught.value).startswith("f.toml:2: not valid TOML:")
    assert "at line" not in str(caught.value)


def test_unfinished_toml_names_the_last_line() -> None:
    with pytest.raises(DataFileError) as caught:
        TomlDocument('a = 1\nb = """x\n', "f.toml")
    assert caught.value.line in (2, 3)


@pytest.mark.parametrize(
    ("text", "take", "message"),
    [
        ("a = 1", "text", "f.toml:1: a must be a text in quotes, not 1"),
        ('a = " "', "text", "f.toml:1: a is empty"),
        ("b = 1", "text", "f.toml: the file needs a"),
        ("a = true", "integer", "f.toml:1: a must be a whole number, not True"),
        ('a = "x"', "texts", "f.toml:1: a must be a list of texts"),
        ("a = [1]", "texts", "f.toml:1: a must hold texts in quotes only"),
        ('a = ["x", "x"]', "texts", "f.toml:1: a names x twice"),
        ("a = 1", "tables", "f.toml:1: a must be written as [[a]] tables"),
        ("a = [1]", "tables", "f.toml:1: a must be written as [[a]] tables"),
        ("a = 1", "table", "f.toml:1: a must be a [a] table"),
        ("b = 1", "value", "f.toml: the file needs a"),
    ],
)
def test_wrong_fields(text: str, take: str, message: str) -> None:
    root = TomlDocument(text, "f.toml").root
    with pytest.raises(DataFileError) as caught:
        getattr(root, take)("a")
    assert str(caught.value).startswith(message)


def test_absent_fields_have_their_empty_value() -> None:
    root = TomlDocument("", "f.toml").root
    assert root.texts("a") == ()
    assert root.tables("b") == []
    assert root.table("c").data == {}
    assert root.integer("d") is None
    assert root.optional_text("e") is None
    assert root.text("f", "default") == "default"


def test_choice() -> None:
    root = TomlDocument('a = "hihg"\nb = "low"', "f.toml").root
    with pytest.raises(DataFileError, match="a 'hihg' is not one of high, low") as caught:
        root.choice("a", ["high", "low"])
    assert caught.value.hint == "did you mean high?"
    assert root.choice("b", ["high", "low"]) == "low"
    assert root.choice("c", ["high", "low"], "") == ""


def test_unknown_keys_are_refused_with_the_nearest() -> None:
    table = TomlDocument('[[row]]\nreson = "x"\n', "f.toml").root.tables("row")[0]
    table.optional_text("reason")
    with pytest.raises(DataFileError, match=r"f.toml:2: unknown key 'reson' in \[row\]") as caught:
        table.finish()
    assert caught.value.hint == "did you mean reason?"


def test_a_missing_field_of_a_table_says_where_the_table_is() -> None:
    table = TomlDocument('x = 1\n[[row]]\nname = "a"\n', "f.toml").root.tables("row")[0]
    with pytest.raises(DataFileError, match=r"f.toml:2: \[row\] needs owner"):
        table.text("owner")


def test_hints() -> None:
    assert did_you_mean("chekc", ["check", "remediate"]) == "did you mean check?"
    assert did_you_mean("zzz", ["check", "apply"]) == "known: apply, check"
    assert did_you_mean("zzz", []) == ""
    assert nearest("CLOUDWATCH.1", ["CloudWatch.1"]) == ("CloudWatch.1",)
