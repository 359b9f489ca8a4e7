"""The root command: help, version, and how it starts."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from typing import Any

import pytest
from typer.testing import CliRunner

from checker import __version__, cli
from checker.cli import console, progress
from checker.cli.app import app
from checker.errors import AlarmchainError, RunError, UsageError
from checker.exit_codes import ExitCode
from checker.gather import Silent

COMMANDS = ("check", "remediate", "pattern", "controls", "query", "config", "connections", "doctor", "demo")


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == ExitCode.OK
    for command in COMMANDS:
        assert command in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "-h"])
    assert (result.exit_code, result.stderr) == (ExitCode.OK, "")


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"alarmchain {__version__}\n"


def test_an_unknown_command_is_a_usage_error_on_stderr() -> None:
    result = CliRunner().invoke(app, ["nowhere"])
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "checker", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"alarmchain {__version__}\n"


def test_main_runs_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["alarmchain", "--version"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("module", ["boto3", "botocore", "psycopg", "rich", "jinja2", "moto"])
def test_help_imports_nothing_heavy(module: str) -> None:
    code = (
        "import sys; sys.argv = ['alarmchain', '--help']\n"
        "from checker.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"raise SystemExit({module!r} in sys.modules)"
    )
    start = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(("error", "code"), [(UsageError, ExitCode.USAGE), (RunError, ExitCode.FAILED)])
def test_an_error_leaves_as_its_code(monkeypatch: pytest.MonkeyPatch, error: type[AlarmchainError], code: int) -> None:
    def fails(_folder: object) -> None:
        raise error("what\nhappened \x1b[2J")

    monkeypatch.setattr("checker.cli.query.named_statements", fails)
    result = CliRunner().invoke(app, ["query", "list"])
    # Without a hint there is no empty hint.
    assert (result.exit_code, result.stderr) == (code, "alarmchain: what happened \\u001b[2J\n")


def test_ctrl_c_is_its_own_code_wherever_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_folder: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("checker.cli.query.named_statements", interrupted)
    assert CliRunner().invoke(app, ["query", "list"]).exit_code == ExitCode.INTERRUPTED


# -- progress ------------------------------------------------------------------------------------------------------


class Screen(io.StringIO):
    """A stderr that is, or is not, a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_a_line_is_written_over_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.attached_progress() as line:
        line.stage("metric filters", 20)
        line.advance(12)
        line.advance(12)
        line.stage("keys", 1)
    written = screen.getvalue().split("\r")
    assert written[1:4] == [
        "reading metric filters: 0 of 20",
        "reading metric filters: 12 of 20",
        "reading metric filters: 20 of 20",
    ]
    assert written[4] == "reading keys: 0 of 1".ljust(len(written[3]))
    assert written[-2:] == [" " * len(written[3]), ""]


def test_nobody_watches_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=False)
    monkeypatch.setattr(sys, "stderr", screen)
    with progress.attached_progress() as line:
        assert isinstance(line, Silent)
    assert screen.getvalue() == ""


# -- what stdout can show ------------------------------------------------------------------------------------------


class Out:
    """A stdout of some kind."""

    def __init__(self, encoding: str | None, *, terminal: bool) -> None:
        self.encoding = encoding
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("out", "environment", "expected"),
    [
        (Out("utf-8", terminal=False), {}, (100, False, True)),
        (Out("UTF-8", terminal=False), {"COLUMNS": "80"}, (80, False, True)),
        (Out("utf8", terminal=False), {"COLUMNS": "0"}, (100, False, True)),
        (Out("ascii", terminal=False), {"COLUMNS": "9"}, (40, False, False)),
        (Out(None, terminal=False), {"COLUMNS": "999"}, (140, False, False)),
        (Out("utf-8", terminal=True), {"COLUMNS": "90"}, (90, True, True)),
        (Out("utf-8", terminal=True), {"COLUMNS": "90", "NO_COLOR": "1"}, (90, False, True)),
        (Out("utf-8", terminal=True), {"COLUMNS": "90", "NO_COLOR": ""}, (90, True, True)),
        (Out("utf-8", terminal=True), {"COLUMNS": "90", "TERM": "dumb"}, (90, False, True)),
    ],
)
def test_style(monkeypatch: pytest.MonkeyPatch, out: Any, environment: dict[str, str], expected: object) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", out)
    style = console.stdout_style()
    assert (style.width, style.color, style.unicode) == expected
