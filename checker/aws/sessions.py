"""Sessions and clients by connection (a profile, or a session that was handed in), for reading and for writing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from checker.aws import call as calls
from checker.aws import profiles
from checker.aws.call import CallFailed, Client, translated
from checker.aws.credentials import GuardedChain, SignIn, given, of_profile
from checker.aws.error_messages import Place
from checker.aws.policy import DEFAULT, CallPolicy
from checker.aws.profiles import DEFAULT_PROFILE

if TYPE_CHECKING:
    from botocore.session import Session

_PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
_ENVIRONMENT_RENEWAL = "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew"
_GIVEN_RENEWAL = "hand in a session with valid credentials"


class Sessions:
    """Thread-safe; a session is made once a connection, a client once a service, region and purpose.

    ``profiles`` are the connections, else what ``sign_in`` was given, else the default credentials. ``region``
    overrides what they say. ``before_send`` is called before each request, and may raise ``Abandoned``.
    """

    def __init__(
        self,
        profile_names: Sequence[str] = (),
        *,
        region: str | None = None,
        sign_in: SignIn | None = None,
        policy: CallPolicy = DEFAULT,
        before_send: Callable[[], None] = lambda: None,
    ) -> None:
        self._sign_in = sign_in or SignIn()
        self._region = region
        self._policy = policy
        self._before_send = before_send
        self._chosen = bool(profile_names)
        self._given: dict[str, Any] = {} if self._chosen else dict(self._sign_in.given)
        default = next(filter(None, map(os.environ.get, _PROFILE_VARIABLES)), DEFAULT_PROFILE)
        self.connections: tuple[str, ...] = tuple(dict.fromkeys(profile_names)) or tuple(self._given) or (default,)
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._clients: dict[tuple[str, str, str, bool], Client] = {}

    def client(self, connection: str, service: str, region: str, *, writes: bool = False) -> Client:
        """A client of the connection. ``writes``: it makes each call once. Asks nothing, and never fails, yet."""
        return Client(
            lambda: self._sdk(connection, service, region, writes=writes),
            Place(connection, region, self._renewal(connection)),
        )

    def call(
        self, connection: str, region: str, service: str, operation: str, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer of one operation that reads (``DescribeTrails``). Raises ``CallFailed``."""
        client = self.client(connection, service, region)
        return dict(calls.call(client, service, operation, arguments or {}).data)

    def pages(
        self, connection: str, region: str, service: str, operation: str, arguments: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Every page of an operation that lists. Raises ``CallFailed``."""
        client = self.client(connection, service, region)
        return [dict(page) for page in calls.pages(client, service, operation, arguments or {})]

    def first_region(self, connection: str) -> str:
        """Where the first look goes: the given region, the profile's, else one that the profile's partition has."""
        if self._region:
            return self._region
        environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        source = self._given.get(connection)
        profile = self._profiles(connection).get(connection, {}) if source is None else {}
        own = str(profile.get("region") or "") if source is None else _region_of(source)
        # A profile that was asked for by name knows better than a variable that is meant for the default one.
        configured = (own or environment) if self._chosen or source is not None else (environment or own)
        return configured or profiles.likely_region(profile)

    def problem(self, connection: str) -> str | None:
        """Why this connection cannot be used at all, found without a call in its account; ``None`` if nothing is.

        A role that asks for an MFA code asks here, when the sign-in can: afterwards, nothing waits for a person.
        """
        try:
            with translated(Place(connection, "", self._renewal(connection)), "sts", "GetCallerIdentity"):
                session = self._session(connection)
                session.get_scoped_config()
                if self._sign_in.ask is not None and profiles.needs_code(self._profiles(connection), connection):
                    credentials: Any = session.get_credentials()
                    credentials.get_frozen_credentials()
        except CallFailed as error:
            return error.reason
        return None

    def known(self) -> tuple[str, ...]:
        """Every connection that could be used: those chosen or given, else the profiles of the configuration files."""
        if self._chosen or self._given:
            return self.connections
        return tuple(self._profiles(self.connections[0]))

    def give(self, connection: str, source: Any) -> None:
        """Use a session or credentials under this name from now on."""
        self._given[connection] = source

    def forget(self) -> None:
        """Read the profiles again before the next call: credentials may have been renewed."""
        with self._lock:
            self._sessions.clear()
            self._clients.clear()

    def _sdk(self, connection: str, service: str, region: str, *, writes: bool) -> Any:
        """The SDK's client. Whatever goes wrong is raised as it comes, for ``translated`` around the call."""
        key = (connection, service, region, writes)
        if (client := self._clients.get(key)) is not None:
            return client
        session = self._session(connection)
        # Credentials may take long to come, and must not keep the other connections waiting.
        session.get_credentials()
        with self._lock:
            # Making a client is not thread-safe in botocore, using one is.
            if key not in self._clients:
                create: Any = session.create_client  # the stubs have an overload per service, and the service varies
                config = self._policy.config(attempts=1) if writes else None
                client = create(service, region_name=region, config=config)
                client.meta.events.register("before-send", self._hook)
                self._clients[key] = client
            return self._clients[key]

    def _hook(self, **event: object) -> None:
        del event
        self._before_send()

    def _session(self, connection: str) -> Session:
        with self._lock:
            session = self._sessions.get(connection)
            if session is None:
                session = self._sessions[connection] = self._new_session(connection)
            return session

    def _new_session(self, connection: str) -> Session:
        """A session of botocore with our loader, chain and policy, which its own calls for credentials follow too."""
        from botocore.session import Session

        from checker.aws.answers import WholeAnswers

        source = self._given.get(connection)
        explicit = source is None and (self._chosen or connection not in self.connections)
        # An empty AWS_PROFILE is no profile, and a session that was handed in needs none.
        default = None if source is not None or connection == DEFAULT_PROFILE else connection
        session: Any = Session(
            profile=connection if explicit else None, session_vars={"profile": (None, None, default, None)}
        )
        session.register_component("data_loader", _loader())
        session.register_component("response_parser_factory", WholeAnswers())
        session.register_component("credential_provider", self._chain(session, source, connection))
        attempts = session.get_config_variable("max_attempts") or self._policy.attempts
        session.set_default_client_config(self._policy.config(attempts=attempts))
        return cast("Session", session)

    def _chain(self, session: Session, source: Any, connection: str) -> GuardedChain:
        if source is not None:
            return given(source)
        return of_profile(
            session,
            region=lambda: self.first_region(connection),
            seconds=self._policy.credential_seconds,
            sign_in=self._sign_in,
            connection=connection,
        )

    def _profiles(self, connection: str) -> profiles.Profiles:
        """The profiles of the configuration files; none when they cannot be read, which the call itself will say."""
        try:
            with translated(Place(connection, "", ""), "sts", "GetCallerIdentity"):
                return cast("profiles.Profiles", self._session(connection).full_config.get("profiles", {}))
        except CallFailed:
            return {}

    def _renewal(self, connection: str) -> str:
        if connection in self._given:
            return _GIVEN_RENEWAL
        if not self._chosen and connection in self.connections and os.environ.get("AWS_ACCESS_KEY_ID"):
            return _ENVIRONMENT_RENEWAL
        if (hidden := self._unreadable(connection)) is not None:
            return f"let this user read {hidden}"
        return profiles.renewal(self._profiles(connection), connection)

    def _unreadable(self, connection: str) -> str | None:
        """A configuration file that is there and may not be read: botocore passes over it in silence."""
        try:
            with translated(Place(connection, "", ""), "sts", "GetCallerIdentity"):
                session: Any = self._session(connection)
                names = [session.get_config_variable(name) for name in ("config_file", "credentials_file")]
        except CallFailed:
            return None
        files = [os.path.expanduser(os.path.expandvars(name)) for name in names if name]
        return next((file for file in files if os.path.exists(file) and not os.access(file, os.R_OK)), None)


@cache
def _loader() -> Any:
    """Reads the service models, which are large: every session of the process shares one loader and its cache."""
    from botocore.loaders import create_loader

    return create_loader(None)


def _region_of(source: Any) -> str:
    """The region that a session which was handed in is set to; empty for credentials."""
    if (name := getattr(source, "region_name", None)) is not None:
        return str(name)
    asked = getattr(source, "get_config_variable", None)
    return str((asked("region") if asked is not None else None) or "")
