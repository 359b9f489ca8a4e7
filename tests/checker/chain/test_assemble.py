"""The best chain of an account: one complete chain is enough, else what is undecided, else what got furthest."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from checker.chain.assemble import connection_failed
from checker.facts import Facts, ReadFailure
from checker.findings import Finding, Hop, HopStatus, Status
from tests.builders import ROOT, A, B, alarm, metric_filter, organisation, subscription, topic, topic_arn, trail
from tests.checker.chain.judging import account, control, finding_of, hop, outcome

ORG_ARN = f"arn:aws:cloudtrail:us-east-1:{B}:trail/org"
ORG_GROUP = f"arn:aws:logs:us-east-1:{B}:log-group:ct:*"


def facts(**changes: Any) -> Facts:
    """Account A with a complete chain of its own, but for the changes."""
    complete = {
        "accounts": (account(A),),
        "trails": (trail(A),),
        "metric_filters": (metric_filter(A),),
        "alarms": (alarm(A),),
        "topics": (topic(A),),
        "subscriptions": (subscription(A),),
    }
    return Facts(**(complete | changes))


def test_a_complete_chain() -> None:
    finding = finding_of(facts())
    assert outcome(finding) == ("ok", None)
    assert finding.reason == (
        "an event reaches a person: alarm root publishes to topic cis, heard by email s***@example.com."
    )
    assert [item.hop for item in finding.hops] == list(Hop)
    assert (finding.control, finding.control_id, finding.connection) == ("root_usage", "4.3", f"aws_{A}")
    assert finding.witness is None


def test_a_person_among_machines_is_a_person() -> None:
    queue = subscription(A, protocol="sqs", subscription_arn=f"{topic_arn(A)}:2")
    assert finding_of(facts(subscriptions=(queue, subscription(A)))).reason.startswith("an event reaches a person:")
    assert finding_of(facts(subscriptions=(queue,))).reason.startswith("an event reaches a machine:")


def test_a_complete_chain_through_a_composite_alarm_names_it() -> None:
    quiet = alarm(A, alarm_actions=[])
    loud = alarm(A, name="over", metric_name=None, namespace=None, alarm_rule="AT_LEAST(1, ALARM, (root, b))")
    finding = finding_of(facts(alarms=(quiet, loud)))
    assert finding.status is Status.OK
    assert "composite alarm over over alarm root publishes to topic cis" in finding.reason


SIGN_IN = f'{ROOT[:-2]} && $.eventName = "ConsoleLogin" }}'
BREAKS: dict[str, tuple[dict[str, Any], str]] = {
    "no trail": ({"trails": ()}, "trail"),
    "stopped trail": ({"trails": (trail(A, is_logging=False),)}, "trail"),
    "no log group": ({"trails": (trail(A, log_group_arn=None),)}, "log_group"),
    "no filter": ({"metric_filters": ()}, "filter"),
    "filter of another group": ({"metric_filters": (metric_filter(A, log_group_name="other"),)}, "filter"),
    "filter in another region": ({"metric_filters": (metric_filter(A, region="eu-west-1"),)}, "filter"),
    "narrow filter": ({"metric_filters": (metric_filter(A, filter_pattern=SIGN_IN),)}, "filter"),
    "no alarm": ({"alarms": ()}, "alarm"),
    "alarm in another region": ({"alarms": (alarm(A, region="eu-west-1"),)}, "alarm"),
    "deaf alarm": ({"alarms": (alarm(A, threshold=10.0),)}, "alarm"),
    "no topic": ({"topics": ()}, "topic"),
    "no subscription": ({"subscriptions": ()}, "subscription"),
}


@pytest.mark.parametrize(("changes", "broken"), BREAKS.values(), ids=BREAKS)
def test_the_first_broken_hop_is_named_and_nothing_behind_it(changes: dict[str, Any], broken: str) -> None:
    finding = finding_of(facts(**changes))
    assert outcome(finding) == ("alarm", broken)
    index = list(Hop).index(Hop(broken))
    assert [item.status for item in finding.hops[:index]] == [HopStatus.OK] * index
    assert {item.status for item in finding.hops[index + 1 :]} <= {HopStatus.NOT_REACHED}
    assert finding.reason == finding.hops[index].reason


def test_a_witness_goes_with_a_broken_filter_only() -> None:
    narrow = finding_of(facts(metric_filters=(metric_filter(A, filter_pattern=SIGN_IN),)))
    assert narrow.witness is not None
    assert narrow.witness["eventName"] != "ConsoleLogin"


FAILURES: dict[str, tuple[str, dict[str, Any], str]] = {
    "trails": ("trails", {"trails": ()}, "trail"),
    "filters": ("metric_filters", {"metric_filters": ()}, "filter"),
    "alarms": ("alarms", {"alarms": ()}, "alarm"),
    "topics": ("topics", {"topics": ()}, "topic"),
    "subscriptions": ("topic_subscriptions", {"subscriptions": ()}, "subscription"),
}


@pytest.mark.parametrize(("query", "changes", "broken"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("told", ["account", "connection", "nothing"])
def test_what_could_not_be_read_is_an_error_with_connection_action_and_message(
    query: str, changes: dict[str, Any], broken: str, told: str
) -> None:
    failure = ReadFailure(
        query,
        "AccessDenied: no",
        connection=None if told == "nothing" else f"aws_{A}",
        account_id=A if told == "account" else None,
        action="x:Describe",
    )
    finding = finding_of(facts(**changes, failures=(failure,)))
    assert outcome(finding) == ("error", broken)
    assert "x:Describe failed: AccessDenied: no" in finding.reason
    if told != "nothing":
        assert f"through connection aws_{A}" in finding.reason


def test_the_failure_of_another_connection_is_none_of_this_account() -> None:
    failure = ReadFailure("metric_filters", "no", connection=f"aws_{B}")
    assert outcome(finding_of(facts(metric_filters=(), failures=(failure,)))) == ("alarm", "filter")


def test_a_log_group_that_was_read_is_judged_whatever_failed_beside_it() -> None:
    failure = ReadFailure("metric_filters", "ResourceNotFound", f"aws_{A}", A, "us-east-1")
    assert outcome(finding_of(facts(failures=(failure,)))) == ("ok", None)


def test_status_that_was_refused_names_the_refusal() -> None:
    failure = ReadFailure("trails", "AccessDenied: no", f"aws_{A}", A, "us-east-1", "cloudtrail:GetTrailStatus")
    finding = finding_of(facts(trails=(trail(A, is_logging=None),), failures=(failure,)))
    assert outcome(finding) == ("error", "trail")
    assert finding.reason.endswith("could not be read: cloudtrail:GetTrailStatus failed: AccessDenied: no.")


def test_a_query_that_failed_without_an_action_is_said_so() -> None:
    failure = ReadFailure("trails", "no answer in time", f"aws_{A}", A, "us-east-1")
    finding = finding_of(facts(trails=(trail(A, is_logging=None),), failures=(failure,)))
    assert finding.reason.endswith("could not be read: the query failed: no answer in time.")


@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_no_trail_says_from_where_it_looked(region: str | None) -> None:
    finding = finding_of(facts(trails=()), first_region=region)
    assert ("visible from eu-west-1" in finding.reason) == (region is not None)


# -- the best of several -------------------------------------------------------------------------------------------


def second_trail(**changes: Any) -> Any:
    arn = f"arn:aws:cloudtrail:us-east-1:{A}:trail/a-second"
    return trail(A, **({"name": "a-second", "arn": arn} | changes))


@pytest.mark.parametrize(
    "other",
    [
        second_trail(is_logging=False),
        second_trail(is_logging=None),
        second_trail(log_group_arn=None),
        second_trail(log_group_arn=f"arn:aws:logs:us-east-1:{B}:log-group:x:*"),
        second_trail(log_group_arn=f"arn:aws:logs:us-east-1:{A}:log-group:empty:*"),
    ],
)
def test_one_complete_chain_is_enough(other: Any) -> None:
    assert outcome(finding_of(facts(trails=(trail(A), other)))) == ("ok", None)


def test_what_may_be_complete_comes_before_what_is_broken() -> None:
    trails = (trail(A, log_group_arn=None), second_trail(log_group_arn=f"arn:aws:logs:us-east-1:{B}:log-group:x:*"))
    assert outcome(finding_of(facts(trails=trails))) == ("error", "log_group")


def test_of_broken_chains_the_one_that_gets_furthest_is_named() -> None:
    trails = (second_trail(is_logging=False), trail(A))
    assert outcome(finding_of(facts(trails=trails, subscriptions=()))) == ("alarm", "subscription")


def test_a_chain_that_is_broken_behind_something_unknown_is_broken() -> None:
    finding = finding_of(facts(trails=(trail(A, is_logging=None),), subscriptions=()))
    assert outcome(finding) == ("alarm", "subscription")
    assert hop(finding, Hop.TRAIL).status is HopStatus.UNKNOWN


def test_permutations_of_the_facts_give_the_same_finding() -> None:
    trails = (trail(A), second_trail(is_logging=False), second_trail(name="z", arn=f"{ORG_ARN}-z", account_id=A))
    filters = (
        metric_filter(A),
        metric_filter(A, name="again"),
        metric_filter(A, name="narrow", filter_pattern=SIGN_IN),
    )
    alarms = (alarm(A), alarm(A, name="other", arn=f"arn:aws:cloudwatch:us-east-1:{A}:alarm:other"))
    subscriptions = tuple(
        subscription(A, subscription_arn=f"{topic_arn(A)}:{name}", protocol=name) for name in ("sqs", "email", "sms")
    )
    failures = tuple(ReadFailure("kms_keys", text, f"aws_{A}", A, "us-east-1") for text in ("one", "two", "three"))
    found = set()
    for change in range(3):
        turned = [rows[change % len(rows) :] + rows[: change % len(rows)] for rows in (trails, filters, alarms)]
        for order in itertools.permutations(subscriptions):
            for failed in itertools.permutations(failures):
                shuffled = facts(
                    trails=turned[0],
                    metric_filters=turned[1],
                    alarms=turned[2],
                    subscriptions=order,
                    failures=failed,
                    topics=(topic(A, kms_master_key_id="1234"),),
                )
                finding = finding_of(shuffled)
                found.add((outcome(finding), finding.reason, str(finding.hops), finding.unverified))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("trails", [second_trail(log_group_arn=None), trail(A, log_group_arn=None)]),
        ("metric_filters", [metric_filter(A, name=n, filter_pattern=SIGN_IN) for n in ("a", "b", "c")]),
        ("alarms", [alarm(A, name=n, threshold=10.0) for n in ("a", "b", "c")]),
        (
            "alarms",
            [
                alarm(A, alarm_actions=[]),
                *(alarm(A, name=n, metric_name=None, alarm_rule="ALARM(root)") for n in ("over", "above", "beyond")),
            ],
        ),
    ],
)
def test_permutations_of_equals_name_the_same_one(table: str, rows: list[Any]) -> None:
    found = set()
    for order in itertools.permutations(rows):
        finding = finding_of(facts(**{table: order}))
        found.add((finding.reason, str(finding.hops)))
    assert len(found) == 1


# -- organisation trails -------------------------------------------------------------------------------------------


def shown_to_member(**changes: Any) -> Any:
    """The organisation's trail as a member shows it: without status and selectors."""
    values: dict[str, Any] = {
        "name": "org",
        "arn": ORG_ARN,
        "is_organization_trail": True,
        "is_logging": None,
        "event_selectors": None,
        "log_group_arn": ORG_GROUP,
    }
    return trail(A, **(values | changes))


