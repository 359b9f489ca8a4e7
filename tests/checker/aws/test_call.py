"""The edge: which failure means what, and whose credentials are used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from checker.aws.access import AwsAccess
from checker.aws.call import CallFailed, call, pages
from checker.errors import AwsUnavailable
from checker.facts import FailureKind
from tests.emulator.client import EmulatedAws, Profiles

A, B = "123456789012", "210987654321"
REGION = "us-east-1"


class Raising:
    """A client whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def put_metric_filter(self, **_: Any) -> Any:
        raise self._error

    def get_paginator(self, _: str) -> Any:
        raise self._error


def failure(error: Exception) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        call(Raising(error), "logs", "PutMetricFilter", {})
    return caught.value


def answer(code: str, status: int = 400, message: str = "no\n way") -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "RequestId": "id-1"}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "PutMetricFilter")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, FailureKind.DENIED),
        ("AccessDeniedException", 400, FailureKind.DENIED),
        ("AuthorizationError", 403, FailureKind.DENIED),
        ("SomethingForbidden", 403, FailureKind.DENIED),
        ("ExpiredToken", 403, FailureKind.CREDENTIALS),
        ("InvalidClientTokenId", 403, FailureKind.CREDENTIALS),
        ("Throttling", 400, FailureKind.THROTTLED),
        ("ThrottlingException", 400, FailureKind.THROTTLED),
        ("OperationAbortedException", 400, FailureKind.THROTTLED),
        ("Whatever", 429, FailureKind.THROTTLED),
        ("LimitExceeded", 400, FailureKind.QUOTA),
        ("LimitExceededException", 400, FailureKind.QUOTA),
        ("TopicLimitExceeded", 403, FailureKind.QUOTA),
        ("NotFound", 404, FailureKind.NOT_FOUND),
        ("ResourceNotFoundException", 400, FailureKind.NOT_FOUND),
        ("InternalFailure", 500, FailureKind.AMBIGUOUS),
        ("ServiceUnavailable", 503, FailureKind.AMBIGUOUS),
        ("", 0, FailureKind.AMBIGUOUS),
        ("InvalidParameterException", 400, FailureKind.REFUSED),
    ],
)
def test_what_an_answer_means(code: str, status: int, kind: FailureKind) -> None:
    found = failure(answer(code, status))
    assert found.kind is kind
    assert found.request_id == "id-1"
    assert "\n" not in str(found)
    if kind is FailureKind.DENIED:
        assert "logs:PutMetricFilter is not allowed: no way" in str(found)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (botocore.exceptions.EndpointConnectionError(endpoint_url="u"), FailureKind.UNREACHABLE),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="u"), FailureKind.UNREACHABLE),
        (botocore.exceptions.SSLError(endpoint_url="u", error=OSError("e")), FailureKind.UNREACHABLE),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="u"), FailureKind.AMBIGUOUS),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="u"), FailureKind.AMBIGUOUS),
        (ResponseParserError("not XML"), FailureKind.AMBIGUOUS),
        (botocore.exceptions.NoCredentialsError(), FailureKind.CREDENTIALS),
        (botocore.exceptions.ParamValidationError(report="r"), FailureKind.REFUSED),
    ],
)
def test_what_no_answer_means(error: Exception, kind: FailureKind) -> None:
    assert failure(error).kind is kind


def test_nothing_that_botocore_raises_gets_past() -> None:
    classes = [
        kind
        for _, kind in inspect.getmembers(botocore.exceptions, inspect.isclass)
        if issubclass(kind, botocore.exceptions.BotoCoreError)
    ]
    assert len(classes) > 50
    for kind in classes:
        error = kind.__new__(kind)
        Exception.__init__(error, "text")
        assert isinstance(failure(error), CallFailed)


def test_pages_are_translated_too() -> None:
    with pytest.raises(CallFailed) as caught:
        list(pages(Raising(answer("AccessDenied")), "logs", "DescribeMetricFilters", {}))
    assert caught.value.action == "logs:DescribeMetricFilters"


# --- credentials --------------------------------------------------------------------------------------------------


def test_the_default_credentials_must_be_those_of_the_account(aws_environment: dict[str, str]) -> None:
    session = AwsAccess().open(A, region=REGION)
    assert session.identity.account_id == A
    with pytest.raises(AwsUnavailable, match=f"the default credentials belong to account {A}, not to {B}") as caught:
        AwsAccess().open(B, region=REGION)
    assert "--role-name" in caught.value.hint


def test_a_session_and_its_clients_are_made_once(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    access = AwsAccess()
    session = access.open(A, region=REGION)
    assert access.open(A, region="eu-west-1") is session
    assert session.reader("logs", REGION) is session.reader("logs", REGION)
    assert session.reader("logs", REGION) is not session.writer("logs", REGION)
    assert [entry["action"] for entry in emulator.calls()] == ["GetCallerIdentity"]


def test_a_role_is_assumed_in_each_account(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    access = AwsAccess(role_name="repair")
    assert access.open(B, region=REGION, connection="default").identity.account_id == B
    assert ":assumed-role/repair/" in access.open(A, region=REGION).identity.arn
    assert "AssumeRole" in [entry["action"] for entry in emulator.calls()]


def test_a_connection_names_its_profile(profiles: Callable[[Mapping[str, str]], Profiles]) -> None:
    profiles({"aws_a": A, "aws_b": B})
    assert AwsAccess().open(B, region=REGION, connection="aws_b").identity.account_id == B
    assert AwsAccess(profiles=["aws_a", "aws_b"]).open(B, region=REGION, connection="aws_b").identity.account_id == B
    assert AwsAccess(profiles=["aws_b"]).open(B, region=REGION, connection="prod").identity.account_id == B
    with pytest.raises(AwsUnavailable, match=f"profile aws_a belongs to account {A}"):
        AwsAccess(profiles=["aws_a"]).open(B, region=REGION, connection="prod")


def test_a_profile_that_does_not_exist_is_said_so(profiles: Callable[[Mapping[str, str]], Profiles]) -> None:
    profiles({"aws_a": A})
    with pytest.raises(AwsUnavailable, match="nowhere"):
        AwsAccess(profiles=["nowhere"]).open(A, region=REGION)


def test_no_credentials_at_all(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(AwsUnavailable, match="no usable credentials"):
        AwsAccess().open(A, region=REGION)


def test_a_role_that_may_not_be_assumed(aws_environment: dict[str, str], emulator: EmulatedAws) -> None:
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    with pytest.raises(AwsUnavailable, match="sts:AssumeRole is not allowed"):
        AwsAccess(role_name="repair", read_attempts=1).open(B, region=REGION)


def test_boto3_knows_every_registered_operation() -> None:
    from checker.aws.operations import load_operations

    for operation in load_operations().values():
        make: Any = boto3.client
        client = make(operation.service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        assert operation.name in client.meta.service_model.operation_names
