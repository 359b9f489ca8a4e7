"""The one translation of what a call to AWS raises: its kind, and a sentence for a person.

The sentence holds AWS's own words, but on one line, printable, without request ids, and masked: AWS repeats end points
(e-mail addresses, web hooks), key ids and, when a signature does not match, the signed request with its session token.
What a ``credential_process`` prints is never repeated: it may be the credentials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from checker.aws.credentials import CodeNeeded, CredentialsFailed, ProcessGaveUp
from checker.aws.kinds import EXPIRED, REJECTED, SIGNATURE, kind_of
from checker.aws.partitions import is_known
from checker.facts import FailureKind
from checker.text.printable import printable
from checker.text.secrets import mask_answer

_LIMIT = 400
_REQUEST_ID = re.compile(r"[;,(]?\s*\bRequest ?ID:\s*[\w-]+\)?", re.IGNORECASE)
_ENCODED = re.compile(r"\.?\s*Encoded authorization failure message:.*", re.IGNORECASE | re.DOTALL)
_NESTED_SERVICES = {"GetRoleCredentials": "sso", "CreateToken": "sso-oauth", "CreateOAuth2Token": "signin"}
"""Operations that are called for credentials, and their services; all others belong to STS."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose credentials are used, and where. ``renewal``: what to type when they are missing or have expired."""

    connection: str
    region: str
    renewal: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a failure comes to. ``operation`` names another operation than the one that was asked for."""

    kind: FailureKind
    reason: str
    code: str | None = None
    request_id: str | None = None
    operation: str | None = None


def tell(error: Exception, place: Place, service: str) -> Told:
    """The translation. ``service`` is the one that was called (``logs``)."""
    from botocore import exceptions as raised

    if isinstance(error, CredentialsFailed):
        return _of_credentials(error.cause, place)
    if isinstance(error, raised.ClientError):
        return _of_answer(error, place)
    if (told := _of_transport(error, place, service)) is not None:
        return told
    if isinstance(error, _named("NoCredentialsError", *_CREDENTIAL_ERRORS)):
        return _of_credentials(error, place)
    if isinstance(error, raised.NoRegionError):
        return Told(FailureKind.REFUSED, "no AWS region is set: name one with --region, or in AWS_REGION")
    if isinstance(error, raised.InvalidRegionError):
        name = printable(place.region)
        return Told(FailureKind.REFUSED, f'"{name}" is no name of a region: check --region and AWS_REGION')
    if isinstance(error, raised.BotoCoreError):
        return Told(FailureKind.REFUSED, tidy(str(error)))
    # Proxies, certificates, end points and settings of the environment can be wrong in more ways than botocore names.
    return Told(FailureKind.REFUSED, tidy(f"the call could not be made ({type(error).__name__}: {error})"))


def tidy(text: str) -> str:
    """AWS's words: one printable line of at most 400 characters, masked, without request ids and encoded messages."""
    # What follows the first page is cut anyway, and need not be searched for secrets.
    text = _REQUEST_ID.sub("", _ENCODED.sub("", text[: 8 * _LIMIT]))
    text = printable(mask_answer(" ".join(text.split())))
    return text if len(text) <= _LIMIT else text[: _LIMIT - 3] + "..."


def _of_answer(error: Any, place: Place) -> Told:
    """AWS answered, and refused."""
    detail = error.response.get("Error") or {}
    metadata = error.response.get("ResponseMetadata") or {}
    code, status = str(detail.get("Code") or ""), int(metadata.get("HTTPStatusCode") or 0)
    kind = kind_of(code, status)
    name = tidy(code or f"HTTP {status}")
    said = "" if code in SIGNATURE else tidy(str(detail.get("Message") or ""))
    words = f"{name}: {said}" if said else name
    whose = f'profile "{printable(place.connection)}"'
    if code in SIGNATURE:
        words = f"{name}: AWS does not accept the signature of {whose} (wrong secret key, or a wrong clock)"
    elif code in EXPIRED:
        words = f"the credentials of {whose} have expired ({words}): {place.renewal}"
    elif code in REJECTED:
        words = f"AWS does not accept the credentials of {whose} in {place.region} ({words}): {place.renewal}"
    return Told(kind, words, code or None, metadata.get("RequestId"))


