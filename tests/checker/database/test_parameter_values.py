"""Values are data: whatever they hold, they come back as they went in, and nothing of them is SQL."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checker.database.free_query import FreeQuery
from checker.database.parameter_values import Given, array_text, parse_given
from checker.database.pool import Pool
from checker.database.statements import Statement
from checker.errors import UsageError
from checker.text.rows.json_rows import JsonText
from tests.length import examples
from tests.postgres import Postgres

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NASTY = st.sampled_from(
    ["NULL", "'NULL'", '"', "{}", "{a,b}", "\\", ";--", "$1", "'); drop table x; --", "", " ", "\n"]
)
ELEMENTS = st.lists(st.none() | TEXT | NASTY, max_size=6)
ECHO = Statement("echo", "select $1::text as a, $2::text[] as b, $3::jsonb as c")
BIG = "x'\"\\{},;é" * 110_000


def echoed(pool: Pool, given_values: list[Given]) -> tuple[Any, ...]:
    with pool.connection() as connection:
        query = FreeQuery(connection, ECHO, target="here", timeout=60)
        (batch,) = query.batches(query.describe(), given_values, native=True)
        (row,) = batch
        return row


@pytest.fixture(scope="module")
def pool(postgres: Postgres) -> Any:
    opened = Pool(postgres.conninfo, concurrency=1)
    yield opened
    opened.close()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(st.none() | TEXT | NASTY, st.none() | ELEMENTS, TEXT)
@example(BIG, [BIG, None], BIG)
def test_values_come_back_as_they_went_in(
    pool: Pool, text: str | None, items: list[str | None] | None, key: str
) -> None:
    document = {key: [text, 1.5, None]}
    row = echoed(
        pool,
        [
            Given("1", json.dumps(text), is_json=True),
            Given("2", json.dumps(items), is_json=True),
            Given("3", json.dumps(document), is_json=True),
        ],
    )
    assert row[:2] == (text, items)
    assert isinstance(row[2], JsonText)
    assert json.loads(row[2]) == document


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(TEXT | NASTY, st.lists(TEXT | NASTY, min_size=1, max_size=4))
def test_plain_values_too_but_for_the_two_spellings_of_null(pool: Pool, text: str, items: list[str]) -> None:
    spelled = {"NULL": None, "'NULL'": "NULL"}
    row = echoed(pool, [Given("1", text), Given("3", "NULL"), *(Given("2", item) for item in items)])
    expected = None if items == ["NULL"] else [spelled.get(item, item) for item in items]
    assert row == (spelled.get(text, text), expected, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", Given("a", "b")),
        ("a=b=c", Given("a", "b=c")),
        ("a==", Given("a", "=")),
        ("$1=", Given("1", "")),
        ("a:=[1]", Given("a", "[1]", is_json=True)),
        ("a=:=", Given("a", ":=")),
    ],
)
def test_what_is_typed_is_taken_apart_at_the_first_sign(text: str, expected: Given) -> None:
    assert parse_given(text) == expected


@pytest.mark.parametrize("text", ["", "a", "=", ":=x", "$=1"])
def test_what_sets_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_given(text)


def test_an_array_is_quoted_whole() -> None:
    assert array_text(["a,b", None, "NULL", 'q"\\', ["x"]]) == '{"a,b",NULL,"NULL","q\\"\\\\",{"x"}}'
    assert array_text([]) == "{}"
