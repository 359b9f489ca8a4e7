"""What an error code of AWS means, whoever received it: our own call, or a Steampipe service that passes it on.

Sources: the "Common Errors" pages of the services' API references (CloudTrail, CloudWatch, CloudWatch Logs, KMS, SNS,
STS), and the codes that botocore counts as throttling (``botocore.retries.standard.ThrottledRetryableChecker``).
"""

from __future__ import annotations

from checker.facts import FailureKind

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
"""The credentials were good, and are no longer."""

SIGNATURE = frozenset({"IncompleteSignature", "InvalidSignatureException", "SignatureDoesNotMatch"})
"""Their messages repeat the signed request, which holds the session token."""

REJECTED = frozenset(
    {
        "AuthFailure",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "MissingAuthenticationToken",
        "UnrecognizedClientException",
    }
)
"""AWS does not know the credentials, at least not in this region."""

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDenied",
        "NotAuthorized",
        "OptInRequired",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConcurrentAccess",
        "ConcurrentAccessException",
        "EC2ThrottledException",
        "OperationAborted",
        "OperationAbortedException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_QUOTA = ("LimitExceeded", "QuotaExceeded")
_NOT_FOUND = ("NotFound", "NotFoundException", "NotFoundFault")


def kind_of(code: str, status: int = 400) -> FailureKind:
    """The kind of an answer with this error code and HTTP status; 0 for a status that nobody told."""
    if code in _THROTTLED or status == 429:
        return FailureKind.THROTTLED
    if code in _DENIED:
        return FailureKind.DENIED
    if code in EXPIRED | SIGNATURE | REJECTED:
        return FailureKind.CREDENTIALS
    if code.endswith(_NOT_FOUND) or code.startswith("NoSuch"):
        return FailureKind.NOT_FOUND
    if any(part in code for part in _QUOTA):
        return FailureKind.QUOTA
    if status >= 500 or status == 0:
        return FailureKind.AMBIGUOUS
    return FailureKind.DENIED if status == 403 else FailureKind.REFUSED
