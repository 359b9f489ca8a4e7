"""Configuration: flags beat the environment, which beats the file; wrong keys and values are refused at their line."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import pytest
import typer
from typer.testing import CliRunner

from checker.cli.app import app as alarmchain
from checker.cli.config import ConfigOption
from checker.cli.config_file import Config, load_config
from checker.cli.settable import options_of
from checker.errors import DataFileError, UsageError


class Form(StrEnum):
    TEXT = "text"
    SARIF = "sarif"


class Plain(StrEnum):
    TEXT = "text"
    JSON = "json"


def program() -> typer.Typer:
    """A program with the kinds of option that matter: shared, repeatable, ranged, paths, choices, flags, groups."""
    app = typer.Typer(pretty_exceptions_enable=False)
    controls = typer.Typer(name="controls")

    @app.callback()
    def root(config: ConfigOption = None, quiet: bool = False) -> None:
        typer.echo(f"quiet={quiet}")

    @app.command()
    def check(
        ids: Annotated[list[str] | None, typer.Argument()] = None,
        database: Annotated[str | None, typer.Option(envvar="ALARMCHAIN_DATABASE")] = None,
        concurrency: Annotated[int, typer.Option(min=1, max=64)] = 4,
        ratio: Annotated[float, typer.Option(min=0)] = 0.5,
        tag: Annotated[list[str] | None, typer.Option()] = None,
        controls_folder: Annotated[Path | None, typer.Option("--controls")] = None,
        form: Annotated[Form, typer.Option("--format")] = Form.TEXT,
        color: Annotated[bool, typer.Option("--color/--no-color")] = True,
    ) -> None:
        typer.echo(f"{database} {concurrency} {ratio} {tag} {controls_folder} {form.value} {color}")

    @controls.command("list")
    def list_controls(form: Annotated[Plain, typer.Option("--format")] = Plain.TEXT) -> None:
        typer.echo(form.value)

    @controls.command("show")
    def show_control(form: Annotated[Plain, typer.Option("--format")] = Plain.TEXT) -> None:
        typer.echo(form.value)

    app.add_typer(controls)
    return app


def command() -> Any:
    return typer.main.get_command(program())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a user's configuration folder beside it."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "users"))
    for name in ("ALARMCHAIN_CONFIG", "ALARMCHAIN_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(work)
    return work


def configure(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    (folder / "alarmchain.toml").write_text(text)
    return load_config(command(), None, folder, environ or {})


def run(*words: str, env: Mapping[str, str] | None = None) -> str:
    result = CliRunner().invoke(program(), list(words), env=env, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()[-1]


def test_options_are_found_by_walking() -> None:
    found = {(" ".join(option.command), option.key) for option in options_of(command())}
    assert found == {
        ("", "quiet"),
        *(("check", key) for key in ("database", "concurrency", "ratio", "tag", "controls", "format", "color")),
        ("controls list", "format"),
        ("controls show", "format"),
    }


def test_no_file_and_no_variable(folder: Path) -> None:
    config = load_config(command(), None, folder, {"PATH": "/bin"})
    assert config == Config()
    assert config.default_map == {}


def test_a_key_counts_for_the_commands_at_or_below_its_table(folder: Path) -> None:
    config = configure(
        folder,
        """
