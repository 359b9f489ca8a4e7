"""The edge to AWS: credentials for an account, clients, one call, and what its failure means.

Calls that change something are made once and never repeated blindly by the SDK: after a lost answer the caller looks
first whether the object is there (a repeated ``Subscribe`` would send its mail again). Reads use botocore's adaptive
retries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from checker.errors import AwsUnavailable
from remediation.operations import iam_action

if TYPE_CHECKING:
    import boto3

SESSION_NAME = "alarmchain"
CONNECT_SECONDS = 10
READ_SECONDS = 30
READ_ATTEMPTS = 5


class FailureKind(StrEnum):
    """What a failed call means for what to do next."""

    DENIED = "denied"
    CREDENTIALS = "credentials"
    THROTTLED = "throttled"
    """Refused for now, surely without effect: worth repeating."""
    UNREACHABLE = "unreachable"
    """The request did not leave or did not arrive: worth repeating."""
    AMBIGUOUS = "ambiguous"
    """No answer, or an error on AWS's side: it may have taken effect."""
    QUOTA = "quota"
    NOT_FOUND = "not found"
    REFUSED = "refused"


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

    with _translated(service, operation):
        data = getattr(client, xform_name(operation))(**arguments)
    metadata = data.get("ResponseMetadata") or {}
    return Response({key: value for key, value in data.items() if key != "ResponseMetadata"}, metadata.get("RequestId"))


def pages(client: Any, service: str, operation: str, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The pages of a list call. Raises ``CallFailed``."""
    from botocore import xform_name

    with _translated(service, operation):
        yield from client.get_paginator(xform_name(operation)).paginate(**arguments)


@contextmanager
def _translated(service: str, operation: str) -> Iterator[None]:
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


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials they are."""

    account_id: str
    arn: str


class AccountSession:
    """Clients of one account, one per service, region and purpose."""

    def __init__(
        self, session: boto3.Session, identity: Identity, *, endpoint_url: str | None, read_attempts: int
    ) -> None:
        self.identity = identity
        self._session = session
        self._endpoint_url = endpoint_url
        self._read_attempts = read_attempts
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def reader(self, service: str, region: str) -> Any:
        """A client for calls that change nothing; it repeats what failed."""
        return self._client(service, region, writes=False)

    def writer(self, service: str, region: str) -> Any:
        """A client for calls that change something; it makes each call once."""
        return self._client(service, region, writes=True)

    def _client(self, service: str, region: str, *, writes: bool) -> Any:
        key = (service, region, writes)
        if key not in self._clients:
            self._clients[key] = _new_client(
                self._session,
                service,
                region,
                attempts=1 if writes else self._read_attempts,
                endpoint_url=self._endpoint_url,
            )
        return self._clients[key]


class AwsAccess:
    """Finds credentials for each account.

    With ``role_name``: that role in the account, assumed by the base session (``profile``, else the default
    credentials). Else, in this order: the account's connection when a profile has its name, ``profile``, the default
    credentials. They must belong to the account, or nothing is done in it.
    """

    def __init__(
        self,
        *,
        profiles: Sequence[str] = (),
        role_name: str | None = None,
        endpoint_url: str | None = None,
        read_attempts: int = READ_ATTEMPTS,
    ) -> None:
        self._profiles = tuple(profiles)
        self._role_name = role_name
        self._endpoint_url = endpoint_url
        self._read_attempts = read_attempts
        self._open: dict[str, AccountSession] = {}

    def open(
        self, account_id: str, *, region: str, partition: str = "aws", connection: str | None = None
    ) -> AccountSession:
        """A session of exactly this account. Raises ``AwsUnavailable``."""
        if account_id not in self._open:
            self._open[account_id] = self._enter(account_id, region, partition, connection)
        return self._open[account_id]

    def _enter(self, account_id: str, region: str, partition: str, connection: str | None) -> AccountSession:
        profile = self._profile_for(connection)
        try:
            session = self._session(profile, region)
            if self._role_name:
                session = self._assume(session, f"arn:{partition}:iam::{account_id}:role/{self._role_name}", region)
            client = _new_client(session, "sts", region, attempts=self._read_attempts, endpoint_url=self._endpoint_url)
            answer = call(client, "sts", "GetCallerIdentity", {}).data
        except CallFailed as error:
            raise AwsUnavailable(
                f"account {account_id} cannot be entered: {error}",
                hint="give working credentials with --profile NAME, or --role-name NAME for a role in each account",
            ) from error
        identity = Identity(str(answer["Account"]), str(answer["Arn"]))
        if identity.account_id != account_id:
            source = f"profile {profile}" if profile else "the default credentials"
            raise AwsUnavailable(
                f"{source} belong{'s' if profile else ''} to account {identity.account_id}, not to {account_id}",
                hint="give a profile of that account with --profile, or --role-name NAME for a role in each account",
            )
        return AccountSession(session, identity, endpoint_url=self._endpoint_url, read_attempts=self._read_attempts)

    def _profile_for(self, connection: str | None) -> str | None:
        if self._role_name is None and connection and connection != "default":
            import boto3

            if connection in self._profiles or (
                not self._profiles and connection in boto3.Session().available_profiles
            ):
                return connection
        return self._profiles[0] if self._profiles else None

    def _session(self, profile: str | None, region: str) -> boto3.Session:
        import boto3

        with _translated("sts", "GetCallerIdentity"):
            return boto3.Session(profile_name=profile, region_name=region)

    def _assume(self, base: boto3.Session, role_arn: str, region: str) -> boto3.Session:
        import boto3

        client = _new_client(base, "sts", region, attempts=self._read_attempts, endpoint_url=self._endpoint_url)
        answer = call(client, "sts", "AssumeRole", {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME})
        credentials = answer.data["Credentials"]
        return boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=region,
        )


def _new_client(session: boto3.Session, service: str, region: str, *, attempts: int, endpoint_url: str | None) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        # Writes are repeated by their caller; adaptive mode would make it wait here a second time.
        retries={"mode": "adaptive" if attempts > 1 else "standard", "total_max_attempts": attempts},
        user_agent_extra="alarmchain",
    )
    factory: Any = session.client  # the stubs have an overload per service, and the service varies here
    with _translated("sts", "GetCallerIdentity"):
        return factory(service, region_name=region, endpoint_url=endpoint_url, config=config)
