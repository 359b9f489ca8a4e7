"""The Makefile on machines that are not like this one: which Python it takes, and what it says when there is none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")


def make(folder: Path, pythons: dict[str, str], target: str) -> subprocess.CompletedProcess[str]:
    """Run make in a copy of the project's files, with only these Pythons (name -> shell script) on the path."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("make", "sh", "rm", "touch", "mkdir", "cp", "chmod"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    for name, script in pythons.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    shutil.copy(ROOT / "Makefile", folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    command = ["make", "--no-print-directory", target]
    return subprocess.run(
        command, cwd=folder, env=environment | {"PATH": str(tools)}, capture_output=True, text=True, timeout=60
    )


OLD = "exit 1"
GOOD = """case "$1" in -c) exit 0;; -m) mkdir -p .venv/bin; echo "$0" > .venv/made-by; touch .venv/bin/python;; esac"""
WITHOUT_VENV = """case "$1" in -c) exit 0;; *) mkdir -p .venv/bin; exit 1;; esac"""


def test_without_a_python_there_is_one_clear_line(tmp_path: Path) -> None:
    done = make(tmp_path, {"python3": OLD}, ".venv/bin/python")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == "alarmchain needs Python 3.11 or newer, and none was found"


@pytest.mark.parametrize("name", NAMES)
def test_the_first_python_that_is_new_enough_is_taken(name: str, tmp_path: Path) -> None:
    pythons = dict.fromkeys(NAMES[: NAMES.index(name)], OLD) | dict.fromkeys(NAMES[NAMES.index(name) :], GOOD)
    done = make(tmp_path, pythons, ".venv/bin/python")
    assert done.returncode == 0, done.stderr
    assert Path((tmp_path / ".venv" / "made-by").read_text().strip()).name == name


def test_without_the_venv_package_it_says_what_to_install_and_leaves_nothing(tmp_path: Path) -> None:
    done = make(tmp_path, {"python3": WITHOUT_VENV}, ".venv/bin/python")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_second_call_installs_nothing(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/python", "bin/alarmchain", ".dev", ".demo"):
        (tmp_path / ".venv" / name).write_text("#!/bin/sh\necho ran $0 $*\n")
        (tmp_path / ".venv" / name).chmod(0o755)
    done = make(tmp_path, {}, "demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ran .venv/bin/alarmchain demo\n"


def test_every_requirement_has_an_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50
    assert all(line.count("==") == 1 and "@" not in line for line in pins)
    pinned = {_plain(line.partition("==")[0]) for line in pins}
    assert "alarmchain" not in pinned
    assert required() - pinned == set()


def required() -> set[str]:
    """The packages that pyproject.toml asks for, without the project itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return {_plain(re.split(r"[\[<>=~! ]", line)[0]) for line in lines} - {"alarmchain"}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
