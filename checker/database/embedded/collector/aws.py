"""Sessions and clients, one per profile, service and region, and the calls made with them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import create_loader

from checker.aws import messages
from checker.database.embedded.settings import Settings

DEFAULT_PROFILE = "default"
_ANY_REGION = "us-east-1"
_ROLE_PARTITIONS = (("arn:aws-cn:", "cn-north-1"), ("arn:aws-us-gov:", "us-gov-west-1"))
_SSO_PARTITIONS = (("cn-", "cn-north-1"), ("us-gov-", "us-gov-west-1"))
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 60.0


class CallError(Exception):
    """A call got no answer. ``code`` is AWS's error code, ``str()`` one line for a person."""

    def __init__(self, message: str, *, code: str, connection: str, region: str, action: str) -> None:
        super().__init__(message)
        self.code = code
        self.connection = connection
        self.region = region
        self.action = action


class AbandonedError(Exception):
    """The question behind this call was cancelled or ran out of time: do not ask again."""


class Aws:
    """Calls AWS with the credentials of a connection (a profile). Thread-safe; clients are made once."""

    def __init__(self, settings: Settings, *, abandoned: Callable[[], bool]) -> None:
        self._settings = settings
        self._abandoned = abandoned
        self._chosen = bool(settings.profiles)
        default = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or DEFAULT_PROFILE
        self.connections: tuple[str, ...] = tuple(dict.fromkeys(settings.profiles)) or (default,)
        self._lock = threading.Lock()
        self._sessions: dict[str, botocore.session.Session] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        # The service models are large: every profile shares one loader and its cache.
        self._loader = create_loader(None)

    def call(
        self, connection: str, region: str, service: str, operation: str, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer of one operation (``DescribeTrails``). Raises ``CallError``."""
        try:
            method = getattr(self._client(connection, service, region), xform_name(operation))
            return cast("dict[str, Any]", method(**(arguments or {})))
        except (BotoCoreError, ClientError) as error:
            raise self._failed(error, connection, region, service, operation) from error

    def pages(
        self, connection: str, region: str, service: str, operation: str, arguments: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Every page of a paginated operation. Raises ``CallError``."""
        try:
            paginator = self._client(connection, service, region).get_paginator(xform_name(operation))
            return list(paginator.paginate(**(arguments or {})))
        except (BotoCoreError, ClientError) as error:
            raise self._failed(error, connection, region, service, operation) from error

    def first_region(self, connection: str) -> str:
        """Where the first look goes: the given region, the profile's, else one that the profile's partition has."""
        if self._settings.region:
            return self._settings.region
        environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        try:
            with self._lock:
                session = self._session(connection)
                profile = session.get_scoped_config()
        except BotoCoreError:
            return environment or _ANY_REGION
        own = str(profile.get("region") or "")
        # A profile that was asked for by name knows better than a variable that is meant for the default one.
        configured = (own or environment) if self._chosen else (environment or own)
        return configured or _guess_region(profile)

    def problem(self, connection: str) -> str | None:
        """Why this profile cannot be used at all, found without a call; ``None`` when nothing speaks against it."""
        try:
            with self._lock:
                self._session(connection).get_scoped_config()
        except BotoCoreError as error:
            return messages.describe(error, profile=connection, service="sts", region="")
        return None

    def forget(self) -> None:
        """Read the profiles again before the next call: credentials may have been renewed."""
        with self._lock:
            self._sessions.clear()
            self._clients.clear()

    def _session(self, connection: str) -> botocore.session.Session:
        session = self._sessions.get(connection)
        if session is None:
            session = botocore.session.Session(profile=connection if self._chosen else None)
            session.register_component("data_loader", self._loader)
            self._sessions[connection] = session
        return session

    def _client(self, connection: str, service: str, region: str) -> Any:
        key = (connection, service, region)
        # Making a client is not thread-safe in botocore, using one is.
        with self._lock:
            client = self._clients.get(key)
            if client is None:
                client = self._session(connection).create_client(
                    cast("Any", service),
                    region_name=region,
                    endpoint_url=self._settings.endpoint_url,
                    config=self._config(),
                )
                client.meta.events.register("before-send", self._refuse_abandoned)
                self._clients[key] = client
        return client

    def _config(self) -> Config:
        timeout = self._settings.timeout
        return Config(
            connect_timeout=min(timeout, _CONNECT_SECONDS),
            read_timeout=min(timeout, _READ_SECONDS),
            retries={"mode": "adaptive", "total_max_attempts": self._settings.max_attempts},
            max_pool_connections=max(1, self._settings.concurrency),
            user_agent_extra="alarmchain",
        )

    def _refuse_abandoned(self, **event: object) -> None:
        del event
        if self._abandoned():
            raise AbandonedError

    def _failed(self, error: Exception, connection: str, region: str, service: str, operation: str) -> CallError:
        # A profile with a role asks STS first, and that call can be the one that fails.
        made = str(getattr(error, "operation_name", operation))
        action = f"{service if made == operation else 'sts'}:{made}"
        message = messages.describe(error, profile=connection, service=service, region=region)
        return CallError(message, code=messages.code(error), connection=connection, region=region, action=action)


def _guess_region(profile: Mapping[str, Any]) -> str:
    """A region of the partition that the profile's role or sign-in names; us-east-1 when nothing does."""
    for name, starts in (("role_arn", _ROLE_PARTITIONS), ("sso_region", _SSO_PARTITIONS)):
        for start, region in starts:
            if str(profile.get(name, "")).startswith(start):
                return region
    return _ANY_REGION


def arn_part(arn: str, index: int) -> str:
    """A part of an ARN: 1 partition, 2 service, 3 region, 4 account, 5 resource; empty when it has none."""
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 else ""
