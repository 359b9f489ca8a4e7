"""Decisions beyond the corpus: unions, fixed fields, exclusions, wildcards, raw text, and what stays unknown."""

from __future__ import annotations

import pytest

from checker.patterns import (
    CoverVerdict,
    EventModel,
    PatternSyntaxError,
    cover,
    default_model,
    example_event,
    matches,
    matches_everything,
    never_matches,
    parse,
)
from checker.patterns.covering.budget import BudgetExceeded
from checker.patterns.covering.cover import BEYOND_BUDGET, BEYOND_TERMS, BEYOND_TEXTS, ask
from checker.patterns.covering.question import CoverQuestion
from tests.checker.patterns.corpus import ROOT

SIGN_IN_FAILURE = '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
ACCOUNT = {"recipientAccountId": "210987654321"}


def verdict(pattern: str, reference: str = ROOT, **options: object) -> str:
    return str(cover(pattern, reference, **options).verdict)  # type: ignore[arg-type]  # forwarded as given


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", "covers"),
        ('" "', "covers"),
        ("[...]", "misses"),
        # Fields that are always there, and fields that are not.
        ('{ $.eventName = "*" }', "covers"),
        ('{ $.eventVersion = "*" }', "covers"),
        ("{ $.requestID = * }", "misses"),
        ('{ $.userIdentity.type = Root && $.userIdentity.arn = "*:root" }', "misses"),
        ("{ $.userIdentity.arn = arn* || $.userIdentity.arn NOT EXISTS && $.userIdentity.type = Root }", "covers"),
        ("{ $.userIdentity.type = Root && $.sourceIPAddress != 10.* }", "misses"),
        ("{ $.userIdentity.type = Root && ($.readOnly IS TRUE || $.readOnly IS FALSE) }", "misses"),
        (
            "{ $.userIdentity.type = Root && ($.readOnly IS TRUE || $.readOnly IS FALSE || $.readOnly NOT EXISTS) }",
            "covers",
        ),
        # Selectors that end at something else than a value.
        ('{ $.userIdentity = "*" }', "misses"),
        ("{ $.userIdentity NOT EXISTS }", "misses"),
        ("{ $.userIdentity.type = Root && $.eventName[0] NOT EXISTS }", "covers"),
        ("{ $.userIdentity.type = Root && $.eventName.x NOT EXISTS }", "covers"),
        ("{ $.userIdentity.type = Root && $.foo[1] NOT EXISTS }", "misses"),
        # Wildcards and regular expressions.
        ('{ $.userIdentity.type = "R*t" }', "covers"),
        ('{ $.userIdentity.type = "*" }', "covers"),
        ("{ $.userIdentity.type = %^Root$% }", "covers"),
        ("{ $.userIdentity.type = %oot% && $.eventType = %^Aws[A-Z]% }", "covers"),
        ("{ $.userIdentity.type = %^root% }", "misses"),
        ('{ $.userIdentity.* = "Root" }', "covers"),
        ('{ $.* = "AwsApiCall" }', "misses"),
        ('{ $.*.type = "Root" }', "covers"),
        ('{ $.userIdentity.type = Root && $.list[*] != "x" }', "misses"),
        ("{ $.userIdentity.type = Root && $.list[*] NOT EXISTS }", "misses"),
        # Numbers.
        ("{ $.userIdentity.type = Root && ($.foo > 3 || $.foo <= 3 || $.foo NOT EXISTS) }", "misses"),
        ("{ $.userIdentity.type = Root && ($.foo != 4 || $.foo = 4 || $.foo NOT EXISTS) }", "misses"),
        # Redundant clauses.
        ('{ $.userIdentity.type = "Root" && $.userIdentity.type != "IAMUser" }', "covers"),
        ('{ $.userIdentity.type = "Root" && $.eventType != "Nonsense" }', "covers"),
        ('{ $.eventType = "AwsApiCall" || $.eventType = "AwsConsoleSignIn" }', "misses"),
        ('{ $.eventType = "Aws*" && $.userIdentity.type = "Root" }', "covers"),
        # Raw text.
        ("Root", "covers"),
        ('"Root"', "covers"),
        ("?Root ?root", "covers"),
        ("root", "misses"),
        ("Root CreateUser", "misses"),
        ("Root -AwsServiceEvent", "misses"),
        ("%Ro{2}t%", "covers"),
        ("%^Root%", "misses"),
        ('"userIdentity"', "covers"),
        ('"\\"type\\":\\"Root\\""', "covers"),
        ('"\\"type\\": \\"Root\\""', "misses"),
        ('"\\"type\\":\\"Ro"', "unknown"),
        ('"\\"eventType\\":\\"AwsApiCall\\""', "misses"),
    ],
)
def test_against_root_usage(pattern: str, expected: str) -> None:
    decision = cover(pattern, ROOT)
    assert decision.verdict == expected
    if expected == "misses":
        assert decision.witness is not None
        assert matches(parse(ROOT), decision.witness)
        assert not matches(parse(pattern), decision.witness)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.eventName = ConsoleLogin && $.responseElements.ConsoleLogin = Failure }",
        "{ $.eventSource = signin.amazonaws.com && $.eventName = ConsoleLogin }",
        "{ $.eventType = AwsConsoleSignIn }",
        '{ $.errorMessage = "Failed*" }',
    ],
)
def test_what_the_model_knows_of_sign_in_events(pattern: str) -> None:
    assert verdict(pattern, SIGN_IN_FAILURE) == "covers"