def _of_transport(error: Exception, place: Place, service: str) -> Told | None:
    """No answer. The texts hold the address, and a proxy's address can hold a password: they are left out."""
    from botocore import exceptions as raised
    from botocore.parsers import ResponseParserError

    before_leaving = (
        raised.EndpointConnectionError,
        raised.ConnectTimeoutError,
        raised.ProxyConnectionError,
        raised.SSLError,
    )
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
    reason = f"no answer from {service} in {place.region} ({words})"
    if isinstance(error, before_leaving):
        misspelt = "" if is_known(place.region) else "; no region of that name is known: is it misspelt?"
        return Told(FailureKind.UNREACHABLE, reason + misspelt)
    if isinstance(error, raised.HTTPClientError | ResponseParserError):
        return Told(FailureKind.AMBIGUOUS, reason)
    return None


def _of_credentials(cause: Exception, place: Place) -> Told:
    """No credentials could be had: nothing was asked in the account."""
    from botocore import exceptions as raised

    if isinstance(cause, raised.ClientError):
        told = _of_answer(cause, place)
        service = _NESTED_SERVICES.get(cause.operation_name, "sts")
        return Told(told.kind, told.reason, told.code, told.request_id, f"{service}:{cause.operation_name}")
    if (unanswered := _of_transport(cause, place, "the service that gives credentials")) is not None:
        return unanswered
    whose = f'profile "{printable(place.connection)}"'
    if isinstance(cause, raised.ProfileNotFound):
        shown = '("aws configure list-profiles" shows those that are)'
        return _no_credentials(f"{whose} is not in the AWS configuration files {shown}: {place.renewal}")
    if isinstance(cause, raised.NoCredentialsError | raised.PartialCredentialsError):
        return _no_credentials(f"no AWS credentials found for {whose}: {place.renewal}, or choose one with --profile")
    if isinstance(cause, _named(*_SIGN_IN_ERRORS)):
        return _no_credentials(f"the sign-in of {whose} has expired or is missing: {place.renewal}")
    if isinstance(cause, raised.ConfigParseError):
        return _no_credentials(_unparsable(cause))
    why = _why_none(cause)
    because = f" ({why})" if why else ""
    return _no_credentials(f"the credentials of {whose} could not be obtained{because}: {place.renewal}")


def _no_credentials(reason: str) -> Told:
    return Told(FailureKind.CREDENTIALS, reason)


def _why_none(cause: Exception) -> str:
    """What is known to hold no secret: our own words, names of files, and what botocore says of the configuration."""
    from botocore import exceptions as raised

    if isinstance(cause, CodeNeeded | ProcessGaveUp | raised.InvalidConfigError):
        return tidy(str(cause).rstrip("."))
    if isinstance(cause, raised.RefreshWithMFAUnsupportedError):
        return "the session that began with an MFA code has ended"
    if isinstance(cause, OSError) and cause.strerror:
        name = f"{printable(str(cause.filename))}: " if cause.filename else ""
        return f"{name}{cause.strerror.lower()}"
    if isinstance(cause, raised.BotoCoreError):
        return ""
    if isinstance(cause, ValueError | AttributeError | TypeError | KeyError):
        return "what was given for them is not what AWS asks for"
    return type(cause).__name__


def _unparsable(error: Any) -> str:
    """The file and, where Python's parser tells it, the line; not the line's text, which may be a secret."""
    parsed = error.kwargs.get("error")
    lines = [number for number, _ in getattr(parsed, "errors", [])] or [getattr(parsed, "lineno", None)]
    line = f":{lines[0]}" if lines[0] else ""
    return f"{printable(str(error.kwargs.get('path')))}{line}: the AWS configuration file cannot be parsed: correct it"


_SIGN_IN_ERRORS = ("SSOError", "TokenRetrievalError", "NoAuthTokenError", "LoginError")
_CREDENTIAL_ERRORS = (
    *_SIGN_IN_ERRORS,
    "ConfigParseError",
    "CredentialRetrievalError",
    "InvalidConfigError",
    "MetadataRetrievalError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "RefreshWithMFAUnsupportedError",
    "UnknownCredentialError",
)


def _named(*names: str) -> tuple[type[Exception], ...]:
    """botocore's errors by name, because not every version of botocore has all of them."""
    from botocore import exceptions as raised

    return tuple(kind for name in names if (kind := getattr(raised, name, None)) is not None)
