"""States that only the AWS API shows whole (default values, dimensions, units, scopes), read from an emulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checker import check
from checker.demo.world import World
from tests.builders import HOME, ROOT, A, B
from tests.emulator.client import EmulatedAws, Profiles
from tests.scenarios import CENTRAL_TOPIC

Build = Callable[[World], object]
KMS = "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }"
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def _chain(pattern: str = ROOT, **parts: Mapping[str, Any]) -> Build:
    return lambda world: world.chain(pattern, **parts)


def _filtered(policy: Mapping[str, Any], scope: str) -> Build:
    def build(world: World) -> None:
        world.chain(topic={"subscribe": False})
        attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
        sns = world.client("sns")
        sns.subscribe(
            TopicArn=CENTRAL_TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HOME}:{A}:q", Attributes=attributes
        )

    return build


def _key(*statements: Mapping[str, Any], disabled: bool = False) -> Build:
    def build(world: World) -> None:
        world.chain()
        kms = world.client("kms")
        admin = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{A}:root"}, "Action": "kms:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [admin, *statements]})
        key = kms.create_key(Policy=policy)["KeyMetadata"]
        if disabled:
            kms.disable_key(KeyId=key["KeyId"])
        world.topic_attribute("KmsMasterKeyId", key["Arn"])

    return build


def _deleted_topic(world: World) -> None:
    world.chain()
    world.client("sns").delete_topic(TopicArn=CENTRAL_TOPIC)


def _selectors(*fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "advanced": [{"Name": "x", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *fields]}]
    }


def _without_kms() -> Mapping[str, Any]:
    selector = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
    }
    return {"selectors": [selector]}


USES_KEY = {
    "Effect": "Allow",
    "Principal": CLOUDWATCH,
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}


def _encrypted(key: str) -> Build:
    """A topic whose key is whatever it says, although nobody made one."""

    def build(world: World) -> None:
        world.chain()
        world.topic_attribute("KmsMasterKeyId", key)

    return build


STATES: Mapping[str, tuple[str, str, Build]] = {
    "default_zero": ("4.3", "ok", _chain(filter={"defaultValue": 0.0})),
    "default_one": ("4.3", "alarm alarm", _chain(filter={"defaultValue": 1.0})),
    "default_zero_two_of_two": (
        "4.3",
        "alarm alarm",
        _chain(filter={"defaultValue": 0.0}, alarm={"EvaluationPeriods": 2}),
    ),
    "dimension": ("4.3", "alarm alarm", _chain(filter={"dimensions": {"Who": "$.userIdentity.arn"}})),
    "unit_differs": ("4.3", "alarm alarm", _chain(filter={"unit": "Count"}, alarm={"Unit": "Seconds"})),
    "unit_same": ("4.3", "ok", _chain(filter={"unit": "Count"}, alarm={"Unit": "Count"})),
    "ok_actions_only": ("4.3", "alarm topic", _chain(alarm={"AlarmActions": [], "OKActions": [CENTRAL_TOPIC]})),
    "deleted_topic": ("4.3", "alarm topic", _deleted_topic),
    "attributes_filtered": ("4.3", "alarm subscription", _filtered({"severity": ["high"]}, "MessageAttributes")),
    "body_taken": ("4.3", "ok", _filtered({"NewStateValue": [{"anything-but": ["OK"]}]}, "MessageBody")),
    "body_all_clear": ("4.3", "alarm subscription", _filtered({"NewStateValue": ["OK"]}, "MessageBody")),
    "key_of_its_admin": ("4.3", "alarm topic", _key()),
    "key_for_cloudwatch": ("4.3", "ok", _key(USES_KEY)),
    "key_disabled": ("4.3", "alarm topic", _key(USES_KEY, disabled=True)),
    "key_gone": ("4.3", "alarm topic", _encrypted("11111111-2222-3333-4444-555555555555")),
    "alias_gone": ("4.3", "alarm topic", _encrypted("alias/gone")),
    "reads_only": ("4.3", "alarm trail", _chain(trail=_selectors({"Field": "readOnly", "Equals": ["true"]}))),
    "kms_excluded_root": ("4.3", "ok", _chain(trail=_without_kms())),
    "kms_excluded_kms": ("4.7", "alarm trail", _chain(KMS, trail=_without_kms())),
}


@pytest.mark.parametrize("name", STATES)
def test_verdict(name: str, emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles]) -> None:
    control, expected, build = STATES[name]
    build(World(emulator.endpoint))
    (finding,) = check([control], database="embedded", profiles=profiles({"home": A}).names).findings
    found = f"{finding.status} {finding.broken_hop}" if finding.broken_hop else str(finding.status)
    assert found == expected, finding.reason
    assert finding.reason.endswith(".")


def test_two_accounts_whose_halves_do_not_add_up(
    emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles]
) -> None:
    world = World(emulator.endpoint)
    world.trail()
    world.filter()
    world.trail(account=B)
    world.alarm(world.topic(account=B), account=B)
    report = check(database="embedded", profiles=profiles({"a": A, "b": B}).names)
    found = {finding.account_id: (str(finding.status), str(finding.broken_hop)) for finding in report.findings}
    assert found == {A: ("alarm", "alarm"), B: ("alarm", "filter")}