@pytest.mark.parametrize(
    ("pattern", "reference", "expected"),
    [
        (
            "{ ($.eventSource = config.amazonaws.com) && $.eventName = StopConfigurationRecorder }",
            "{ $.eventName = StopConfigurationRecorder }",
            "covers",
        ),
        (
            "{ ($.eventSource = ec2.amazonaws.com) && $.eventName = CreateRoute }",
            "{ $.eventName = CreateRoute }",
            "misses",
        ),
        (
            '{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = "No" }',
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
            "covers",
        ),
        ('{ $.userAgent = "" }', "{ $.userAgent = * }", "misses"),
        ('{ $.userAgent = "" || $.userAgent = "?*" }', "{ $.userAgent = * }", "misses"),
        ("{ $.a = 4* }", "{ $.a = 404 }", "covers"),
        ("{ $.a = 404 }", "{ $.a = 4* }", "misses"),
        ("{ $.a >= 1 }", "{ $.a > 1 }", "covers"),
        ("{ $.a > 1 }", "{ $.a >= 1 }", "misses"),
        ("{ $.a > 1 || $.a < 2 }", "{ $.a = 1.5 && $.a > 0 }", "covers"),
        ("{ $.a[0] = 1 }", "{ $.a[0] = 1 && $.a[1] = 2 }", "covers"),
        ("{ $.a[0] NOT EXISTS }", "{ $.a[1] = 2 }", "misses"),
        ("{ $.x = 1 }", "{ $.a[1] = 2 && $.a[0] NOT EXISTS }", "covers"),
        ("{ $.x = 1 }", "{ $.a.b = 2 && $.a[0] = 2 }", "covers"),
        ("{ $.x = 1 }", "{ $.a.b = 2 && $.a = 2 }", "covers"),
        ('{ $.a = "*ab*" }', '{ $.a = "*abc*" }', "covers"),
        ('{ $.a = "*abc*" }', '{ $.a = "*ab*" }', "misses"),
        ('{ $.a = "a*" || $.a = "*b" }', '{ $.a = "a*b" }', "covers"),
        ("{ $.a = %^a+$% || $.a = %b% }", "{ $.a = %^[ab]+$% }", "covers"),
        ("{ $.a = %^a+$% }", "{ $.a = %^[ab]+$% }", "misses"),
        ("{ $.a IS NULL || $.a = * }", "{ $.a IS NULL }", "covers"),
        ("{ $.a = true }", "{ $.a IS TRUE }", "covers"),
        ("{ $.a IS TRUE }", "{ $.a = true }", "misses"),
        ("{ $.eventName != HeadBucket }", "", "misses"),
        # Each wildcard selector may mean a field of its own.
        ("{ $.x = 1 }", "{ $.box.* = a && $.box.* = b && $.box.* IS NULL }", "misses"),
        ("{ $.x = 1 }", "{ $.list[*] = a && $.list[*] = b && $.list[*] IS NULL }", "misses"),
        ("{ $.box.* = b }", "{ $.box.* = a && $.box.* = b }", "covers"),
        ("{ $.box.a NOT EXISTS }", "{ $.box.* NOT EXISTS }", "covers"),
        ("{ $.box.* NOT EXISTS }", "{ $.box.a NOT EXISTS }", "misses"),
        ("Root", "Root", "covers"),
        ("{ $.userIdentity.type = Root }", "Root", "misses"),
        ("Roo", "Root", "unknown"),
        # The raw text writes some characters in another way than the value has them.
        ("%a[a-z]b%", "{ $.x = %a[a-z]b% }", "covers"),
        ("%a.b%", "{ $.x = %a.b% }", "unknown"),
        ("%a[^x]b%", "{ $.x = %a[^x]b% }", "unknown"),
        ("%a\\\\b%", "{ $.x = %a\\\\b% }", "misses"),
        # The names of fields are in the raw text, the numbers of elements are not.
        ("box", "{ $.box[7] = x }", "covers"),
        ("7", "{ $.box[7] = x }", "misses"),
    ],
)
def test_between_other_patterns(pattern: str, reference: str, expected: str) -> None:
    assert verdict(pattern, reference) == expected


