"""Credentials for an account, and the clients made with them.

Calls that change something are made once and never repeated blindly by the SDK: after a lost answer the caller looks
first whether the object is there (a repeated ``Subscribe`` would send its mail again). Reads use botocore's adaptive
retries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.aws.call import CallFailed, call, translated
from checker.errors import AwsUnavailable

if TYPE_CHECKING:
    import boto3

SESSION_NAME = "alarmchain"
CONNECT_SECONDS = 10
READ_SECONDS = 30
READ_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials they are."""

    account_id: str
    arn: str


class AccountSession:
    """Clients of one account, one per service, region and purpose."""

    def __init__(
        self, session: boto3.Session, identity: Identity, *, endpoint_url: str | None, read_attempts: int
    ) -> None:
        self.identity = identity
        self._session = session
        self._endpoint_url = endpoint_url
        self._read_attempts = read_attempts
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def reader(self, service: str, region: str) -> Any:
        """A client for calls that change nothing; it repeats what failed."""
        return self._client(service, region, writes=False)

    def writer(self, service: str, region: str) -> Any:
        """A client for calls that change something; it makes each call once."""
        return self._client(service, region, writes=True)

    def _client(self, service: str, region: str, *, writes: bool) -> Any:
        key = (service, region, writes)
        if key not in self._clients:
            self._clients[key] = _new_client(
                self._session,
                service,
                region,
                attempts=1 if writes else self._read_attempts,
                endpoint_url=self._endpoint_url,
            )
        return self._clients[key]


class AwsAccess:
    """Finds credentials for each account.

    With ``role_name``: that role in the account, assumed by the base session (``profile``, else the default
    credentials). Else, in this order: the account's connection when a profile has its name, ``profile``, the default
    credentials. They must belong to the account, or nothing is done in it.
    """

    def __init__(
        self,
        *,
        profiles: Sequence[str] = (),
        role_name: str | None = None,
        endpoint_url: str | None = None,
        read_attempts: int = READ_ATTEMPTS,
    ) -> None:
        self._profiles = tuple(profiles)
        self._role_name = role_name
        self._endpoint_url = endpoint_url
        self._read_attempts = read_attempts
        self._open: dict[str, AccountSession] = {}

    def open(
        self, account_id: str, *, region: str, partition: str = "aws", connection: str | None = None
    ) -> AccountSession:
        """A session of exactly this account. Raises ``AwsUnavailable``."""
        if account_id not in self._open:
            self._open[account_id] = self._enter(account_id, region, partition, connection)
        return self._open[account_id]

    def _enter(self, account_id: str, region: str, partition: str, connection: str | None) -> AccountSession:
        profile = self._profile_for(connection)
        try:
            session = self._session(profile, region)
            if self._role_name:
                session = self._assume(session, f"arn:{partition}:iam::{account_id}:role/{self._role_name}", region)
            client = _new_client(session, "sts", region, attempts=self._read_attempts, endpoint_url=self._endpoint_url)
            answer = call(client, "sts", "GetCallerIdentity", {}).data
        except CallFailed as error:
            raise AwsUnavailable(
                f"account {account_id} cannot be entered: {error}",
                hint="give working credentials with --profile NAME, or --role-name NAME for a role in each account",
            ) from error
        identity = Identity(str(answer["Account"]), str(answer["Arn"]))
        if identity.account_id != account_id:
            source = f"profile {profile}" if profile else "the default credentials"
            raise AwsUnavailable(
                f"{source} belong{'s' if profile else ''} to account {identity.account_id}, not to {account_id}",
                hint="give a profile of that account with --profile, or --role-name NAME for a role in each account",
            )
        return AccountSession(session, identity, endpoint_url=self._endpoint_url, read_attempts=self._read_attempts)

    def _profile_for(self, connection: str | None) -> str | None:
        if self._role_name is None and connection and connection != "default":
            import boto3

            if connection in self._profiles or (
                not self._profiles and connection in boto3.Session().available_profiles
            ):
                return connection
        return self._profiles[0] if self._profiles else None

    def _session(self, profile: str | None, region: str) -> boto3.Session:
        import boto3

        with translated("sts", "GetCallerIdentity"):
            return boto3.Session(profile_name=profile, region_name=region)

    def _assume(self, base: boto3.Session, role_arn: str, region: str) -> boto3.Session:
        import boto3

        client = _new_client(base, "sts", region, attempts=self._read_attempts, endpoint_url=self._endpoint_url)
        answer = call(client, "sts", "AssumeRole", {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME})
        credentials = answer.data["Credentials"]
        return boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name=region,
        )


def _new_client(session: boto3.Session, service: str, region: str, *, attempts: int, endpoint_url: str | None) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        # Writes are repeated by their caller; adaptive mode would make it wait here a second time.
        retries={"mode": "adaptive" if attempts > 1 else "standard", "total_max_attempts": attempts},
        user_agent_extra="alarmchain",
    )
    factory: Any = session.client  # the stubs have an overload per service, and the service varies here
    with translated("sts", "GetCallerIdentity"):
        return factory(service, region_name=region, endpoint_url=endpoint_url, config=config)
