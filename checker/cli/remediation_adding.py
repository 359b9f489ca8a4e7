"""The options of ``alarmchain remediate`` that say what is added, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from checker.cli.remediation_options import REPAIRING
from remediation.planning.settings import DEFAULT_PREFIX

if TYPE_CHECKING:
    from remediation.planning.settings import Settings


@dataclass(frozen=True)
class Adding:
    """What is added, and who is told."""

    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", metavar="ADDRESS", help="Whom to tell (repeatable).", rich_help_panel=REPAIRING),
    ] = None
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            metavar="NAME",
            help="SNS protocol of the endpoints [default: follows from each address].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    topic_name: Annotated[
        str | None,
        typer.Option("--topic-name", metavar="NAME", help="Use or add this topic.", rich_help_panel=REPAIRING),
    ] = None
    topic_arn: Annotated[
        str | None,
        typer.Option("--topic-arn", metavar="ARN", help="Use this topic that exists.", rich_help_panel=REPAIRING),
    ] = None
    reuse_topic: Annotated[
        bool,
        typer.Option(
            "--reuse-topic",
            help="Let the endpoints join a topic that a person hears already.",
            rich_help_panel=REPAIRING,
        ),
    ] = False
    metric_namespace: Annotated[
        str | None,
        typer.Option(
            "--metric-namespace",
            metavar="NAME",
            help="Namespace of new metrics [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    metric_name: Annotated[
        str | None,
        typer.Option(
            "--metric-name",
            metavar="NAME",
            help="Name of the new metric, for one control [default: the benchmark's].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    name_prefix: Annotated[
        str,
        typer.Option(
            "--name-prefix", metavar="TEXT", help="Marks new filters, alarms and topics.", rich_help_panel=REPAIRING
        ),
    ] = DEFAULT_PREFIX
    name_template: Annotated[
        str | None,
        typer.Option(
            "--name-template",
            metavar="TEXT",
            help="Names of new filters, alarms and topics, such as '{prefix}{control}-{kind}'; also {control_id}, "
            "{benchmark}, {account}, {region} [default: the benchmark's names].",
            show_default=False,
            rich_help_panel=REPAIRING,
        ),
    ] = None
    set_name: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CONTROL.NAME=VALUE",
            help="metric_namespace, metric_name, filter_name or alarm_name of one control (repeatable).",
            rich_help_panel=REPAIRING,
        ),
    ] = None

    def settings(self, object_tags: tuple[str, ...]) -> Settings:
        """The settings of a plan. Raises ``UsageError`` for an address, a name or a tag that is not possible."""
        from remediation.planning.settings import Settings, parse_endpoints, parse_names, parse_tags

        return Settings(
            endpoints=parse_endpoints(self.endpoint or (), self.protocol),
            topic_name=self.topic_name,
            topic_arn=self.topic_arn,
            reuse_topic=self.reuse_topic,
            metric_namespace=self.metric_namespace,
            metric_name=self.metric_name,
            name_prefix=self.name_prefix,
            name_template=self.name_template,
            tags=parse_tags(object_tags),
            controls=parse_names(self.set_name or ()),
        )
