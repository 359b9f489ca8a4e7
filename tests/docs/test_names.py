"""Files, links, targets and hops that the documentation names exist, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.findings import HOPS
from checker.reports import Format
from tests.docs.pages import ROOT, anchors, inline_code, links, name_of, pages, prose, written_pages

_PATH = re.compile(r"\.?[\w-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:py|sql|md|json)|[A-Z]\w+file")
_PLACEHOLDER = re.compile(r"[A-Z]{2,}|/v\d")
MADE_BY_USERS = {"report.json", "plan.json", "journal.jsonl", "alias/aws/sns", "filter.txt"}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        if path.startswith(("https://", "http://")):
            continue
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name_of(page)} links to {target}"
        if anchor:
            assert anchor in anchors(found), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "chain.md"], ids=name_of
)
def test_a_file_that_is_named_exists(page: Path) -> None:
    named = {code for code in inline_code(page) if _PATH.fullmatch(code) and not _PLACEHOLDER.search(code)}
    missing = {name for name in named - MADE_BY_USERS if not (ROOT / name).exists()}
    assert missing == set()
    assert named


def test_a_name_is_in_the_file_that_is_said_to_have_it() -> None:
    """``NAME` in `FILE``: the functions, codes and types that the recipes point to."""
    text = prose(ROOT / "CONTRIBUTING.md")
    said = re.findall(r"`(\w+)`,?\s(?:has\s)?in\s`([\w/]+\.py)`", text)
    assert len(said) >= 5
    for name, file in said:
        defined = rf"^\s*(?:def|class) {name}\b|^\s*{name}(?::| =)"
        assert re.search(defined, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), f"{name} is not in {file}"


def test_the_example_of_a_rule_is_complete() -> None:
    """One function, one code, one test, one line of docs: the code is told, tested and documented."""
    text = prose(ROOT / "CONTRIBUTING.md")
    (code,) = re.findall(r"^2\. The code: `(\w+)`", text, re.MULTILINE)
    (test,) = re.findall(r"that produces the code, in\s+`([\w/.]+)`", text)
    for file in ("checker/chain/hops/topic.py", test, "docs/reasons.md"):
        assert code in (ROOT / file).read_text(encoding="utf-8"), file


def test_the_index_lists_every_page() -> None:
    listed = {target for target in links(ROOT / "docs" / "README.md") if not target.startswith("..")}
    expected = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert listed == expected | {"controls/README.md"}


def test_the_page_of_the_chain_has_every_hop_in_order() -> None:
    text = prose(ROOT / "docs" / "chain.md")
    hops = [str(hop) for hop in HOPS]
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| `(checker/chain/hops/\w+\.py)` \|$", text, re.MULTILINE)
    assert [hop for hop, _ in rows] == hops
    headings = [heading for heading in re.findall(r"^## (\w+)$", text, re.MULTILINE) if heading in hops]
    assert headings == hops
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert all("Source" in section for section in sections if section.split("\n")[0] in hops)


def test_the_targets_that_are_named_are_the_makefiles() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        word
        for page in written_pages()
        for code in re.findall(r"make ([a-z]+)", page.read_text(encoding="utf-8").replace("and make ", ""))
        for word in [code]
        if f"`make {word}" in page.read_text(encoding="utf-8") or f"\nmake {word}\n" in page.read_text(encoding="utf-8")
    }
    assert named <= targets
    assert {"demo", "test", "lint", "docs", "bench", "clean"} <= targets
    assert set(re.findall(r"^([a-z]+)(?=:)", makefile, re.MULTILINE)) <= _phony(makefile)


def _phony(makefile: str) -> set[str]:
    lines = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    return {word for line in lines for word in line.split()}


def test_ci_calls_the_same_targets_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    called = re.findall(r"^\s*make (\w+)$", script, re.MULTILINE)
    assert {"lint", "docs", "demo", "test"} <= set(called)
    assert called[-1] == "test"
    known = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert set(called) <= known
    assert not re.search(r"\b(?:pytest|ruff|mypy|pip)\b", script)


def test_the_readme_names_every_format_of_a_report() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert all(str(item) in text for item in Format)


def test_recipes_are_numbered_and_start_with_one() -> None:
    text = prose(ROOT / "CONTRIBUTING.md")
    recipes = [section for section in re.split(r"^## ", text, flags=re.MULTILINE) if section.startswith("Add a ")]
    assert [recipe.split("\n")[0].removeprefix("Add a ") for recipe in recipes] == [
        "control",
        "query",
        "rule to a hop",
        "report format",
        "repair step",
    ]
    for recipe in recipes:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", recipe, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 3


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version) for version in versions[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_names_no_folder_of_somebodys_machine(page: Path) -> None:
    assert not re.search(r"(?:/home|/Users)/\w+|/root/|[A-Z]:\\", page.read_text(encoding="utf-8"))
