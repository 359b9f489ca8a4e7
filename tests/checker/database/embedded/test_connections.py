"""Profiles, credentials and regions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.aws.sessions import Sessions
from checker.database.embedded.database import EmbeddedDatabase
from checker.database.embedded.server import Server
from checker.database.embedded.settings import EmbeddedSettings
from checker.database.interface import DatabaseKind, ReadFailed
from checker.demo.world import World
from checker.errors import DatabaseUnavailable
from checker.facts import FailureKind
from tests.builders import HOME, A, B
from tests.checker.database.embedded.reading import Read, WriteProfiles, actions, reader
from tests.emulator.client import EmulatedAws
from tests.scenarios import SCENARIOS


def test_what_fails_while_opening_stops_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[Server] = []
    close = Server.close

    def closed(server: Server) -> None:
        stopped.append(server)
        close(server)

    monkeypatch.setattr(Server, "close", closed)
    monkeypatch.setattr(Server, "conninfo", "host=/nowhere connect_timeout=1")
    with pytest.raises(DatabaseUnavailable):
        EmbeddedDatabase()
    assert len(stopped) == 1
    assert not stopped[0].folder.exists()


def test_profiles_are_connections(world: World, profiles: WriteProfiles) -> None:
    SCENARIOS["multi_central_topic"].build(world)
    written = profiles({"a": A, "b": B})
    with EmbeddedDatabase(
        EmbeddedSettings(
            (
                *written.names,
                "a",
            )
        )
    ) as database:
        read = reader(database)
        assert database.connections == ("a", "b")
        assert database.kind is DatabaseKind.EMBEDDED
        assert (database.target, database.oldest_row_seconds()) == ("private Postgres", 0)
        assert {(row.connection, row.account_id) for row in read("accounts")} == {("a", A), ("b", B)}
        assert [row.connection for row in read("accounts", connections=["b"])] == ["b"]
        assert [row.state for row in read("connections")] == ["ready", "ready"]
        topic = f"arn:aws:sns:{HOME}:{B}:cis"
        (row,) = read("topics", topic_arns=[topic])
        assert (row.account_id, row.connection) == (B, "b")
        database.close()


def test_one_bad_profile_costs_the_others_nothing(world: World, emulator: EmulatedAws, profiles: WriteProfiles) -> None:
    world.trail()
    written = profiles({"a": A, "b": B})
    with EmbeddedDatabase(
        EmbeddedSettings(
            (
                "a",
                "b",
                "absent",
            )
        )
    ) as database:
        read = reader(database)
        (problem,) = [row.error for row in read("connections") if row.state == "error"]
        assert problem.startswith('profile "absent" is not in the AWS configuration files')
        with pytest.raises(ReadFailed) as caught:
            read("accounts")
        assert [(f.connection, f.message) for f in caught.value.failures] == [("absent", problem)]
        assert database.first_region("absent") == HOME
        assert len(read("accounts", connections=["a", "b"])) == 2
        assert len(read("trails", regions=[HOME], account_ids=[A, B])) == 1
        emulator.set_faults([{"key": written.keys["b"], "code": "AccessDenied"}])
        with pytest.raises(ReadFailed, match="DescribeAlarms") as caught:
            read("alarms", regions=[HOME], account_ids=[A, B])
        assert [(f.connection, f.account_id) for f in caught.value.failures] == [("b", B)]
        assert read("alarms", regions=[HOME], account_ids=[A]) == []
        assert actions(emulator) == {
            "GetCallerIdentity": 2,
            "DescribeTrails": 2,
            "GetTrailStatus": 1,
            "GetEventSelectors": 1,
            "DescribeAlarms": 2,
        }


@pytest.mark.usefixtures("aws_environment")
def test_missing_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    with EmbeddedDatabase() as database, pytest.raises(ReadFailed) as caught:
        reader(database)("accounts")
    (failure,) = caught.value.failures
    assert failure.message.startswith('no AWS credentials found for profile "default": run "aws configure"')
    # Nothing was called.
    assert (failure.action, failure.kind) == (None, FailureKind.CREDENTIALS)


def test_expired_credentials(emulator: EmulatedAws, read: Read) -> None:
    emulator.set_faults([{"action": "GetCallerIdentity", "code": "ExpiredToken", "message": "It is expired"}])
    with pytest.raises(ReadFailed, match='the credentials of profile "default" have expired'):
        read("accounts")


@pytest.mark.usefixtures("aws_environment")
def test_a_role_that_may_not_be_assumed(emulator: EmulatedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile audit]\nsource_profile = base\nrole_arn = arn:aws:iam::{B}:role/audit\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    with EmbeddedDatabase(EmbeddedSettings(("audit",))) as database, pytest.raises(ReadFailed) as caught:
        reader(database)("accounts")
    assert caught.value.failures[0].action == "sts:AssumeRole"


@pytest.mark.usefixtures("aws_environment")
def test_an_unreachable_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with (
        EmbeddedDatabase() as database,
        pytest.raises(ReadFailed, match=f"no answer from sts in {HOME} \\(endpoint connection\\)"),
    ):
        reader(database)("accounts")


@pytest.mark.parametrize(
    ("profile", "region"),
    [
        ("plain", "us-east-1"),
        ("own", "eu-north-1"),
        ("china", "cn-north-1"),
        ("gov", "us-gov-west-1"),
        ("gov-sso", "us-gov-west-1"),
    ],
)
@pytest.mark.usefixtures("aws_environment")
def test_the_first_region(
    profile: str,
    region: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile plain]\n[profile own]\nregion = eu-north-1\n"
        "[profile china]\nrole_arn = arn:aws-cn:iam::1:role/x\n"
        "[profile gov]\nrole_arn = arn:aws-us-gov:iam::1:role/x\n"
        "[profile gov-sso]\nsso_region = us-gov-east-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert Sessions([profile]).first_region(profile) == region
    assert Sessions([profile], region="sa-east-1").first_region(profile) == "sa-east-1"
    monkeypatch.setenv("AWS_REGION", "ca-central-1")
    expected = "eu-north-1" if profile == "own" else "ca-central-1"
    assert Sessions([profile]).first_region(profile) == expected
    monkeypatch.setenv("AWS_PROFILE", profile)
    default = Sessions()
    assert default.connections == (profile,)
    assert default.first_region(profile) == "ca-central-1"
