"""``alarmchain check`` on the command line: exit codes, what goes where, files, encodings, pipes and terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from checker.cli import console
from checker.cli.app import app
from checker.errors import UsageError
from checker.exit_codes import MEANING, ExitCode
from tests.checker.database.passworded import PasswordedPostgres, free_port
from tests.checker.database.steampipe import Steampipe, steampipe
from tests.emulator.client import EmulatedAws, Profiles
from tests.postgres import Postgres
from tests.reports import case, rows_of

OK, BROKEN = "r074", "r001"
SCHEMA = json.loads((Path(console.__file__).parents[1] / "reports/report_v1.schema.json").read_text(encoding="utf-8"))


def rows(identifier: str = OK) -> dict[str, list[dict[str, Any]]]:
    return rows_of(case(identifier)["state"])


def invoke(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], env=environment)


def run(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings.pop("environment", {})}
    command = [sys.executable, "-m", "checker", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment, **settings)


@pytest.fixture
def good(postgres: Postgres) -> list[str]:
    """Arguments that read an account whose chain is complete."""
    return ["--database", postgres.conninfo, "--connection", postgres.schema(rows())]


@pytest.fixture
def bad(postgres: Postgres) -> list[str]:
    """Arguments that read an account without a subscription."""
    broken = rows() | {"aws_sns_topic_subscription": []}
    return ["--database", postgres.conninfo, "--connection", postgres.schema(broken)]


@pytest.fixture
def undecided(postgres: Postgres) -> list[str]:
    """Arguments that read an account whose trail's status is not shown."""
    given = rows()
    for trail in given["aws_cloudtrail_trail"]:
        trail["is_logging"] = None
    return ["--database", postgres.conninfo, "--connection", postgres.schema(given)]


# -- exit codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixture", "code"), [("good", ExitCode.OK), ("bad", ExitCode.ALARM), ("undecided", ExitCode.UNDECIDED)]
)
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_the_verdict_is_the_exit_code(
    request: pytest.FixtureRequest, fixture: str, code: ExitCode, output_format: str
) -> None:
    arguments = [*request.getfixturevalue(fixture), "--format", output_format]
    result = invoke(*arguments)
    assert result.exit_code == code, result.stderr
    # "Exit 0 whatever was found": what could not be decided is a finding too.
    relaxed = invoke(*arguments, "--exit-zero")
    assert relaxed.exit_code == ExitCode.OK
    if output_format == "json":
        document = json.loads(result.stdout)
        jsonschema.validate(document, SCHEMA)
        assert document["summary"][{0: "ok", 1: "alarm", 3: "error"}[int(code)]] == 1


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANING) == set(ExitCode)


FAILURES: dict[str, tuple[list[str], ExitCode]] = {
    "unknown option": (["--nowhere"], ExitCode.USAGE),
    "unknown control": (["nowhere"], ExitCode.USAGE),
    "unknown benchmark": (["--benchmark", "cis_v99"], ExitCode.USAGE),
    "unknown source": (["--accept", "nowhere"], ExitCode.USAGE),
    "no database": (["--database", "a b"], ExitCode.USAGE),
    "no such waivers": (["--waivers", "nowhere.toml"], ExitCode.USAGE),
    "not a format": (["--format", "xml"], ExitCode.USAGE),
    "profile of a service": (["--database", "steampipe", "--profile", "x"], ExitCode.USAGE),
    "connection of the embedded database": (["--database", "embedded", "--connection", "x"], ExitCode.USAGE),
    "server down": ([f"--database=host=127.0.0.1 port={free_port()} dbname=x"], ExitCode.FAILED),
    "unknown service": (["--database", "nowhere"], ExitCode.FAILED),
}


