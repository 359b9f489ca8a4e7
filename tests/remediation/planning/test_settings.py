from __future__ import annotations

import pytest

from checker.errors import UsageError
from remediation.planning.settings import (
    ControlSettings,
    Endpoint,
    Settings,
    endpoint_identity,
    mask_endpoint,
    parse_endpoints,
    parse_names,
    parse_tags,
)

ARN = "arn:aws:sns:us-east-1:123456789012:t"


@pytest.mark.parametrize(
    ("address", "protocol"),
    [
        ("security@example.com", "email"),
        ("https://example.com/hook", "https"),
        ("http://example.com/hook", "http"),
        ("+4930123456", "sms"),
        ("arn:aws:sqs:us-east-1:123456789012:q", "sqs"),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:f", "lambda"),
        ("arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/1", "application"),
    ],
)
def test_the_protocol_follows_from_the_address(address: str, protocol: str) -> None:
    assert parse_endpoints([address, address], None) == (Endpoint(protocol, address),)
    assert parse_endpoints([address], protocol) == (Endpoint(protocol, address),)


def test_mail_may_be_json() -> None:
    assert parse_endpoints(["a@b"], "email-json") == (Endpoint("email-json", "a@b"),)


@pytest.mark.parametrize(
    ("addresses", "protocol", "words"),
    [
        (["a@b"], "carrier-pigeon", "protocol 'carrier-pigeon'"),
        ([], "email", "without --endpoint"),
        (["a@b"], "https", "does not fit"),
        (["somebody"], None, "not an address"),
        (["https://"], None, "not an address"),
        (["arn:aws:firehose:us-east-1:123456789012:deliverystream/d"], None, "not an address"),
        (["arn:x"], None, "not an address"),
    ],
)
def test_impossible_endpoints_are_refused(addresses: list[str], protocol: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_endpoints(addresses, protocol)
    assert caught.value.hint


def test_a_token_is_masked_and_still_told_apart() -> None:
    address = "https://user:pw@hooks.example.com/services/T0/abcdefghijklmnopqrstuvwx?code=secret&x=1"
    shown = mask_endpoint(address)
    assert "abcdefghij" not in shown
    assert "secret" not in shown
    assert "pw" not in shown
    assert shown.startswith("https://")
    assert endpoint_identity("https", address) != endpoint_identity("https", f"{address}2")
    assert "secret" not in endpoint_identity("https", address)
    assert Endpoint("email", "a@b").identity == "email:a@b"


def test_refused_endpoints_do_not_give_their_token_away() -> None:
    with pytest.raises(UsageError) as caught:
        parse_endpoints(["https://hooks.example.com/abcdefghijklmnopqrstuvwx?code=secret"], "email")
    assert "abcdefgh" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_tags() -> None:
    assert parse_tags(["team=security", "cost = 1=2"]) == {"team": "security", "cost": "1=2"}
    settings = Settings(tags={"team": "security", "managed-by": "somebody"})
    assert settings.all_tags == (("managed-by", "alarmchain"), ("team", "security"))


@pytest.mark.parametrize("pairs", [["team"], ["=x"], ["a=1", "a=2"]])
def test_impossible_tags_are_refused(pairs: list[str]) -> None:
    with pytest.raises(UsageError, match="tag"):
        parse_tags(pairs)


def test_names_per_control() -> None:
    settings = Settings(
        metric_name="All", controls=parse_names(["root_usage.metric_name=Root", "root_usage.alarm_name=A"])
    )
    assert settings.for_control("root_usage") == ControlSettings(None, "Root", None, "A")
    assert settings.for_control("other") == ControlSettings(None, "All", None, None)


@pytest.mark.parametrize("text", ["root_usage=x", "root_usage.metric_name", "root_usage.colour=x", "a.metric_name= "])
def test_impossible_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        parse_names([text])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(topic_arn=ARN, topic_name="t"), "exclude"),
        (Settings(topic_arn="arn:aws:sqs:us-east-1:123456789012:q"), "not the ARN"),
        (Settings(topic_arn=ARN, reuse_topic=True), "`reuse_topic`"),
        (Settings(topic_name="t", reuse_topic=True), "`reuse_topic`"),
        (Settings(topic_name="a b"), "`topic_name`"),
        (Settings(name_prefix="a/b"), "`name_prefix`"),
        (Settings(metric_namespace="AWS/Logs"), "namespace"),
        (Settings(tags={"aws:x": "y"}), "tag"),
        (Settings(tags={"k" * 129: "y"}), "tag"),
        (Settings(tags={"": "y"}), "tag"),
        (Settings(controls={"other": ControlSettings()}), "not selected"),
    ],
)
def test_impossible_settings_are_refused(settings: Settings, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        settings.check(["root_usage"])
    assert caught.value.hint


def test_one_metric_is_for_one_control() -> None:
    with pytest.raises(UsageError, match="`metric_name`"):
        Settings(metric_name="m").check(["root_usage", "vpc_changes"])


def test_possible_settings_pass() -> None:
    Settings(reuse_topic=True, tags={"k": "y", "l" * 128: "y"}).check(["root_usage"])
    Settings(topic_arn=ARN, metric_namespace="Our/Name space", metric_name="m", name_prefix="").check(["root_usage"])
