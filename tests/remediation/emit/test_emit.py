"""Plans as code: the script gives the same state, the template deploys, the configuration parses and quotes well."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import hcl2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.aws.access import AwsAccess
from checker.demo.world import World
from checker.facts import KmsKey
from checker.text.printable import printable
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.journal import Journal
from remediation.emit import EmitFormat, emit
from remediation.emit.quoting import hcl, one_line, yaml_scalar
from remediation.planning.command_line import shell_word
from remediation.planning.model import Plan
from remediation.planning.settings import Settings, parse_endpoints
from remediation.showing.text import account_lines, plan_text
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.length import examples
from tests.remediation.aws_state import state
from tests.remediation.cases import facts_of_report, planned, subscription, topic, with_rows
from tests.remediation.conftest import HASTE

BIN = Path(sys.executable).parent
ENDPOINTS = parse_endpoints(["security@example.com", "https://example.com/hook?code=a'b$c"], None)
SETTINGS = Settings(endpoints=ENDPOINTS, tags={"team": 'it\'s "ours" ${x} %{y}'})
NAME = f"alarmchain-{A}-us-east-1"


def full_plan() -> Plan:
    """Everything is missing, for three controls whose patterns differ in length and quoting."""
    return planned(facts_of_report("r088"), SETTINGS, "root_usage", "4.2", "4.4")


def lone(made: Plan, kind: EmitFormat) -> str:
    (text,) = emit(made, kind).values()
    return text


def comparable(found: dict[str, Any]) -> list[str]:
    """The state without the part of subscription ARNs that the emulator draws anew."""
    values = []
    for key, value in found.items():
        if " subscription " in key:
            shown = {name: entry for name, entry in value.items() if name != "SubscriptionArn"}
            values.append(f"{key.rpartition(':')[0]} {json.dumps(shown, sort_keys=True)}")
        elif " topic tags " in key:
            values.append(f"{key} {sorted(map(str, value))}")
        else:
            values.append(f"{key} {json.dumps(value, sort_keys=True, default=str)}")
    return sorted(values)


def test_files_are_named_by_account_and_region() -> None:
    assert list(emit(full_plan(), EmitFormat.AWS_CLI)) == [f"{NAME}.sh"]
    assert list(emit(full_plan(), EmitFormat.CLOUDFORMATION)) == [f"{NAME}.yaml"]
    assert list(emit(full_plan(), EmitFormat.TERRAFORM)) == [f"{NAME}.tf"]
    made = full_plan()
    (account,) = made.accounts
    other = replace(account, steps=tuple(replace(step, region="eu-west-1") for step in account.calls))
    both = replace(made, accounts=(account, other))
    assert len(emit(both, EmitFormat.TERRAFORM)) == 2


def test_nothing_to_add_is_no_file() -> None:
    assert emit(planned(facts_of_report("r027")), EmitFormat.AWS_CLI) == {}
    assert emit(planned(facts_of_report("r031")), EmitFormat.TERRAFORM) == {}


def run_script(path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment, "PATH": f"{BIN}:{os.environ['PATH']}", "AWS_PAGER": ""}
    return subprocess.run(["sh", str(path)], env=variables, capture_output=True, text=True, timeout=240)


def test_the_script_gives_the_same_state_as_applying(
    world: World, emulator: EmulatedAws, aws_environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "repair.sh"
    script.write_text(lone(full_plan(), EmitFormat.AWS_CLI))
    done = run_script(script, aws_environment)
    assert done.returncode == 0, done.stderr
    by_script = comparable(state(world))

    emulator.reset()
    World(emulator.endpoint).trail()
    with Journal(tmp_path / "journal") as journal:
        assert apply_accounts(full_plan().accounts, Executor(AwsAccess(), journal, HASTE)).good
    by_apply = comparable(state(World(emulator.endpoint)))
    volatile = ("creationTime", "arn:aws:s3")
    assert [_without(entry, volatile) for entry in by_script] == [_without(entry, volatile) for entry in by_apply]


def _without(entry: str, words: tuple[str, ...]) -> str:
    key, _, value = entry.partition(" {")
    if not value:
        return entry
    kept = {name: item for name, item in json.loads(f"{{{value}").items() if name not in words}
    return f"{key} {json.dumps(kept, sort_keys=True)}"


def test_the_script_refuses_another_account(world: World, aws_environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "repair.sh"
    script.write_text(lone(full_plan(), EmitFormat.AWS_CLI).replace(A, "210987654321"))
    before = state(world)
    done = run_script(script, aws_environment)
    assert done.returncode == 1
    assert "nothing was done" in done.stderr
    assert state(world) == before


def test_steps_for_a_person_are_comments() -> None:
    facts = with_rows(facts_of_report("r058"), topics=[topic("cis-alarms", key="k")])
    alarm = replace(facts.alarms[0], alarm_actions=[facts.topics[0].topic_arn])
    key = KmsKey(
        "k", f"arn:aws:kms:us-east-1:{A}:key/k", "CUSTOMER", "Enabled", {"Statement": []}, "us-east-1", A, None
    )
    made = planned(with_rows(facts, alarms=[alarm], keys=[key]))
    assert made.manual
    for kind in EmitFormat:
        text = "".join(emit(made, kind).values())
        lines = [line for line in text.splitlines() if "kms put-key-policy" in line]
        assert lines
        assert all(line.lstrip().startswith("#") for line in lines)


def template_of(made: Plan, folder: Path) -> Path:
    path = folder / "template.yaml"
    path.write_text(lone(made, EmitFormat.CLOUDFORMATION))
    return path


def reused() -> Plan:
    """Only filter and alarm, with a topic that exists."""
    return planned(facts_of_report("r036"), replace(SETTINGS, endpoints=()))


def unheard() -> Plan:
    """Only a subscription to a topic that exists."""
    facts = facts_of_report("r058")
    alarm = replace(facts.alarms[0], alarm_actions=[facts.topics[0].topic_arn])
    pending = subscription("cis-alarms", "late@example.com", pending=True)
    return planned(with_rows(facts, alarms=[alarm], subscriptions=[pending]), SETTINGS)


@pytest.mark.parametrize("made", [full_plan(), reused(), unheard()], ids=["full", "reused", "unheard"])
def test_the_template_passes_the_linter(made: Plan, tmp_path: Path) -> None:
    done = subprocess.run(
        [BIN / "cfn-lint", "--", str(template_of(made, tmp_path))], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_template_deploys(world: World, tmp_path: Path) -> None:
    """Of its resources the emulator's CloudFormation makes the topic; the others it accepts and passes over."""
    before = state(world)
    cloudformation = world.client("cloudformation")
    cloudformation.create_stack(StackName="repair", TemplateBody=template_of(full_plan(), tmp_path).read_text())
    stack = cloudformation.describe_stacks(StackName="repair")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    after = state(world)
    assert {key: after[key] for key in before} == before
    (create,) = [step for step in full_plan().calls if step.operation == "CreateTopic"]
    assert f"{A} us-east-1 topic {create.resource}" in after


