"""The library's words in errors, as the command line's: `` `accounts` `` is ``--account``."""

from __future__ import annotations

import re

FLAGS = {
    "accounts": "--account",
    "connections": "--connection",
    "controls_dir": "--controls",
    "database": "--database",
    "journal": "--journal",
    "metric_name": "--metric-name",
    "name_prefix": "--name-prefix",
    "name_template": "--name-template",
    "profiles": "--profile",
    "role_name": "--role-name",
    "settings.controls": "--set",
    "topic_arn": "--topic-arn",
    "topic_name": "--topic-name",
    "waivers": "--waivers",
}
"""Arguments and fields of the Python API -> options. What is not named here is left as it is."""

_ARGUMENT = re.compile(r"`(?P<name>[a-z_.]+)(?:=(?P<value>[^`]*))?`")


def with_flags(text: str) -> str:
    """The text with every argument in backticks as an option: `` `database=embedded` `` is ``--database embedded``."""
    return _ARGUMENT.sub(_flag, text)


def _flag(argument: re.Match[str]) -> str:
    flag = FLAGS.get(argument["name"])
    if flag is None:
        return argument[0]
    return flag if argument["value"] is None else f"{flag} {argument['value']}"
