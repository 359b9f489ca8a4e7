"""One call: what its failure means, and that nothing but ``CallFailed`` comes out of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from checker.aws.call import Abandoned, CallFailed, Client, call, pages
from checker.aws.credentials import CredentialsFailed
from checker.aws.error_messages import Place
from checker.aws.kinds import kind_of
from checker.facts import FailureKind

REGION = "us-east-1"
PLACE = Place("audit", REGION, 'run "aws configure"')


class Raising:
    """A client of the SDK whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def put_metric_filter(self, **_: Any) -> Any:
        raise self._error

    def get_paginator(self, _: str) -> Any:
        raise self._error


def client_of(sdk: Any) -> Client:
    return Client(lambda: sdk, PLACE)


def failure(error: Exception) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        call(client_of(Raising(error)), "logs", "PutMetricFilter", {})
    return caught.value


def answer(code: str, status: int = 400, message: str = "no\n way") -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "RequestId": "id-1"}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "PutMetricFilter")


KINDS = [
    ("AccessDenied", 403, FailureKind.DENIED),
    ("AccessDeniedException", 400, FailureKind.DENIED),
    ("AuthorizationError", 403, FailureKind.DENIED),
    ("OptInRequired", 403, FailureKind.DENIED),
    ("SomethingForbidden", 403, FailureKind.DENIED),
    ("ExpiredToken", 403, FailureKind.CREDENTIALS),
    ("InvalidClientTokenId", 403, FailureKind.CREDENTIALS),
    ("SignatureDoesNotMatch", 403, FailureKind.CREDENTIALS),
    ("Throttling", 400, FailureKind.THROTTLED),
    ("ThrottlingException", 400, FailureKind.THROTTLED),
    ("OperationAbortedException", 400, FailureKind.THROTTLED),
    ("RequestLimitExceeded", 503, FailureKind.THROTTLED),
    ("Whatever", 429, FailureKind.THROTTLED),
    ("LimitExceeded", 400, FailureKind.QUOTA),
    ("LimitExceededException", 400, FailureKind.QUOTA),
    ("LimitExceededFault", 400, FailureKind.QUOTA),
    ("TopicLimitExceeded", 403, FailureKind.QUOTA),
    ("ServiceQuotaExceededException", 402, FailureKind.QUOTA),
    ("NotFound", 404, FailureKind.NOT_FOUND),
    ("NotFoundException", 400, FailureKind.NOT_FOUND),
    ("ResourceNotFound", 404, FailureKind.NOT_FOUND),
    ("ResourceNotFoundException", 400, FailureKind.NOT_FOUND),
    ("TrailNotFoundException", 400, FailureKind.NOT_FOUND),
    ("NoSuchEntity", 404, FailureKind.NOT_FOUND),
    ("InternalFailure", 500, FailureKind.AMBIGUOUS),
    ("ServiceUnavailable", 503, FailureKind.AMBIGUOUS),
    ("", 0, FailureKind.AMBIGUOUS),
    ("InvalidParameterException", 400, FailureKind.REFUSED),
]


@pytest.mark.parametrize(("code", "status", "kind"), KINDS)
def test_what_an_answer_means(code: str, status: int, kind: FailureKind) -> None:
    found = failure(answer(code, status))
    assert found.kind is kind
    assert (found.code, found.request_id) == (code or None, "id-1")
    assert (found.action, found.connection, found.region) == ("logs:PutMetricFilter", "audit", REGION)
    assert str(found) == f"logs:PutMetricFilter failed: {found.reason}"
    assert "\n" not in str(found)


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_has_a_case(kind: FailureKind) -> None:
    assert kind in {FailureKind.UNREACHABLE, *(found for _, _, found in KINDS)}


def test_a_code_without_a_status_counts_as_an_answer() -> None:
    assert kind_of("AccessDenied") is FailureKind.DENIED
    assert kind_of("InvalidParameter") is FailureKind.REFUSED


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (botocore.exceptions.EndpointConnectionError(endpoint_url="u"), FailureKind.UNREACHABLE),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="u"), FailureKind.UNREACHABLE),
        (botocore.exceptions.ProxyConnectionError(proxy_url="u"), FailureKind.UNREACHABLE),
        (botocore.exceptions.SSLError(endpoint_url="u", error=OSError("e")), FailureKind.UNREACHABLE),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="u"), FailureKind.AMBIGUOUS),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="u"), FailureKind.AMBIGUOUS),
        (ResponseParserError("not XML"), FailureKind.AMBIGUOUS),
        (botocore.exceptions.NoCredentialsError(), FailureKind.CREDENTIALS),
        (botocore.exceptions.ParamValidationError(report="r"), FailureKind.REFUSED),
        (botocore.exceptions.NoRegionError(), FailureKind.REFUSED),
    ],
)
def test_what_no_answer_means(error: Exception, kind: FailureKind) -> None:
    found = failure(error)
    assert found.kind is kind
    assert (found.code, found.request_id) == (None, None)


