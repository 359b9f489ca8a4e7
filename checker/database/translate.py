"""Turns what the driver and Steampipe raise into errors that a person can act on.

Steampipe's shapes (measured on CLI 2.3, FDW 2.1.5, AWS plugin 1.31): SQLSTATE HV000 with
``rpc error: code = Unknown desc = ...``; one failure a line, each behind its connection's name, which is absent
when only one connection was asked; ``operation error CloudWatch Logs: DescribeMetricFilters, ... api error
AccessDeniedException: message`` for a call that AWS refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg

from checker.aws.error_messages import tidy
from checker.aws.kinds import SIGNATURE, kind_of
from checker.database.interface import ReadFailed
from checker.errors import AuthenticationFailed, DatabaseUnavailable, MissingRights, RunError
from checker.facts import ReadFailure
from checker.text.secrets import mask_secrets

IAM_PREFIXES = {
    "CloudTrail": "cloudtrail",
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "EC2": "ec2",
    "IAM": "iam",
    "KMS": "kms",
    "Organizations": "organizations",
    "SNS": "sns",
    "STS": "sts",
}
"""The SDK's service names, as they stand in error texts, and their IAM prefixes."""

_CONNECTION = re.compile(r"(?P<connection>[A-Za-z_][\w-]*): (?P<rest>.+)", re.DOTALL)
_OPERATION = re.compile(r"operation error (?P<service>[A-Za-z0-9 ]+): (?P<operation>\w+)")
_API_ERROR = re.compile(r"api error (?P<code>\w+): (?P<message>.+)", re.DOTALL)
_NO_CONNECTION = re.compile(
    r"(?:Exception|Error|Fault|Denied|Token|Failure)$|^(?:ERROR|FATAL|DETAIL|HINT|CONTEXT|LINE)$"
)
_EXPIRED = re.compile(r"ExpiredToken|token.*expired|expired.*token", re.IGNORECASE)
_NOISE = re.compile(r",? ?(?:https response error )?StatusCode: \d+, RequestID: [\w-]*,?\s*")
_TRIED = re.compile(r'connection to server at "(?P<host>[^"]*)"(?: \([^)]*\))?, port (?P<port>\d+) failed')
_TIMEOUT_HINT = "raise --timeout, or find out which region hangs"


@contextmanager
def query_errors(query: str, target: str) -> Iterator[None]:
    """Around one query: failures of connections become ``ReadFailed``, a lost server a ``RunError``."""
    try:
        yield
    except pg.QueryCanceled as error:
        raise ReadFailed([ReadFailure(query, _canceled(error))]) from error
    except pg.InsufficientPrivilege as error:
        raise MissingRights(f"{target}: {_first_line(error)}", hint="grant select on the AWS tables") from error
    except psycopg.OperationalError as error:
        if _is_foreign(error):
            raise ReadFailed(failures(query, _message(error))) from error
        raise unavailable(error, target) from error
    except psycopg.Error as error:
        raise ReadFailed(failures(query, _message(error))) from error


@contextmanager
def errors(target: str) -> Iterator[None]:
    """Around a statement of our own: every failure ends the run."""
    try:
        yield
    except pg.InsufficientPrivilege as error:
        raise MissingRights(
            f"{target}: {_first_line(error)}", hint="use a user that may read the AWS tables"
        ) from error
    except pg.QueryCanceled as error:
        raise DatabaseUnavailable(f"{target}: {_canceled(error)}", hint=_TIMEOUT_HINT) from error
    except psycopg.OperationalError as error:
        raise unavailable(error, target) from error
    except psycopg.Error as error:
        raise RunError(f"{target}: {_first_line(error)}", hint="is this a Steampipe database?") from error


