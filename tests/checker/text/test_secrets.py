"""Nothing secret survives in a printed value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.text.secrets import MASK, mask_answer, mask_secrets


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("steampipe", "steampipe"),
        (
            "postgresql://steampipe:s3cret@127.0.0.1:9193/steampipe",
            "postgresql://steampipe:***@127.0.0.1:9193/steampipe",
        ),
        ("postgresql://steampipe:p@ss:w/rd#1%?@127.0.0.1/db", "postgresql://steampipe:***@127.0.0.1/db"),
        ("postgresql://steampipe@host/db", "postgresql://steampipe@host/db"),
        ("postgres://host/db?password=s3cret&sslmode=require", "postgres://host/db?password=***&sslmode=require"),
        ("host=h user=u password=s3cret dbname=d", "host=h user=u password=*** dbname=d"),
        (r"host=h password='a \' b' dbname=d", "host=h password=*** dbname=d"),
        ("https://hooks.slack.com/services/T0/B0/abcdefghijklmnop1234", "https://hooks.slack.com/services/T0/B0/***"),
        ("https://s3cret@example.com/x", "https://***@example.com/x"),
        ("https://example.com/hook?token=s3cret&a=b", "https://example.com/hook?token=***&a=b"),
        ("http://localhost:4566", "http://localhost:4566"),
        ("slack://s3cret/a/b", "slack://***"),
        ("mailtos://u:s3cret@example.com", "mailtos://***"),
    ],
)
def test_masked(value: str, shown: str) -> None:
    assert mask_secrets(value) == shown


@pytest.mark.parametrize("name", ["password", "api-key", "slack_token", "Client-Secret", "passphrase"])
def test_a_secret_name_hides_everything(name: str) -> None:
    assert mask_secrets("anything", name=name) == MASK


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc", "Cs"]), min_size=6, max_size=20))
def test_no_password_of_a_url_is_ever_shown(password: str) -> None:
    secret = f"Q{password}Z"
    assert secret not in mask_secrets(f"postgresql://user:{secret}@host:1/db")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Email address: security@example.com", "Email address: s***@example.com"),
        ("Invalid parameter: +4917012345678", "Invalid parameter: +49***"),
        ("see https://hooks.slack.com/services/T0/B0/abcdefghijklmnop1234 now", None),
        ("x-amz-security-token:SECRETTOKEN1", "x-amz-security-token:***"),
        ('{"SessionToken": "a b", "x": 1}', '{"SessionToken": ***, "x": 1}'),
        ("aws_secret_access_key=abc/def+1", "aws_secret_access_key=***"),
        ("key ASIAIOSFODNN7EXAMPLE", "key ***"),
        ("role AROAIOSFODNN7EXAMPLE:x", "role ***:x"),
        ("FwoGZXIvYXdzEBYaDHqa0AP1rFJZpX7cSCKCAQ0lVXs5Q1y", "***"),
        ("x " + "FwoGZX/vYXdz+BYaDHqa0" * 5 + "== y", "x *** y"),
        ("The security token included in the request is expired", None),
        ("not authorized to perform: secretsmanager:GetSecretValue", None),
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/jane", None),
        ("arn:aws:iam::123:role/OrganizationAccountAccessRole/Session123ABCdefghij is bad", None),
        ("arn:aws:sns:us-east-1:123456789012:alarmchain:5be8f5b7-6a67-4b35-8b3a-2f4ae2d3c1aa", None),
        ('{ $.userIdentity.type = "Root" }', None),
    ],
)
def test_what_aws_says_is_masked(said: str, shown: str | None) -> None:
    expected = said.replace("abcdefghijklmnop1234", MASK) if shown is None else shown
    assert mask_answer(said) == expected


@given(st.text(max_size=300))
def test_masking_what_aws_says_twice_changes_nothing(said: str) -> None:
    once = mask_answer(said)
    assert mask_answer(once) == once
