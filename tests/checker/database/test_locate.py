"""Where the database is: the order of the places, every form of --database, and passwords that stay secret."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from checker import check
from checker.cli.app import app
from checker.database.locate import Location, locate
from checker.errors import UsageError
from checker.exit_codes import ExitCode
from tests.checker.database.passworded import PASSWORD, PasswordedPostgres, free_port

NASTY = ("p@ss", "pa:ss", "pa/ss", "pa#ss", "pa?ss", "pa%ss", "pa%2", "@", "#", "/", "?", PASSWORD)


def find(asked: str | None, *, environ: dict[str, str] | None = None, home: Path | None = None) -> Location:
    return locate(asked, origin="--database", environ=environ or {}, home=home)


def parts(location: Location) -> dict[str, Any]:
    assert location.conninfo is not None
    return conninfo_to_dict(location.conninfo)


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def service(folder: Path, *, passwd: str | None = None, **state: Any) -> Path:
    """A Steampipe installation whose state file says so."""
    internal = folder / "internal"
    internal.mkdir(parents=True)
    (internal / "steampipe.json").write_text(json.dumps(state), encoding="utf-8")
    if passwd is not None:
        (internal / ".passwd").write_text(passwd, encoding="utf-8")
    return folder


# -- without --database --------------------------------------------------------------------------------------------


def test_a_running_steampipe_service_of_the_home_folder(tmp_path: Path, listening: int) -> None:
    service(tmp_path / ".steampipe", port=listening, listen=["localhost"], user="u", database="d", password="w")
    found = find(None, home=tmp_path)
    assert parts(found) == {"host": "localhost", "port": str(listening), "user": "u", "dbname": "d", "password": "w"}
    assert found.why == "the local Steampipe service runs"


def test_the_install_dir_comes_before_the_home_folder(tmp_path: Path, listening: int) -> None:
    service(tmp_path / ".steampipe", port=1)
    other = service(tmp_path / "other", port=listening)
    found = find(None, environ={"STEAMPIPE_INSTALL_DIR": str(other)}, home=tmp_path)
    assert parts(found)["port"] == str(listening)


def test_the_password_file_is_read_when_the_state_has_none(tmp_path: Path, listening: int) -> None:
    service(tmp_path / ".steampipe", passwd="from-file\n", port=listening)
    assert parts(find(None, home=tmp_path)) == {
        "host": "127.0.0.1",
        "port": str(listening),
        "user": "steampipe",
        "dbname": "steampipe",
        "password": "from-file",
    }


@pytest.mark.parametrize(
    ("listen", "host"),
    [
        (["127.0.0.1", "::1"], "127.0.0.1"),
        (["localhost"], "localhost"),
        (["10.0.0.5"], "10.0.0.5"),
        (["*"], "127.0.0.1"),
        (["0.0.0.0"], "127.0.0.1"),  # noqa: S104 - what Steampipe writes, not bound
        ([], "127.0.0.1"),
        (None, "127.0.0.1"),
        ("network", "127.0.0.1"),
    ],
)
def test_the_address_is_one_that_can_be_reached(tmp_path: Path, listen: Any, host: str) -> None:
    service(tmp_path / ".steampipe", port=9193, listen=listen)
    assert parts(find("steampipe", home=tmp_path))["host"] == host


def test_a_state_file_that_outlived_its_service_is_said_and_passed_over(tmp_path: Path) -> None:
    port = free_port()
    service(tmp_path / ".steampipe", port=port)
    found = find(None, home=tmp_path)
    assert found.conninfo is None
    assert found.why == (
        f"the Steampipe service at 127.0.0.1:{port} does not answer ('steampipe service start' starts it)"
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": "9193"}', '{"listen": ["localhost"]}', "\xff"])
def test_a_state_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    service(tmp_path / ".steampipe", port=1)
    (tmp_path / ".steampipe/internal/steampipe.json").write_bytes(text.encode("latin-1"))
    assert find(None, home=tmp_path).why == "no Steampipe service is set up here"


@pytest.mark.parametrize("asked", [None, "", "  "])
def test_without_anything_the_embedded_database_answers(tmp_path: Path, asked: str | None) -> None:
    assert find(asked, home=tmp_path) == Location(None, "no Steampipe service is set up here")
    assert find(asked, home=None).conninfo is None


# -- the forms of --database ---------------------------------------------------------------------------------------


def test_embedded() -> None:
    assert find("embedded") == Location(None, "--database asks for the embedded database")


def test_steampipe_that_is_not_set_up_is_where_it_usually_is(tmp_path: Path) -> None:
    found = parts(find("steampipe", home=tmp_path))
    assert found == {"host": "127.0.0.1", "port": "9193", "user": "steampipe", "dbname": "steampipe"}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("postgresql://u@h:5/d?sslmode=verify-full&sslrootcert=/x", "gives a URL"),
        ("postgres://u@h/d", "gives a URL"),
        ("postgresql://%2Ftmp%2Fsocket/d", "gives a URL"),
        ("postgresql:///d?host=/tmp&user=me@corp", "gives a URL"),
        ("postgresql://u@[::1]:5432/d", "gives a URL"),
        ("postgresql://u@h1:1,h2:2/d", "gives a URL"),
        ("host=h port=5 dbname=d sslmode=require sslcert='/a b'", "gives a connection string"),
        ("  host=h ", "gives a connection string"),
    ],
)
def test_connection_strings_pass_through_untouched(asked: str, why: str) -> None:
    found = find(asked)
    assert found.conninfo == asked.strip()
    assert found.why == f"--database {why}"


def test_a_service_name() -> None:
    found = find("my-service_1.x")
    assert parts(found) == {"service": "my-service_1.x"}
    assert "names the service 'my-service_1.x'" in found.why


@pytest.mark.parametrize("asked", ["mysql://u:secret@h/d", "two words", "host=", "=", "hst=x", "host='x", "a;b"])
def test_anything_else_is_a_usage_error_that_does_not_repeat_it(asked: str) -> None:
    if asked == "host=":
        assert find(asked).conninfo == asked
        return
    with pytest.raises(UsageError) as caught:
        find(asked)
    assert "secret" not in str(caught.value) + caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.hint


def test_a_location_does_not_show_its_connection_string() -> None:
    assert "secret" not in repr(find("postgresql://u:secret@h/d"))
    assert "secret" not in repr(find("password=secret host=h"))


# -- passwords -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", NASTY)
def test_an_unencoded_password_gets_a_message_about_encoding(password: str) -> None:
    url = f"postgresql://steampipe:{password}@127.0.0.1:9193/steampipe"
    with pytest.raises(UsageError) as caught:
        find(url)
    assert "percent-encode" in caught.value.hint
    assert "PGPASSWORD" in caught.value.hint
    if len(password) > 1:
        assert password not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("password", NASTY)
def test_an_encoded_password_passes(password: str) -> None:
    found = find(f"postgresql://steampipe:{quote(password, safe='')}@127.0.0.1:9193/steampipe")
    assert parts(found)["password"] == password


@pytest.mark.parametrize("password", NASTY[:-5] + NASTY[-1:])
def test_the_command_says_so_with_exit_code_2_and_never_shows_it(password: str) -> None:
    url = f"postgresql://steampipe:{password}@127.0.0.1:9193/steampipe"
    for given in (["--database", url], []):
        result = CliRunner().invoke(app, ["check", "--format", "json", *given], env={"ALARMCHAIN_DATABASE": url})
        assert result.exit_code == ExitCode.USAGE
        assert result.stdout == ""
        assert password not in result.output
        assert "percent-encode" in result.stderr
        assert len(result.stderr.splitlines()) == 2


def test_the_password_works_encoded_in_a_string_and_in_the_environment(
    passworded: PasswordedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"127.0.0.1:{passworded.port}/steampipe"
    for database in (
        f"postgresql://steampipe:{quote(PASSWORD, safe='')}@{place}",
        f"host=127.0.0.1 port={passworded.port} user=steampipe dbname=steampipe password='{PASSWORD}'",
        passworded.conninfo,
    ):
        report = check(database=database)
        assert [finding.account_id for finding in report.findings] == ["123456789012"]
        assert report.database.target == place
        assert PASSWORD not in repr(report)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert len(check(database=f"postgresql://steampipe@{place}").findings) == 1


@pytest.mark.parametrize("password", ["wrong-secret", None])
def test_a_wrong_password_is_one_line_a_hint_and_exit_code_4(
    passworded: PasswordedPostgres, password: str | None
) -> None:
    userinfo = "steampipe" if password is None else f"steampipe:{password}"
    url = f"postgresql://{userinfo}@127.0.0.1:{passworded.port}/steampipe"
    result = CliRunner().invoke(app, ["check", "--format", "json", "--database", url])
    assert result.exit_code == ExitCode.FAILED
    assert result.stdout == ""
    line, hint = result.stderr.splitlines()
    assert "the server does not accept user or password" in line
    assert hint.startswith("hint: ")
    assert "wrong-secret" not in result.stderr


def test_the_local_service_is_found_and_used(
    passworded: PasswordedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = service(tmp_path / "sp", passwd=PASSWORD, port=passworded.port, listen=["127.0.0.1"])
    monkeypatch.setenv("STEAMPIPE_INSTALL_DIR", str(folder))
    result = CliRunner().invoke(app, ["check", "--format", "json"])
    assert result.exit_code == ExitCode.ALARM, result.stderr
    document = json.loads(result.stdout)
    assert document["database"]["why"] == "the local Steampipe service runs"
    assert PASSWORD not in result.output


def test_a_missing_database_and_user_are_told_apart(passworded: PasswordedPostgres) -> None:
    base = f"host=127.0.0.1 port={passworded.port} password='{PASSWORD}'"
    for settings, words in (
        ("user=steampipe dbname=nowhere", 'database "nowhere" does not exist'),
        ("user=nobody dbname=steampipe", "does not accept user or password"),
    ):
        result = CliRunner().invoke(app, ["check", "--database", f"{base} {settings}"])
        assert result.exit_code == ExitCode.FAILED
        assert words in result.stderr
        assert PASSWORD not in result.stderr


def test_the_configuration_file_comes_after_the_variable_and_before_the_service(
    tmp_path: Path, listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = service(tmp_path / "sp", port=listening)
    monkeypatch.setenv("STEAMPIPE_INSTALL_DIR", str(folder))
    closed, other, third = free_port(), free_port(), free_port()
    config = tmp_path / "alarmchain.toml"
    config.write_text(f'database = "host=127.0.0.1 port={closed} dbname=x user=x"\n', encoding="utf-8")
    from_file = ["--config", str(config), "check"]
    environ = {"ALARMCHAIN_DATABASE": f"host=127.0.0.1 port={other} dbname=x user=x"}
    option = [*from_file, "--database", f"host=127.0.0.1 port={third} dbname=x user=x"]
    for arguments, env, port in ((from_file, {}, closed), (from_file, environ, other), (option, environ, third)):
        result = CliRunner().invoke(app, arguments, env=env)
        assert result.exit_code == ExitCode.FAILED
        assert re.search(rf"127\.0\.0\.1:{port}\b.*connection refused", result.stderr), result.stderr