def of_owner(**changes: Any) -> Any:
    values: dict[str, Any] = {"name": "org", "arn": ORG_ARN, "is_organization_trail": True, "log_group_arn": ORG_GROUP}
    return trail(B, **(values | changes))


def organisation_facts(**changes: Any) -> Facts:
    """Member A without anything of its own, owner B with a complete chain."""
    complete = {
        "accounts": (account(A), account(B)),
        "trails": (shown_to_member(), of_owner()),
        "metric_filters": (metric_filter(B),),
        "alarms": (alarm(B),),
        "topics": (topic(B),),
        "subscriptions": (subscription(B),),
    }
    return Facts(**(complete | changes))


def test_a_member_is_followed_into_the_owners_account() -> None:
    finding = finding_of(organisation_facts())
    assert outcome(finding) == ("ok", None)
    assert {item.account_id for item in finding.hops} == {B}


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"trails": (shown_to_member(), of_owner(is_logging=False))}, "trail"),
        ({"metric_filters": ()}, "filter"),
        ({"alarms": ()}, "alarm"),
        ({"subscriptions": ()}, "subscription"),
    ],
)
def test_what_is_broken_at_the_owner_is_broken_for_the_member(changes: dict[str, Any], broken: str) -> None:
    assert outcome(finding_of(organisation_facts(**changes))) == ("alarm", broken)


