"""A saved plan: what it says, that it comes back equal, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from checker.facts import Facts
from remediation.applying.approval import IsThere, fit
from remediation.errors import AccountChanged, PlanRefused
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.preconditions import differences, digest_of
from remediation.planning.settings import Settings, parse_endpoints, parse_names
from remediation.planning.steps import Step
from remediation.showing.plan_document import SCHEMA, digest, read_document, to_document
from tests.builders import A
from tests.remediation.cases import SOMEBODY, facts_of_report, planned, topic, with_rows

HOOK = "https://hooks.example.com/services/" + "x" * 24
SETTINGS = Settings(
    endpoints=parse_endpoints(["security@example.com", HOOK], None),
    tags={"team": "security"},
    controls=parse_names(["root_usage.metric_name=Root"]),
)


def dumped(made: Plan, *, masked: bool = False) -> str:
    return json.dumps(to_document(made, masked=masked))


@pytest.mark.parametrize("identifier", ["r088", "r031", "r036", "r058", "r068", "r097"])
def test_a_plan_comes_back_equal(identifier: str) -> None:
    made = planned(facts_of_report(identifier), SETTINGS)
    assert read_document(dumped(made), where="plan.json") == made
    assert read_document(dumped(made), where="plan.json", approved=digest(made).upper()) == made


def test_the_document_says_everything_about_a_step() -> None:
    document = to_document(planned(facts_of_report("r088"), SETTINGS), masked=False)
    assert document["schema"] == SCHEMA
    first = document["accounts"][0]["steps"][0]
    assert first["number"] == 1
    assert first["iam_action"] == "logs:PutMetricFilter"
    assert (first["service"], first["operation"]) == ("logs", "PutMetricFilter")
    assert first["command"].startswith("aws logs put-metric-filter")
    assert first["why"]
    assert first["region"] == "us-east-1"
    assert document["accounts"][0]["relies_on"]


def test_the_digest_is_over_canonical_json() -> None:
    document = to_document(planned(facts_of_report("r088"), SETTINGS), masked=False)
    stated = document.pop("digest")
    assert stated == digest_of(document)
    assert digest_of({"b": 1, "a": "ä"}) == digest_of({"a": "ä", "b": 1})


def test_a_shown_plan_has_no_token_and_cannot_be_applied() -> None:
    made = planned(facts_of_report("r088"), SETTINGS)
    shown = dumped(made, masked=True)
    assert "x" * 24 not in shown
    with pytest.raises(PlanRefused, match="masked"):
        read_document(shown, where="plan.json")
    plain = planned(facts_of_report("r088"), SOMEBODY)
    assert read_document(dumped(plain, masked=True), where="plan.json") == plain


def edited(change: Any) -> str:
    document = to_document(planned(facts_of_report("r088"), SETTINGS), masked=False)
    change(document)
    return json.dumps(document)


def resealed(change: Any) -> str:
    document = to_document(planned(facts_of_report("r088"), SETTINGS), masked=False)
    change(document)
    del document["digest"]
    return json.dumps({**document, "digest": digest_of(document)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a plan"),
        ('{"schema": "alarmchain.plan/v2"}', "not a plan of this version"),
        (edited(lambda document: document["accounts"][0]["steps"].pop()), "was changed after"),
        (edited(lambda document: document.pop("digest")), "was changed after"),
        (resealed(lambda document: document.pop("controls")), "not a complete plan"),
        (resealed(lambda document: document["accounts"][0]["steps"][0].update(kind="x")), "not a complete plan"),
    ],
)
def test_what_is_not_a_plan_is_refused(text: str, words: str) -> None:
    with pytest.raises(PlanRefused, match=words) as caught:
        read_document(text, where="plan.json")
    assert "plan.json" in str(caught.value)
    assert caught.value.hint


def test_another_plan_than_the_approved_one_is_refused() -> None:
    with pytest.raises(PlanRefused, match="not the plan that was approved"):
        read_document(dumped(planned(facts_of_report("r088"))), where="plan.json", approved="0" * 64)


# --- does it still fit? -------------------------------------------------------------------------------------------


def there(_: AccountPlan, __: Step) -> bool:
    return True


def absent(_: AccountPlan, __: Step) -> bool:
    return False


def check_still_fits(saved: Plan, again: Plan, facts: Facts, is_there: IsThere) -> None:
    fit(saved, again, facts, is_there).check(strict=True)


def test_an_unchanged_account_fits() -> None:
    facts = facts_of_report("r036")
    check_still_fits(planned(facts), planned(facts), facts, absent)


def test_a_plan_that_was_applied_halfway_fits() -> None:
    facts = facts_of_report("r036")
    saved = planned(facts)
    (account,) = saved.accounts
    rest = replace(saved, accounts=(replace(account, steps=account.steps[1:]),))
    check_still_fits(saved, rest, facts, there)
    with pytest.raises(AccountChanged, match="not needed any more"):
        check_still_fits(saved, rest, facts, absent)


@pytest.mark.parametrize(
    ("field", "kind"), [("topics", "topic"), ("subscriptions", "subscription"), ("trails", "trail")]
)
def test_what_was_relied_on_and_is_gone_is_named(field: str, kind: str) -> None:
    facts = facts_of_report("r036")
    saved = planned(facts)
    found = differences(saved.accounts[0].preconditions, with_rows(facts, **{field: []}))
    assert len(found) == 1
    assert found[0].startswith(f"{kind} arn:")
    assert "is gone or could not be read" in found[0]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("topics", {"kms_master_key_id": "alias/aws/sns"}),
        ("trails", {"log_group_arn": f"arn:aws:logs:us-east-1:{A}:log-group:other:*"}),
        ("log_groups", {"log_group_class": "INFREQUENT_ACCESS"}),
        ("subscriptions", {"filter_policy": {"kind": ["x"]}}),
    ],
)
def test_what_was_relied_on_and_has_changed_is_named(field: str, changes: dict[str, Any]) -> None:
    facts = facts_of_report("r036")
    saved = planned(facts)
    changed = with_rows(facts, **{field: [replace(row, **changes) for row in getattr(facts, field)]})
    with pytest.raises(AccountChanged, match="has changed") as caught:
        check_still_fits(saved, planned(changed), changed, absent)
    assert caught.value.differences
    assert "make a new plan" in caught.value.hint


@pytest.mark.parametrize(("identifier", "field"), [("r058", "metric_filters"), ("r058", "subscriptions")])
def test_reused_filters_and_listeners_are_relied_on(identifier: str, field: str) -> None:
    facts = facts_of_report(identifier)
    assert differences(planned(facts).accounts[0].preconditions, with_rows(facts, **{field: []}))


def test_an_alarm_that_is_fed_is_relied_on() -> None:
    facts = facts_of_report("r058")
    alarm = replace(
        facts.alarms[0],
        metric_name="root_usage_metric",
        namespace="CISBenchmark",
        alarm_actions=[facts.topics[0].topic_arn],
    )
    fed = with_rows(facts, metric_filters=[], alarms=[alarm])
    relied_on = planned(fed).accounts[0].preconditions
    assert differences(relied_on, fed) == ()
    (sentence,) = differences(relied_on, with_rows(fed, alarms=[replace(alarm, threshold=10.0)]))
    assert sentence.startswith("alarm ")
    assert differences(relied_on, with_rows(fed, alarms=[]))[0].endswith("is gone or could not be read")


def test_a_step_that_would_be_another_now_is_named() -> None:
    facts = facts_of_report("r088")
    saved = planned(facts)
    taken = with_rows(facts, topics=[topic("alarmchain-alarms")])
    with pytest.raises(AccountChanged, match="made otherwise"):
        check_still_fits(saved, planned(taken), taken, absent)


def test_an_account_that_is_no_longer_visible_or_needs_more_is_named() -> None:
    facts = facts_of_report("r036")
    saved = planned(facts)
    with pytest.raises(AccountChanged, match="not visible any more"):
        check_still_fits(saved, replace(saved, accounts=()), facts, absent)
    (account,) = saved.accounts
    other = replace(account, account_id="210987654321")
    with pytest.raises(AccountChanged, match="needs steps that the plan does not hold"):
        check_still_fits(saved, replace(saved, accounts=(account, other)), facts, absent)
