"""Evaluation: the user guide's own examples, and the rules that surprise people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checker.patterns import PatternSyntaxError, matches, parse

GUIDE: dict[str, Any] = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "cluster.name": "c",
}
COMPOUND: dict[str, Any] = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType = "updatetrail" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress != 111.111.* }", False),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[2] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[0].id = 2 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.eventType IS NULL }", False),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.SomeObject.deeper NOT EXISTS }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.ThisFlag = true }", True),
        ("{ $.ThisFlag != true }", False),
        ("{ $.['cluster.name'] = \"c\" }", True),
        ("{ $.eventType = %Trail% }", True),
        ("{ $.eventType = %^Trail% }", False),
        ("{ $.arrayKey[*] = %val.{2}% }", True),
        ("{ $.arrayKey[*] = nothing }", False),
        (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", True),
        ("{ $.nothing[*] NOT EXISTS }", True),
        ("{ $.arrayKey[*] NOT EXISTS }", False),
        ("{ $.arrayKey = 1 }", False),
        ("{ $.arrayKey != 1 }", False),
        ("{ $.objectList[0] != 1 }", False),
        ("{ $.SomeObject != 1 }", False),
        ("{ $.SomeObject = * }", False),
        ("{ $.absent != 1 }", False),
        ("{ $.eventType[0] NOT EXISTS }", True),
        ("{ $.eventType.x NOT EXISTS }", True),
    ],
)
def test_guide_examples(text: str, expected: bool) -> None:
    assert matches(parse(text), GUIDE) is expected
    assert matches(parse(text), json.dumps(GUIDE)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
            True,
        ),
        (
            '{ ($.user.email = "John*" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
            False,
        ),
        ("{ $.coordinates[1][2] = 6 }", True),
    ],
)
def test_compound_examples(text: str, expected: bool) -> None:
    assert matches(parse(text), COMPOUND) is expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{ $.n >= 500 }", 500, True),
        ("{ $.n > 500 }", 500, False),
        ("{ $.n < 10e3 }", 9999, True),
        ("{ $.n <= 55.5 }", 55.5, True),
        ("{ $.n > +1000 }", 1000.5, True),
        ("{ $.n = 1e3 }", 1000, True),
        ("{ $.n = 1e3 }", "1000", False),
        ("{ $.n = 400 }", "400", True),
        ("{ $.n = 400 }", 400, True),
        ("{ $.n = 400 }", 400.0, True),
        ("{ $.n != 500 }", 400, True),
        ('{ $.n = "400" }', 400, True),
        ("{ $.n = 4* }", 404, True),
        ("{ $.n = 4* }", 504, False),
        ("{ $.n > 5 }", "6", False),
        ("{ $.n > 0 }", True, False),
        ("{ $.n = 1 }", True, False),
        ("{ $.n != 1 }", float("inf"), True),
        ("{ $.n = 111111111111 }", "111111111111", True),
        ("{ $.n = a*b*c }", "aXbXc", True),
        ("{ $.n = a*b*c }", "aXcXb", False),
        ("{ $.n = ab*ba }", "aba", False),
        ("{ $.n = *aa*aa* }", "aaa", False),
        ('{ $.n = "" }', "", True),
        ("{ $.n = * }", "", True),
    ],
)
def test_values(text: str, value: Any, expected: bool) -> None:
    assert matches(parse(text), {"n": value}) is expected


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "Exiting with ERRORCODE: -1", True),
        ("error", "[ERROR 400] BAD REQUEST", False),
        ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", False),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ("?ERROR ?ARGUMENTS", "[INFO] REQUEST FAILED", False),
        ("?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
        ("-ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ('" "', "x", True),
        ("", "x", True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("%^AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", False),
        ("{ $.a = 1 }", "no JSON", False),
        ("{ $.a = 1 }", "[1]", False),
        ("{ $.a = 1 }", "[" * 100_000, False),
    ],
)
def test_raw_text(text: str, line: str, expected: bool) -> None:
    assert matches(parse(text), line) is expected


def test_terms_look_at_compact_json() -> None:
    assert matches(parse('"\\"type\\":\\"Root\\""'), {"userIdentity": {"type": "Root"}})
    assert not matches(parse('"\\"type\\": \\"Root\\""'), {"userIdentity": {"type": "Root"}})


APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (
            r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
            APACHE,
            True,
        ),
        ("[..., request =*.html*, status_code = 4*, bytes]", APACHE, True),
        ("[..., request =*.html*, status_code = 5*, bytes]", APACHE, False),
        ("[..., status_code = 404 || status_code = 410, bytes]", APACHE, True),
        ("[..., status_code = 4* && status_code != 404, bytes]", APACHE, False),
        ("[..., bytes > 1000]", APACHE, True),
        ("[..., bytes < 1534]", APACHE, False),
        ("[..., bytes < 1535]", APACHE, True),
        ("[..., bytes > 1534]", APACHE, False),
        ("[..., bytes >= 1534]", APACHE, True),
        ("[..., bytes <= 1534]", APACHE, True),
        ("[..., bytes >= 1535]", APACHE, False),
        ("[..., bytes = 1534]", APACHE, True),
        ("[..., bytes != 1534.0]", APACHE, False),
        ("[ip, user, ...]", APACHE, True),
        ("[ip > 5, ...]", APACHE, False),
        ("[w1=ERROR, w2]", "ERROR 09/25/2014 12:00:02 Failed", True),
        ("[w1=ERROR, w2]", "ERROR", False),
        ("[w1=ERROR || w1=WARNING, w2]", "WARNING Invalid", True),
        ("[w1!=ERROR && w1!=WARNING, w2]", "INFO GET", True),
        ("[a, b, c, ...]", "x y", False),
        ("[a, b, ...]", "x y", True),
        ("[...]", "x", True),
        ("[a]", '{"a": 1}', False),
    ],
)
def test_space_delimited(text: str, line: str, expected: bool) -> None:
    assert matches(parse(text), line) is expected


def test_space_delimited_never_matches_a_json_event() -> None:
    assert not matches(parse("[...]"), {"a": 1})


def test_a_pattern_may_be_given_as_text() -> None:
    assert matches("{ $.a = 1 }", {"a": 1})
    assert not matches("{ $.a = 1 }", {"a": 2})
    with pytest.raises(PatternSyntaxError):
        matches("{ $.a = }", {"a": 1})
