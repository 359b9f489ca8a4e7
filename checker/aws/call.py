"""One call to AWS, and the one error that its failure becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checker.aws.credentials import CredentialsFailed
from checker.aws.error_messages import Place, Told, tell
from checker.aws.operations import iam_action
from checker.facts import FailureKind


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the SDK for one service in one region: ``sdk`` makes it, or gives the one that was made, so that what
    fails then is a failure of the call. ``place`` says whose credentials it uses."""

    sdk: Callable[[], Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Response:
    """A successful call's answer, without its metadata, and its request id."""

    data: Mapping[str, Any]
    request_id: str | None


class CallFailed(Exception):
    """One call failed. ``reason`` says why in one line, ``str()`` also which call.

    ``action`` is the IAM action of the call (``logs:PutMetricFilter``), or of the call for credentials that failed
    before it. ``connection`` (a profile) and ``region`` say where. ``code`` is AWS's, ``None`` when AWS did not answer.
    """

    def __init__(self, told: Told, *, action: str, place: Place) -> None:
        self.kind = told.kind
        self.reason = told.reason
        self.code = told.code
        self.request_id = told.request_id
        self.action = action
        self.connection = place.connection
        self.region = place.region
        super().__init__(told.reason if self.before_any_call else f"{action} failed: {told.reason}")

    @property
    def before_any_call(self) -> bool:
        """There were no credentials to make a call with."""
        return self.kind is FailureKind.CREDENTIALS and self.code is None


class Abandoned(Exception):
    """Nobody waits for the answer any more: the call was not sent."""


def call(client: Client, service: str, operation: str, arguments: Mapping[str, Any]) -> Response:
    """One call. Raises ``CallFailed`` for whatever the SDK raises."""
    from botocore import xform_name

    with translated(client.place, service, operation):
        data = getattr(client.sdk(), xform_name(operation))(**arguments)
    metadata = data.get("ResponseMetadata") or {}
    return Response({key: value for key, value in data.items() if key != "ResponseMetadata"}, metadata.get("RequestId"))


def pages(client: Client, service: str, operation: str, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The pages of a list call. Raises ``CallFailed``."""
    from botocore import xform_name

    with translated(client.place, service, operation):
        following = iter(client.sdk().get_paginator(xform_name(operation)).paginate(**arguments))
    while True:
        with translated(client.place, service, operation):
            page = next(following, None)
        if page is None:
            return
        yield page


@contextmanager
def translated(place: Place, service: str, operation: str) -> Iterator[None]:
    """Turns what the SDK raises in the block into ``CallFailed`` of this call."""
    try:
        yield
    except (Abandoned, CallFailed):
        raise
    except CredentialsFailed as error:
        # Credentials that are got by a call of ours tell of it themselves.
        if isinstance(error.cause, CallFailed):
            raise error.cause from error
        raise _failed(error, place, service, operation) from error
    except Exception as error:  # only the SDK runs in the block, and what goes wrong there is this call's failure
        raise _failed(error, place, service, operation) from error


def _failed(error: Exception, place: Place, service: str, operation: str) -> CallFailed:
    told = tell(error, place, service)
    return CallFailed(told, action=told.operation or iam_action(service, operation), place=place)