def errors_of_botocore() -> Iterator[Exception]:
    for _, kind in inspect.getmembers(botocore.exceptions, inspect.isclass):
        if issubclass(kind, botocore.exceptions.BotoCoreError):
            given: dict[str, Any] = dict.fromkeys(re.findall(r"\{(\w+)", kind.fmt), "value")
            yield kind(**given, **({"last_response": {}} if kind is botocore.exceptions.WaiterError else {}))


OTHERS: list[Exception] = [
    KeyError("k"),
    ValueError("v"),
    OSError(2, "No such file", "/x"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "r"),
    EOFError(),
    RuntimeError("r"),
]


def test_nothing_that_the_sdk_raises_gets_past() -> None:
    errors = [*errors_of_botocore(), *OTHERS]
    assert len(errors) > 50
    for error in errors:
        for raised in (error, CredentialsFailed(error)):
            found = failure(raised)
            assert found.reason
            assert "\n" not in str(found)


@pytest.mark.parametrize("error", [KeyError("k"), EOFError(), botocore.exceptions.InvalidConfigError(error_msg="e")])
def test_without_credentials_no_action_was_called(error: Exception) -> None:
    found = failure(CredentialsFailed(error))
    assert found.kind is FailureKind.CREDENTIALS
    assert found.before_any_call
    assert "PutMetricFilter" not in str(found)


def test_a_failed_call_for_credentials_is_named() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
    found = failure(CredentialsFailed(denied))
    assert (found.kind, found.action) == (FailureKind.DENIED, "sts:AssumeRole")
    assert not found.before_any_call
    told = ClientError({"Error": {"Code": "ForbiddenException", "Message": "no"}}, "GetRoleCredentials")
    assert failure(CredentialsFailed(told)).action == "sso:GetRoleCredentials"


def test_a_call_of_ours_for_credentials_tells_of_itself() -> None:
    inner = failure(answer("Throttling"))
    assert failure(CredentialsFailed(inner)) is inner


def test_what_nobody_waits_for_is_no_failure() -> None:
    with pytest.raises(Abandoned):
        call(client_of(Raising(Abandoned())), "logs", "PutMetricFilter", {})


def test_a_client_that_cannot_be_made_is_a_failure_of_the_call() -> None:
    def make() -> Any:
        raise botocore.exceptions.InvalidRegionError(region_name="us east")

    with pytest.raises(CallFailed) as caught:
        call(Client(make, Place("audit", "us east", "")), "logs", "PutMetricFilter", {})
    assert caught.value.action == "logs:PutMetricFilter"
    assert caught.value.reason == '"us east" is no name of a region: check --region and AWS_REGION'


def test_pages_are_translated_too() -> None:
    with pytest.raises(CallFailed) as caught:
        list(pages(client_of(Raising(answer("AccessDenied"))), "logs", "DescribeMetricFilters", {}))
    assert caught.value.action == "logs:DescribeMetricFilters"


def test_the_second_page_can_fail() -> None:
    def two() -> Iterator[dict[str, Any]]:
        yield {"metricFilters": []}
        raise answer("Throttling")

    class Listing:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **_: Any) -> Any:
            return two()

    found = pages(client_of(Listing()), "logs", "DescribeMetricFilters", {})
    assert next(found) == {"metricFilters": []}
    with pytest.raises(CallFailed) as caught:
        next(found)
    assert caught.value.kind is FailureKind.THROTTLED


def test_an_error_of_the_reader_of_pages_is_not_taken_for_one_of_aws() -> None:
    class Listing:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **_: Any) -> Any:
            return [{"metricFilters": []}]

    found = pages(client_of(Listing()), "logs", "DescribeMetricFilters", {})
    next(found)
    with pytest.raises(KeyError):
        found.throw(KeyError("bug"))  # type: ignore[attr-defined]


def test_boto3_knows_every_registered_operation() -> None:
    from checker.aws.operations import load_operations

    for operation in load_operations().values():
        make: Any = boto3.client
        client = make(operation.service, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
        assert operation.name in client.meta.service_model.operation_names