database = "shared"
quiet = true
[check]
concurrency = 8
tag = ["a", "b"]
color = false
ratio = 1
[controls]
format = "json"
[controls.show]
format = "text"
""",
    )
    assert config.path == folder / "alarmchain.toml"
    assert config.default_map == {
        "quiet": True,
        "check": {
            "database": "shared",
            "concurrency": 8,
            "tag": ["a", "b"],
            "color": False,
            "ratio": 1,
        },
        "controls": {"list": {"form": "json"}, "show": {"form": "text"}},
    }


def test_a_shared_key_need_not_fit_every_command(folder: Path) -> None:
    assert configure(folder, 'format = "sarif"').default_map == {"check": {"form": "sarif"}}
    environment = configure(folder, "", {"ALARMCHAIN_FORMAT": "sarif"})
    assert environment.default_map == {"check": {"form": "sarif"}}


def test_flags_beat_environment_beats_file(folder: Path) -> None:
    (folder / "alarmchain.toml").write_text('database = "file"\n[check]\nconcurrency = 2\ntag = ["file"]\n')
    assert run("check").startswith("file 2 0.5 ['file']")
    env = {"ALARMCHAIN_DATABASE": "env", "ALARMCHAIN_CONCURRENCY": "3", "ALARMCHAIN_TAG": "a 'b c'"}
    assert run("check", env=env).startswith("env 3 0.5 ['a', 'b c']")
    assert run("check", "--database", "flag", "--concurrency", "5", "--tag", "x", env=env).startswith(
        "flag 5 0.5 ['x']"
    )


def test_a_variable_with_the_command_wins_over_one_without(folder: Path) -> None:
    env = {"ALARMCHAIN_CONCURRENCY": "3", "ALARMCHAIN_CHECK_CONCURRENCY": "7"}
    assert run("check", env=env).startswith("None 7")
    assert run("controls", "list", env={"ALARMCHAIN_CONTROLS_LIST_FORMAT": "json"}) == "json"


def test_an_empty_variable_sets_nothing(folder: Path) -> None:
    assert run("check", env={"ALARMCHAIN_CONCURRENCY": ""}).startswith("None 4")


def test_root_options_take_settings_too(folder: Path) -> None:
    (folder / "alarmchain.toml").write_text("quiet = true\n")
    output = CliRunner().invoke(program(), ["check"]).output
    assert output.startswith("quiet=True")


def test_dashes_and_underscores_are_the_same(folder: Path) -> None:
    app = typer.Typer()

    @app.command()
    def check(max_age: int = 1) -> None:
        typer.echo(str(max_age))

    (folder / "alarmchain.toml").write_text("max_age = 2\n")
    config = load_config(typer.main.get_command(app), None, folder, {})
    assert config.default_map == {"max_age": 2}


def test_relative_paths_count_from_the_file(folder: Path) -> None:
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    (folder / "alarmchain.toml").write_text('[check]\ncontrols = "ours"\n')
    assert load_config(command(), None, below, {}).default_map == {"check": {"controls_folder": str(folder / "ours")}}
    (folder / "alarmchain.toml").write_text('[check]\ncontrols = "/abs/ours"\n')
    assert load_config(command(), None, below, {}).default_map == {"check": {"controls_folder": "/abs/ours"}}
    (folder / "alarmchain.toml").write_text('[check]\ncontrols = "-"\n')
    assert load_config(command(), None, below, {}).default_map == {"check": {"controls_folder": "-"}}


def test_where_the_file_is_looked_for(folder: Path, tmp_path: Path) -> None:
    users = tmp_path / "users" / "alarmchain" / "alarmchain.toml"
    users.parent.mkdir(parents=True)
    users.write_text("quiet = true\n")
    assert load_config(command(), None, folder, {}).path == users
    above = tmp_path / "alarmchain.toml"
    above.write_text("")
    assert load_config(command(), None, folder, {}).path == above
    named = tmp_path / "named.toml"
    named.write_text("")
    assert load_config(command(), None, folder, {"ALARMCHAIN_CONFIG": str(named)}).path == named
    other = folder / "other.toml"
    other.write_text("")
    assert load_config(command(), Path("other.toml"), folder, {"ALARMCHAIN_CONFIG": str(named)}).path == other


def test_a_variable_that_nothing_reads_is_refused_with_the_nearest_name(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^ALARMCHAIN_DATABSE: nothing reads") as caught:
        load_config(command(), None, folder, {"ALARMCHAIN_DATABSE": "x", "ALARMCHAIN_DATABASE": "y"})
    assert "ALARMCHAIN_DATABASE" in caught.value.hint
    assert load_config(command(), None, folder, {"ALARMCHAIN_DATABSE": "", "OTHER": "x"}) == Config()
    read = {"ALARMCHAIN_TRACEBACK": "1", "ALARMCHAIN_DATABASE": "y"}
    assert len(load_config(command(), None, folder, read).settings) == 1


CONSENT = [
    "apply = true",
    "apply = false",
    "yes = true",
    '"yes" = "true"',
    "[remediate]\nyes = true",
    "[remediate]\napply = 1",
    "[remediate.plan]\napply = true",
    "[remediate.plan]\nyes = true",
    "[remediate.undo]\nyes = true",
    "remediate.undo.yes = true",
    "[remediate.undo.yes]\nx = 1",
    "approve_from = 'x'",
]


@pytest.mark.parametrize("text", CONSENT)
def test_a_file_gives_no_consent(folder: Path, text: str) -> None:
    (folder / "alarmchain.toml").write_text(text)
    for words in (["remediate"], ["remediate", "undo", "run"], ["check"]):
        result = CliRunner().invoke(alarmchain, words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"alarmchain.toml:{text.count(chr(10)) + 1 - text.count('x = 1')}: " in result.stderr
        assert "consent is given on the command line only" in result.stderr


@pytest.mark.parametrize(
    "name",
    ["APPLY", "YES", "REMEDIATE_APPLY", "REMEDIATE_YES", "REMEDIATE_PLAN_APPLY", "REMEDIATE_PLAN_YES", "UNDO_YES"],
)
@pytest.mark.parametrize("value", ["true", "1", "no"])
def test_the_environment_gives_no_consent(folder: Path, name: str, value: str) -> None:
    for words in (["remediate"], ["remediate", "undo", "run"]):
        result = CliRunner().invoke(alarmchain, words, env={f"ALARMCHAIN_{name}": value})
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"ALARMCHAIN_{name}: consent is given on the command line only" in result.stderr


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("database = \n", "1: not valid TOML", "toml.io"),
        ("\ndatabse = 'x'", "2: databse is not an option of any command", "did you mean database?"),
        ("[chekc]\nconcurrency = 2", "1: chekc is not an option of any command", "did you mean check?"),
        ("[check]\nformt = 'text'", "2: formt is not an option of the command check", "did you mean format?"),
        ("[check.deep]\na = 1", "1: deep is not an option of the command check", "known:"),
        ("[controls]\nconcurrency = 2", "2: concurrency is not an option of the command controls", "known:"),
        ("config = 'x'", "1: config is not an option of any command", "known: check,"),
        ("[check]\nconcurrency = 'two'", "2: concurrency must be a whole number, not 'two'", "--concurrency of check"),
        ("[check]\nconcurrency = true", "2: concurrency must be a whole number, not True", "--concurrency"),
        ("[check]\nconcurrency = 0", "2: concurrency must be at least 1, not 0", "--concurrency"),
        ("[check]\nconcurrency = 99", "2: concurrency must be at most 64, not 99", "--concurrency"),
        ("[check]\nratio = 'x'", "2: ratio must be a number, not 'x'", "--ratio"),
        ("[check]\ntag = 'a'", "2: tag must be a list, not 'a'", "--tag"),
        ("[check]\ntag = ['a', false]", "2: tag must be a text, not False", "--tag"),
        ("[check]\ncolor = 'no'", "2: color must be true or false, not 'no'", "--color"),
        ("format = 'xml'", "1: format must be one of text, sarif, not 'xml'", "--format of check"),
        ("database = ['a']", "1: database must be a text, not ['a']", "--database"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(folder: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(DataFileError) as caught:
        configure(folder, text)
    assert str(caught.value).startswith(f"{folder}/alarmchain.toml:{message}")
    assert hint in caught.value.hint


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(DataFileError, match=r"none.toml: the configuration cannot be read: No such file"):
        load_config(command(), Path("none.toml"), folder, {})
    (folder / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(DataFileError, match="it is not UTF-8 text"):
        load_config(command(), Path("latin.toml"), folder, {})


def test_a_user_without_a_home_folder_has_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> Path:
        raise RuntimeError

    monkeypatch.setattr(platformdirs, "user_config_path", none)
    assert load_config(command(), None, folder, {}) == Config()
