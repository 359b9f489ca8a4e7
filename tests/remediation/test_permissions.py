"""The least IAM policy, compared both ways with what is really called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from checker.aws.operations import Phase, iam_action, load_operations
from checker.demo.world import World
from checker.errors import AlarmchainError, UsageError
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.history import find_run
from remediation.applying.undo import carry_out_undo
from remediation.permissions import operations_of, policy_for
from remediation.planning.model import AccountPlan
from tests.emulator.client import EmulatedAws
from tests.remediation.conftest import planned_undo

Make = Callable[..., Executor]


def called(emulator: EmulatedAws) -> set[str]:
    names = {"monitoring": "cloudwatch"}
    calls = {f"{names.get(call['service'], call['service'])}:{call['action']}" for call in emulator.calls()}
    # Lambda's calls are paths.
    return {
        "lambda:GetPolicy" if call.startswith("lambda:GET ") and call.endswith("/policy") else call for call in calls
    }


def actions(phase: Phase, **options: Any) -> set[str]:
    return {action for statement in policy_for(phase, **options)["Statement"] for action in statement["Action"]}


def own_operations(phase: Phase) -> set[str]:
    """What alarmchain itself calls for the part of the work that is this phase alone."""
    return {
        operation.key
        for operation in load_operations().values()
        if phase in operation.phases and operation.caller == "alarmchain"
    }


def test_applying_calls_what_is_registered_and_nothing_else(
    world: World, account: AccountPlan, executor: Make, emulator: EmulatedAws
) -> None:
    emulator.clear_calls()
    assert apply_accounts([account], executor()).good
    assert called(emulator) == own_operations(Phase.APPLY)


def test_undoing_calls_what_is_registered_and_nothing_else(
    world: World, account: AccountPlan, executor: Make, emulator: EmulatedAws, journal_path: Path
) -> None:
    run_id = apply_accounts([account], executor()).run_id
    emulator.clear_calls()
    assert carry_out_undo(planned_undo(find_run(journal_path, run_id), journal_path), executor()).good
    assert called(emulator) == own_operations(Phase.UNDO)


def test_checking_calls_only_what_is_registered(world: World, emulator: EmulatedAws) -> None:
    from checker import check

    world.filter()
    arn = world.topic()
    world.alarm(arn)
    emulator.clear_calls()
    check(database="embedded")
    seen = called(emulator)
    key = world.client("kms").create_key()["KeyMetadata"]["KeyId"]
    world.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key)
    emulator.clear_calls()
    check(database="embedded")
    seen |= called(emulator)
    assert seen <= own_operations(Phase.CHECK)
    # Topics are listed by Steampipe, and by a plan that looks for one to reuse.
    assert own_operations(Phase.CHECK) - seen == {"sns:ListTopics"}


def test_planning_calls_only_what_is_registered(
    world: World, emulator: EmulatedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from checker.cli.app import app

    world.topic("other")
    emulator.clear_calls()
    queue = world.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = world.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    function = arn.replace(":sqs:", ":lambda:").removesuffix(":q") + ":function:f"
    emulator.clear_calls()
    told = ["--endpoint", arn, "--endpoint", function]
    result = CliRunner().invoke(app, ["remediate", "--database", "embedded", "--journal", str(tmp_path / "j"), *told])
    assert result.exit_code == 1
    assert "set-queue-attributes" in result.stdout
    assert "aws lambda add-permission" in result.stdout
    seen = called(emulator)
    assert seen <= own_operations(Phase.CHECK) | own_operations(Phase.PLAN)
    assert own_operations(Phase.PLAN) <= seen
    assert "sns:ListTopics" in seen


def test_phases_include_the_ones_before() -> None:
    check, plan, apply_ = (actions(phase) for phase in (Phase.CHECK, Phase.PLAN, Phase.APPLY))
    assert check < plan < apply_
    assert "logs:PutMetricFilter" not in plan
    assert {"logs:PutMetricFilter", "sns:CreateTopic", "sns:TagResource", "cloudwatch:TagResource"} <= apply_
    assert not any("Delete" in action or "Unsubscribe" in action for action in apply_)
    assert {"cloudwatch:DeleteAlarms", "logs:DeleteMetricFilter"} <= actions(Phase.UNDO)


def test_checking_can_change_nothing() -> None:
    verbs = ("Get", "Describe", "List")
    assert all(action.split(":")[1].startswith(verbs) for action in actions(Phase.CHECK))


def test_what_steampipe_calls_is_listed() -> None:
    assert {
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "logs:DescribeMetricFilters",
        "cloudwatch:DescribeAlarms",
        "sns:GetTopicAttributes",
        "sns:ListTopics",
        "sns:ListSubscriptionsByTopic",
        "sns:GetSubscriptionAttributes",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "sts:GetCallerIdentity",
        "iam:ListAccountAliases",
    } <= actions(Phase.CHECK)


def test_the_partition_and_the_role() -> None:
    text = str(policy_for(Phase.APPLY, partition="aws-cn", role_name="audit"))
    assert "arn:aws:" not in text
    assert "arn:aws-cn:iam::*:role/audit'" in text
    assert "sts:AssumeRole" not in actions(Phase.APPLY)
    assert "sts:AssumeRole" in actions(Phase.APPLY, role_name="audit")


@pytest.mark.parametrize(
    "widening",
    [{"partition": "*"}, {"role_name": "*"}, {"role_name": ""}, {"name_prefix": ""}, {"name_prefix": "a*"}],
    ids=str,
)
def test_nothing_that_would_widen_the_policy_is_taken(widening: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        policy_for(Phase.APPLY, **widening)


def resources_of(action: str, phase: Phase) -> set[str]:
    """What the policy lets the action be used on."""
    found = [
        statement["Resource"]
        for statement in policy_for(phase, role_name="audit")["Statement"]
        if action in statement["Action"]
    ]
    return {resource for entry in found for resource in ([entry] if isinstance(entry, str) else entry)}


@pytest.mark.parametrize(
    ("action", "phase"),
    [
        ("sns:CreateTopic", Phase.APPLY),
        ("sns:SetTopicAttributes", Phase.APPLY),
        ("sns:TagResource", Phase.APPLY),
        ("cloudwatch:PutMetricAlarm", Phase.APPLY),
        ("cloudwatch:TagResource", Phase.APPLY),
        ("sns:DeleteTopic", Phase.UNDO),
        ("cloudwatch:DeleteAlarms", Phase.UNDO),
    ],
)
def test_only_objects_of_our_names_can_be_made_and_removed(action: str, phase: Phase) -> None:
    assert {resource.rpartition(":")[2] for resource in resources_of(action, phase)} == {"alarmchain-*"}
    text = str(policy_for(phase, name_prefix="acme-"))
    assert "acme-*" in text
    assert "alarmchain-*" not in text


NEEDS_EVERYTHING = {"cloudwatch:DescribeAlarms": "composite alarms are only returned to a caller that may see all"}
"""Actions that take a resource, and need ``*`` all the same. Source: CloudWatch API reference, ``DescribeAlarms``."""


@pytest.mark.parametrize("phase", list(Phase))
def test_every_action_is_allowed_on_what_aws_lets_it_be_allowed_on(phase: Phase) -> None:
    """The Service Authorization Reference, as the package policy_sentry ships it."""
    for action in actions(phase, role_name="audit"):
        service, name = action.split(":")
        formats = {entry["resource_arn_format"] for entry in get_action_data(service, name)[service]}
        assert formats, f"{action} is no action of AWS"
        allowed = resources_of(action, phase)
        if formats == {"*"} or action in NEEDS_EVERYTHING:
            assert allowed <= {"*"}, action
            continue
        kinds = {_kind(text) for text in formats - {"*"}}
        assert {_kind(text) for text in allowed} <= kinds, action


def _kind(arn: str) -> tuple[str, str]:
    """Service and resource type: ``(cloudwatch, alarm)``; SNS's topics have no type in their ARN."""
    parts = arn.split(":", 5)
    return parts[2], parts[5].partition(":")[0].partition("/")[0] if ":" in parts[5] or "/" in parts[5] else ""


@pytest.mark.parametrize("phase", list(Phase))
def test_the_policy_is_one(phase: Phase) -> None:
    policy = policy_for(phase)
    assert policy["Version"] == "2012-10-17"
    names = [statement["Sid"] for statement in policy["Statement"]]
    assert len(names) == len(set(names))
    assert all(name.isalnum() for name in names)
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert not any(action.endswith("*") for action in statement["Action"])
    registered = {action for operation in operations_of(phase) for action in operation.actions}
    assert registered == actions(phase)


def test_every_step_has_its_action(account: AccountPlan) -> None:
    for step in account.calls:
        assert step.iam_action == f"{step.service}:{step.operation}"
    # As with most operations of AWS, the action of one that is not registered has its name.
    assert iam_action("logs", "TestMetricFilter") == "logs:TestMetricFilter"
    assert issubclass(AlarmchainError, Exception)