@contextmanager
def connection_errors(conninfo: str) -> Iterator[None]:
    """Around opening a connection. The message names host, port and database, never the password."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise unavailable(error, _tried(error) or describe(conninfo)) from error
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            f"{describe(conninfo)}: {mask_secrets(_first_line(error))}", hint="check the connection string"
        ) from error


def describe(conninfo: str) -> str:
    """``host:port/name`` of a connection string that was already found to parse."""
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user') or ''}"


def _tried(error: psycopg.Error) -> str | None:
    """``host:port`` as libpq tried it, which is more than the connection string says when a service file was read."""
    found = _TRIED.search(str(error))
    return f"{found['host']}:{found['port']}" if found and str(error).count("connection to server") == 1 else None


def failures(query: str, text: str) -> list[ReadFailure]:
    """What a Steampipe error text says, one failure per connection named in it."""
    body = text.strip().removeprefix("rpc error: code = Unknown desc = ")
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    named = [match for line in lines if (match := _CONNECTION.fullmatch(line)) and _is_connection(match)]
    if not named:
        return [_failure(query, None, " ".join(lines))]
    return [_failure(query, match["connection"], match["rest"]) for match in named]


def _is_connection(match: re.Match[str]) -> bool:
    # "operation error CloudTrail: ..." has blanks before the colon; error codes and severities have not.
    return not _NO_CONNECTION.search(match["connection"])


def _failure(query: str, connection: str | None, text: str) -> ReadFailure:
    action = None
    if operation := _OPERATION.search(text):
        service = operation["service"]
        action = f"{IAM_PREFIXES.get(service, service.lower().replace(' ', ''))}:{operation['operation']}"
    message, kind = text, None
    if api := _API_ERROR.search(text):
        said = "AWS does not accept the signature" if api["code"] in SIGNATURE else api["message"]
        message, kind = f"{api['code']}: {said}", kind_of(api["code"])
    message = tidy(_NOISE.sub(" ", message))
    if _EXPIRED.search(message):
        message = f"{message} (the credentials have expired: sign in again)"
    return ReadFailure(query, message, connection=connection, action=action, kind=kind)


def _message(error: psycopg.Error) -> str:
    """The server's message without its context lines, which name functions of the extension."""
    return error.diag.message_primary or str(error)


def _canceled(error: psycopg.Error) -> str:
    text = _first_line(error)
    return f"no answer in time ({text}); {_TIMEOUT_HINT}" if "timeout" in text else text


def _is_foreign(error: psycopg.Error) -> bool:
    # The FDW reports with class HV. A broken connection has no SQLSTATE, or one of class 08 or 57P.
    return bool(error.sqlstate) and not str(error.sqlstate).startswith(("08", "57P"))


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return mask_secrets(lines[0]) if lines else type(error).__name__


def unavailable(error: psycopg.Error, target: str) -> RunError:
    """Why there is no connection: sign-in, TLS, a name that does not exist, or nobody who answers."""
    text = mask_secrets(" ".join(str(error).split()))
    if "password authentication failed" in text or "no password supplied" in text:
        return AuthenticationFailed(
            f"{target}: the server does not accept user or password",
            hint="check user and password (PGPASSWORD or the URL); 'steampipe service status' shows Steampipe's",
        )
    if "pg_hba.conf" in text or ("role" in text and "does not exist" in text):
        return AuthenticationFailed(
            f"{target}: {_reason(text)}", hint="check the user name, and whether TLS is asked for"
        )
    if "definition of service" in text:
        return DatabaseUnavailable(_reason(text), hint="define it in ~/.pg_service.conf, or name a database")
    if "SSL" in text or "certificate" in text:
        return DatabaseUnavailable(f"{target}: {_reason(text)}", hint="check sslmode and sslrootcert")
    if re.search(r'database "[^"]*" does not exist', text):
        return DatabaseUnavailable(f"{target}: {_reason(text)}", hint="Steampipe's database is called steampipe")
    return DatabaseUnavailable(
        f"no database answers at {target}: {_reason(text)}",
        hint="start the service with 'steampipe service start', or let alarmchain ask AWS itself: `database=embedded`",
    )


def _reason(text: str) -> str:
    for phrase in (
        "Connection refused",
        "timeout expired",
        "could not translate host name",
        "server closed the connection",
    ):
        if phrase.lower() in text.lower():
            return phrase[0].lower() + phrase[1:]
    return text.rpartition("FATAL: ")[2].removeprefix("connection is bad: ").strip() or text
