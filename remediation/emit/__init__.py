"""The same plan as code: a shell script for the AWS CLI, a CloudFormation template, or a Terraform configuration.

One file an account and region. The text carries the endpoints as they were given, so the caller writes it to files
that only their owner can read. Templates lie beside this module; quoting is done by filters, never in a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from checker.text.json_text import json_line
from checker.text.printable import printable
from remediation.planning.model import Plan
from remediation.planning.steps import AnyStep, ManualStep, Step
from remediation.showing.command_line import shell_word

if TYPE_CHECKING:
    from jinja2 import Environment


class EmitFormat(StrEnum):
    """The kinds of code that a plan can become."""

    AWS_CLI = "aws-cli"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


_TEMPLATE = {
    EmitFormat.AWS_CLI: ("aws_cli.sh.j2", "sh"),
    EmitFormat.CLOUDFORMATION: ("cloudformation.yaml.j2", "yaml"),
    EmitFormat.TERRAFORM: ("terraform.tf.j2", "tf"),
}


def emit(plan: Plan, kind: EmitFormat) -> dict[str, str]:
    """File name -> text. An account and region in which there is nothing to add has no file; steps for a person
    are comments in the file of their place."""
    template_name, suffix = _TEMPLATE[kind]
    template = _environment().get_template(template_name)
    places: dict[tuple[str, str, str], list[AnyStep]] = {}
    for account in plan.accounts:
        for step in account.steps:
            places.setdefault((account.account_id, step.region, account.partition), []).append(step)
    files = {}
    for (account_id, region, partition), steps in places.items():
        calls = [step for step in steps if isinstance(step, Step)]
        if not calls:
            continue
        files[f"alarmchain-{account_id}-{region}.{suffix}"] = template.render(
            account_id=account_id,
            region=region,
            partition=partition,
            benchmark=plan.benchmark,
            controls=plan.controls,
            steps=calls,
            manual=[step for step in steps if isinstance(step, ManualStep)],
            ids=_identifiers(calls),
            by_resource={step.resource: step for step in calls if step.operation != "Subscribe"},
        )
    return files


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("remediation.emit"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - shell, YAML and HCL, never HTML: each has its own quoting filter
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sh"] = shell_word
    environment.filters["yaml"] = yaml_scalar
    environment.filters["hcl"] = hcl
    environment.filters["comment"] = one_line
    environment.filters["policy"] = _policy
    return environment


def yaml_scalar(value: Any) -> str:
    """The value as JSON, which is YAML too: quotes, ampersands and braces need no further thought."""
    return json_line(value)


def hcl(value: Any) -> str:
    """The value as an HCL expression. In strings ``${`` and ``%{`` begin templates and are doubled."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        escaped = escaped.replace("\t", "\\t").replace("${", "$${").replace("%{", "%%{")
        return printable(f'"{escaped}"')
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{hcl(str(key))} = {hcl(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(hcl(entry) for entry in value) + "]"
    return json.dumps(value)


def one_line(text: str) -> str:
    """The text without line breaks, so that it cannot leave its comment."""
    return printable(" ".join(text.split()))


def _policy(step: Step) -> Any:
    return json.loads(step.arguments["Attributes"]["Policy"])


def _identifiers(steps: list[Step]) -> dict[str, str]:
    """A word for each step that CloudFormation (letters and digits) and Terraform accept, unique in the file."""
    found: dict[str, str] = {}
    for step in steps:
        words = re.findall(r"[A-Za-z0-9]+", step.resource.rpartition(":")[2])
        base = "".join(word[:1].upper() + word[1:] for word in (str(step.kind).replace("_", " ")).split() + words)[:200]
        name, number = base, 2
        while name in found.values():
            name, number = f"{base}{number}", number + 1
        found[step.id] = name
    return found
