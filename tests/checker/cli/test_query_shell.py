"""``alarmchain query shell``: the user's own client in a terminal, read-only, its password nowhere to be seen."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker.cli.app import app
from checker.cli.query_shell import Client
from checker.database.client_environment import client_settings, environment_of
from checker.exit_codes import ExitCode
from tests.checker.database.passworded import PasswordedPostgres
from tests.emulator.client import EmulatedAws
from tests.queries.test_queries import psql_of_the_wheel

SCRIPT = """#!/bin/sh
env | grep '^PG' | sort
test -z "$PGPASSFILE" || { stat -c 'mode=%a' "$PGPASSFILE"; cat "$PGPASSFILE"; }
exit 3
"""


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, ["query", "shell", *words])


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put clients on an otherwise empty path."""

    def put(*names: str, script: str = SCRIPT) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in names:
            path = folder / name
            path.write_text(script, encoding="utf-8")
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin" if names else str(folder))
        return folder

    return put


def in_terminal(words: list[str], say: bytes, until: bytes) -> tuple[int, bytes, str]:
    """Exit code and output of a command in a pseudo-terminal, and the list of processes meanwhile."""
    leading, following = pty.openpty()
    process = subprocess.Popen(words, stdin=following, stdout=following, stderr=following, close_fds=True)
    os.close(following)
    shown, listed, end = b"", "", time.monotonic() + 60
    said = False
    while time.monotonic() < end:
        try:
            shown += os.read(leading, 65536)
        except OSError:
            break
        if not said and b"alarmchain" in shown:
            os.write(leading, say)
            said = True
        if until in shown and not listed:
            listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
            os.write(leading, b"\\q\n")
    os.close(leading)
    return process.wait(30), shown, listed


def test_psql_in_a_terminal_is_read_only_and_the_password_is_nowhere(
    passworded: PasswordedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(psql_of_the_wheel()).parent), prepend=os.pathsep)
    monkeypatch.setenv("ALARMCHAIN_DATABASE", passworded.conninfo)
    monkeypatch.setenv("PSQLRC", os.devnull)
    monkeypatch.setenv("PAGER", "cat")
    words = [sys.executable, "-m", "checker", "query", "shell", "--with", "psql", "--timeout", "7"]
    say = b"create table x(a int);\nshow statement_timeout;\nselect current_user || '!' as who;\n"
    code, shown, listed = in_terminal(words, say, b"steampipe!")
    assert code == 0, shown
    assert b"cannot execute CREATE TABLE in a read-only transaction" in shown
    assert b"7s" in shown
    assert "psql" in listed
    assert passworded.password not in listed
    assert passworded.password.encode() not in shown


def test_the_client_gets_variables_a_password_file_and_its_code_is_ours(
    passworded: PasswordedPostgres, install: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    install("psql", "pgcli")
    result = invoke("--database", passworded.conninfo, "--connection", "aws")
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", "")
    shown = dict(line.split("=", 1) for line in capfd.readouterr().out.splitlines() if "=" in line)
    assert shown["PGHOST"] == "127.0.0.1"
    assert shown["PGPORT"] == str(passworded.port)
    assert shown["PGAPPNAME"] == "alarmchain-shell"
    assert shown["PGOPTIONS"] == (
        '-c default_transaction_read_only=on -c statement_timeout=300000 -c search_path="aws"'
    )
    assert shown["mode"] == "600"
    assert not Path(shown["PGPASSFILE"]).parent.exists()


def test_a_client_that_a_signal_ends(passworded: PasswordedPostgres, install: Callable[..., Path]) -> None:
    install("harlequin", script="#!/bin/sh\nkill -9 $$\n")
    assert invoke("--database", passworded.conninfo, "--with", "harlequin").exit_code == 128 + 9


def test_what_would_be_run_is_printed_with_the_password_masked(passworded: PasswordedPostgres) -> None:
    result = invoke("--database", passworded.conninfo, "--print", "--with", "pgcli")
    assert result.exit_code == ExitCode.OK
    assert passworded.password not in result.stdout
    assert result.stdout.splitlines()[-2:] == [
        "PGPASSFILE=a file of this session, with the password ***",
        "pgcli --application-name alarmchain-shell --prompt 'alarmchain \\d> '",
    ]


@pytest.mark.parametrize("words", [[], ["--with", "harlequin"]])
def test_without_a_client_it_is_said_how_to_get_one(
    passworded: PasswordedPostgres, install: Callable[..., Path], words: list[str]
) -> None:
    install()
    result = invoke("--database", passworded.conninfo, *words)
    assert (result.exit_code, result.stdout) == (ExitCode.FAILED, "")
    assert "pip install 'harlequin[postgres]'" in result.stderr


@pytest.mark.parametrize("words", [["--fill", "aws_sns_topic"], ["-c", "aws", "-c", "public"]])
def test_what_makes_no_sense_is_refused(
    passworded: PasswordedPostgres, install: Callable[..., Path], words: list[str]
) -> None:
    install("psql")
    assert invoke("--database", passworded.conninfo, *words).exit_code == ExitCode.USAGE


@pytest.mark.usefixtures("aws_environment")
def test_the_embedded_database_is_filled_first(emulator: EmulatedAws, install: Callable[..., Path]) -> None:
    install("psql")
    emulator.clear_calls()
    result = invoke("--database", "embedded", "--fill", "aws_account")
    assert (result.exit_code, result.stderr) == (3, "filled aws_account with 1 AWS calls\n")
    assert [call["action"] for call in emulator.calls()] == ["GetCallerIdentity"]
    assert "--fill TABLE" in invoke("--database", "embedded").stderr
    for words in (["--fill", "aws_s3_bucket"], ["--print"]):
        assert invoke("--database", "embedded", *words).exit_code == ExitCode.USAGE


def test_every_client_has_a_command_without_a_place() -> None:
    assert [client.command[0] for client in Client] == ["psql", "pgcli", "harlequin"]


def test_a_strange_password_and_schema_are_escaped(tmp_path: Path) -> None:
    del tmp_path
    conninfo = r"host=h port=1 user='u:x' dbname=d password='p:\\\\\' w' options='-c geqo=off'"
    settings = client_settings(conninfo, {"PGOPTIONS": "-c x=y"}, timeout=1.5, schema='a "b\\')
    assert settings.password_line == "h:1:d:u\\:x:p\\:\\\\\\\\' w\n"
    assert settings.variables["PGOPTIONS"] == (
        '-c geqo=off -c default_transaction_read_only=on -c statement_timeout=1500 -c search_path="a\\ ""b\\\\"'
    )
    assert "p:" not in repr(settings)
    with environment_of(settings, {"PGPASSWORD": "old", "HOME": "/h"}) as found:
        assert "PGPASSWORD" not in found
        assert stat.S_IMODE(Path(found["PGPASSFILE"]).stat().st_mode) == 0o600
    assert not Path(found["PGPASSFILE"]).exists()


def test_the_users_own_options_and_password_stay_where_none_is_given() -> None:
    settings = client_settings("host=h", {"PGOPTIONS": "-c x=y"}, timeout=1, schema=None)
    assert settings.variables["PGOPTIONS"].startswith("-c x=y -c default_transaction_read_only=on")
    assert settings.shown()[0] == "PGHOST=h"
    with environment_of(settings, {"PGPASSWORD": "own"}) as found:
        assert found["PGPASSWORD"] == "own"
        assert "PGPASSFILE" not in found
