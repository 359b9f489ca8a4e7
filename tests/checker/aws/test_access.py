"""Whose credentials are used for an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checker.aws.access import AwsAccess
from checker.aws.call import CallFailed, call
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from tests.emulator.client import EmulatedAws, Profiles

A, B = "123456789012", "210987654321"
REGION = "us-east-1"
WriteProfiles = Callable[[Mapping[str, str]], Profiles]


def test_the_default_credentials_must_be_those_of_the_account(aws_environment: dict[str, str]) -> None:
    session = AwsAccess().open(A, region=REGION)
    assert session.identity.account_id == A
    with pytest.raises(AwsUnavailable, match=f"the default credentials belong to account {A}, not to {B}") as caught:
        AwsAccess().open(B, region=REGION)
    assert "`role_name=NAME`" in caught.value.hint


def test_a_session_and_its_clients_are_made_once(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    access = AwsAccess()
    session = access.open(A, region=REGION)
    assert access.open(A, region="eu-west-1") is session
    assert session.reader("logs", REGION).sdk() is session.reader("logs", REGION).sdk()
    assert session.reader("logs", REGION).sdk() is not session.writer("logs", REGION).sdk()
    assert [entry["action"] for entry in emulator.calls()] == ["GetCallerIdentity"]


def test_a_write_is_made_once_and_a_read_repeated(
    aws_environment: dict[str, str], emulator: EmulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    session = AwsAccess().open(A, region=REGION)
    emulator.clear_calls()
    emulator.set_faults([{"action": "ListTopics", "code": "Throttling"}])
    for client, tries in ((session.reader("sns", REGION), 2), (session.writer("sns", REGION), 1)):
        with pytest.raises(CallFailed) as caught:
            call(client, "sns", "ListTopics", {})
        assert caught.value.kind is FailureKind.THROTTLED
        assert len(emulator.calls()) == tries
        emulator.clear_calls()


def test_a_role_is_assumed_in_each_account(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    access = AwsAccess(role_name="repair")
    assert access.open(B, region=REGION, connection="default").identity.account_id == B
    assert ":assumed-role/repair/" in access.open(A, region=REGION).identity.arn
    assert [entry["action"] for entry in emulator.calls()].count("AssumeRole") == 2


def test_a_connection_names_its_profile(profiles: WriteProfiles) -> None:
    profiles({"aws_a": A, "aws_b": B})
    assert AwsAccess().open(B, region=REGION, connection="aws_b").identity.account_id == B
    assert AwsAccess(profiles=["aws_a", "aws_b"]).open(B, region=REGION, connection="aws_b").identity.account_id == B
    assert AwsAccess(profiles=["aws_b"]).open(B, region=REGION, connection="prod").identity.account_id == B
    with pytest.raises(AwsUnavailable, match=f"profile aws_a belongs to account {A}"):
        AwsAccess(profiles=["aws_a"]).open(B, region=REGION, connection="prod")


def test_a_profile_that_does_not_exist_is_said_so(profiles: WriteProfiles) -> None:
    profiles({"aws_a": A})
    with pytest.raises(AwsUnavailable, match='profile "nowhere" is not in the AWS configuration files'):
        AwsAccess(profiles=["nowhere"]).open(A, region=REGION)


def test_no_credentials_at_all(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsUnavailable) as caught:
        AwsAccess().open(A, region=REGION)
    assert str(caught.value) == (
        f'account {A} cannot be entered: no AWS credentials found for profile "default": '
        'run "aws configure", or choose one with --profile'
    )


def test_a_role_that_may_not_be_assumed(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    with pytest.raises(AwsUnavailable, match="sts:AssumeRole failed: AccessDenied: not authorized"):
        AwsAccess(role_name="repair").open(B, region=REGION)


def test_a_role_whose_credentials_end_is_assumed_again(
    aws_environment: dict[str, str], emulator: EmulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.credentials import RefreshableCredentials

    # What STS gives lasts for an hour: here that is too short for anything.
    monkeypatch.setattr(RefreshableCredentials, "_advisory_refresh_timeout", 7200)
    session = AwsAccess(role_name="repair").open(B, region=REGION)
    emulator.clear_calls()
    call(session.reader("sns", REGION), "sns", "ListTopics", {})
    assert [entry["action"] for entry in emulator.calls()] == ["AssumeRole", "ListTopics"]
    monkeypatch.setattr(RefreshableCredentials, "_mandatory_refresh_timeout", 7200)
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    with pytest.raises(CallFailed) as caught:
        call(session.reader("sns", REGION), "sns", "ListTopics", {})
    assert (caught.value.action, caught.value.kind) == ("sts:AssumeRole", FailureKind.DENIED)
