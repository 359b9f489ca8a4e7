"""The one place that gets credentials: botocore's chain (profile, role, sign-in, default), bounded, with one failure.

What a provider of the chain raises (an OSError, a ValueError, whatever a JSON that is none leads to) becomes
``CredentialsFailed``. Nothing prompts but ``SignIn.ask``. A failure is remembered: one answer for all calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from checker.aws.credential_process import BoundedProcess, ProcessGaveUp
from checker.errors import UsageError

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["CodeNeeded", "CredentialsFailed", "GuardedChain", "ProcessGaveUp", "SignIn", "handed_in"]

Ask = Callable[[str], str]


class CredentialsFailed(Exception):
    """No credentials could be had. ``cause`` is what the chain raised."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(str(cause))


class CodeNeeded(Exception):
    """A role asks for an MFA code, and there is nobody to ask."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where credentials come from besides the profiles.

    ``given``: session or credentials objects of boto3 or botocore by connection name, handed in by a program. ``ask``:
    asks a person for an MFA code, or is ``None``; it is called in the main thread only. ``roles`` remembers what a role
    gave, so that one code serves a check and the repair after it.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    ask: Ask | None = None
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)

    def code(self, prompt: str) -> str:
        """The code that the person gives. Raises ``CodeNeeded``; never waits without a terminal."""
        if self.ask is None or threading.current_thread() is not threading.main_thread():
            raise CodeNeeded("its role asks for an MFA code, and there is no terminal to ask on")
        return self.ask(prompt)


class GuardedChain:
    """A session's ``credential_provider``. ``chain`` makes or finds the credentials; both may raise anything."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: list[_Guarded | None] = []
        self._cause: Exception | None = None

    def load_credentials(self) -> _Guarded | None:
        """Credentials, or ``None`` when there are none. Raises ``CredentialsFailed``."""
        with self._lock:
            if self._cause is not None:
                raise CredentialsFailed(self._cause)
            if not self._loaded:
                try:
                    found = self._load()
                except Exception as error:
                    self._cause = error
                    raise CredentialsFailed(error) from error
                self._loaded.append(_Guarded(found) if found is not None else None)
            return self._loaded[0]


class _Guarded:
    """Credentials whose first failure is the answer for everybody who asks afterwards."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._first = threading.Lock()
        self._obtained = False
        self._cause: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_frozen_credentials(self) -> Any:
        """See botocore. Raises ``CredentialsFailed``."""
        if self._obtained:
            return self._frozen()
        with self._first:
            if self._cause is not None:
                raise CredentialsFailed(self._cause)
            try:
                frozen = self._frozen()
            except CredentialsFailed as error:
                self._cause = error.cause
                raise
            self._obtained = True
            return frozen

    def _frozen(self) -> Any:
        try:
            return self._inner.get_frozen_credentials()
        except Exception as error:
            raise CredentialsFailed(error) from error


def of_profile(
    session: Session, *, region: Callable[[], str], seconds: float, sign_in: SignIn, connection: str
) -> GuardedChain:
    """The default chain of a session that botocore made for a profile, in botocore's own order. ``region``: where STS
    is asked; ``seconds`` bounds a ``credential_process``."""
    return GuardedChain(lambda: _chain(session, region(), seconds, sign_in, connection).load_credentials())


def given(source: Any) -> GuardedChain:
    """Credentials of a session (boto3's or botocore's), or credentials themselves."""
    return GuardedChain(getattr(source, "get_credentials", lambda: source))


def handed_in(session: object) -> SignIn:
    """What a program hands in: a session or credentials of boto3 or botocore, or a mapping of names to them.

    Raises ``UsageError`` for anything else.
    """
    name = getattr(session, "profile_name", None)
    sources = session if isinstance(session, Mapping) else {name if isinstance(name, str) else "session": session}
    wrong = [f"{each}: {type(source).__name__}" for each, source in sources.items() if not _is_session(source)]
    if wrong or not sources:
        raise UsageError(
            f"not a session: {', '.join(wrong) or 'an empty mapping'}",
            hint="give a session or credentials of boto3 or botocore, or a mapping of names to them",
        )
    return SignIn(sources)


def _is_session(source: object) -> bool:
    return not isinstance(source, type) and (
        hasattr(source, "get_credentials") or hasattr(source, "get_frozen_credentials")
    )


class _BoundedProviders:
    """A builder of the providers of a ``source_profile``, with bounded processes."""

    def __init__(self, inner: Any, bounded: Callable[[Sequence[Any], str], list[Any]]) -> None:
        self._inner = inner
        self._bounded = bounded

    def providers(self, profile_name: str, disable_env_vars: bool = False) -> list[Any]:
        """See ``botocore.credentials.ProfileProviderBuilder``."""
        return self._bounded(self._inner.providers(profile_name, disable_env_vars), profile_name)


def _chain(session: Session, region: str, seconds: float, sign_in: SignIn, connection: str) -> Any:
    """botocore's resolver with two kinds of providers exchanged: roles ask ``sign_in``, processes are bounded."""
    from botocore import credentials

    boto: Any = credentials
    cache = sign_in.roles.setdefault(connection, {})
    profile = session.get_config_variable("profile") or "default"
    resolver = boto.create_credential_resolver(session, cache=cache, region_name=region)

    def config() -> Any:
        return session.full_config

    def client(service: str, **arguments: Any) -> Any:
        create: Any = session.create_client
        return create(service, **{"region_name": region, **arguments})

    def bounded(providers: Sequence[Any], of_profile: str) -> list[Any]:
        process = partial(BoundedProcess, seconds=seconds)
        return [
            boto.ProcessProvider(of_profile, config, popen=process)
            if provider.METHOD == boto.ProcessProvider.METHOD
            else provider
            for provider in providers
        ]

    builder = _BoundedProviders(boto.ProfileProviderBuilder(session, cache=cache, region_name=region), bounded)
    sources = [boto.EnvProvider(), boto.ContainerProvider(), resolver.get_provider("iam-role")]
    role = boto.AssumeRoleProvider(
        config, client, cache, profile, sign_in.code, boto.CanonicalNameCredentialSourcer(sources), builder
    )
    resolver.providers = [
        role if provider.METHOD == role.METHOD else provider for provider in bounded(resolver.providers, profile)
    ]
    return resolver
