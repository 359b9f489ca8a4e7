"""What botocore raises, as one line for a person: AWS's own words, without request ids and secrets."""

from __future__ import annotations

import re

from botocore import exceptions as boto

_LIMIT = 400
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_REJECTED = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId", "InvalidToken"}
)
# Their messages repeat the signed request, which holds the session token.
_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"})
_NO_ANSWER = (
    boto.EndpointConnectionError,
    boto.ConnectTimeoutError,
    boto.ReadTimeoutError,
    boto.ConnectionClosedError,
    boto.HTTPClientError,
)
_NO_CREDENTIALS = (boto.NoCredentialsError, boto.PartialCredentialsError)
_NO_LOGIN = (boto.SSOError, boto.TokenRetrievalError, boto.NoAuthTokenError, boto.LoginError)
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b")
_REQUEST_ID = re.compile(r"[;,(]?\s*\bRequest ?ID:\s*[\w-]+\)?", re.IGNORECASE)
_ENCODED = re.compile(r"\.?\s*Encoded authorization failure message:.*", re.IGNORECASE | re.DOTALL)


def code(error: Exception) -> str:
    """AWS's error code, or the class name of what botocore raised on its own."""
    if isinstance(error, boto.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def describe(error: Exception, *, profile: str, service: str, region: str) -> str:
    """One line. Credentials that are missing, expired or refused are said to be so, with the profile's name."""
    if isinstance(error, boto.ClientError):
        return _refused(error, profile, region)
    if isinstance(error, boto.ProfileNotFound):
        return f'profile "{profile}" is not in the AWS configuration files'
    if isinstance(error, _NO_CREDENTIALS):
        return f'no AWS credentials found for profile "{profile}"'
    if isinstance(error, _NO_LOGIN):
        return f'the sign-in of profile "{profile}" has expired or is missing: run "aws sso login --profile {profile}"'
    if isinstance(error, boto.CredentialRetrievalError):
        # Its text can hold what a credential process printed.
        return f'the credentials of profile "{profile}" could not be obtained'
    if isinstance(error, _NO_ANSWER):
        # Their texts hold the URL, and a proxy's URL can hold a password.
        return f"no answer from {service} in {region} ({_words(code(error))})"
    return tidy(str(error))


def tidy(text: str) -> str:
    """One line of at most 400 characters, without request ids, key ids and encoded messages."""
    text = _KEY_ID.sub("***", _REQUEST_ID.sub("", _ENCODED.sub("", text)))
    text = " ".join(text.split())
    return text if len(text) <= _LIMIT else text[: _LIMIT - 3] + "..."


def _refused(error: boto.ClientError, profile: str, region: str) -> str:
    name = code(error)
    said = tidy(str(error.response.get("Error", {}).get("Message", "")))
    detail = f"{name}: {said}" if said else name
    if name in _SIGNATURE:
        return f'{name}: AWS does not accept the signature of profile "{profile}" (wrong secret key, or a wrong clock)'
    if name in _EXPIRED:
        return f'the credentials of profile "{profile}" have expired ({detail})'
    if name in _REJECTED:
        return f'AWS does not accept the credentials of profile "{profile}" in {region} ({detail})'
    return detail


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Error")).lower()
