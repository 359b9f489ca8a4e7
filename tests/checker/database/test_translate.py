"""What the driver and Steampipe raise, in words that a person can act on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from checker.database import translate
from checker.database.interface import ReadFailed
from checker.errors import AlarmchainError, AuthenticationFailed, DatabaseUnavailable, MissingRights, RunError
from checker.facts import FailureKind

RPC = "rpc error: code = Unknown desc = "
DENIED = (
    "operation error CloudWatch Logs: DescribeMetricFilters, https response error StatusCode: 400, "
    "RequestID: 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE, api error AccessDeniedException: "
    "not authorized to perform logs:DescribeMetricFilters"
)
CLASSES = sorted(
    {found for _, found in inspect.getmembers(pg, inspect.isclass) if issubclass(found, psycopg.Error)},
    key=lambda found: found.__name__,
)


@pytest.mark.parametrize("error", CLASSES, ids=[found.__name__ for found in CLASSES])
def test_no_error_of_the_driver_gets_past(error: type[psycopg.Error]) -> None:
    edges: list[Callable[[], AbstractContextManager[None]]] = [
        lambda: translate.query_errors("trails", "h:1/d"),
        lambda: translate.errors("h:1/d"),
        lambda: translate.connection_errors("host=h port=1 dbname=d"),
    ]
    for edge in edges:
        with pytest.raises(AlarmchainError) as caught, edge():
            raise error("something with password=secret")
        assert caught.value.__cause__ is not None
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)
        if not isinstance(caught.value, ReadFailed):
            assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{RPC}aws_bad: failed to get shared config profile, does-not-exist",
            [("aws_bad", None, "failed to get shared config profile, does-not-exist")],
        ),
        (
            f"{RPC}{DENIED}",
            [
                (
                    None,
                    "logs:DescribeMetricFilters",
                    "AccessDeniedException: not authorized to perform logs:DescribeMetricFilters",
                )
            ],
        ),
        (
            f"{RPC}\n\taws_a: {DENIED}\n\taws-b: failed to get shared config profile, x\n",
            [
                (
                    "aws_a",
                    "logs:DescribeMetricFilters",
                    "AccessDeniedException: not authorized to perform logs:DescribeMetricFilters",
                ),
                ("aws-b", None, "failed to get shared config profile, x"),
            ],
        ),
        (
            "operation error SNS: ListTopics, exceeded",
            [(None, "sns:ListTopics", "operation error SNS: ListTopics, exceeded")],
        ),
        ("operation error Foo Bar: Do, x", [(None, "foobar:Do", "operation error Foo Bar: Do, x")]),
        ("AccessDenied: no", [(None, None, "AccessDenied: no")]),
        ("ERROR: relation does not exist", [(None, None, "ERROR: relation does not exist")]),
        ("a\nb", [(None, None, "a b")]),
        ("", [(None, None, "")]),
        (
            f"{RPC}aws_a: operation error STS: GetCallerIdentity, api error ExpiredToken: The token is expired",
            [
                (
                    "aws_a",
                    "sts:GetCallerIdentity",
                    "ExpiredToken: The token is expired (the credentials have expired: sign in again)",
                )
            ],
        ),
    ],
)
def test_steampipes_texts(text: str, expected: list[tuple[str | None, str | None, str]]) -> None:
    found = translate.failures("metric_filters", text)
    assert [(failure.connection, failure.action, failure.message) for failure in found] == expected
    assert {failure.query for failure in found} == {"metric_filters"}
    assert not any("RequestID" in failure.message for failure in found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"aws_a: {DENIED}", FailureKind.DENIED),
        ("aws_a: operation error SNS: GetTopicAttributes, api error NotFound: no", FailureKind.NOT_FOUND),
        ("aws_a: operation error SNS: GetTopicAttributes, api error Throttling: no", FailureKind.THROTTLED),
        ("aws_a: failed to get shared config profile, x", None),
    ],
)
def test_what_steampipe_says_is_of_a_kind(text: str, kind: FailureKind | None) -> None:
    (failure,) = translate.failures("topics", RPC + text)
    assert failure.kind is kind


def test_what_steampipe_passes_on_of_aws_is_masked() -> None:
    said = "The Canonical String was 'x-amz-security-token:SECRETTOKEN'"
    (failure,) = translate.failures(
        "topics", f"{RPC}aws_a: operation error STS: X, api error SignatureDoesNotMatch: {said}"
    )
    assert failure.message == "SignatureDoesNotMatch: AWS does not accept the signature"
    (failure,) = translate.failures(
        "topics", f"{RPC}aws_a: operation error SNS: X, api error Y: no a@example.com \x1b[2J"
    )
    assert failure.message == "Y: no a***@example.com \\u001b[2J"


def test_a_foreign_table_that_fails_is_a_failure_of_connections_not_of_the_run() -> None:
    with pytest.raises(ReadFailed) as caught, translate.query_errors("trails", "h"):
        raise pg.FdwError(f"{RPC}aws_a: {DENIED}")
    assert [failure.connection for failure in caught.value.failures] == ["aws_a"]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (pg.UndefinedTable('relation "aws_account" does not exist'), ReadFailed, "does not exist"),
        (pg.QueryCanceled("canceling statement due to statement timeout"), ReadFailed, "no answer in time"),
        (pg.QueryCanceled("canceling statement due to user request"), ReadFailed, "user request"),
        (pg.InsufficientPrivilege("permission denied for table x"), MissingRights, "permission denied for table x"),
        (pg.AdminShutdown("terminating connection"), DatabaseUnavailable, "no database answers at h"),
        (pg.TooManyConnections("too many"), ReadFailed, "too many"),
        (pg.LockNotAvailable("lock"), ReadFailed, "lock"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), DatabaseUnavailable, "server closed"),
        (psycopg.OperationalError("consuming input failed"), DatabaseUnavailable, "consuming input failed"),
    ],
)
def test_errors_of_a_query(error: psycopg.Error, kind: type[AlarmchainError], words: str) -> None:
    with pytest.raises(kind) as caught, translate.query_errors("trails", "h"):
        raise error
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (
            'connection failed: FATAL:  password authentication failed for user "x"',
            AuthenticationFailed,
            "user or pass",
        ),
        ("fe_sendauth: no password supplied", AuthenticationFailed, "does not accept user or password"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4"', AuthenticationFailed, "no pg_hba.conf entry"),
        ('FATAL:  role "x" does not exist', AuthenticationFailed, 'role "x" does not exist'),
        ('FATAL:  database "x" does not exist', DatabaseUnavailable, 'database "x" does not exist'),
        ("server does not support SSL, but SSL was required", DatabaseUnavailable, "does not support SSL"),
        ('definition of service "x" not found', DatabaseUnavailable, 'definition of service "x" not found'),
        ('could not translate host name "x" to address', DatabaseUnavailable, "could not translate host name"),
        ("connection timeout expired", DatabaseUnavailable, "timeout expired"),
        ("", DatabaseUnavailable, "no database answers at h:1/d"),
    ],
)
def test_errors_of_connecting(text: str, kind: type[RunError], words: str) -> None:
    with pytest.raises(kind) as caught, translate.connection_errors("host=h port=1 dbname=d password=secret"):
        raise psycopg.OperationalError(text)
    assert words in str(caught.value)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_the_address_that_was_tried_is_named_when_only_libpq_knows_it() -> None:
    text = 'connection to server at "db.corp" (10.0.0.1), port 9193 failed: Connection refused'
    with pytest.raises(DatabaseUnavailable) as caught, translate.connection_errors("service=prod"):
        raise psycopg.OperationalError(text)
    assert str(caught.value) == "no database answers at db.corp:9193: connection refused"


@pytest.mark.parametrize(
    ("conninfo", "described"),
    [
        ("host=h port=1 dbname=d user=u password=p", "h:1/d"),
        ("postgresql://u:p@h/d", "h:5432/d"),
        ("hostaddr=10.0.0.1 user=u", "10.0.0.1:5432/u"),
        ("", "localhost:5432/"),
    ],
)
def test_a_connection_string_is_described_without_its_password(conninfo: str, described: str) -> None:
    assert translate.describe(conninfo) == described


def test_what_is_no_error_of_the_driver_passes() -> None:
    for edge in (translate.query_errors("q", "t"), translate.errors("t"), translate.connection_errors("host=h")):
        error: Any = KeyError("x")
        with pytest.raises(KeyError), edge:
            raise error