def properties(text: str, name: str) -> list[Any]:
    """The values of a property that stands on one line, in order."""
    lines = [line.strip() for line in text.splitlines()]
    return [json.loads(line.removeprefix(f"{name}: ")) for line in lines if line.startswith(f"{name}: ")]


def test_the_template_says_what_the_plan_says() -> None:
    made = full_plan()
    text = lone(made, EmitFormat.CLOUDFORMATION)
    filters = [step.arguments for step in made.calls if step.operation == "PutMetricFilter"]
    for name in ("filterPattern", "filterName", "logGroupName"):
        assert properties(text, f"{name[0].upper()}{name[1:]}") == [entry[name] for entry in filters]
    assert properties(text, "MetricValue") == ["1"] * 3
    alarms = [step.arguments for step in made.calls if step.operation == "PutMetricAlarm"]
    single = ("AlarmName", "AlarmDescription", "ActionsEnabled", "Namespace", "Statistic", "Period")
    more = ("EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData")
    for name in (*single, *more):
        assert properties(text, name) == [entry[name] for entry in alarms]
    subscriptions = [step.arguments for step in made.calls if step.operation == "Subscribe"]
    for name in ("Protocol", "Endpoint"):
        assert properties(text, name) == [entry[name] for entry in subscriptions]
    create = next(step.arguments for step in made.calls if step.operation == "CreateTopic")
    assert properties(text, "TopicName") == [create["Name"]]
    assert properties(text, "Tags") == [create["Tags"]] * 4
    assert properties(text, "PolicyDocument") == [json.loads(create["Attributes"]["Policy"])]
    assert "!Ref" not in lone(reused(), EmitFormat.CLOUDFORMATION)


