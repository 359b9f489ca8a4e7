"""``alarmchain demo``: what each of its accounts teaches, without touching anything of the machine's."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checker.cli.app import app
from checker.cli.demo import _next_steps, _program
from checker.demo.accounts import ACCOUNTS, emulated_aws
from checker.errors import RunError
from checker.exit_codes import ExitCode

LESSONS = {
    "complete": ("ok", ""),
    "sign-in-only": ("alarm", "filter"),
    "ten-events": ("alarm", "alarm"),
    "closed-topic": ("alarm", "topic"),
    "nobody-subscribed": ("alarm", "subscription"),
    "no-trail": ("alarm", "trail"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_every_account_teaches_its_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    # Settings of the user's own that would lead elsewhere, or nowhere.
    monkeypatch.setenv("AWS_PROFILE", "mine")
    own = Path(os.environ["HOME"]) / ".aws"
    own.mkdir()
    (own / "credentials").write_text("[complete]\naws_access_key_id = own\naws_secret_access_key = own\n")
    (own / "config").write_text("[profile complete")
    before = dict(os.environ)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == ExitCode.OK, result.stderr
    assert dict(os.environ) == before
    rows = [line for line in result.stdout.splitlines() if line.startswith(("ok ", "alarm"))]
    found = {}
    for account in ACCOUNTS:
        row = next(line for line in rows if account.account_id in line)
        found[account.profile] = (row[:5].strip(), row[7:19].strip())
    assert found == LESSONS
    for step in ("check", "check --database embedded", "remediate", "check --help"):
        assert f"\n  alarmchain {step}  " in result.stdout
    assert "Traceback" not in result.stderr


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    original = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("moto"):
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RunError) as caught, emulated_aws(tmp_path):
        pass
    assert caught.value.hint == "pip install 'alarmchain[demo]'"


@pytest.mark.parametrize(("on_path", "program"), [(True, "alarmchain"), (False, ".venv/bin/alarmchain")])
def test_the_next_steps_call_the_program_as_it_can_be_called(
    on_path: bool, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / ".venv" / "bin"
    installed.mkdir(parents=True)
    (installed / "alarmchain").write_text("#!/bin/sh\n")
    (installed / "alarmchain").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(installed / "alarmchain"), "demo"])
    monkeypatch.setenv("PATH", str(installed) if on_path else os.devnull)
    assert _program() == program
    for line in _next_steps(_program()).splitlines()[2:]:
        assert line.startswith(f"  {program} ")
