"""What a person reads when AWS refuses: AWS's words on one line, the profile's name, no secrets."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from botocore import exceptions as boto

from checker.aws import messages


def refused(code: str, message: str) -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeTrails")


def say(error: Exception) -> str:
    return messages.describe(error, profile="audit", service="cloudtrail", region="eu-west-1")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            refused("AccessDeniedException", "User: arn:aws:iam::1:user/x is not\n authorized"),
            "AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized",
        ),
        (refused("InternalError", ""), "InternalError"),
        (
            refused("UnauthorizedOperation", "You may not. Encoded authorization failure message: c2VjcmV0"),
            "UnauthorizedOperation: You may not",
        ),
        (refused("Throttling", "Rate exceeded (Request ID: 12ab-34cd)"), "Throttling: Rate exceeded"),
        (refused("Denied", "Key AKIAIOSFODNN7EXAMPLE is unknown"), "Denied: Key *** is unknown"),
        (
            refused("ExpiredToken", "The security token is expired"),
            'the credentials of profile "audit" have expired (ExpiredToken: The security token is expired)',
        ),
        (
            refused("InvalidClientTokenId", "The token is invalid"),
            'AWS does not accept the credentials of profile "audit" in eu-west-1 '
            "(InvalidClientTokenId: The token is invalid)",
        ),
        (
            refused("SignatureDoesNotMatch", "The Canonical String was x-amz-security-token:SECRET"),
            'SignatureDoesNotMatch: AWS does not accept the signature of profile "audit" '
            "(wrong secret key, or a wrong clock)",
        ),
        (boto.NoCredentialsError(), 'no AWS credentials found for profile "audit"'),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), 'no AWS credentials found for profile "audit"'),
        (boto.ProfileNotFound(profile="audit"), 'profile "audit" is not in the AWS configuration files'),
        (
            boto.UnauthorizedSSOTokenError(),
            'the sign-in of profile "audit" has expired or is missing: run "aws sso login --profile audit"',
        ),
        (
            boto.CredentialRetrievalError(provider="custom-process", error_msg="printed SECRET"),
            'the credentials of profile "audit" could not be obtained',
        ),
        (
            boto.EndpointConnectionError(endpoint_url="https://user:SECRET@proxy"),
            "no answer from cloudtrail in eu-west-1 (endpoint connection)",
        ),
        (
            boto.ConnectTimeoutError(endpoint_url="https://x"),
            "no answer from cloudtrail in eu-west-1 (connect timeout)",
        ),
        (boto.NoRegionError(), "You must specify a region."),
    ],
)
def test_message(error: Exception, expected: str) -> None:
    assert say(error) == expected


def test_long_messages_are_cut() -> None:
    assert len(messages.tidy("word " * 200)) == 400


def test_every_botocore_error_is_one_line() -> None:
    classes = [kind for _, kind in inspect.getmembers(boto, inspect.isclass) if issubclass(kind, boto.BotoCoreError)]
    assert len(classes) > 50
    for kind in classes:
        fields = re.findall(r"\{(\w+)", kind.fmt)
        arguments: dict[str, Any] = dict.fromkeys(fields, "value")
        if kind is boto.WaiterError:
            arguments["last_response"] = {}
        said = say(kind(**arguments))
        assert said
        assert "\n" not in said
