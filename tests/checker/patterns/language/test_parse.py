"""Text to tree and back, and every way a text can fail to be a pattern."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.errors import AlarmchainError
from checker.patterns import PatternSyntaxError, parse, to_text, try_parse
from checker.patterns.language.tree import (
    And,
    AnyIndex,
    AnyKey,
    Check,
    Comparison,
    EmptyPattern,
    Index,
    JsonPattern,
    Key,
    Number,
    Operator,
    Or,
    Position,
    Regex,
    Selector,
    SpaceField,
    SpacePattern,
    Term,
    TermKind,
    TermPattern,
    Test,
    Wildcard,
    conjunction,
    number,
)
from tests.checker.patterns.corpus import cases, official_texts
from tests.checker.patterns.strategies import patterns


def selector(*names: str) -> Selector:
    return Selector(tuple(Key(name) for name in names))


A = Comparison(selector("a"), Operator.EQUAL, Number("1"))
B = Comparison(selector("b"), Operator.NOT_EQUAL, Wildcard(("x",)))
C = Test(selector("c"), Check.NOT_EXISTS)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("{$.a=1}", A),
        ('{ $.b != "x" }', B),
        ("{ $.b != x }", B),
        ("{$.c NOT EXISTS}", C),
        ("{$.c\n NOT\t EXISTS }", C),
        ("{$.a=1&&$.b!=x||$.c NOT EXISTS}", Or((And((A, B)), C))),
        ("{$.a=1||$.b!=x&&$.c NOT EXISTS}", Or((A, And((B, C))))),
        ("{($.a=1||$.b!=x)&&$.c NOT EXISTS}", And((Or((A, B)), C))),
        ("{(($.a=1)&&($.b!=x&&$.c NOT EXISTS))}", And((A, B, C))),
        ("{$.a IS NULL}", Test(selector("a"), Check.IS_NULL)),
        ("{$.a IS TRUE}", Test(selector("a"), Check.IS_TRUE)),
        ("{$.a IS FALSE}", Test(selector("a"), Check.IS_FALSE)),
        ("{$.a >= -1.5e3}", Comparison(selector("a"), Operator.GREATER_OR_EQUAL, Number("-1.5e3"))),
        ("{$.a < 3}", Comparison(selector("a"), Operator.LESS, Number("3"))),
        ("{$.a <= 3}", Comparison(selector("a"), Operator.LESS_OR_EQUAL, Number("3"))),
        ("{$.a > 3}", Comparison(selector("a"), Operator.GREATER, Number("3"))),
        ("{$.a = 123.123.*}", Comparison(selector("a"), Operator.EQUAL, Wildcard(("123.123.", "")))),
        ("{$.a = **x**y}", Comparison(selector("a"), Operator.EQUAL, Wildcard(("", "x", "y")))),
        ("{$.a = %^[hc]at$%}", Comparison(selector("a"), Operator.EQUAL, Regex("^[hc]at$"))),
        (r'{$.a = "say \"hi\" \\ \n"}', Comparison(selector("a"), Operator.EQUAL, Wildcard(('say "hi" \\ \\n',)))),
        (
            "{$.a[0].b-c[*] = 1}",
            Comparison(Selector((Key("a"), Index(0), Key("b-c"), AnyIndex())), Operator.EQUAL, Number("1")),
        ),
        ("{$.* = 1}", Comparison(Selector((AnyKey(),)), Operator.EQUAL, Number("1"))),
        ("{$.['x.y'] = 1}", Comparison(selector("x.y"), Operator.EQUAL, Number("1"))),
        ('{$["it\'s"] = 1}', Comparison(selector("it's"), Operator.EQUAL, Number("1"))),
    ],
)
def test_json_patterns(text: str, condition: object) -> None:
    assert parse(text) == JsonPattern(condition)  # type: ignore[arg-type]  # conditions of every kind


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", EmptyPattern()),
        (" \n", EmptyPattern()),
        ("ERROR", TermPattern((Term("ERROR"),))),
        (
            'ERROR "a phrase" ?x -y %\\d+%',
            TermPattern(
                (
                    Term("ERROR"),
                    Term("a phrase"),
                    Term("x", TermKind.OPTIONAL),
                    Term("y", TermKind.EXCLUDED),
                    Term(Regex("\\d+")),
                )
            ),
        ),
        ('"ERROR" - "Exiting"', TermPattern((Term("ERROR"), Term("Exiting", TermKind.EXCLUDED)))),
        ("[]", SpacePattern((SpaceField(""),))),
        (
            "[a, b=x, ..., c]",
            SpacePattern(
                (
                    SpaceField("a"),
                    SpaceField("b", Comparison(selector("b"), Operator.EQUAL, Wildcard(("x",)))),
                    SpaceField("c"),
                ),
                2,
            ),
        ),
        (
            "[w1 != A && w1 != B || w1 = 4*,]",
            SpacePattern(
                (
                    SpaceField(
                        "w1",
                        Or(
                            (
                                And(
                                    (
                                        Comparison(selector("w1"), Operator.NOT_EQUAL, Wildcard(("A",))),
                                        Comparison(selector("w1"), Operator.NOT_EQUAL, Wildcard(("B",))),
                                    )
                                ),
                                Comparison(selector("w1"), Operator.EQUAL, Wildcard(("4", ""))),
                            )
                        ),
                    ),
                    SpaceField(""),
                )
            ),
        ),
    ],
)
def test_other_kinds(text: str, pattern: object) -> None:
    assert parse(text) == pattern


@pytest.mark.parametrize(
    ("text", "column", "found", "hint"),
    [
        ("{ $.a = 'Root' }", 9, '"\'"', "double quotation marks"),
        ("{ $.a = \u201cRoot\u201d }", 9, "'\u201c'", "typographic"),
        ('{ $.a = \\"Root\\" }', 9, "'\\'", "backslash"),
        ("{ $.a.bNOT EXISTS }", 12, "'EXISTS'", "a blank is missing before NOT EXISTS"),
        ("{ $.a EXISTS }", 7, "'EXISTS'", "there is no EXISTS"),
        ("{ $.a exists }", 7, "'exists'", "there is no EXISTS"),
        ("{ $.a IS NOT NULL }", 7, "'IS'", "there is no IS NOT"),
        ("{ $.a not exists }", 7, "'not'", "capital letters"),
        ("{ $.a = 1 & $.b = 2 }", 11, "'&'", "write '&&'"),
        ("{ $.a = 1 | $.b = 2 }", 11, "'|'", "write '||'"),
        ("{ $.a = 1 and $.b = 2 }", 11, "'and'", "write && instead of and"),
        ("{ $.a = 1 OR $.b = 2 }", 11, "'OR'", "write || instead of OR"),
        ("{ $.a AND $.b }", 7, "'AND'", "joined with && and ||"),
        ("{ !($.a = 1) }", 3, "'!'", "no '!' before a condition"),
        ("{ { $.a = 1 } }", 3, "'{'", "once around the whole pattern"),
        ("{ $.a = Failed authentication }", 16, "'authentication'", "blank in it needs double"),
        ("{ $.even tName = x }", 10, "'tName'", "line break of a PDF"),
        ("{ $.a NOT EXIST }", 7, "'NOT'", "write NOT EXISTS"),
        ('{ $.a IS "Root" }', 7, "'IS'", "compare other values with = or !="),
        ("{ $eventName = x }", 4, "'eventName'", "starts with '$.'"),
        ("{ eventName = x }", 3, "'eventName'", "starts with '$.'"),
        ('{ "Root" = $.a }', 3, "'\"'", "stands on the left"),
        ("{ $.a == 1 }", 7, "'='", "operators are"),
        ("{ $.a ! 1 }", 7, "'!'", "no '!' alone"),
        ('{ $.a "x" }', 7, "'\"'", "missing between selector and value"),
        ("{ $.a = 1", 10, "the end of the pattern", "closing '}' is missing"),
        ("{ ($.a = 1 }", 12, "'}'", "'(' of line 1, column 3 is not closed"),
        ("{ ($.a = 1", 11, "the end of the pattern", "is not closed"),
        ("{ $.a = 1) }", 10, "')'", "closes nothing"),
        ("{ $.a = 1 $.b = 2 }", 11, "'$'", "put && or ||"),
        ("{ $.a = 1 } x", 13, "'x'", "remove what follows"),
        ("{ $.a = 1 } && { $.b = 2 }", 13, "'&'", "one pair of braces"),
        ("{ $.a = 1 && }", 14, "'}'", "a condition is missing"),
        ("{ && $.a = 1 }", 3, "'&'", "missing between two operators"),
        ("{ }", 3, "'}'", "a condition is missing"),
        ('{ $.a = "x }', 9, "the end of the pattern", "not closed"),
        ('{ $.a = x" }', 10, "'\"'", "opening double quotation mark is missing"),
        ("{ $.a = $.b }", 9, "'$'", "compared with another field"),
        ("{ $.a = arn:aws }", 12, "':'", "put the value in double quotation marks"),
        ("{ $.a = }", 9, "'}'", ""),
        ("{ $.a > abc }", 9, "'abc'", "= and != only"),
        ("{ $.a > %1% }", 9, "'%'", "= and != only"),
        ('{ $."a-b" = 1 }', 5, "'\"'", "$.['name']"),
        ("{ $.a[x] = 1 }", 7, "'x'", ""),
        ("{ $.a[1 = 1 }", 9, "'='", ""),
        ("{ $.['a = 1 }", 7, "'a'", ""),
        ("{ $.*.* = 1 }", 3, "'$'", ""),
        ("{ $.a\u00a0= 1 }", 6, "'\\xa0'", "special blank"),
        ("{ $.a = %x(y)% }", 11, "the character '(', which regular expressions here may not contain", "\\x28"),
        ("{ $.a = %x }", 9, "the end of the pattern", ""),
        ("$.a = 1 && $.b = 2", 1, "'$'", "stands in braces"),
        ("ERROR: x", 6, "':'", "double quotation marks"),
        ("*", 1, "'*'", "double quotation marks"),
        ("[a b]", 4, "'b'", ""),
        ("[a=1 && b=2]", 9, "'b'", ""),
        ("[..., ...]", 7, "'.'", ""),
        ("[a", 3, "the end of the pattern", ""),
        ("[a=1] x", 7, "'x'", "remove what follows"),
        ("[=1]", 2, "'='", ""),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_a_name(text: str, column: int, found: str, hint: str) -> None:
    with pytest.raises(PatternSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert (error.position.line, error.position.column) == (1, column)
    assert error.position.offset == column - 1
    assert error.found == found
    assert hint in error.hint
    assert error.expected
    assert "\n" not in str(error)
    assert isinstance(error, AlarmchainError)
    assert error.exit_code == 2


def test_position_counts_lines() -> None:
    with pytest.raises(PatternSyntaxError) as caught:
        parse("{ $.a = 1 &&\n  $.b ~ 2 }")
    assert caught.value.position == Position(2, 7, 19)


def test_length_limit() -> None:
    fits = '{ $.a = "' + "x" * 1012 + '" }'
    assert len(fits) == 1024
    assert isinstance(parse(fits), JsonPattern)
    with pytest.raises(PatternSyntaxError, match="a pattern of 1025 characters, expected at most 1024"):
        parse(fits + " ")


@pytest.mark.parametrize(
    "text",
    [
        "{ $.a = %x% || $.b = %y% || $.c = %z% }",
        "[a=%x%, b=%y%, c=%z%]",
        "{ $.*.a = 1 || $.*.b = 1 || $.*.c = 1 || $.*.d = 1 }",
    ],
)
def test_quotas(text: str) -> None:
    with pytest.raises(PatternSyntaxError, match="at most"):
        parse(text)


def test_nesting_is_bounded_by_length_only() -> None:
    text = "{" + "(" * 500 + "$.a=1" + ")" * 500 + "}"
    assert parse(text) == JsonPattern(A)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_reference_cases_parse_or_do_not(case: object) -> None:
    text, expect = getattr(case, "pattern", ""), getattr(case, "expect", "")
    if expect == "invalid":
        with pytest.raises(PatternSyntaxError):
            parse(text)
    else:
        assert parse(to_text(parse(text))) == parse(text)


@pytest.mark.parametrize("text", official_texts(), ids=lambda text: text["pattern"][:60])
def test_official_texts_parse_unless_they_are_faulty(text: dict[str, object]) -> None:
    pattern = str(text["pattern"])
    if text.get("parses", True):
        assert parse(to_text(parse(pattern))) == parse(pattern)
    else:
        with pytest.raises(PatternSyntaxError):
            parse(pattern)


@given(patterns())
def test_printed_text_reads_back_equal(pattern: object) -> None:
    text = to_text(pattern)  # type: ignore[arg-type]  # every kind of pattern
    if len(text) <= 1024:
        assert parse(text) == pattern


@given(st.text(max_size=60) | st.text(alphabet="{}()[]$.ab1\"'=!&|<>*% NOTEXISTIULRF\\,?-", max_size=60))
def test_the_parser_raises_nothing_but_its_own_error(text: str) -> None:
    found = try_parse(text)
    if isinstance(found, PatternSyntaxError):
        assert 0 <= found.position.offset <= max(len(text), 1024)
        assert found.found
    else:
        assert parse(to_text(found)) == found


def test_compounds_need_a_part() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        conjunction([])


@pytest.mark.parametrize("text", ["", "1_0", "abc", "0x1", "1e999", "Infinity", "nan", "1e", "-", "--1", "1.2.3"])
def test_not_numbers(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("400", 400), ("+1000", 1000), ("-2.5", -2.5), ("10e-3", 0.01), (".5", 0.5)]
)
def test_numbers(text: str, value: float) -> None:
    found = number(text)
    assert found is not None
    assert float(found.value) == value


def test_an_index_has_at_most_nine_digits() -> None:
    assert to_text(parse("{ $.a[123456789] = 1 }")) == "{ $.a[123456789] = 1 }"
    with pytest.raises(PatternSyntaxError, match="a number"):
        parse("{ $.a[1234567890] = 1 }")


def test_a_number_is_one_that_fits_a_double() -> None:
    assert number("1" + "0" * 307)
    assert number("1" + "0" * 308) is None
