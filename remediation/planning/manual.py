"""Steps for a person: what the program will not do, with the exact commands. Pure.

Trails and their log groups carry the audit record of the whole account and cost money, a topic's key is
a decision about secrecy: these are left to their owner. Words in capitals stand for the owner's choices. The commands
of a step are one chain that stops at the first failure, and none of them takes away what is there.

Sources: CloudWatch Logs quotas (100 filters a group) and log classes (no metric filters in Infrequent Access); AWS KMS
API reference, ``PutKeyPolicy``; SNS developer guide, "Enable compatibility between event sources from AWS services and
encrypted topics".
"""

from __future__ import annotations

from checker.arns import LogGroupId, Place
from checker.controls.selected import SelectedControl
from checker.facts import KmsKey, Topic, Trail
from remediation.planning.command_line import hyphenated, shell_word
from remediation.planning.owner_commands import (
    admitting_policy,
    as_json,
    chained,
    link_to_group,
    new_trail,
    words,
)
from remediation.planning.selectors import widened
from remediation.planning.steps import ManualStep

FILTERS_PER_GROUP = 100


def create_trail(place: Place, control: str, reason: str) -> ManualStep:
    """There is no trail to repair: create one, multi-region, with a log group."""
    return ManualStep(
        id=f"manual:{place.account_id}:trail",
        account_id=place.account_id,
        region=place.region,
        title="create a multi-region trail that delivers to a log group",
        why=reason,
        commands=chained(new_trail(place, group="cloudtrail")),
        controls=(control,),
        connection=place.connection,
    )


def repair_trail(place: Place, trail: Trail, control: SelectedControl, reason: str) -> ManualStep:
    """A trail exists and falls short: the commands for what it lacks. What it delivers today it goes on to deliver."""
    region, name = words("--region", place.region), words("--name", trail.arn)
    changes = " ".join(
        option
        for option, missing in (
            ("--is-multi-region-trail", trail.is_multi_region_trail is False),
            ("--include-global-service-events", trail.include_global_service_events is False),
        )
        if missing
    )
    commands = [f"aws cloudtrail update-trail {region} {name} {changes}"] if changes else []
    if trail.is_logging is False:
        commands.append(f"aws cloudtrail start-logging {region} {name}")
    advice = ""
    if not commands:
        commands, advice = _select_events(place, trail, control)
    return ManualStep(
        id=f"manual:{trail.arn}",
        account_id=place.account_id,
        region=place.region,
        title=f"change trail {trail.name}",
        why=f"{reason}{advice}",
        commands=chained(commands),
        controls=(control.key,),
        connection=place.connection,
        resource=trail.arn,
    )


def _select_events(place: Place, trail: Trail, control: SelectedControl) -> tuple[list[str], str]:
    """The command with the whole merged document; where it is not known, only the look, and what to do then."""
    trail_words = words("--region", place.region, "--trail-name", trail.arn)
    selectors = widened(trail, control)
    if selectors is None:
        advice = (
            " put-event-selectors replaces all selectors of the trail: add a selector for all management events to what"
            " the command shows, and put that back."
        )
        return [f"aws cloudtrail get-event-selectors {trail_words}"], advice
    document = shell_word(as_json(list(selectors.document)))
    command = f"aws cloudtrail put-event-selectors {trail_words} --{hyphenated(selectors.parameter)} {document}"
    return [command], " The command replaces the trail's selectors by what they are now and all management events."


def link_log_group(place: Place, trail: Trail, group: LogGroupId | None, control: str, reason: str) -> ManualStep:
    """The trail delivers to no log group, or the delivery fails: group, role, and the trail's link to both."""
    name = group.name if group else "cloudtrail"
    return ManualStep(
        id=f"manual:{trail.arn}:log-group",
        account_id=place.account_id,
        region=place.region,
        title=f"make trail {trail.name} deliver to log group {name}",
        why=reason,
        commands=chained(link_to_group(place, trail.arn, name, may_exist=group is not None)),
        controls=(control,),
        connection=place.connection,
        resource=trail.arn,
    )


def replace_log_group(place: Place, trail_arn: str, group: LogGroupId, log_class: str, control: str) -> ManualStep:
    """The group's class takes no metric filters."""
    return ManualStep(
        id=f"manual:{group.arn}:class",
        account_id=place.account_id,
        region=place.region,
        title=f"give the trail a log group of class STANDARD instead of {group.name}",
        why=f"log group {group.name} is of class {log_class}, which takes no metric filters and cannot be changed.",
        commands=chained(link_to_group(place, trail_arn, f"{group.name}-standard")),
        controls=(control,),
        connection=place.connection,
        resource=group.arn,
    )


def free_a_filter(place: Place, group: LogGroupId, control: str) -> ManualStep:
    """The group has as many filters as AWS allows. Which one may go, only its owner knows: the command only looks."""
    where = words("--region", place.region, "--log-group-name", group.name)
    shown = "'metricFilters[].[filterName,filterPattern]'"
    return ManualStep(
        id=f"manual:{group.arn}:quota",
        account_id=place.account_id,
        region=place.region,
        title=f"remove a metric filter of {group.name} that is not needed any more",
        why=f"log group {group.name} has {FILTERS_PER_GROUP} metric filters, the most that AWS allows on one group."
        " The command lists them.",
        commands=chained([f"aws logs describe-metric-filters {where} --query {shown} --output text"]),
        controls=(control,),
        connection=place.connection,
        resource=group.arn,
    )


def admit_to_key(place: Place, topic: Topic, key: KmsKey | None, control: str, reason: str) -> ManualStep:
    """The topic is encrypted with a customer key that keeps CloudWatch out.

    The chain is completed with a topic without a key; who must have it encrypted changes the key's policy instead.
    """
    key_words = words(
        "--region", place.region, "--key-id", topic.kms_master_key_id or "KEY", "--policy-name", "default"
    )
    policy = admitting_policy(key.policy if key else None, place)
    if policy is None:
        commands = [f"aws kms get-key-policy {key_words} --query Policy --output text"]
        advice = (
            " put-key-policy replaces the whole policy: add to what the command shows a statement that allows"
            " cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*, and put that back."
        )
    else:
        commands = [f"aws kms put-key-policy {key_words} --policy {shell_word(as_json(policy))}"]
        advice = " The command replaces the key's policy by what it is now and one statement more."
    return ManualStep(
        id=f"manual:{topic.topic_arn}:key",
        account_id=place.account_id,
        region=place.region,
        title=f"let CloudWatch use the key of topic {topic.topic_arn.rpartition(':')[2]}",
        why=f"{reason}{advice}",
        commands=chained(commands),
        controls=(control,),
        connection=place.connection,
        resource=topic.topic_arn,
        optional=True,
    )


def subscribe_elsewhere(place: Place, topic_arn: str, control: str, reason: str) -> ManualStep:
    """The chain ends at a topic of an account that is not connected."""
    command = words(
        "aws", "sns", "subscribe", "--region", place.region, "--topic-arn", topic_arn,
        "--protocol", "PROTOCOL", "--notification-endpoint", "ENDPOINT",
    )  # fmt: skip
    return ManualStep(
        id=f"manual:{topic_arn}:subscribe",
        account_id=place.account_id,
        region=place.region,
        title=f"subscribe somebody to topic {topic_arn} with credentials of account {place.account_id}",
        why=reason,
        commands=chained([command]),
        controls=(control,),
        resource=topic_arn,
    )
