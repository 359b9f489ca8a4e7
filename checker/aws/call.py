"""One call to AWS, and what its failure means for what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checker.aws.operations import iam_action
from checker.facts import FailureKind


@dataclass(frozen=True, slots=True)
class Response:
    """A successful call's answer, without its metadata, and its request id."""

    data: Mapping[str, Any]
    request_id: str | None


class CallFailed(Exception):
    """One call failed. ``str`` is one line: what was refused, why, and what would help."""

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        action: str,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.action = action
        self.code = code
        self.request_id = request_id


_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDenied",
    "NotAuthorized",
    "OptInRequired",
    "UnauthorizedOperation",
}
_CREDENTIALS = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "ConcurrentAccess",
    "ConcurrentAccessException",
    "OperationAborted",
    "OperationAbortedException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_QUOTA = ("LimitExceeded", "QuotaExceeded", "LimitExceededFault")
_NOT_FOUND = {"NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"}


def call(client: Any, service: str, operation: str, arguments: Mapping[str, Any]) -> Response:
    """One call. Raises ``CallFailed``, and nothing else for whatever botocore raises."""
    from botocore import xform_name

    with translated(service, operation):
        data = getattr(client, xform_name(operation))(**arguments)
    metadata = data.get("ResponseMetadata") or {}
    return Response({key: value for key, value in data.items() if key != "ResponseMetadata"}, metadata.get("RequestId"))


def pages(client: Any, service: str, operation: str, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The pages of a list call. Raises ``CallFailed``."""
    from botocore import xform_name

    with translated(service, operation):
        yield from client.get_paginator(xform_name(operation)).paginate(**arguments)


@contextmanager
def translated(service: str, operation: str) -> Iterator[None]:
    """Turns whatever botocore raises in the block into ``CallFailed`` of this call."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise _of_answer(error, iam_action(service, operation)) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise _of_transport(error, iam_action(service, operation)) from error


def _of_answer(error: Any, action: str) -> CallFailed:
    detail = error.response.get("Error") or {}
    metadata = error.response.get("ResponseMetadata") or {}
    code, status = str(detail.get("Code") or ""), int(metadata.get("HTTPStatusCode") or 0)
    kind = _kind(code, status)
    message = " ".join(str(detail.get("Message") or code or f"HTTP {status}").split())
    text = {
        FailureKind.DENIED: f"{action} is not allowed: {message}",
        FailureKind.CREDENTIALS: f"the credentials are not accepted ({code}): {message}",
        FailureKind.THROTTLED: f"{action} is throttled ({code}): {message}",
        FailureKind.QUOTA: f"{action} hits a quota ({code}): {message}",
        FailureKind.AMBIGUOUS: f"{action} failed on AWS's side ({code or status}): {message}",
    }.get(kind, f"{action} is refused ({code or status}): {message}")
    return CallFailed(kind, text, action=action, code=code or None, request_id=metadata.get("RequestId"))


def _kind(code: str, status: int) -> FailureKind:
    if code in _THROTTLED or status == 429:
        return FailureKind.THROTTLED
    if code in _DENIED:
        return FailureKind.DENIED
    if code in _CREDENTIALS:
        return FailureKind.CREDENTIALS
    if code in _NOT_FOUND:
        return FailureKind.NOT_FOUND
    if any(part in code for part in _QUOTA):
        return FailureKind.QUOTA
    if status >= 500 or status == 0:
        return FailureKind.AMBIGUOUS
    return FailureKind.DENIED if status == 403 else FailureKind.REFUSED


def _of_transport(error: Exception, action: str) -> CallFailed:
    from botocore import exceptions as raised

    text = " ".join(str(error).split())
    before_leaving = (
        raised.EndpointConnectionError,
        raised.ConnectTimeoutError,
        raised.ProxyConnectionError,
        raised.SSLError,
    )
    if isinstance(error, before_leaving):
        return CallFailed(FailureKind.UNREACHABLE, f"{action} could not be sent: {text}", action=action)
    if isinstance(error, _credential_errors()):
        return CallFailed(FailureKind.CREDENTIALS, f"no usable credentials: {text}", action=action)
    if isinstance(error, raised.HTTPClientError) or not isinstance(error, raised.BotoCoreError):
        return CallFailed(FailureKind.AMBIGUOUS, f"{action} got no answer: {text}", action=action)
    return CallFailed(FailureKind.REFUSED, f"{action} could not be made: {text}", action=action)


_CREDENTIAL_ERRORS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "SSOError",
    "TokenRetrievalError",
    "LoginError",
    "MetadataRetrievalError",
)


def _credential_errors() -> tuple[type[Exception], ...]:
    """By name, because not every version of botocore has all of them."""
    from botocore import exceptions as raised

    return tuple(kind for name in _CREDENTIAL_ERRORS if (kind := getattr(raised, name, None)) is not None)
