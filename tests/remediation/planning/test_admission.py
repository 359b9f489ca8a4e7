"""Queues and functions that are to be told: whether the topic may send, and the commands that let it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checker.chain.truth import Truth
from checker.cli import remediation_exit
from checker.cli.app import app
from checker.demo.world import World
from checker.exit_codes import ExitCode
from checker.findings import Status
from remediation.applying.verification import Standing, verify
from remediation.planning.admission import NO_POLICY, admit, is_admitted
from remediation.planning.model import Plan, Prospect
from remediation.planning.plan import plan
from remediation.planning.settings import Endpoint, Settings
from remediation.planning.steps import ManualStep
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.remediation.cases import controls, facts_of_report, judge

TOPIC = f"arn:aws:sns:us-east-1:{A}:alarmchain-alarms"
QUEUE = Endpoint("sqs", f"arn:aws:sqs:us-east-1:{A}:q")
FUNCTION = Endpoint("lambda", f"arn:aws:lambda:us-east-1:{A}:function:f:live")
FACTS = facts_of_report("r088")


def policy(**changes: Any) -> dict[str, Any]:
    statement = {
        "Sid": "x",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE.address,
        "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **changes}]}


def planned(endpoint: Endpoint, policies: Mapping[str, Any]) -> Plan:
    return plan(judge(FACTS), FACTS, controls(), Settings(endpoints=(endpoint,)), policies)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, Truth.YES),
        ({"Principal": "*"}, Truth.YES),
        ({"Action": "SQS:*"}, Truth.YES),
        ({"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{A}:*"}}}, Truth.YES),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": A}}}, Truth.YES),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": f"{TOPIC}-2"}}}, Truth.NO),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}, Truth.NO),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}, Truth.MAYBE),
        ({"Principal": {"Service": "events.amazonaws.com"}}, Truth.NO),
        ({"Principal": {"Service": "cloudwatch.amazonaws.com"}}, Truth.NO),
        ({"Action": "sqs:ReceiveMessage"}, Truth.NO),
        ({"Resource": f"{QUEUE.address}2"}, Truth.NO),
        ({"Effect": "Deny"}, Truth.NO),
    ],
)
def test_whether_the_topic_may_send(changes: dict[str, Any], allowed: Truth) -> None:
    assert is_admitted(QUEUE, TOPIC, {QUEUE.address: policy(**changes)}) is allowed
    step = admit(QUEUE, TOPIC, {QUEUE.address: policy(**changes)}, "root_usage")
    assert (step is None) is (allowed is Truth.YES)


def test_what_was_not_read_is_not_known() -> None:
    assert is_admitted(QUEUE, TOPIC, {}) is Truth.MAYBE
    assert is_admitted(QUEUE, "no arn", {QUEUE.address: policy()}) is Truth.MAYBE
    assert is_admitted(QUEUE, TOPIC, {QUEUE.address: NO_POLICY}) is Truth.NO
    assert admit(Endpoint("email", "a@example.com"), TOPIC, {}, "root_usage") is None


def test_the_merged_policy_keeps_what_is_there() -> None:
    given = policy(Principal={"AWS": "*"}, Sid="SnsTopicMaySend", Condition={"Bool": {"aws:SecureTransport": "true"}})
    step = admit(QUEUE, TOPIC, {QUEUE.address: given}, "root_usage")
    assert isinstance(step, ManualStep)
    find, put = step.commands
    assert find.startswith("queue=$(aws sqs get-queue-url")
    assert find.endswith(" && \\")
    assert put.startswith("aws sqs set-queue-attributes")
    document = json.loads(json.loads(shlex.split(put)[-1])["Policy"])
    assert document["Statement"][0] == given["Statement"][0]
    assert document["Statement"][1]["Sid"] == "SnsTopicMaySend2"
    assert is_admitted(QUEUE, TOPIC, {QUEUE.address: document}) is Truth.YES
    empty = admit(QUEUE, TOPIC, {QUEUE.address: NO_POLICY}, "root_usage")
    assert empty is not None
    assert '\\"Statement\\":[{' in empty.commands[1]


def test_a_policy_that_is_not_known_is_only_looked_at() -> None:
    step = admit(QUEUE, TOPIC, {}, "root_usage")
    assert step is not None
    assert "get-queue-attributes" in step.commands[1]
    assert not any("set-queue-attributes" in command for command in step.commands)
    assert "set-queue-attributes replaces the whole policy" in step.why
    assert "is not known" in step.why


@pytest.mark.parametrize("policies", [{}, {FUNCTION.address: NO_POLICY}])
def test_a_function_gets_a_permission_more(policies: dict[str, Any]) -> None:
    step = admit(FUNCTION, TOPIC, policies, "root_usage")
    assert step is not None
    (command,) = step.commands
    words = shlex.split(command)
    assert words[:3] == ["aws", "lambda", "add-permission"]
    asked = dict(zip(words[3::2], words[4::2], strict=True))
    assert asked["--function-name"] == FUNCTION.address
    assert asked["--principal"] == "sns.amazonaws.com"
    assert asked["--source-arn"] == TOPIC
    other = admit(FUNCTION, f"{TOPIC}-2", policies, "root_usage")
    assert other is not None
    assert asked["--statement-id"] not in other.commands[0]


def test_while_it_is_missing_a_person_has_to_act() -> None:
    made = planned(QUEUE, {QUEUE.address: NO_POLICY})
    (expected,) = made.expectations
    assert expected.prospect is Prospect.WAITS
    assert expected.by_hand == (QUEUE.address,)
    assert "a person has to let topic alarmchain-alarms send to queue q" in expected.sentence
    (step,) = made.manual
    assert not step.optional
    (finding,) = judge(FACTS)
    (item,) = verify(made, [replace(finding, status=Status.OK, broken_hop=None)])
    assert (item.standing, item.untold) == (Standing.WAITS, (QUEUE.address,))


def test_when_it_may_send_nothing_is_missing() -> None:
    made = planned(QUEUE, {QUEUE.address: policy()})
    assert made.manual == ()
    assert made.expectations[0].prospect is Prospect.HOLDS


def test_a_chain_that_holds_is_asked_too() -> None:
    facts = facts_of_report("r058")
    alarm = replace(facts.alarms[0], alarm_actions=[facts.topics[0].topic_arn])
    heard = replace(facts.subscriptions[0], protocol="sqs", endpoint=QUEUE.address)
    facts = replace(facts, alarms=(alarm,), subscriptions=(heard,))
    settings = Settings(endpoints=(QUEUE,))
    made = plan(judge(facts), facts, controls(), settings, {QUEUE.address: NO_POLICY})
    assert remediation_exit.of_plan(made) is ExitCode.WAITING
    assert len(made.manual) == 1
    allows = policy(Condition={"ArnEquals": {"aws:SourceArn": facts.topics[0].topic_arn}})
    made = plan(judge(facts), facts, controls(), settings, {QUEUE.address: allows})
    assert remediation_exit.of_plan(made) is ExitCode.OK


def test_the_exit_code_is_5_until_the_queue_lets_the_topic_send(
    emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    world = World(emulator.endpoint)
    world.trail()
    sqs = world.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    words = ["--database", "embedded", "--endpoint", QUEUE.address, "--journal", str(tmp_path / "j")]

    def remediate(*more: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["remediate", *words, *more])
        return result.exit_code, result.stdout

    code, text = remediate("--apply", "--yes")
    assert code == ExitCode.WAITING
    assert f"Not told yet: {QUEUE.address}." in text
    assert remediate()[0] == ExitCode.WAITING
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy())})
    assert remediate()[0] == ExitCode.OK
    assert remediate("--apply", "--yes")[0] == ExitCode.OK
    emulator.set_faults([{"action": "GetQueueUrl", "code": "AccessDenied", "status": 403}])
    assert remediate()[0] == ExitCode.WAITING
