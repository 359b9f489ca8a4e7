"""The mouth and the pen: a stdout that is closed or full, what others wrote, links and pipes, private files."""

from __future__ import annotations

import ast
import errno
import io
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.cli import console
from checker.cli.stdout import Guarded, guarded
from checker.errors import OutputLost, UsageError
from checker.exit_codes import ExitCode

ROOT = Path(__file__).parents[3]
PATTERN = '{ $.userIdentity.type = "Root" }'
COMMANDS = [
    ["--help"],
    ["--version"],
    ["check", "--help"],
    ["config", "show"],
    ["controls", "list"],
    ["controls", "show", "4.3"],
    ["query", "list"],
    ["query", "show", "trails", "--help"],
    ["query", "show", "trails"],
    ["pattern", "check", PATTERN],
    ["pattern", "check", PATTERN, "--format", "json"],
    ["pattern", "explain", PATTERN],
    ["remediate", "permissions"],
    ["remediate", "history", "--journal", "none.jsonl"],
]
CLOSED = "alarmchain: stdout cannot be written to: it was closed before everything was printed\n"
FULL = "alarmchain: stdout cannot be written to: No space left on device\n"


def run(words: list[str], **streams: Any) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "checker", *words], stderr=subprocess.PIPE, text=True, check=False, **streams
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_in_one_line_that_stdout_is_full(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        assert run(words, stdout=full) == (ExitCode.FAILED, FULL)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_in_one_line_that_its_reader_went_away(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run(words, stdout=writing) == (ExitCode.FAILED, CLOSED)
    finally:
        os.close(writing)


@pytest.mark.parametrize(("streams", "said"), [(">&-", CLOSED), (">&- <&-", CLOSED), (">&- 2>&-", "")])
def test_a_program_that_is_started_without_its_streams(streams: str, said: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m checker controls list {streams}', sys.executable],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ExitCode.FAILED, said)


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
def test_a_conversation_that_nobody_hears_changes_nothing(stderr: str) -> None:
    script = f'exec "$0" -m checker "$@" {stderr}'
    for words, code in ((["controls", "list"], ExitCode.OK), (["nowhere"], ExitCode.USAGE)):
        done = subprocess.run(["sh", "-c", script, sys.executable, *words], stdout=subprocess.PIPE, check=False)
        assert done.returncode == code
        assert bool(done.stdout) is (code is ExitCode.OK)


def test_a_batch_ends_with_the_first_answer_that_nobody_takes() -> None:
    lines = '{"control": "4.3", "pattern": "{}"}\n' * 3
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        assert run(["pattern", "check", "--batch"], stdout=full, input=lines) == (ExitCode.FAILED, FULL)


class Full(io.StringIO):
    """A stream that takes nothing."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_only_a_stream_that_is_needed_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", Full())
    with guarded():
        console.say("heard by nobody")
        with pytest.raises(OutputLost, match="No space left"):
            console.print_text("x")
        assert not sys.stdout.isatty()
    assert isinstance(sys.stdout, Full)


def test_a_stream_that_is_closed_from_the_start() -> None:
    stream = Guarded(None, needed=True)
    assert (stream.isatty(), stream.encoding) == (False, "utf-8")
    stream.flush()
    with pytest.raises(OSError, match="descriptor"):
        stream.fileno()
    with pytest.raises(OutputLost, match="closed"):
        stream.write("x")


# -- what others wrote ---------------------------------------------------------------------------------------------

EVIL = "a\x1b[2J\rb\u202ec\x9bd"
SHOWN = "a\\u001b[2J\\u000db\\u202ec\\u009bd"


def test_nothing_that_goes_out_can_redraw_the_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("?\ny\n"))
    console.print_text(EVIL)
    console.print_json({"name": EVIL}, indent=None)
    console.say(EVIL)
    console.overwrite(EVIL)
    assert console.ask(EVIL) == "y"
    console.fail(UsageError(f"x\n{EVIL}", hint=EVIL))
    console.bug(ValueError(EVIL))
    out, err = capsys.readouterr()
    assert out == f'{SHOWN}{{"name": "{SHOWN.replace("u000d", "r")}"}}\n'
    assert err.startswith(f"{SHOWN}\n\r{SHOWN}{SHOWN} [y/n/all/quit] {SHOWN} [y/n/all/quit] alarmchain: x ")
    assert err.count("\r") == 1
    assert not {"\x1b", "\x9b", "\u202e"} & set(err)


# -- files ---------------------------------------------------------------------------------------------------------


def test_a_private_file_is_its_owners_only_also_where_one_was_before(tmp_path: Path) -> None:
    target, link = tmp_path / "plan.json", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o644)
    link.symlink_to(target)
    console.write_json(link, {"a": 1}, private=True)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == '{\n  "a": 1\n}\n'
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_that_leads_nowhere_yet_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "new")
    console.write_file(tmp_path / "link", "text", private=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new").read_text(encoding="utf-8") == "text"


def test_links_that_lead_to_each_other_stay(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(UsageError, match="symbolic links"):
        console.write_file(tmp_path / "a", "text")
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "b").is_symlink()


def test_a_private_text_goes_into_a_pipe_that_stays(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe, 0o640)
    link.symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        console.check_writable(link)
        console.write_file(link, "text", private=True)
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o640


def test_a_descriptor_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        path = Path(f"/dev/fd/{out.fileno()}")
        console.check_writable(path)
        console.write_file(path, "text")
        assert os.fstat(out.fileno()).st_ino == (tmp_path / "out").stat().st_ino
    assert (tmp_path / "out").read_text(encoding="utf-8") == "text"


@pytest.mark.parametrize("path", sorted((ROOT / "checker" / "cli").glob("*.py")), ids=lambda path: path.name)
def test_nothing_else_echoes_asks_or_writes(path: Path) -> None:
    if path.name in ("console.py", "stdout.py"):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & {"echo", "secho", "prompt", "confirm", "write_text", "write_bytes", "dumps", "stdout"}
