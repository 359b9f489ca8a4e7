"""Entering accounts: the credentials that belong to each, and clients for reading and for writing made with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checker.aws.call import CallFailed, Client
from checker.aws.credentials import SignIn
from checker.aws.profiles import DEFAULT_PROFILE
from checker.aws.sessions import Sessions
from checker.errors import AwsUnavailable

SESSION_NAME = "alarmchain"
_HINT = "give a profile of that account with `profiles`, or `role_name=NAME` for a role in each account"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials they are."""

    account_id: str
    arn: str


class AccountSession:
    """Clients of one account, one per service, region and purpose."""

    def __init__(self, sessions: Sessions, connection: str, identity: Identity) -> None:
        self.identity = identity
        self._sessions = sessions
        self._connection = connection

    def reader(self, service: str, region: str) -> Client:
        """A client for calls that change nothing; it repeats what failed."""
        return self._sessions.client(self._connection, service, region)

    def writer(self, service: str, region: str) -> Client:
        """A client for calls that change something; it makes each call once."""
        return self._sessions.client(self._connection, service, region, writes=True)


class AwsAccess:
    """Finds credentials for each account.

    With ``role_name``: that role in the account, assumed by the base session (``profiles``' first, else the default
    credentials). Else, in this order: the account's connection when a profile has its name, the first profile, the
    default credentials. They must belong to the account, or nothing is done in it.
    """

    def __init__(
        self, *, profiles: Sequence[str] = (), role_name: str | None = None, sign_in: SignIn | None = None
    ) -> None:
        self._role_name = role_name
        self._sessions = Sessions(profiles, sign_in=sign_in)
        self._named = self._sessions.known()
        self._open: dict[str, AccountSession] = {}

    def open(
        self, account_id: str, *, region: str, partition: str = "aws", connection: str | None = None
    ) -> AccountSession:
        """A session of exactly this account. Raises ``AwsUnavailable``."""
        if account_id not in self._open:
            self._open[account_id] = self._enter(account_id, region, partition, connection)
        return self._open[account_id]

    def _enter(self, account_id: str, region: str, partition: str, connection: str | None) -> AccountSession:
        """Get the credentials, and see that they are the account's."""
        base = entered = self._base(connection)
        try:
            if self._role_name:
                entered = f"arn:{partition}:iam::{account_id}:role/{self._role_name}"
                self._sessions.give(entered, self._role(base, entered, region))
            answer = self._sessions.call(entered, region, "sts", "GetCallerIdentity")
        except CallFailed as error:
            raise AwsUnavailable(f"account {account_id} cannot be entered: {error}", hint=_HINT) from error
        identity = Identity(str(answer["Account"]), str(answer["Arn"]))
        if identity.account_id != account_id:
            owner = f"profile {base} belongs" if base in self._named else "the default credentials belong"
            raise AwsUnavailable(f"{owner} to account {identity.account_id}, not to {account_id}", hint=_HINT)
        return AccountSession(self._sessions, entered, identity)

    def _base(self, connection: str | None) -> str:
        if self._role_name is None and connection and connection != DEFAULT_PROFILE and connection in self._named:
            return connection
        return self._sessions.connections[0]

    def _role(self, base: str, role_arn: str, region: str) -> Any:
        """Credentials of the role, that are renewed by assuming it again. Raises ``CallFailed``."""
        from botocore.credentials import RefreshableCredentials

        def assume() -> dict[str, str]:
            arguments = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME}
            given = self._sessions.call(base, region, "sts", "AssumeRole", arguments)["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }

        return RefreshableCredentials.create_from_metadata(assume(), assume, "assume-role")
