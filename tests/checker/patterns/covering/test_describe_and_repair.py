"""Words, repairs and the decision for a control."""

from __future__ import annotations

import time

import pytest

from checker.chain.filter_decision import decide
from checker.controls.selected import Event, ForeignText, Procedure, Reference, RemediationNames, SelectedControl
from checker.patterns import CoverVerdict, EventModel, cover, explain, parse, repair, to_text
from checker.patterns.covering.wording import path_text, plural, subject, value_words
from checker.patterns.language.typos import mend
from tests.checker.patterns.corpus import ROOT


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "Matches every event."),
        ('{ $.a = "x" }', 'Matches JSON events in which a is "x".'),
        ("{ $.a != x }", 'Matches JSON events in which a is there and is not "x".'),
        ("{ $.a = x* }", 'Matches JSON events in which a is like "x*".'),
        ("{ $.a != x* }", 'Matches JSON events in which a is there and is not like "x*".'),
        ("{ $.a = * }", "Matches JSON events in which a is there."),
        ("{ $.a != * }", "Matches JSON events in which a is there with no text at all."),
        ("{ $.a = %x+% }", "Matches JSON events in which a matches the regular expression x+."),
        ("{ $.a != %x+% }", "Matches JSON events in which a is there and does not match the regular expression x+."),
        ("{ $.a = 4 }", "Matches JSON events in which a is 4."),
        ("{ $.a < 4 }", "Matches JSON events in which a is a number below 4."),
        ("{ $.a >= 4 }", "Matches JSON events in which a is a number of at least 4."),
        ("{ $.a IS NULL }", "Matches JSON events in which a is there and null."),
        (
            "{ $.a IS TRUE && ($.b IS FALSE || $.c.d NOT EXISTS) }",
            "Matches JSON events in which a is true and (b is false or c.d is absent).",
        ),
        ("a b", 'Matches events whose raw text contains "a" and "b".'),
        ("?a ?%b%", 'Matches events whose raw text contains "a" or a match of b.'),
        ("a -b", 'Matches events whose raw text contains "a" and does not contain "b".'),
        (
            "a -b ?c",
            'Matches events whose raw text contains "a" and does not contain "b" '
            '(the optional "c" are ignored beside other terms).',
        ),
        (
            "[a, b = 4*, ...]",
            'Matches text that is split at blanks into at least 2 fields, in which b is like "4*"; '
            "it never matches JSON events.",
        ),
        ("[a]", "Matches text that is split at blanks into 1 field; it never matches JSON events."),
    ],
)
def test_explain(pattern: str, words: str) -> None:
    assert explain(pattern) == words
    assert explain(parse(pattern)) == words


@pytest.mark.parametrize(
    ("pattern", "reference", "reason"),
    [
        ("{ $.eventName = Put* && $.userIdentity.type = Root }", ROOT, "whose eventName is not like Put*."),
        ("{ $.userIdentity.type = Root && $.a IS NULL }", ROOT, "whose a is not null."),
        ("{ $.userIdentity.type = Root && $.a IS TRUE }", ROOT, "whose a is not true."),
        ("{ $.userIdentity.type = Root && $.errorCode = * }", ROOT, "It misses every root call without errorCode."),
        ("{ $.userIdentity.type = Root && $.errorCode NOT EXISTS }", ROOT, "It misses every root call with errorCode."),
        (
            "{ $.userIdentity.type = Root && $.userIdentity.accountId = 1 }",
            ROOT,
            "whose userIdentity.accountId is not 1.",
        ),
        ("{ $.userIdentity.type = Root && $.a > 1 }", ROOT, "whose a is, for example, absent."),
        (
            "{ $.eventName = A }",
            "{ $.eventName = A || $.eventName = B || $.eventName = C || $.eventName = D || $.eventName = E || "
            "$.eventName = F || $.eventName = G }",
            "whose eventName is not A.",
        ),
        ('{ $.a = "x y" }', '{ $.a = "x y" || $.a = "z z" }', 'whose a is "z z".'),
        ("{ $.a = 1 }", "{ $.eventName = DeleteTrail }", "It misses every DeleteTrail event whose a is not 1."),
        ("{ $.a = 1 }", "{ $.eventSource = kms.amazonaws.com }", "every event of the reference from kms.amazonaws.com"),
        ("{ $.a = 1 }", "", "It misses every event whose a is not 1."),
        ("root", ROOT, "It misses some root calls; the witness is one."),
        ("[a]", ROOT, "never matches JSON."),
    ],
)
def test_reasons(pattern: str, reference: str, reason: str) -> None:
    decision = cover(pattern, reference)
    assert decision.verdict is CoverVerdict.MISSES
    assert reason in decision.reason


