"""The same plan as code: a shell script for the AWS CLI, CloudFormation, StackSets, or a Terraform configuration.

The text carries the endpoints as they were given, so the caller writes it to files that only their owner can read.
Templates lie beside this module; quoting is done by filters (``remediation.emit.quoting``), never in a template.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from remediation.emit.places import PlaceSteps, groups_of, places_of, tags_of
from remediation.emit.quoting import hcl, in_any_account, one_line, yaml_scalar
from remediation.planning.command_line import shell_word
from remediation.planning.model import Plan
from remediation.planning.steps import Step

if TYPE_CHECKING:
    from jinja2 import Environment


class EmitFormat(StrEnum):
    """The kinds of code that a plan can become."""

    AWS_CLI = "aws-cli"
    CLOUDFORMATION = "cloudformation"
    STACKSET = "stackset"
    TERRAFORM = "terraform"


def emit(plan: Plan, kind: EmitFormat) -> dict[str, str]:
    """File name, relative to one folder -> text. Nothing to add: no file.

    A script or a template for each account and region; for StackSets a template for all accounts that need the same,
    and a script that deploys them; for Terraform one file, or for several places one configuration with a provider for
    each and a module of its own. Steps for a person are comments.
    """
    places = places_of(plan)
    match kind:
        case EmitFormat.AWS_CLI:
            return {f"{place.name}.sh": _render("aws_cli.sh.j2", plan, place) for place in places}
        case EmitFormat.CLOUDFORMATION:
            return {f"{place.name}.yaml": _render("cloudformation.yaml.j2", plan, place) for place in places}
        case EmitFormat.STACKSET:
            return _stack_sets(plan, places)
        case EmitFormat.TERRAFORM:
            return _terraform(plan, places)


def _terraform(plan: Plan, places: tuple[PlaceSteps, ...]) -> dict[str, str]:
    if len(places) < 2:
        return {f"{place.name}.tf": _render("terraform.tf.j2", plan, place) for place in places}
    environment = _environment()
    root = environment.get_template("terraform_root.tf.j2")
    chain = environment.get_template("terraform_chain.tf.j2")
    return {
        "main.tf": root.render(benchmark=plan.benchmark, controls=plan.controls, places=places),
        "chain/main.tf": chain.render(),
    }


def _stack_sets(plan: Plan, places: tuple[PlaceSteps, ...]) -> dict[str, str]:
    """One stack set for all accounts of a region that need the same."""
    if not places:
        return {}
    files, groups = {}, []
    for group in groups_of(places):
        first = group[0]
        digest = hashlib.sha256(first.shape.encode()).hexdigest()[:8]
        name = f"alarmchain-{first.region}-{digest}"
        files[f"{name}.yaml"] = _render("cloudformation.yaml.j2", plan, first, any_account=True)
        accounts = [place.account_id for place in group]
        groups.append({"name": name, "file": f"{name}.yaml", "region": first.region, "accounts": accounts})
    script = _environment().get_template("stacksets.sh.j2")
    files["deploy.sh"] = script.render(benchmark=plan.benchmark, controls=plan.controls, groups=groups)
    return files


def _render(template: str, plan: Plan, place: PlaceSteps, *, any_account: bool = False) -> str:
    environment = _environment()
    if any_account:
        environment.filters["yaml"] = lambda value: yaml_scalar(in_any_account(value, place.account_id))
    return environment.get_template(template).render(
        where=f"each account, {place.region}" if any_account else f"account {place.account_id}, {place.region}",
        account_id=place.account_id,
        region=place.region,
        benchmark=plan.benchmark,
        controls=plan.controls,
        steps=place.steps,
        manual=place.manual,
        ids=place.ids,
        by_resource=place.by_resource,
    )


def _environment() -> Environment:
    """Jinja with one quoting filter a language."""
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
    environment.filters["tags"] = tags_of
    return environment


def _policy(step: Step) -> Any:
    return json.loads(step.arguments["Attributes"]["Policy"])
