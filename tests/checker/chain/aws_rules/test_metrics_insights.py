"""Metrics Insights queries: what is one, and whether it takes in the filter's metric."""

from __future__ import annotations

import pytest

from checker.chain.aws_rules.metrics_insights import (
    LONGEST,
    Query,
    Reach,
    is_query,
    parse_query,
    reading_of,
)
from checker.chain.aws_rules.token_reader import Unreadable

METRIC = ("CISBenchmark", "root")
PLAIN = Query("SUM", "root", "CISBenchmark")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("SELECT SUM(root) FROM CISBenchmark", PLAIN),
        ("select sum(root)\nfrom CISBenchmark ;", PLAIN),
        ('SELECT SUM("root") FROM "CISBenchmark"', PLAIN),
        ('SELECT SUM ( "root" ) FROM SCHEMA ( "CISBenchmark" )', Query("SUM", "root", "CISBenchmark", ())),
        (
            'SELECT MAX(a) FROM SCHEMA("AWS/EC2", InstanceId, "x y")',
            Query("MAX", "a", "AWS/EC2", ("InstanceId", "x y")),
        ),
        ("SELECT AVG(DatabaseConnections) FROM AWS/RDS", Query("AVG", "DatabaseConnections", "AWS/RDS")),
        (r'SELECT AVG("Bytes\"Input\"") FROM "a\\b"', Query("AVG", 'Bytes"Input"', r"a\b")),
        ('SELECT COUNT("LIMIT") FROM "FROM"', Query("COUNT", "LIMIT", "FROM")),
        ("SELECT MIN(a) FROM b WHERE c = 'd'", Query("MIN", "a", "b", conditional=True)),
        (
            "SELECT MIN(a) FROM b WHERE (c = 'd' AND (tag.e != 'it''s' OR \"f g\"='')) GROUP BY c",
            Query("MIN", "a", "b", conditional=True, group_by=("c",)),
        ),
        (
            "SELECT SUM(a) FROM b GROUP BY c, d ORDER BY MAX() DESC LIMIT 10",
            Query("SUM", "a", "b", group_by=("c", "d"), ordered=True, limit=10),
        ),
        ("SELECT SUM(a) FROM b ORDER BY SUM() asc", Query("SUM", "a", "b", ordered=True)),
        ("SELECT SUM(a) FROM b LIMIT 0", Query("SUM", "a", "b", limit=0)),
    ],
)
def test_a_query(text: str, query: Query) -> None:
    assert is_query(text)
    assert parse_query(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT SUM(root)",
        "SELECT SUM(root) FROM",
        "SELECT SUM(root) FROM FROM",
        "SELECT SUM() FROM b",
        "SELECT SUM(a, b) FROM c",
        "SELECT SUM('a') FROM b",
        "SELECT P99(a) FROM b",
        "SELECT SUM(a) FROM b c",
        "SELECT SUM(a) FROM SCHEMA b",
        "SELECT SUM(a) FROM SCHEMA()",
        "SELECT SUM(a) FROM SCHEMA(b, c",
        "SELECT SUM(a) FROM b WHERE",
        "SELECT SUM(a) FROM b WHERE c",
        "SELECT SUM(a) FROM b WHERE c = d",
        "SELECT SUM(a) FROM b WHERE c > 'd'",
        "SELECT SUM(a) FROM b WHERE (c = 'd'",
        "SELECT SUM(a) FROM b WHERE c = 'd')",
        "SELECT SUM(a) FROM b WHERE c = 'd' AND",
        "SELECT SUM(a) FROM b GROUP c",
        "SELECT SUM(a) FROM b GROUP BY",
        "SELECT SUM(a) FROM b ORDER BY c",
        "SELECT SUM(a) FROM b ORDER BY SUM(c)",
        "SELECT SUM(a) FROM b LIMIT ten",
        "SELECT SUM(a) FROM b LIMIT -1",
        "SELECT SUM(a) FROM b ; SELECT SUM(a) FROM b",
        "SELECT SUM(a) FROM b !",
        'SELECT SUM("a) FROM b',
        "SUM(m1)",
        "SELECT SUM(a) FROM b" + " " * LONGEST,
        "SELECT SUM(a) FROM b WHERE " + "(" * 9000,
    ],
)
def test_not_a_query(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_query(text)


@pytest.mark.parametrize("text", ["", "  ", "m1", "SUM(m1)", "SELECTED", "FILL(m1, 0)", "'SELECT'"])
def test_metric_math_is_no_query(text: str) -> None:
    assert not is_query(text)


@pytest.mark.parametrize(
    ("text", "published", "reach"),
    [
        ("SELECT SUM(root) FROM CISBenchmark", "", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark)", "", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark)", "Region", Reach.OTHER_DIMENSIONS),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark, Region)", "", Reach.OTHER_DIMENSIONS),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark, Region)", "Region", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark, B, A)", "A B", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark, region)", "Region", Reach.OTHER_DIMENSIONS),
        ("SELECT SUM(root) FROM CISBenchmark", "Region", Reach.TAKEN_IN),
        ("SELECT SUM(other) FROM CISBenchmark", "", Reach.OTHER_METRIC),
        ("SELECT SUM(root) FROM cisbenchmark", "", Reach.OTHER_METRIC),
        ("SELECT SUM(Root) FROM CISBenchmark", "", Reach.OTHER_METRIC),
        ("SELECT SUM(other) FROM CISBenchmark WHERE a = 'b'", "", Reach.OTHER_METRIC),
        ("SELECT SUM(root) FROM CISBenchmark WHERE a = 'b'", "", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM SCHEMA(CISBenchmark, A) WHERE A = 'b'", "A", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY A ORDER BY SUM()", "A", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY A", "A", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY A ORDER BY SUM()", "", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY A, C ORDER BY SUM()", "A B", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM CISBenchmark GROUP BY A ORDER BY SUM() LIMIT 5", "A", Reach.UNDECIDED),
        ("SELECT SUM(root) FROM CISBenchmark LIMIT 1", "", Reach.TAKEN_IN),
        ("SELECT SUM(root) FROM CISBenchmark LIMIT 0", "", Reach.UNDECIDED),
        ("SELECT MAX(root) FROM CISBenchmark", "", Reach.TAKEN_IN),
        ("SELECT COUNT(root) FROM CISBenchmark", "", Reach.TAKEN_IN),
        ("SELECT AVG(root) FROM CISBenchmark", "", Reach.UNDECIDED),
        ("SELECT MIN(root) FROM CISBenchmark", "", Reach.UNDECIDED),
        ("SELECT AVG(root) FROM SCHEMA(CISBenchmark)", "", Reach.TAKEN_IN),
    ],
)
def test_whether_a_query_takes_in_the_metric(text: str, published: str, reach: Reach) -> None:
    reading = reading_of(parse_query(text), METRIC, frozenset(published.split()))
    assert reading.reach is reach
    assert bool(reading.why) is (reach is Reach.UNDECIDED)
    assert bool(reading.caveat) is (reach is Reach.TAKEN_IN and "SCHEMA" not in text)