@pytest.mark.parametrize(
    ("pattern", "missed"),
    [
        (
            '$.eventName != "GetCallerIdentity" && $.userIdentity.arn != "arn:aws:iam::111111111111:root"',
            [
                "whose userIdentity.arn is absent or arn:aws:iam::111111111111:root",
                "whose eventName is GetCallerIdentity",
            ],
        ),
        (
            '$.userIdentity.arn != "*:a*" && $.userIdentity.arn != "*:b*"',
            ["whose userIdentity.arn is absent or like *:a* or like *:b*"],
        ),
        ('$.eventName != "A" && $.eventName != "B"', ["whose eventName is A or B"]),
        ("$.a IS TRUE && $.b IS TRUE", ["whose a is not true", "whose b is not true"]),
        (
            "$.a IS TRUE && $.b IS TRUE && $.c IS TRUE && $.d IS TRUE && $.e IS TRUE",
            [
                "whose a is not true",
                "whose b is not true",
                "whose c is not true",
                "whose d is not true",
                "among others",
            ],
        ),
    ],
)
def test_several_exclusions_are_all_named(pattern: str, missed: list[str]) -> None:
    reason = cover(f"{{ $.userIdentity.type = Root && {pattern} }}", ROOT).reason
    assert all(kind in reason for kind in missed)
    assert reason.count(" every ") == len(missed) - ("among others" in missed)


def test_many_values_are_described_within_the_budget() -> None:
    values = "||".join(f"$.a={number}" for number in range(122))
    started = time.process_time()
    assert "whose a is not 0, 1, 2, 3 or 118 others." in cover(f"{{{values}}}", ROOT).reason
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ('{ $.errorMesage = "x" }', "CloudTrail has no field $.errorMesage; did you mean $.errorMessage?"),
        ("{ $.useridentity.type = Root }", "did you mean $.userIdentity.type?"),
        ("{ $.userIdentity.sessionContext.attributes.mfaAuthenticatd = true }", "attributes.mfaAuthenticated?"),
        ("{ $.detail.eventNam = x }", "EventBridge puts the field at $.detail.eventNam; in the log group of a trail "),
        ("{ $.detail.eventName = x }", "it is $.eventName."),
        ('"{ $.eventName = x }"', "The quotation marks around the whole pattern make it one phrase"),
    ],
)
def test_what_is_probably_wrong_is_said(pattern: str, hint: str) -> None:
    assert hint in cover(pattern, ROOT).reason


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.requestParameters.bukketName = x }", "{ $.something = x }", "{ $.detail.something = x }",
        "{ $.eventName = x && $.detail = x }", "{ $.*.errorMesage = x }", '"eventName" "x"', '"Root "',
        "{ $.additionalEventData.MFAused = x }", "{ $.userIdentity.type = x }", "[a]",
    ],
)  # fmt: skip
def test_no_hint_where_nothing_resembles(pattern: str) -> None:
    reason = cover(pattern, ROOT).reason
    assert not any(word in reason for word in ("did you mean", "EventBridge", "quotation marks"))


def test_a_model_that_knows_no_names_gives_no_hint() -> None:
    model = EventModel.from_data({"fields": []})
    assert "did you mean" not in cover("{ $.errorMesage = x }", ROOT, model=model).reason


def test_small_words() -> None:
    assert path_text(("users", 0, "name")) == "users[0].name"
    assert [value_words(value) for value in (True, None, "", 2.5)] == ["true", "null", '""', "2.5"]
    assert plural("root call") == "root calls"
    assert plural(subject(parse("{ $.a = 1 }"))) == "events that the reference matches"


@pytest.mark.parametrize(
    ("pattern", "repaired"),
    [
        ('{ $.userIdentity.type = "Root" }', None),
        ("", None),
        ('{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }', ROOT),
        ('{ $.userIdentity.type = "root" }', ROOT),
        ("{ $.userIdentity.type = 'Root' }", '{ $.userIdentity.type = "Root" }'),
        ("{ $.userIdentity.type = Root & $.readOnly IS TRUE }", ROOT),
        ("[a]", ROOT),
        ("root", ROOT),
        ("{ ~ }", ROOT),
        ('{ $.eventName = "ConsoleLogin" }', ROOT),
        ("{ $.userIdentity.type = %Ro+t% && $.eventName = ConsoleLogin }", ROOT),
    ],
)
def test_repair(pattern: str, repaired: str | None) -> None:
    assert repair(pattern, ROOT) == repaired


def test_repair_prefers_what_means_the_reference() -> None:
    null = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy IS NULL && $.eventType != "AwsServiceEvent" }'
    assert repair(null, ROOT) == ROOT


def test_repair_adds_only_the_missing_branches() -> None:
    reference = (
        "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }"
    )
    repaired = repair("{ $.eventName = DisableKey }", reference)
    assert repaired == ('{ $.eventName = "DisableKey" || $.eventName = "ScheduleKeyDeletion" }')


