"""The pages of the controls are what the data gives, one page a control."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from checker.controls import load_catalogue

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_controls", DOCS / "generate_controls.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_page_for_each_control_and_a_control_for_each_page(generator: ModuleType) -> None:
    pages = {path.stem for path in (DOCS / "controls").glob("*.md")}
    assert pages == {*load_catalogue().controls, "README"}


def test_the_pages_are_fresh(generator: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_check_names_what_differs_and_writing_mends_it(
    generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generator.main([], tmp_path) == 0
    (tmp_path / "root_usage.md").write_text("changed")
    (tmp_path / "left_over.md").write_text("x")
    (tmp_path / "vpc_changes.md").unlink()
    assert generator.main(["--check"], tmp_path) == 1
    errors = capsys.readouterr().err
    assert [name in errors for name in ("root_usage.md", "left_over.md", "vpc_changes.md")] == [True] * 3
    assert generator.main([], tmp_path) == 0
    assert generator.main(["--check"], tmp_path) == 0
    assert not (tmp_path / "left_over.md").exists()
    assert not list(tmp_path.glob(".*"))


def test_a_page_says_what_matters(generator: ModuleType) -> None:
    page = generator.pages(load_catalogue())["unauthorized_api_calls.md"]
    for part in ("CloudWatch.2", "Faulty: ", "Used instead:", "Decision: ", "log_metric_filter_unauthorized_api"):
        assert part in page
