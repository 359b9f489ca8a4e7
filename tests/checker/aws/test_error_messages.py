"""What a person reads when AWS refuses: AWS's words on one line, the profile's name, what to type, no secrets."""

from __future__ import annotations

import configparser
import json
from pathlib import Path

import botocore.session
import pytest
from botocore import exceptions as boto

from checker.aws import error_messages
from checker.aws.credential_process import ProcessGaveUp
from checker.aws.credentials import CodeNeeded, CredentialsFailed
from checker.aws.error_messages import Place


def refused(code: str, message: str) -> boto.ClientError:
    return boto.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeTrails")


def say(error: Exception, region: str = "eu-west-1") -> str:
    return error_messages.tell(error, Place("audit", region, "RENEW"), "cloudtrail").reason


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            refused("AccessDeniedException", "User: arn:aws:iam::1:user/x is not\n authorized"),
            "AccessDeniedException: User: arn:aws:iam::1:user/x is not authorized",
        ),
        (refused("InternalError", ""), "InternalError"),
        (boto.ClientError({"ResponseMetadata": {"HTTPStatusCode": 502}}, "x"), "HTTP 502"),  # type: ignore[typeddict-item]
        (
            refused("UnauthorizedOperation", "You may not. Encoded authorization failure message: c2VjcmV0"),
            "UnauthorizedOperation: You may not",
        ),
        (refused("Throttling", "Rate exceeded (Request ID: 12ab-34cd)"), "Throttling: Rate exceeded"),
        (refused("Denied", "Key AKIAIOSFODNN7EXAMPLE is unknown"), "Denied: Key *** is unknown"),
        (
            refused("InvalidParameter", "Invalid parameter: Email address: security@example.com"),
            "InvalidParameter: Invalid parameter: Email address: s***@example.com",
        ),
        (
            refused("InvalidParameter", "https://hooks.slack.com/services/T0/B0/abcdefghijklmnop1234 is not reachable"),
            "InvalidParameter: https://hooks.slack.com/services/T0/B0/*** is not reachable",
        ),
        (refused("InvalidParameter", "name \x1b[2J\u202e is bad"), "InvalidParameter: name \\u001b[2J\\u202e is bad"),
        (
            refused("ExpiredToken", "The security token is expired"),
            'the credentials of profile "audit" have expired (ExpiredToken: The security token is expired): RENEW',
        ),
        (
            refused("InvalidClientTokenId", "The token is invalid"),
            'AWS does not accept the credentials of profile "audit" in eu-west-1 '
            "(InvalidClientTokenId: The token is invalid): RENEW",
        ),
        (
            boto.NoCredentialsError(),
            'no AWS credentials found for profile "audit": RENEW, or choose one with --profile',
        ),
        (
            boto.ProfileNotFound(profile="audit"),
            'profile "audit" is not in the AWS configuration files '
            '("aws configure list-profiles" shows those that are): RENEW',
        ),
        (boto.UnauthorizedSSOTokenError(), 'the sign-in of profile "audit" has expired or is missing: RENEW'),
        (
            boto.CredentialRetrievalError(provider="custom-process", error_msg="printed SECRET"),
            'the credentials of profile "audit" could not be obtained: RENEW',
        ),
        (
            boto.ConnectTimeoutError(endpoint_url="https://user:SECRET@proxy"),
            "no answer from cloudtrail in eu-west-1 (connect timeout)",
        ),
        (boto.NoRegionError(), "no AWS region is set: name one with --region, or in AWS_REGION"),
        (boto.ParamValidationError(report="r"), "Parameter validation failed: r"),
        (ValueError("Invalid endpoint: x"), "the call could not be made (ValueError: Invalid endpoint: x)"),
    ],
)
def test_message(error: Exception, expected: str) -> None:
    assert say(error) == expected


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"])
def test_a_refused_signature_repeats_nothing_of_the_request(code: str) -> None:
    said = say(refused(code, "The Canonical String was 'POST x-amz-security-token:SECRET' ..."))
    assert said == f'{code}: AWS does not accept the signature of profile "audit" (wrong secret key, or a wrong clock)'


def test_a_region_that_nobody_knows_may_be_misspelt() -> None:
    error = boto.EndpointConnectionError(endpoint_url="https://sts.eu-wset-1.amazonaws.com")
    assert say(error) == "no answer from cloudtrail in eu-west-1 (endpoint connection)"
    assert say(error, "eu-wset-1").endswith("no region of that name is known: is it misspelt?")


def undecodable() -> Exception:
    try:
        json.loads("WARN: SECRET")
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (undecodable(), "what was given for them is not what AWS asks for"),
        (KeyError("SECRET"), "what was given for them is not what AWS asks for"),
        (AttributeError("SECRET"), "what was given for them is not what AWS asks for"),
        (FileNotFoundError(2, "No such file or directory", "/no/token"), "/no/token: no such file or directory"),
        (PermissionError(13, "Permission denied"), "permission denied"),
        (EOFError("SECRET"), "EOFError"),
        (CodeNeeded("its role asks for a code"), "its role asks for a code"),
        (ProcessGaveUp("its process did not end"), "its process did not end"),
        (boto.InvalidConfigError(error_msg="The profile is wrong."), "The profile is wrong"),
        (boto.RefreshWithMFAUnsupportedError(), "the session that began with an MFA code has ended"),
    ],
)
def test_why_there_are_no_credentials(cause: Exception, why: str) -> None:
    assert say(CredentialsFailed(cause)) == f'the credentials of profile "audit" could not be obtained ({why}): RENEW'


@pytest.mark.parametrize(
    "cause",
    [
        boto.CredentialRetrievalError(provider="custom-process", error_msg="SECRET"),
        boto.MetadataRetrievalError(error_msg="SECRET"),
        boto.EndpointConnectionError(endpoint_url="https://user:SECRET@proxy"),
        boto.SSOTokenLoadError(error_msg="SECRET"),
    ],
)
def test_what_may_be_the_credentials_is_not_repeated(cause: Exception) -> None:
    assert "SECRET" not in say(CredentialsFailed(cause))


@pytest.mark.parametrize(
    ("text", "place"),
    [("SECRET = 1\n[default]\n", ":1"), ("[default]\nregion\n", ":2"), ("[default]\ns3 =\n  SECRET\n", "")],
)
def test_a_configuration_that_cannot_be_parsed_names_file_and_line(text: str, place: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    session = botocore.session.Session(session_vars={"config_file": (None, None, str(config), None)})
    with pytest.raises(boto.ConfigParseError) as caught:
        session.full_config  # noqa: B018 - reading it is the test
    assert say(caught.value) == f"{config}{place}: the AWS configuration file cannot be parsed: correct it"


def test_parse_errors_of_python_name_their_lines() -> None:
    duplicate = configparser.DuplicateSectionError("a", "f", 7)
    error = boto.ConfigParseError(path="f", error=duplicate)
    assert say(error).startswith("f:7: ")


def test_long_messages_are_cut() -> None:
    assert len(error_messages.tidy("word " * 200)) == 400
    assert error_messages.tidy("x" * 400) == "x" * 400
    assert "SECRET" not in error_messages.tidy("word " * 10_000 + "password=SECRET")
