"""The wheel holds everything that the program needs, and works where nothing of this folder is in reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from email import message_from_string
from pathlib import Path

import pytest

from checker import __version__

ROOT = Path(__file__).parents[2]
ROOMS = ("checker", "queries", "remediation")
COPIED = (*ROOMS, "tests", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE")
Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with wheel and source archive. Built from a copy, so that nothing is left in this folder."""
    source = tmp_path_factory.mktemp("source")
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(path, source / name)
    target = tmp_path_factory.mktemp("built")
    for kind in ("--wheel", "--sdist"):
        _run([sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", str(target), str(source)])
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment. The project comes from the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    site = next((folder / "venv").glob("lib/python*/site-packages"))
    installer = [sys.executable, "-m", "pip", "--python", str(folder / "venv"), "install", "--quiet", "--no-deps"]
    _run([*installer, "--no-index", "--disable-pip-version-check", str(wheel)])
    (site / "dependencies.pth").write_text(_dependencies(folder / "dependencies"), encoding="utf-8")
    return folder / "venv"


@pytest.fixture(scope="module")
def program(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The installed command."""
    home = tmp_path_factory.mktemp("home")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [str(installed / "bin" / "alarmchain"), *arguments]
        return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=120)

    return run


def _dependencies(folder: Path) -> str:
    """This environment's packages without the project's own editable entry."""
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("_editable", "alarmchain")) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return f"{folder}\n"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def _files(folder: str, *suffixes: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and (not suffixes or path.name.endswith(suffixes))
    }


def test_the_wheel_holds_every_file_of_the_program_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == {name for room in ROOMS for name in _files(room)}


@pytest.mark.parametrize(
    ("folder", "suffix", "least"),
    [
        ("queries", ".sql", 9),
        ("queries", ".toml", 1),
        ("queries/exploring", ".sql", 10),
        ("checker/controls/data", ".toml", 25),
        ("checker/patterns/data", ".json", 1),
        ("checker/reports", ".schema.json", 1),
        ("checker/aws", ".json", 1),
        ("remediation/emit/templates", ".j2", 3),
    ],
)
def test_the_wheel_holds_the_data(wheel: Path, folder: str, suffix: str, least: int) -> None:
    wanted = _files(folder, suffix)
    assert len(wanted) >= least
    with zipfile.ZipFile(wheel) as archive:
        assert wanted <= set(archive.namelist())


USER_PROGRAM = """
import queries
import remediation
from checker import check
from checker.findings import Report, Status

def alarms(report: Report) -> list[str]:
    return [finding.reason for finding in report.findings if finding.status is Status.ALARM]

report = check(["4.3"], database="embedded")
reveal_type(report)
print(alarms(report), queries.__name__, remediation.__name__)
"""


def test_a_program_of_a_user_is_type_checked_against_the_wheel(installed: Path, tmp_path: Path) -> None:
    python = str(installed / "bin" / "python")
    (tmp_path / "user.py").write_text(USER_PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "user.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Revealed type is "checker.findings.Report"' in done.stdout


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
        names = archive.namelist()
    assert (metadata["Name"], metadata["Version"]) == ("alarmchain", __version__)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert str(metadata.get_payload()).startswith("# alarmchain")


def test_the_source_archive_holds_code_tests_and_documentation(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {name for folder in (*ROOMS, "tests", "docs") for name in _files(folder)}
    assert wanted | {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"} <= names


def test_version_and_help(program: Program) -> None:
    assert program("--version").stdout == f"alarmchain {__version__}\n"
    assert "check" in program("--help").stdout


def test_a_check_without_credentials_ends_in_words(program: Program) -> None:
    done = program("check", "--database", "embedded")
    assert done.returncode == 3, done.stderr
    assert "no AWS credentials found" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stdout + done.stderr


def test_the_demo_runs(program: Program) -> None:
    done = program("demo")
    assert done.returncode == 0, done.stderr
    assert "1 ok, 5 alarm, 0 error, 0 skip; 6 of 6 accounts answered" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("controls", "list", "--format", "json"),
        ("controls", "show", "root_usage"),
        ("query", "list"),
        ("query", "show", "trails"),
        ("config", "show"),
        ("pattern", "explain", '{ $.userIdentity.type = "Root" }'),
        ("remediate", "permissions"),
    ],
    ids=" ".join,
)
def test_what_reads_data_finds_it(program: Program, arguments: tuple[str, ...]) -> None:
    done = program(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout
