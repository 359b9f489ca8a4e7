"""Commands to type: a name from an account is one word of the shell, whatever is in it."""

from __future__ import annotations

import subprocess

import pytest

from checker.chain.commands import aws, free_name, name_beside, typed


@pytest.mark.parametrize(
    "name", ["plain", "a b", "a'b", "`id`", "$(id)", "a\nb", "\x1b[2J", "\\", "x` `aws iam", "`'\\`", "ä"]
)
def test_a_shell_reads_the_name_as_it_is(name: str) -> None:
    shown = typed("printf", "%s", name)
    assert shown.isprintable()
    assert shown.count("`") == 2
    output = subprocess.run(["bash", "-c", shown.strip("`")], check=True, capture_output=True).stdout
    assert output.decode() == name


def test_options() -> None:
    shown = aws("sns", "subscribe", topic_arn="t", alarm_actions=["a", "b"], dry_run=True, region="us-east-1")
    assert shown == "`aws sns subscribe --topic-arn t --alarm-actions a b --dry-run --region us-east-1`"
    assert aws("sns", "list-topics") == "`aws sns list-topics`"


def test_a_name_that_is_taken_is_not_proposed() -> None:
    assert free_name("a", []) == "a"
    assert free_name("a", ["a", "a-2", "b"]) == "a-3"


def test_the_name_of_an_object_beside_another_is_taken_by_the_same_object_only() -> None:
    assert name_beside("a", "x", "y").startswith("a-")
    assert name_beside("a", "x", "y") == name_beside("a", "x", "y")
    assert len({name_beside("a", "x", "y"), name_beside("a", "xy"), name_beside("a", "y", "x"), "a"}) == 4
