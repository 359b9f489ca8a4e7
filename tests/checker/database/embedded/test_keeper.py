"""The keeper's parts, in this process."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from checker.database.embedded import binaries, folders, keeper, template
from tests.checker.database.embedded.running import started


def make_order() -> dict[str, object]:
    user = binaries.server_user()
    cache = folders.cache_folder()
    assert cache is not None
    found = binaries.find(user)
    started().close()
    return {
        "binaries": [str(found.initdb), str(found.postgres), found.fingerprint],
        "user": dataclasses.asdict(user),
        "template": str(template.path_for(found, user, cache)),
        "folder": str(folders.run_folder(user.uid, user.gid)),
        "prefix": folders.RUN_PREFIX,
        "path": sys.path,
    }


def test_it_serves_until_the_pipe_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    order, answers = make_order(), queue.SimpleQueue[dict[str, object]]()
    monkeypatch.setattr(keeper, "_say", answers.put)
    reading, writing = os.pipe()
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(keeper.keep(order, reading)))
    thread.start()
    assert answers.get(timeout=30) == {"ready": True}
    assert Path(str(order["folder"])).exists()
    os.close(writing)
    thread.join(20)
    os.close(reading)
    assert results == [0]
    assert not Path(str(order["folder"])).exists()


def test_it_builds_the_template_when_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers: list[dict[str, object]] = []
    monkeypatch.setattr(keeper, "_say", answers.append)
    order = make_order() | {"template": str(tmp_path / "template")}
    monkeypatch.setattr(sys, "argv", ["keeper", json.dumps(order)])
    reading, writing = os.pipe()
    os.close(writing)
    before = signal.getsignal(signal.SIGTERM)
    path = list(sys.path)
    with os.fdopen(reading) as closed:
        monkeypatch.setattr(sys, "stdin", closed)
        code = keeper.main()
    signal.signal(signal.SIGTERM, before)
    assert sys.path == path
    # The pipe is closed from the start: whether the server or the closed pipe is seen first is a race.
    assert (code, answers) in [(1, [{"error": "the program ended"}]), (0, [{"ready": True}])]
    assert (tmp_path / "template" / "PG_VERSION").is_file()


def test_it_leaves_on_a_signal() -> None:
    with pytest.raises(SystemExit) as caught:
        keeper._leave(signal.SIGTERM, None)
    assert caught.value.code == 128 + signal.SIGTERM


def test_an_early_end_is_the_servers_own_words(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    server = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    server.wait()
    assert keeper.wait_until_ready(server, tmp_path, 0) == "postgres ended with status 3"


def test_it_gives_up_when_the_program_is_gone(capfd: pytest.CaptureFixture[str]) -> None:
    order = make_order()
    reading, writing = os.pipe()
    os.close(writing)
    assert keeper.keep(order, reading) == 1
    os.close(reading)
    assert json.loads(capfd.readouterr().out) == {"error": "the program ended"}


def test_it_reports_what_it_could_not_do(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    order = make_order() | {"folder": str(tmp_path / "missing" / "run")}
    assert keeper.keep(order, 0) == 1
    assert "missing/run" in json.loads(capfd.readouterr().out)["error"]


def test_it_waits_no_longer_than_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "START_SECONDS", 0.05)
    monkeypatch.setattr(keeper, "_STOP_SECONDS", 0.05)
    script = "import signal, time; signal.signal(signal.SIGQUIT, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    reading, writing = os.pipe()
    assert keeper.wait_until_ready(server, tmp_path, reading) == "postgres did not accept connections within 0 s"
    keeper.stop(server)
    server.stdout.close()
    os.close(reading)
    os.close(writing)
    assert server.returncode == -signal.SIGKILL


def test_last_words_are_the_telling_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("LOG:  starting\nFATAL:  no memory\nLOG:  shut down\n")
    assert keeper.last_words(tmp_path) == "FATAL:  no memory"
    log.write_text("LOG:  starting\n")
    assert keeper.last_words(tmp_path) == "LOG:  starting"
    log.write_text("")
    assert keeper.last_words(tmp_path) == ""


def test_it_removes_only_what_is_stale_and_ours(tmp_path: Path) -> None:
    old = time.time() - 120
    for name in ("run-stale", "run-young", "run-held", "run-without-lock"):
        (tmp_path / name).mkdir()
    for name in ("run-stale", "run-young", "run-held"):
        (tmp_path / name / "lock").touch()
    for name in ("run-stale", "run-held"):
        os.utime(tmp_path / name / "lock", (old, old))
    (tmp_path / "run-link").symlink_to(tmp_path / "run-stale")
    with (tmp_path / "run-held" / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert keeper.sweep(tmp_path, "run-", frozenset({os.geteuid() + 1})) == []
        assert keeper.sweep(tmp_path, "run-", frozenset({os.geteuid()})) == [tmp_path / "run-stale"]


def test_a_user_without_a_name_gets_one_in_a_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    child = keeper.identity(uid, gid, 65534)
    try:
        shown = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True, **child).stdout
    except subprocess.SubprocessError:
        # Where user namespaces are not allowed, the child must not start as somebody else.
        return
    assert shown == "65534\n"


def test_an_answer_that_nobody_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert keeper._say({"ready": True}) is None  # type: ignore[func-returns-value]  # the point is no exception
