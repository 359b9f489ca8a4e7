"""Small files, few arguments, and long private functions that say in one line what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_arrows import ROOT, modules, parsed

FOLDERS = ("checker", "remediation", "queries")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files() -> list[Path]:
    return [path for folder in FOLDERS for path in modules(folder)]


def functions(path: Path) -> Iterator[tuple[str, Function]]:
    """The functions of a file, each with the place where it stands."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert len(lengths) > 100
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 300} == {}


def test_no_function_takes_more_than_twelve_parameters() -> None:
    """Options of a command are grouped by what they are about; more of them are a group of their own."""

    def count(node: Function) -> int:
        return len(node.args.posonlyargs) + len(node.args.args) + len(node.args.kwonlyargs)

    assert [place for path in files() for place, node in functions(path) if count(node) > 12] == []


def test_a_long_private_function_says_what_it_does() -> None:
    def is_silent(node: Function) -> bool:
        long = (node.end_lineno or node.lineno) - node.lineno + 1 > 15
        return long and node.name.startswith("_") and not node.name.startswith("__") and not ast.get_docstring(node)

    assert [place for path in files() for place, node in functions(path) if is_silent(node)] == []


def test_few_files_lie_beside_the_rooms() -> None:
    assert len(list((ROOT / "checker").glob("*.py"))) <= 8