def test_repair_with_a_fixed_field() -> None:
    scoped = '{ $.userIdentity.type = "Root" && $.recipientAccountId = 210987654321 }'
    assert repair(scoped, ROOT, fixed={"recipientAccountId": "210987654321"}) is None
    assert repair(scoped, ROOT) == ROOT


def test_repair_of_a_full_pattern_stays_within_the_limit() -> None:
    names = " || ".join(f"$.eventName = Name{number}" for number in range(42))
    text = f"{{ {names} }}"
    assert 900 < len(text) <= 1024
    repaired = repair(text, ROOT)
    assert repaired is not None
    assert len(repaired) <= 1024
    assert cover(repaired, ROOT).verdict is CoverVerdict.COVERS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{ $.a = \u201cx\u201d }", '{ $.a = "x" }'),
        ('{ $.a = \\"x\\" }', '{ $.a = "x" }'),
        ("{ $.aNOT EXISTS }", "{ $.a NOT EXISTS }"),
        ("{ $.a = 1 | $.b = 2 }", "{ $.a = 1 || $.b = 2 }"),
        ("{ $.a = 1 and $.b = 2 or $.c = 3 }", "{ $.a = 1 && $.b = 2 || $.c = 3 }"),
        ("{ $.a not exists }", "{ $.a NOT EXISTS }"),
        ("{ $.a == 1 }", "{ $.a = 1 }"),
        ("{ $a = 1 }", "{ $.a = 1 }"),
        ("{ $.even tName = x }", '{ $.eventName = "x" }'),
        ('{ $.a = x" }', '{ $.a = "x" }'),
        ("{ $.a = Failed authentication }", '{ $.a = "Failed authentication" }'),
        ("{ $.a = arn:aws:iam::1:root }", '{ $.a = "arn:aws:iam::1:root" }'),
        ("{ $.a = 1 $.b = 2 }", "{ $.a = 1 && $.b = 2 }"),
        ("$.a = 1", "{ $.a = 1 }"),
        ("{ ($.a = 1 }", "{ $.a = 1 }"),
        ("{ $.a\u00a0= 1 }", "{ $.a = 1 }"),
    ],
)
def test_mend(text: str, meant: str) -> None:
    found = mend(text)
    assert found is not None
    assert to_text(found) == meant


def test_mend_gives_up() -> None:
    assert mend("{ ~ }") is None


HUB = ForeignText("security-hub", "AWS Security Hub CloudWatch.9", "{ $.eventName = StopLogging }")


def control(*references: Reference, foreign: tuple[ForeignText, ...] = ()) -> SelectedControl:
    return SelectedControl(
        key="trail_changes", control_id="9.9", benchmark="cis", title="Trail changes", severity="low", level=1,
        assessment=None, references=references, accepted_elsewhere=foreign,
        events=(Event("StopLogging", "cloudtrail.amazonaws.com"),), names=RemediationNames("f", "m", "a"),
    )  # fmt: skip


FIRST = Reference("{ $.eventName = StopLogging || $.eventName = DeleteTrail }", (Procedure.AUDIT,), "CIS")
SECOND = Reference(
    "{ $eventName = UpdateTrail }", (Procedure.REMEDIATION,), "CIS", "syntax", "{ $.eventName = UpdateTrail }"
)


def test_any_reference_is_enough() -> None:
    decision = decide("{ $.eventName = UpdateTrail }", control(FIRST, SECOND))
    assert decision.verdict is CoverVerdict.COVERS
    assert decision.covered is SECOND


def test_a_miss_speaks_of_the_first_reference_and_names_who_would_accept() -> None:
    decision = decide("{ $.eventName = StopLogging }", control(FIRST, SECOND, foreign=(HUB, HUB)))
    assert decision.verdict is CoverVerdict.MISSES
    assert decision.witness is not None
    assert decision.witness["eventName"] == "DeleteTrail"
    assert decision.accepted_elsewhere == ("AWS Security Hub CloudWatch.9",)
    assert decision.covered is None


def test_accepted_sources_count() -> None:
    decision = decide("{ $.eventName = StopLogging }", control(FIRST, foreign=(HUB,)), accept=["security-hub"])
    assert decision.covered is HUB
    assert decide("{ $.a = 1 }", control(FIRST, foreign=(HUB,)), accept=["security-hub"]).accepted_elsewhere == ()


def test_invalid_and_undecided_and_without_references() -> None:
    decision = decide("{ $.a = 'x' }", control(FIRST, SECOND, foreign=(HUB,)))
    assert decision.verdict is CoverVerdict.INVALID
    assert decision.position is not None
    assert decision.accepted_elsewhere == ()
    undecided = Reference("Root", (Procedure.AUDIT,), "CIS")
    assert decide("Roo", control(FIRST, undecided)).verdict is CoverVerdict.UNKNOWN
    assert decide("", control()).verdict is CoverVerdict.UNKNOWN
