"""The pager: shown once, by it or not at all, whatever it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.cli.pager import paged


@pytest.mark.parametrize("command", [[], ["cat"], ["/nowhere/pager"]])
def test_no_pager_shows_nothing(command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert not paged("text", command)
    assert capfd.readouterr().out == ""


def test_a_pager_gets_the_whole_text_and_is_told_to_keep_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LESS", raising=False)
    seen = tmp_path / "seen"
    text = "läng\n" * 50_000
    assert paged(text, ["sh", "-c", f"echo $LESS > {seen}; cat >> {seen}"])
    assert seen.read_text(encoding="utf-8") == f"FRX\n{text}"


def test_a_pager_that_is_left_early_is_no_error() -> None:
    assert paged("line\n" * 100_000, ["true"])


def test_ctrl_c_belongs_to_the_pager(tmp_path: Path) -> None:
    done = tmp_path / "done"
    assert paged("x", ["sh", "-c", f"sleep 0.5; kill -INT $PPID; sleep 0.5; cat > /dev/null; echo > {done}"])
    assert done.exists()