def unquoted(text: str) -> str:
    """What Terraform makes of a string literal without interpolation."""
    return json.loads(text).replace("$${", "${").replace("%%{", "%{") if text.startswith('"') else text


@pytest.mark.parametrize("made", [full_plan(), reused(), unheard()], ids=["full", "reused", "unheard"])
def test_the_configuration_parses_and_quotes_patterns(made: Plan, tmp_path: Path) -> None:
    text = lone(made, EmitFormat.TERRAFORM)
    parsed = hcl2.loads(text)
    patterns = [
        unquoted(body["pattern"])
        for block in parsed["resource"]
        for kind, named in block.items()
        if unquoted(kind) == "aws_cloudwatch_log_metric_filter"
        for body in named.values()
    ]
    assert patterns == [step.arguments["filterPattern"] for step in made.calls if step.operation == "PutMetricFilter"]
    path = tmp_path / "main.tf"
    path.write_text(text)
    terraform = shutil.which("terraform")
    if terraform is not None:
        # Validating needs the provider, which is downloaded; formatting parses without it.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        done = subprocess.run([terraform, "fmt", "-check", "-diff", str(path)], env=environment, capture_output=True)
        assert b"Error" not in done.stderr


EVIL = "root \x1b[2J\r\x9b\u202e\u2028\ufeff$(x) '\"\\ end"


def evil_plan() -> Plan:
    """Every name and every reason holds what could redraw a screen or end a line of YAML."""
    (account,) = full_plan().accounts
    steps = []
    for step in account.calls:
        names = {"filterName": EVIL, "AlarmName": EVIL} if step.operation != "Subscribe" else {}
        arguments = {name: names.get(name, value) for name, value in step.arguments.items()}
        steps.append(replace(step, arguments=arguments, why=f"because {EVIL}"))
    return replace(full_plan(), accounts=(replace(account, steps=tuple(steps)),))


def test_a_name_that_could_redraw_the_screen_is_spelled_out_and_stays_the_name(tmp_path: Path) -> None:
    made = evil_plan()
    texts = {kind: lone(made, kind) for kind in (EmitFormat.AWS_CLI, EmitFormat.CLOUDFORMATION, EmitFormat.TERRAFORM)}
    texts_of_people = [plan_text(made), account_lines(made.accounts[0])[0]]
    for text in (*texts.values(), *texts_of_people):
        assert printable(text) == text
    assert set(properties(texts[EmitFormat.CLOUDFORMATION], "FilterName")) == {EVIL}
    assert import_module("yaml").compose(texts[EmitFormat.CLOUDFORMATION]) is not None
    assert "\\u001b[2J" in texts[EmitFormat.TERRAFORM]
    assert hcl2.loads(texts[EmitFormat.TERRAFORM])
    echo = f"printf %s {shell_word(EVIL)}"
    assert subprocess.run(["sh", "-c", echo], capture_output=True, check=True).stdout.decode() == EVIL


@given(st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=40))
@settings(max_examples=examples(60), deadline=None)
def test_any_text_survives_hcl(text: str) -> None:
    parsed = hcl2.loads(f"x = {hcl(text + '${a} %{b} $${c}')}\n")
    assert unquoted(parsed["x"]) == text + "${a} %{b} $${c}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (1.0, "1.0"),
        (300, "300"),
        (["a", "b"], '["a", "b"]'),
        ({"k": "v"}, '{"k" = "v"}'),
        ("a\n\t\r", '"a\\n\\t\\r"'),
    ],
)
def test_values_in_hcl(value: Any, expected: str) -> None:
    assert hcl(value) == expected


def test_comments_and_yaml_scalars_stay_on_their_line() -> None:
    assert one_line("a\nrm -rf / \r\n b") == "a rm -rf / b"
    assert yaml_scalar('{ $.a = "&&" }\n') == '"{ $.a = \\"&&\\" }\\n"'


def test_names_in_a_template_are_words_and_differ() -> None:
    made = full_plan()
    (account,) = made.accounts
    text = lone(made, EmitFormat.CLOUDFORMATION)
    names = re.findall(r"^  (\S+):$", text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(account.calls) + 1
    assert all(name.isalnum() for name in names)