def test_union() -> None:
    sign_in, other = (
        '{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }',
        '{ $.userIdentity.type = "Root" && $.eventName != "ConsoleLogin" }',
    )
    assert verdict(sign_in) == "misses"
    assert verdict(other) == "misses"
    assert cover([sign_in, parse(other)], ROOT).verdict is CoverVerdict.COVERS
    assert cover([], ROOT).verdict is CoverVerdict.MISSES


def test_invalid_members_of_a_union_match_nothing() -> None:
    decision = cover(["{ $.x = 'a' }", '{ $.userIdentity.type = "Root" }'], ROOT)
    assert decision.verdict is CoverVerdict.COVERS
    assert "An invalid pattern was left out (line 1, column 9" in decision.reason
    assert cover(["{ $.x = 'a' }", "{"], ROOT).verdict is CoverVerdict.INVALID


def test_invalid_names_place_and_remedy() -> None:
    decision = cover("{ $.a =\n 'Root' }", ROOT)
    assert decision.verdict is CoverVerdict.INVALID
    assert decision.position is not None
    assert (decision.position.line, decision.position.column) == (2, 2)
    assert 'line 2, column 2: found "\'", expected a value' in decision.reason
    assert "Hint: text is quoted with double quotation marks" in decision.reason
    assert "Hint" not in cover("{ $.a = }", ROOT).reason


def test_reference_must_parse() -> None:
    with pytest.raises(PatternSyntaxError):
        cover("", "{")


def test_fixed_account() -> None:
    scoped = '{ $.userIdentity.type = "Root" && $.recipientAccountId = 210987654321 }'
    assert verdict(scoped) == "misses"
    assert verdict(scoped, fixed=ACCOUNT) == "covers"
    decision = cover(scoped, ROOT, fixed={"recipientAccountId": "123456789012"})
    assert decision.witness is not None
    assert decision.witness["recipientAccountId"] == "123456789012"


def test_a_root_user_is_of_the_account_that_received_the_event() -> None:
    scoped = (
        '{ $.userIdentity.type = "Root" && ($.userIdentity.accountId NOT EXISTS || $.userIdentity.accountId = %s) }'
    )
    assert verdict(scoped % "210987654321") == "misses"
    assert verdict(scoped % "210987654321", fixed=ACCOUNT) == "covers"
    assert verdict(scoped % "123456789012", fixed=ACCOUNT) == "misses"
    owner = "($.userIdentity.accountId NOT EXISTS || $.userIdentity.accountId = 210987654321)"
    others = f'{{ $.eventName = "CreateUser" && {owner} }}'
    assert verdict(others, '{ $.eventName = "CreateUser" }', fixed=ACCOUNT) == "misses"


def test_excluding() -> None:
    narrower = '{ $.userIdentity.type = "Root" && $.eventName != "GetObject" }'
    assert verdict(narrower) == "misses"
    decision = cover(narrower, ROOT, excluding=['{ $.eventName = "GetObject" }'])
    assert decision.verdict is CoverVerdict.COVERS
    assert decision.reason.endswith("outside what was excluded.")
    assert verdict(narrower, excluding=['{ $.eventName = "PutObject" }']) == "misses"


def test_insight_records_have_no_identity() -> None:
    insight = "{ $.eventType = AwsCloudTrailInsight }"
    assert verdict("{ $.eventName NOT EXISTS && $.userIdentity NOT EXISTS }", insight) == "covers"
    assert example_event(insight) == {"eventType": "AwsCloudTrailInsight", "awsRegion": "us-east-1"}


