"""What the AWS configuration files say of a profile: which it builds on, where it is, how its credentials are renewed.

Pure: the files were read by botocore (``Session.full_config``).
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from checker.arns import first_region_of, parse_arn
from checker.aws.partitions import partition_of

DEFAULT_PROFILE = "default"

Profiles = Mapping[str, Mapping[str, Any]]


def built_on(profiles: Profiles, name: str) -> tuple[str, ...]:
    """The profile and, one after the other, those that ``source_profile`` leads to; each once."""
    found: list[str] = []
    following: object = name
    while isinstance(following, str) and following in profiles and following not in found:
        found.append(following)
        following = profiles[following].get("source_profile")
    return tuple(found)


def has(profiles: Profiles, name: str, key: str) -> bool:
    """Whether the profile, or one that it builds on, has the setting."""
    return any(key in profiles[profile] for profile in built_on(profiles, name))


def needs_code(profiles: Profiles, name: str) -> bool:
    """Whether its role asks for a code of an MFA device."""
    return any({"role_arn", "mfa_serial"} <= set(profiles[profile]) for profile in built_on(profiles, name))


def renewal(profiles: Profiles, name: str) -> str:
    """What to type when the credentials of the profile are missing or have expired."""
    for profile in built_on(profiles, name):
        own = profiles[profile]
        if {"sso_start_url", "sso_session"} & set(own):
            return f'run "aws sso login --profile {shlex.quote(profile)}"'
        if "login_session" in own:
            return f'run "aws login --profile {shlex.quote(profile)}"'
        if "credential_process" in own:
            return f'run the credential_process of profile "{profile}" by hand to see what is wrong'
        if "web_identity_token_file" in own:
            return f'renew the web_identity_token_file of profile "{profile}"'
        if "aws_access_key_id" in own:
            return f'run "aws configure --profile {shlex.quote(profile)}" with new keys'
    return f'run "aws configure{"" if name == DEFAULT_PROFILE else f" --profile {shlex.quote(name)}"}"'


def likely_region(profile: Mapping[str, Any]) -> str:
    """A region of the partition that the profile's role or sign-in names; us-east-1 when nothing does."""
    role, sign_in = parse_arn(str(profile.get("role_arn", ""))), str(profile.get("sso_region", ""))
    return first_region_of(role.partition if role else partition_of(sign_in))
