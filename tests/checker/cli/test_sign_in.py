"""No credentials: one line and what to type, in every command that asks AWS; and codes of MFA devices."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker.cli import console, sign_in
from checker.cli.app import app
from checker.exit_codes import ExitCode

NONE = 'no AWS credentials found for profile "default": run "aws configure", or choose one with --profile'


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def nobody(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Nobody's credentials; writes the configuration file."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    def write(text: str) -> None:
        (tmp_path / "config").write_text(text, encoding="utf-8")

    return write


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "--database", "embedded"], ExitCode.UNDECIDED),
        (["check", "--all", "--database", "embedded"], ExitCode.UNDECIDED),
        (["remediate", "--endpoint", "a@example.com", "--database", "embedded"], ExitCode.UNDECIDED),
        (["pattern", "check", "{ $.a = 1 }", "--live"], ExitCode.FAILED),
    ],
)
def test_no_credentials_are_one_line_and_a_command(arguments: list[str], code: ExitCode) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    said = " ".join((result.stdout + result.stderr).split())
    assert said.count(NONE) == 1
    assert len(result.stdout.splitlines()) <= 8


def test_an_expired_sign_in_names_its_command(nobody: Callable[[str], None]) -> None:
    sso = "sso_start_url = https://x.example\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r"
    nobody(f"[profile x]\n{sso}\n")
    result = run("check", "--database", "embedded", "--profile", "x", "--format", "json")
    assert result.exit_code == ExitCode.UNDECIDED
    (failure,) = json.loads(result.stdout)["coverage"]["failures"]
    assert failure["message"].endswith('run "aws sso login --profile x"')
    assert (failure["kind"], failure["action"]) == ("credentials", None)


def test_a_person_is_asked_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "can_ask", lambda: False)
    assert sign_in.sign_in().ask is None
    monkeypatch.setattr(console, "can_ask", lambda: True)
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return "123456"

    monkeypatch.setattr(getpass, "getpass", answer)
    assert sign_in.sign_in().code("code of \x1b[2J: ") == "123456"
    assert prompts == ["code of \\u001b[2J: "]