def test_facts_about_one_pattern() -> None:
    assert never_matches('{ $.userIdentity.type = "root" }') is True
    assert never_matches(ROOT) is False
    assert never_matches("[a, b]") is True
    assert matches_everything('{ $.eventType = "*" }') is True
    assert matches_everything('{ $.eventName = "*" }') is False
    assert matches_everything("") is True
    assert never_matches(_intricate()) is None
    assert matches_everything(_intricate_dual()) is None


def test_example_event() -> None:
    event = example_event("{ $.eventSource = kms.amazonaws.com && $.eventName = DisableKey }")
    assert event is not None
    assert event["userIdentity"] == {"type": "IAMUser"}
    assert example_event('{ $.eventType = "never" }') is None


def test_another_model() -> None:
    model = EventModel.from_data(
        {"fields": [{"path": "eventType", "types": ["string"], "presence": "always", "values": ["x", "y"]}]}
    )
    assert cover("{ $.eventType = x || $.eventType = y }", "", model=model).verdict is CoverVerdict.COVERS
    assert cover("{ $.eventType = x }", "", model=model).witness == {"eventType": "y"}


INTRICATE = [
    f"*{first}*{second}*{third}*" for first in ("aa", "bb") for second in ("ab", "ba") for third in ("aa", "ab")
]


def _intricate() -> str:
    """No text satisfies it, but that takes longer to find out than is allowed."""
    rest = " && ".join(f'$.userAgent != "{text}"' for text in INTRICATE)
    return f"{{ $.userAgent = %a.{{40}}b.{{30}}% && $.userAgent = %^[ab]{{60}}$% && {rest} }}"


def _intricate_dual() -> str:
    """Its opposite."""
    rest = " || ".join(f'$.userAgent = "{text}"' for text in INTRICATE)
    regexes = "$.userAgent != %a.{40}b.{30}% || $.userAgent != %^[ab]{60}$%"
    return f"{{ $.userAgent NOT EXISTS || {regexes} || {rest} }}"


def test_unknown_says_why() -> None:
    answer = ask(CoverQuestion(parse(_intricate()), (), default_model()))
    assert answer.exists is None
    assert answer.reason == BEYOND_TEXTS
    decision = cover("Roo", "Root")
    assert decision.reason == f"It cannot be decided: {BEYOND_TERMS}."


def test_a_search_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.patterns.covering.compile.MAX_STEPS_QUICK", 3)
    decision = cover('{ $.userIdentity.type = "Root" && $.eventName = "given up" }', ROOT)
    assert decision.reason == f"It cannot be decided: {BEYOND_BUDGET}."
    assert decision.verdict is CoverVerdict.UNKNOWN


