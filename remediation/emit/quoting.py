"""How values stand in emitted code. Pure: each kind of code has its own quoting, and no template quotes by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from checker.text.json_text import json_line
from checker.text.printable import printable


def yaml_scalar(value: Any) -> str:
    """The value as JSON, which is YAML too: quotes, ampersands and braces need no further thought."""
    return json_line(value)


def hcl(value: Any) -> str:
    """The value as an HCL expression. In strings ``${`` and ``%{`` begin templates and are doubled."""
    if value is None:
        return "null"
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


def in_any_account(value: Any, account_id: str) -> Any:
    """The value with the account as CloudFormation's pseudo parameter, wherever a text holds it.

    Source: CloudFormation user guide, "Fn::Sub" (``${!`` stands for ``${``) and "Pseudo parameters reference".
    """
    if isinstance(value, str):
        if account_id not in value:
            return value
        return {"Fn::Sub": value.replace("${", "${!").replace(account_id, "${AWS::AccountId}")}
    if isinstance(value, Mapping):
        return {key: in_any_account(entry, account_id) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [in_any_account(entry, account_id) for entry in value]
    return value
