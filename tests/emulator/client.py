"""The emulated AWS as the tests hold it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

HOME_ACCOUNT = "123456789012"
"""The account that moto gives to plain credentials."""

REGION = "us-east-1"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Profiles:
    """An AWS configuration with a profile per account: its environment, and each profile's access key id."""

    environment: dict[str, str]
    keys: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The profiles."""
        return tuple(self.keys)


@dataclass(slots=True)
class EmulatedAws:
    """An emulator process. ``endpoint`` is its URL."""

    endpoint: str
    process: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(cls) -> EmulatedAws:
        """Start the process and wait until it serves."""
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.emulator.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        return cls(f"http://127.0.0.1:{port}", process)

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def calls(self) -> list[dict[str, str]]:
        """The calls since the last reset: service (as signed), region, key, action, and fault if one was injected."""
        calls: list[dict[str, str]] = json.loads(self._request("GET", "/emulator/calls"))
        return calls

    def clear_calls(self) -> None:
        """Forget the calls."""
        self._request("POST", "/emulator/calls")

    def set_faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace the faults (see ``tests.emulator.server``)."""
        self._request("POST", "/emulator/faults", json.dumps(list(rules)).encode())

    def reset(self) -> None:
        """An empty AWS without calls and faults."""
        self._request("POST", "/moto-api/reset")
        self.set_faults([])
        self.clear_calls()

    def environment(self) -> dict[str, str]:
        """Variables that lead boto3 here, with credentials of the home account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def write_profiles(self, accounts: Mapping[str, str], folder: Path) -> Profiles:
        """A configuration with a profile per name, each with credentials of its account."""
        sts = boto3.client(
            "sts",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        lines, keys = [], {}
        for name, account in accounts.items():
            role = f"arn:aws:iam::{account}:role/audit"
            credentials = sts.assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
            keys[name] = credentials["AccessKeyId"]
            lines += [
                f"[profile {name}]",
                f"region = {REGION}",
                f"aws_access_key_id = {credentials['AccessKeyId']}",
                f"aws_secret_access_key = {credentials['SecretAccessKey']}",
                f"aws_session_token = {credentials['SessionToken']}",
            ]
        config = folder / "aws-config"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.clear_calls()
        environment = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return Profiles(environment, keys)

    def _request(self, method: str, path: str, body: bytes = b"") -> bytes:
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"), timeout=30)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()
