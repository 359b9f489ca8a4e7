"""Code for several accounts and regions: one valid folder, and nothing that exists is written over."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import hcl2
import pytest

from checker.demo.world import World
from remediation.emit import EmitFormat, emit
from remediation.emit.places import places_of
from remediation.emit.quoting import in_any_account
from remediation.planning.model import AccountPlan, Plan
from remediation.planning.steps import Step
from tests.builders import A, B
from tests.remediation.aws_state import state
from tests.remediation.emit.test_emit import BIN, full_plan, lone, reused, run_script, unquoted


def moved(account: AccountPlan, account_id: str, region: str) -> AccountPlan:
    """The same steps elsewhere."""
    text = {A: account_id, "us-east-1": region}

    def move(value: Any) -> Any:
        for old, new in text.items():
            value = json.loads(json.dumps(value).replace(old, new))
        return value

    steps = tuple(
        replace(
            step,
            **{name: move(getattr(step, name)) for name in ("id", "account_id", "region", "arguments", "resource")},
        )
        for step in account.steps
        if isinstance(step, Step)
    )
    return replace(account, account_id=account_id, steps=steps)


def spread(made: Plan, *places: tuple[str, str]) -> Plan:
    """The plan's steps in each of these accounts and regions."""
    (account,) = made.accounts
    return replace(made, accounts=tuple(moved(account, *place) for place in places))


TWO = ((A, "us-east-1"), (B, "eu-west-1"))


def blocks(text: str, kind: str) -> list[Any]:
    return list(hcl2.loads(text).get(kind, []))


def test_terraform_is_one_configuration_with_a_provider_for_each_place() -> None:
    files = emit(spread(full_plan(), *TWO), EmitFormat.TERRAFORM)
    assert list(files) == ["main.tf", "chain/main.tf"]
    providers = [body for entry in blocks(files["main.tf"], "provider") for body in entry.values()]
    aliases = [unquoted(body["alias"]) for body in providers]
    assert aliases == [f"account_{A}_us_east_1", f"account_{B}_eu_west_1"]
    assert [[unquoted(account) for account in body["allowed_account_ids"]] for body in providers] == [[A], [B]]
    modules = [body for entry in blocks(files["main.tf"], "module") for body in entry.values()]
    assert [unquoted(body["source"]) for body in modules] == ["./chain"] * 2
    assert not blocks(files["chain/main.tf"], "provider")
    resources = [body for entry in blocks(files["chain/main.tf"], "resource") for body in entry.values()]
    assert len(resources) == 4
    assert all("for_each" in inner for body in resources for inner in body.values())


def test_the_module_is_given_what_the_plan_says() -> None:
    made = spread(full_plan(), *TWO)
    modules = blocks(emit(made, EmitFormat.TERRAFORM)["main.tf"], "module")
    declared = {
        unquoted(name)
        for entry in blocks(emit(made, EmitFormat.TERRAFORM)["chain/main.tf"], "variable")
        for name in entry
    }
    for entry, account in zip(modules, made.accounts, strict=True):
        (body,) = entry.values()
        assert declared == set(body) - {"source", "providers"} - {key for key in body if key.startswith("__")}
        by_operation: dict[str, list[Any]] = {}
        for step in account.calls:
            by_operation.setdefault(step.operation, []).append(step.arguments)
        filters = [unquoted(item["pattern"]) for item in body["metric_filters"].values()]
        assert filters == [arguments["filterPattern"] for arguments in by_operation["PutMetricFilter"]]
        alarms = [unquoted(item["name"]) for item in body["alarms"].values()]
        assert alarms == [arguments["AlarmName"] for arguments in by_operation["PutMetricAlarm"]]
        topics = {unquoted(item["topic"]) for item in body["alarms"].values()}
        assert topics == {unquoted(key) for key in body["topics"]}
        endpoints = [unquoted(item["endpoint"]) for item in body["subscriptions"].values()]
        assert endpoints == [arguments["Endpoint"] for arguments in by_operation["Subscribe"]]


def test_a_topic_that_exists_is_named_by_its_arn() -> None:
    made = spread(reused(), *TWO)
    text = emit(made, EmitFormat.TERRAFORM)["main.tf"]
    for entry, account in zip(blocks(text, "module"), made.accounts, strict=True):
        (body,) = entry.values()
        (alarm,) = body["alarms"].values()
        assert alarm["topic"] in (None, "null")
        assert [unquoted(alarm["topic_arn"])] == account.calls[-1].arguments["AlarmActions"]


def test_one_stack_set_serves_the_accounts_of_a_region_that_need_the_same(tmp_path: Path) -> None:
    files = emit(spread(full_plan(), (A, "us-east-1"), (B, "us-east-1"), (B, "eu-west-1")), EmitFormat.STACKSET)
    templates = sorted(name for name in files if name.endswith(".yaml"))
    assert len(templates) == 2
    script = files["deploy.sh"]
    assert f"--accounts {A} {B} --regions us-east-1" in script
    assert f"--accounts {B} --regions eu-west-1" in script
    for name in templates:
        assert A not in files[name]
        assert B not in files[name]
        assert "${AWS::AccountId}" in files[name]
        path = tmp_path / name
        path.write_text(files[name])
        done = subprocess.run([BIN / "cfn-lint", "--", str(path)], capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_accounts_that_need_something_else_have_a_stack_set_of_their_own() -> None:
    one, other = spread(full_plan(), (A, "us-east-1")), spread(reused(), (B, "us-east-1"))
    files = emit(replace(one, accounts=(*one.accounts, *other.accounts)), EmitFormat.STACKSET)
    assert len([name for name in files if name.endswith(".yaml")]) == 2


def test_nothing_to_add_is_no_file() -> None:
    for kind in EmitFormat:
        assert emit(replace(full_plan(), accounts=()), kind) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ct", "ct"),
        (f"arn::{A}:${{x}}", {"Fn::Sub": "arn::${AWS::AccountId}:${!x}"}),
        ([f"{A}", 1, None], [{"Fn::Sub": "${AWS::AccountId}"}, 1, None]),
        ({"k": {"n": A}}, {"k": {"n": {"Fn::Sub": "${AWS::AccountId}"}}}),
        ("${x}", "${x}"),
    ],
)
def test_the_account_becomes_a_parameter(value: Any, expected: Any) -> None:
    assert in_any_account(value, A) == expected


def test_identifiers_differ_within_a_place() -> None:
    for place in places_of(spread(full_plan(), *TWO)):
        assert len(set(place.ids.values())) == len(place.steps)


@pytest.mark.parametrize("operation", ["PutMetricFilter", "CreateTopic", "PutMetricAlarm"])
def test_the_script_refuses_when_an_object_of_the_same_name_is_there(
    world: World, aws_environment: dict[str, str], tmp_path: Path, operation: str
) -> None:
    made = full_plan()
    step = next(step for step in made.calls if step.operation == operation)
    theirs = dict(step.arguments)
    match operation:
        case "PutMetricFilter":
            world.client("logs").put_metric_filter(**{**theirs, "filterPattern": "{ $.theirs = 1 }"})
        case "CreateTopic":
            world.client("sns").create_topic(Name=theirs["Name"])
        case _:
            world.client("cloudwatch").put_metric_alarm(**{**theirs, "Threshold": 7.0})
    before = state(world)
    script = tmp_path / "repair.sh"
    script.write_text(lone(made, EmitFormat.AWS_CLI))
    done = run_script(script, aws_environment)
    assert done.returncode == 1
    assert "exists already: nothing was done" in done.stderr
    assert state(world) == before