@pytest.mark.parametrize(
    ("recipient", "member", "owner"),
    [(A, ("ok", None), ("alarm", "filter")), (B, ("alarm", "filter"), ("ok", None))],
)
def test_the_pattern_is_decided_for_the_members_own_events(
    recipient: str, member: tuple[str, str | None], owner: tuple[str, str | None]
) -> None:
    pattern = f'{ROOT[:-2]} && $.recipientAccountId = "{recipient}" }}'
    given = organisation_facts(metric_filters=(metric_filter(B, filter_pattern=pattern),))
    assert outcome(finding_of(given)) == member
    assert outcome(finding_of(given, B)) == owner


def test_an_owner_that_is_not_visible_is_named() -> None:
    finding = finding_of(organisation_facts(accounts=(account(A),), trails=(shown_to_member(),)))
    assert outcome(finding) == ("error", "trail")
    assert f"organisation trail org belongs to account {B}, which is not connected" in finding.reason


def test_an_owner_whose_trails_were_refused_is_named_with_the_refusal() -> None:
    failure = ReadFailure("trails", "AccessDenied: no", f"aws_{B}", B, "us-east-1", "cloudtrail:DescribeTrails")
    finding = finding_of(organisation_facts(trails=(shown_to_member(),), failures=(failure,)))
    assert outcome(finding) == ("error", "trail")
    assert f"of account {B} could not be read through connection aws_{B}" in finding.reason


