"""Sessions that a program hands in to the Python API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import boto3
import psycopg
import pytest

from checker import check
from checker.demo.world import World
from checker.errors import UsageError
from checker.findings import Status
from tests.builders import A, B
from tests.emulator.client import EmulatedAws, Profiles
from tests.scenarios import SCENARIOS


def test_each_session_is_a_connection(
    emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    SCENARIOS["ok_canonical"].build(World(emulator.endpoint))
    profiles({"a": A, "b": B})
    given = {"audit": boto3.Session(profile_name="a"), "other": boto3.Session(profile_name="b").get_credentials()}
    monkeypatch.setenv("ALARMCHAIN_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    report = check(session=given)
    assert {(f.connection, f.account_id, f.status) for f in report.findings} == {
        ("audit", A, Status.OK),
        ("other", B, Status.ALARM),
    }
    assert report.database.kind == "embedded"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"session": "audit"}, "not a session: session: str"),
        ({"session": {"a": 1}}, "not a session: a: int"),
        ({"session": {}}, "an empty mapping"),
        ({"session": boto3.Session}, "not a session: session: type"),
        ({"session": boto3.Session(), "database": "steampipe"}, "one way to read"),
        ({"session": boto3.Session(), "profiles": "a"}, "one way to read"),
        ({"session": boto3.Session(), "connections": "a"}, "one way to read"),
        ({"session": boto3.Session(), "connection": psycopg.Connection}, "one way to read"),
    ],
)
def test_what_is_no_session_is_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check(**arguments)
