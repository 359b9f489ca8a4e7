"""``config show``: effective values, their sources, and no secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from checker.cli.config import ConfigOption, app, current_config
from checker.cli.config_file import load_config
from checker.cli.settable import Option, options_of


def program() -> typer.Typer:
    main = typer.Typer(pretty_exceptions_enable=False)

    @main.callback()
    def root(config: ConfigOption = None, quiet: bool = False) -> None:
        """Take the options of the program."""

    @main.command()
    def check(
        database: Annotated[str | None, typer.Option(envvar=["ALARMCHAIN_DATABASE", "OTHER_DATABASE"])] = None,
        notify: Annotated[list[str] | None, typer.Option()] = None,
        api_token: Annotated[str | None, typer.Option(envvar="MY_TOKEN")] = None,
        out: Path = Path("report.json"),
        limit: int = 3,
    ) -> None:
        typer.echo("checked")

    main.add_typer(app)
    return main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "users"))
    monkeypatch.delenv("ALARMCHAIN_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, **env: str) -> Any:
    return CliRunner().invoke(program(), list(words), env=env, catch_exceptions=False)


def rows(*words: str, **env: str) -> dict[str, dict[str, Any]]:
    result = run(*words, "--format", "json", **env)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["schema"] == "alarmchain.config/v1"
    return {f"{row['command']} {row['option']}".strip(): row for row in document["options"]}


def test_every_option_has_a_value_and_a_source(folder: Path) -> None:
    (folder / "alarmchain.toml").write_text("quiet = true\n[check]\nlimit = 5\n")
    shown = rows("config", "show", ALARMCHAIN_DATABASE="steampipe", ALARMCHAIN_NOTIFY="a b")
    assert (shown["check limit"]["value"], shown["check limit"]["source"]) == (5, "file")
    assert shown["check limit"]["where"] == f"{folder}/alarmchain.toml:3"
    assert (shown["quiet"]["value"], shown["quiet"]["source"]) == (True, "file")
    assert (shown["check database"]["source"], shown["check database"]["where"]) == (
        "environment",
        "ALARMCHAIN_DATABASE",
    )
    assert (shown["check notify"]["value"], shown["check notify"]["where"]) == (["a", "b"], "ALARMCHAIN_NOTIFY")
    assert (shown["check out"]["value"], shown["check out"]["source"]) == ("report.json", "default")
    assert shown["check out"]["where"] is None
    assert shown["check api-token"]["value"] is None


def test_flags_of_the_program_count() -> None:
    assert rows("--quiet", "config", "show")["quiet"] == {
        "command": "",
        "option": "quiet",
        "value": True,
        "source": "flag",
        "where": None,
    }


def test_secrets_are_masked() -> None:
    result = run(
        "config",
        "show",
        OTHER_DATABASE="postgresql://u:s3cret@h/d",
        MY_TOKEN="s3cret",
        ALARMCHAIN_NOTIFY="slack://s3cret/x https://h/a?token=s3cret",
    )
    assert "s3cret" not in result.output
    assert "postgresql://u:***@h/d" in result.output
    assert "environment OTHER_DATABASE" in result.output
    assert "slack://***, https://h/a?token=***" in result.output


def test_text(folder: Path) -> None:
    (folder / "alarmchain.toml").write_text("[check]\nlimit = 5\n")
    output = run("config", "show", "check").output
    assert output.splitlines()[0] == f"configuration file: {folder}/alarmchain.toml"
    assert f"file {folder}/alarmchain.toml:2" in output
    assert "config show" not in output


def test_without_a_file() -> None:
    assert run("config", "show").output.startswith("configuration file: none found\n")


def test_an_unknown_command_is_a_usage_error() -> None:
    result = run("config", "show", "chekc")
    assert result.exit_code == 2
    assert "no command 'chekc'" in result.output


def test_other_file(folder: Path) -> None:
    (folder / "other.toml").write_text("[check]\nlimit = 9\n")
    assert rows("--config", "other.toml", "config", "show")["check limit"]["value"] == 9


def test_no_configuration_without_the_option() -> None:
    alone = typer.Typer(pretty_exceptions_enable=False)

    @alone.command()
    def check(context: typer.Context) -> None:
        typer.echo(str(current_config(context).path))

    assert CliRunner().invoke(alone, []).output == "None\n"


def test_completion_reads_no_configuration(folder: Path) -> None:
    (folder / "alarmchain.toml").write_text("nonsense")
    context = typer.main.get_command(program()).make_context("alarmchain", [], resilient_parsing=True)
    assert context.default_map is None


def test_the_documented_file_fits_the_program(folder: Path) -> None:
    from checker.cli.app import app as alarmchain

    page = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    (folder / "alarmchain.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    config = load_config(typer.main.get_command(alarmchain), None, folder, {})
    assert config.default_map["check"]["concurrency"] == 8
    assert config.default_map["check"]["database"] == "service=steampipe"
    assert config.default_map["controls"]["list"]["output_format"] == "json"


def test_every_option_of_the_program_is_shown_and_settable(folder: Path) -> None:
    from checker.cli.app import app as alarmchain

    command = typer.main.get_command(alarmchain)
    options = list(options_of(command))
    result = CliRunner().invoke(alarmchain, ["config", "show", "--format", "json"], catch_exceptions=False)
    shown = {(row["command"], row["option"]) for row in json.loads(result.stdout)["options"]}
    assert shown == {(" ".join(option.command), option.key) for option in options}
    variables = {option.variables[0]: sample(option) for option in options}
    config = load_config(command, None, folder, variables)
    assert {(setting.option.command, setting.option.key) for setting in config.settings.values()} == {
        (option.command, option.key) for option in options
    }


def sample(option: Option) -> str:
    return option.choices[0] if option.choices else "1"
