"""Amazon Resource Names, taken apart."""

from __future__ import annotations

import pytest

from checker.arns import Arn, first_region_of, parse_arn, parse_log_group_arn

GROUP = "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/a/b"


def test_the_resource_keeps_its_colons() -> None:
    text = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a:b:c"
    assert parse_arn(text) == Arn("aws", "cloudwatch", "us-east-1", "123456789012", "alarm:a:b:c")
    assert str(parse_arn(text)) == text


@pytest.mark.parametrize(
    "text", [None, "", "x", "arn:aws:s3", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3:::", "a:b:c:d:e:f"]
)
def test_not_an_arn(text: str | None) -> None:
    assert parse_arn(text) is None


def test_an_arn_without_region_and_account() -> None:
    assert parse_arn("arn:aws:s3:::bucket") == Arn("aws", "s3", "", "", "bucket")


@pytest.mark.parametrize("text", [GROUP, f"{GROUP}:*"])
def test_a_log_group(text: str) -> None:
    group = parse_log_group_arn(text)
    assert group is not None
    assert (group.account_id, group.region, group.name, group.partition) == (
        "123456789012",
        "us-gov-west-1",
        "/a/b",
        "aws-us-gov",
    )
    assert group.arn == GROUP


@pytest.mark.parametrize(
    "text", [None, "ct", GROUP.replace("logs", "s3"), GROUP.replace("log-group:", "x:"), GROUP[:-4] + ":*"]
)
def test_not_a_log_group(text: str | None) -> None:
    assert parse_log_group_arn(text) is None


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        (None, "us-east-1"),
        ("aws", "us-east-1"),
        ("aws-cn", "cn-north-1"),
        ("aws-us-gov", "us-gov-west-1"),
        ("aws-iso", "us-iso-east-1"),
        ("aws-iso-b", "us-isob-east-1"),
        ("aws-iso-e", "eu-isoe-west-1"),
        ("aws-iso-f", "us-isof-south-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-new", "us-east-1"),
    ],
)
def test_where_to_look_first(partition: str | None, region: str) -> None:
    assert first_region_of(partition) == region