@pytest.mark.parametrize(("arguments", "code"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("exit_zero", [False, True])
def test_a_failure_prints_nothing_on_stdout_and_is_never_zero(
    arguments: list[str], code: ExitCode, exit_zero: bool
) -> None:
    result = invoke("--format", "json", *arguments, *(["--exit-zero"] if exit_zero else []))
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_a_failure_is_one_line_and_a_hint() -> None:
    line, hint = invoke("--database", "a b").stderr.splitlines()
    assert line == "alarmchain: --database: not a database"
    assert hint.startswith("hint: give a postgresql:// URL")


def test_an_account_that_nobody_can_see_is_a_usage_error_that_lists_what_can_be_seen(good: list[str]) -> None:
    result = invoke(*good, "--account", "999999999999", "--format", "json")
    assert result.exit_code == ExitCode.USAGE
    line, hint = result.stderr.splitlines()[-2:]
    assert line == "alarmchain: --account: nobody here can see 999999999999"
    assert hint == "hint: accounts that can be seen: 123456789012"
    assert result.stdout == ""


def test_no_account_at_all_is_no_report(postgres: Postgres) -> None:
    result = invoke("--database", postgres.conninfo, "--connection", postgres.schema({}), "--format", "json")
    assert (result.exit_code, result.stdout) == (ExitCode.FAILED, "")
    assert "shows no AWS account" in result.stderr


def test_no_aws_tables_lists_the_schemas_that_have_them(service: Steampipe) -> None:
    service.run(
        'set search_path to public; alter database "{}" set search_path to public'.format(
            service.run("select current_database()")[0][0]
        )
    )
    result = invoke("--database", service.conninfo, "--format", "json")
    assert (result.exit_code, result.stdout) == (ExitCode.FAILED, "")
    line, hint = result.stderr.splitlines()
    assert "no schema of the search path has table aws_cloudtrail_trail" in line
    assert hint == "hint: choose one with --connection; these have AWS tables: aws_a"


def test_a_bug_is_said_to_be_one_without_a_traceback(monkeypatch: pytest.MonkeyPatch, good: list[str]) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise ZeroDivisionError("password=secret")

    monkeypatch.setattr("checker.cli.check.render", broken)
    result = invoke(*good)
    assert result.exit_code == ExitCode.FAILED
    assert "alarmchain: ZeroDivisionError: password=***" in result.stderr
    assert console.BUG_HINT in result.stderr
    assert "secret" not in result.output
    assert "in broken" not in result.stderr
    assert "in broken" in invoke(*good, ALARMCHAIN_TRACEBACK="1").stderr


# -- what goes where -----------------------------------------------------------------------------------------------


def test_the_report_is_all_there_is_on_stdout(bad: list[str]) -> None:
    result = invoke(*bad, "--format", "json")
    document = json.loads(result.stdout)
    assert document["schema"] == "alarmchain.report/v1"
    assert document["findings"][0]["broken_hop"] == "subscription"
    assert result.stderr.startswith("database: postgres ")


def test_the_file_is_written_whole_and_named(bad: list[str], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = invoke(*bad, "--format", "json", "--output", str(path))
    assert (result.exit_code, result.stdout) == (ExitCode.ALARM, "")
    assert f"report written to {path}" in result.stderr
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("where", ["missing/report.json", ".", "file/report.json"])
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    tmp_path: Path, where: str, output_format: str
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = invoke("--database", "nowhere", "--format", output_format, "--output", str(tmp_path / where))
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert len(result.stderr.splitlines()) == 2
    assert str(tmp_path / where) in result.stderr


def test_a_report_that_cannot_be_written_after_all_is_printed(
    bad: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = invoke(*bad, "--format", "json", "--output", str(tmp_path / "report.json"))
    assert result.exit_code == ExitCode.USAGE
    assert json.loads(result.stdout)["summary"]["alarm"] == 1
    assert "No space left on device" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link, fresh = tmp_path / "target", tmp_path / "link", tmp_path / "fresh"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    link.symlink_to(target)
    console.write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    previous = os.umask(0o027)
    try:
        console.write_file(fresh, "x")
    finally:
        os.umask(previous)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o640


def test_what_is_no_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        console.check_writable(pipe)
        console.write_file(pipe, "text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(UsageError):
        console.write_file(tmp_path / "missing" / "x", "text")


def test_permission_is_looked_at_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="permission denied"):
        console.check_writable(tmp_path / "x")


# -- encodings, widths, pipes and terminals ------------------------------------------------------------------------


@pytest.fixture
def foreign(postgres: Postgres) -> list[str]:
    """Arguments that read an account with names in other alphabets, and without a subscription."""
    given = rows() | {"aws_sns_topic_subscription": []}
    for alarm in given["aws_cloudwatch_alarm"]:
        alarm["name"] = "Größe-警報-🚨"
    return ["--database", postgres.conninfo, "--connection", postgres.schema(given)]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_stdout_will_do(foreign: list[str], encoding: str) -> None:
    environment = {"PYTHONIOENCODING": encoding}
    shown = run(*foreign, environment=environment, encoding=encoding)
    assert shown.returncode == ExitCode.ALARM, shown.stderr
    assert ("✘" in shown.stdout) == (encoding == "utf-8")
    document = run(*foreign, "--format", "json", environment=environment, encoding=encoding)
    reasons = [hop["reason"] for hop in json.loads(document.stdout)["findings"][0]["hops"]]
    assert any("Größe-警報-🚨" in reason for reason in reasons)


@pytest.mark.parametrize("columns", ["80", "60", "200", "x", ""])
def test_the_text_fits_the_width(bad: list[str], columns: str) -> None:
    environment = {"COLUMNS": columns} if columns else {}
    shown = run(*bad, environment=environment | {"PYTHONIOENCODING": "utf-8"})
    assert shown.returncode == ExitCode.ALARM
    limit = {"80": 80, "60": 60, "200": 140}.get(columns, 100)
    lines = [line for line in shown.stdout.splitlines() if not line.lstrip().startswith("$ ")]  # to copy: never broken
    assert max(map(len, lines)) <= limit
    assert "\x1b" not in shown.stdout
    assert "reading" not in shown.stderr


def test_a_report_that_nobody_takes_is_no_report(bad: list[str]) -> None:
    command = [sys.executable, "-m", "checker", "check", *bad]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()
        process.wait(60)
    said = [line for line in errors.splitlines() if not line.startswith("database: ")]
    assert said == ["alarmchain: stdout cannot be written to: it was closed before everything was printed"]
    assert process.returncode == ExitCode.FAILED


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """What a person sees: stdout and stderr of a run on a pseudo terminal."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "checker", "check", *arguments]
    variables = {**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environment}
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=variables)
    os.close(child)
    seen = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(parent)
    process.wait(60)
    return seen.decode()


def test_a_terminal_gets_progress_and_colours(bad: list[str]) -> None:
    seen = on_a_terminal(bad)
    assert "reading trails: 1 of 1" in seen
    assert "\x1b[31;1m" in seen


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_can_be_declined(bad: list[str], environment: dict[str, str]) -> None:
    assert "\x1b[" not in on_a_terminal(bad, **environment)


# -- connections of a service --------------------------------------------------------------------------------------


def test_fresh_clears_the_cache_and_the_report_says_how_old_rows_can_be(service: Steampipe) -> None:
    cached = invoke("--database", service.conninfo)
    assert "Rows may be up to 300 s old" in cached.stdout
    fresh = invoke("--database", service.conninfo, "--fresh", "--format", "json")
    assert json.loads(fresh.stdout)["database"]["max_row_age_seconds"] == 0
    assert service.orders()[:2] == ["clear", "off"]


def test_notes_are_said_on_stderr_too(passworded: PasswordedPostgres) -> None:
    with steampipe(passworded, {"aws_a": "111111111111", "aws_b": "222222222222"}) as found:
        result = invoke("--database", found.conninfo, "--format", "json")
    assert "note: only aws_a was asked" in result.stderr
    assert "connections: aws_a" in result.stderr
    assert json.loads(result.stdout)["coverage"]["connections_not_covered"] == ["aws_b"]


def test_only_encoding_errors_are_escaped() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "alarmchain.escaped")


# -- Ctrl-C --------------------------------------------------------------------------------------------------------


def test_ctrl_c_prints_what_is_known_and_leaves_nothing_behind(
    emulator: EmulatedAws, profiles: Callable[[Mapping[str, str]], Profiles], tmp_path: Path
) -> None:
    written = profiles({"one": "111111111111", "slow": "222222222222"})
    emulator.set_faults([{"key": written.keys["slow"], "action": "DescribeTrails", "delay": 8}])
    options = [part for name in written.names for part in ("--profile", name)]
    command = [sys.executable, "-m", "checker", "check", "--database", "embedded", "--format", "json", *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    tmp_path.chmod(0o755)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 40
    while not any(call["action"] == "DescribeTrails" and "fault" in call for call in emulator.calls()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    output, errors = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED, errors
    assert time.monotonic() - start < 4
    document = json.loads(output)
    jsonschema.validate(document, SCHEMA)
    assert document["coverage"]["complete"] is False
    assert {finding["account_id"]: finding["status"] for finding in document["findings"]}["222222222222"] == "error"
    assert "Traceback" not in errors
    left = time.monotonic() + 10
    while list(tmp_path.glob("alarmchain-run-*")):
        assert time.monotonic() < left
        time.sleep(0.1)


# -- what of the report is shown ------------------------------------------------------------------------------------


def test_brief_full_and_only_choose_what_the_text_says(good: list[str], bad: list[str]) -> None:
    assert invoke(*bad, "--brief").stdout.startswith("alarm\t123456789012\t4.3\tsubscription\t")
    assert "✔ subscription" in invoke(*good, "--full").stdout
    assert "an event reaches" not in invoke(*good, "--only", "alarm,error").stdout
    assert "an event reaches" in invoke(*good, "--only", "OK, alarm").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--brief", "--full"], "give one of them"),
        (["--only", "alarms"], "did you mean alarm?"),
        (["--only", ""], "known: alarm, error, ok, skip"),
    ],
)
def test_a_view_that_does_not_exist_is_a_usage_error_before_anything_is_read(arguments: list[str], hint: str) -> None:
    result = invoke("--database", "nowhere", *arguments)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert result.stderr.splitlines()[1] == f"hint: {hint}"


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        (["--format", "json", "--color", "always"], {}, False),
    ],
)
def test_colours_on_a_pipe_are_asked_for(
    bad: list[str], arguments: list[str], environment: dict[str, str], colored: bool
) -> None:
    assert ("\x1b[" in run(*bad, *arguments, environment=environment).stdout) == colored


def test_a_text_longer_than_the_screen_goes_through_the_pager(bad: list[str], tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho shown by the pager\nsed 's/^/> /'\n", encoding="utf-8")
    pager.chmod(0o755)
    wanted = {"PAGER": str(pager), "LINES": "5", "COLUMNS": "100"}
    assert "> alarm" in re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(bad, **wanted))
    assert "> " not in on_a_terminal([*bad, "--no-pager"], **wanted)
    assert "> " not in on_a_terminal(bad, **wanted | {"LINES": "100"})
    assert "nobody is told" in on_a_terminal(bad, **wanted | {"PAGER": "/nowhere/pager"})
