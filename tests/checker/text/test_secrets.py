"""Nothing secret survives in a printed value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.text.secrets import MASK, mask_secrets


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