def test_a_members_own_complete_chain_wins() -> None:
    own = {
        "trails": (shown_to_member(), of_owner(is_logging=False), trail(A)),
        "metric_filters": (metric_filter(A),),
        "alarms": (alarm(A),),
        "topics": (topic(A),),
        "subscriptions": (subscription(A),),
    }
    finding = finding_of(organisation_facts(**own))
    assert outcome(finding) == ("ok", None)
    assert {item.account_id for item in finding.hops} == {A}


def test_a_member_that_watches_its_own_group_is_ok_while_the_owner_is_not_visible() -> None:
    given = facts(trails=(shown_to_member(), trail(A)))
    assert outcome(finding_of(given)) == ("ok", None)


# -- things of other accounts --------------------------------------------------------------------------------------


def test_a_log_group_of_another_account() -> None:
    central = trail(A, log_group_arn=f"arn:aws:logs:us-east-1:{B}:log-group:ct:*")
    there = organisation_facts(trails=(central,))
    assert outcome(finding_of(there)) == ("ok", None)
    hidden = finding_of(replace(there, accounts=(account(A),)))
    assert outcome(hidden) == ("error", "log_group")
    assert B in hidden.reason


def test_a_topic_of_another_account() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": "*"}]}
    central = alarm(A, alarm_actions=[topic_arn(B)])
    given = facts(
        accounts=(account(A), account(B)),
        alarms=(central,),
        topics=(topic(B, policy=policy),),
        subscriptions=(subscription(B),),
    )
    assert outcome(finding_of(given)) == ("ok", None)
    hidden = finding_of(facts(alarms=(central,), topics=(), subscriptions=()))
    assert outcome(hidden) == ("error", "topic")
    assert B in hidden.reason


def test_a_text_of_others_that_does_not_count_is_named_with_the_word_that_accepts_it() -> None:
    named = 0
    for identifier in ("4.1", "cis_v1.3.0/4.2", "4.4", "4.8", "cis_v5.0.0/4.10", "4.13"):
        for text in control(identifier).accepted_elsewhere:
            given = facts(metric_filters=(metric_filter(A, filter_pattern=text.pattern),))
            finding = finding_of(given, identifier=identifier)
            if finding.status is Status.ALARM:
                assert f"{text.source_id}: {text.source}" in finding.accepted_elsewhere
                named += 1
            else:
                assert finding.status is Status.OK
    assert named


def test_an_exclusion_is_decided_with() -> None:
    given = facts(metric_filters=(metric_filter(A, filter_pattern=f'{ROOT[:-2]} && $.eventName != "CreateUser" }}'),))
    assert finding_of(given).status is Status.ALARM
    assert finding_of(given, excluding=('{ $.eventName = "CreateUser" }',)).status is Status.OK


@pytest.mark.parametrize(
    ("connection", "action", "reason"),
    [
        ("aws_x", None, "connection aws_x could not be read: gone."),
        ("aws_x", "sts:GetCallerIdentity", "connection aws_x could not be read: sts:GetCallerIdentity failed: gone."),
        (None, None, "the database could not be read: gone."),
    ],
)
def test_a_connection_that_does_not_tell_its_account(connection: str | None, action: str | None, reason: str) -> None:
    finding: Finding = connection_failed(control(), connection, action, "gone")
    assert outcome(finding) == ("error", "trail")
    assert (finding.account_id, finding.connection) == (None, connection)
    assert finding.reason == reason
    assert len(finding.hops) == 6


def test_accounts_with_the_same_names_are_kept_apart() -> None:
    given = organisation(3)
    broken = replace(given, subscriptions=given.subscriptions[:1])
    found = [finding_of(broken, item.account_id).status for item in broken.accounts]
    assert found == [Status.OK, Status.ALARM, Status.ALARM]