@pytest.mark.parametrize("budget", [*range(20, 1200, 40)])
def test_a_small_budget_gives_a_worse_answer_but_never_a_wrong_one(
    budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.patterns.covering.compile.MAX_STEPS_FULL", budget)
    pattern = f'{{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" && $.budget != "{budget}" }}'
    decision = cover(pattern, ROOT)
    assert decision.verdict in (CoverVerdict.MISSES, CoverVerdict.UNKNOWN)
    if decision.verdict is CoverVerdict.MISSES:
        assert decision.witness is not None
        assert matches(parse(ROOT), decision.witness)
        assert not matches(parse(pattern), decision.witness)


def test_overlapping_wildcards_are_compared_with_each_other() -> None:
    """Too many to list what they can tell apart, but each of the reference's lies within one of the pattern's."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    wide = " || ".join(f"$.userAgent = *{letter}*" for letter in letters)
    narrow = " && ".join(f"$.userAgent = *{letter}{letter}*" for letter in letters)
    assert verdict(f"{{ {wide} }}", f"{{ {narrow} }}") == "covers"
    absent = f"{{ $.userAgent NOT EXISTS && {narrow} }}"
    assert verdict("{ $.x = 1 }", absent) == "covers"
    literal = f'{{ $.userAgent = "aa" && {narrow} }}'
    assert verdict("{ $.x = 1 }", literal) == "covers"


@pytest.mark.parametrize("failure", [MemoryError, RecursionError, BudgetExceeded])
def test_what_is_too_much_for_one_pattern_is_unknown(failure: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr("checker.patterns.covering.cover._answer", fail)
    assert cover("{ $.x = 1 }", ROOT).reason == f"It cannot be decided: {BEYOND_BUDGET}."


def test_a_fault_of_the_program_is_unknown_for_one_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("checker.patterns.covering.cover._answer", fail)
    decision = cover("{ $.x = 1 }", ROOT)
    assert decision.verdict is CoverVerdict.UNKNOWN
    assert decision.reason == (
        "It cannot be decided: deciding it failed with ZeroDivisionError, which is a fault of the program."
    )


def test_an_event_of_the_reference_shows_a_miss_where_deciding_costs_too_much() -> None:
    many = " || ".join(f"$.{letter}.a = 2" for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    pattern = f"{{ ($.* = x && $.a.* NOT EXISTS && $.*.b = 1) || {many} }}"
    decision = cover(pattern, ROOT)
    assert decision.verdict is CoverVerdict.MISSES
    assert decision.witness is not None
    assert matches(parse(ROOT), decision.witness)
    assert not matches(parse(pattern), decision.witness)


def test_a_number_may_be_all_that_a_field_holds() -> None:
    model = EventModel.from_data({"fields": [{"path": "size", "types": ["number"], "presence": "always"}]})
    assert cover("{ $.size = * }", "", model=model).verdict is CoverVerdict.COVERS
    assert cover("{ $.size > 3 || $.size <= 3 }", "", model=model).verdict is CoverVerdict.COVERS
    assert cover("{ $.size = 1* || $.size != 1* }", "", model=model).verdict is CoverVerdict.COVERS
    assert cover("{ $.size != 12.5 }", "", model=model).witness == {"size": 12.5}
    assert cover("{ $.size != %^-% }", "", model=model).verdict is CoverVerdict.MISSES
    assert cover("{ $.size = %^[0-9.e+-]+$% }", "", model=model).verdict is not CoverVerdict.MISSES


LETTERS = "abcdefghijklmnopqrst"


def test_texts_that_are_too_many_to_list() -> None:
    """Wildcards in clauses of their own: each is compared with the others, and there is no certificate by classes."""
    wide = " || ".join(f"$.userAgent = *{letter}* && $.a = *" for letter in LETTERS)
    narrow = " && ".join(f"($.userAgent = *{letter}{letter}* || $.b = {letter})" for letter in LETTERS[:12])
    decision = cover(f"{{ {wide} }}", f"{{ {narrow} && $.b NOT EXISTS && $.a = x }}")
    assert decision.verdict is CoverVerdict.COVERS
    assert decision.certificate() is None


@pytest.mark.parametrize(("last", "expected"), [("*x*", "covers"), ("*y*", "misses")])
def test_a_reference_that_lists_names_is_decided_name_by_name(last: str, expected: str) -> None:
    names = " || ".join(f'$.eventName = "{letter}{letter}x"' for letter in LETTERS[:9])
    split = " || ".join(f"($.eventName = *{letter}* && $.a = {letter})" for letter in LETTERS[:12])
    decision = cover(f"{{ {split} || $.eventName = {last} }}", f"{{ {names} }}")
    assert decision.verdict == expected
    assert "No CloudTrail event can match it" not in decision.reason


@pytest.mark.parametrize(
    ("pattern", "reference"),
    [
        ('{ $.a != "zz" }', '{ $.a = "ab" || $.a = "b*" }'),
        ('{ $.a = "*b*" }', '{ $.a = "ab" || $.a = "b*" }'),
        ("{ $.a = * }", '{ $.a = "ab" || $.a = "b*" }'),
        ("{ $.x = 1 }", '{ ($.a = "ab" || $.a = "b*") && $.a NOT EXISTS }'),
        ("{ $.x = 1 }", '{ ($.a = "ab" || $.a = "b*") && $.a IS NULL }'),
    ],
)
def test_conditions_that_are_only_compared_with_each_other(
    pattern: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.patterns.covering.sample_texts.MAX_OUTCOMES", 1)
    assert verdict(pattern, reference) == "covers"


def test_a_condition_that_stands_twice_is_one() -> None:
    thrice = "{ $.* = 1 && $.* = 1 && $.* = 1 }"
    assert cover(thrice, "{ $.* = 1 && $.*.c = 1 }").verdict is CoverVerdict.COVERS
    assert cover("{ $.*.c = 1 }", thrice).verdict is CoverVerdict.MISSES
