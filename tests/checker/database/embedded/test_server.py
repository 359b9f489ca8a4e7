"""The private server: private, quick to start, gone afterwards, and clear when it cannot start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from checker.database.embedded import binaries, folders, schema, template
from checker.database.embedded.server import Server
from checker.errors import DatabaseUnavailable
from tests.checker.database.embedded.running import servers_of, started, wait_until_gone

DATA = Path(__file__).parents[3] / "data"
PROGRAM = """
import sys, time
from checker.database.embedded.server import Server
server = Server()
server.wait()
print(server.folder, flush=True)
time.sleep(60)
"""


def test_tables_have_steampipes_columns_and_types() -> None:
    recorded = json.loads((DATA / "steampipe_columns.json").read_text(encoding="utf-8"))
    server = started()
    try:
        with psycopg.connect(server.conninfo) as connection:
            rows = connection.execute(
                "select table_name, column_name, data_type from information_schema.columns "
                "where table_schema = 'public' order by table_name, ordinal_position"
            ).fetchall()
    finally:
        server.close()
    found: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in rows:
        found.setdefault(table, []).append((name, kind))
    assert set(found) == set(schema.columns())
    for table, described in found.items():
        assert described == [(column["name"], column["type"]) for column in recorded[table]]


def test_it_is_private_and_needs_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    # Variables that would lead libpq elsewhere.
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    server = started()
    try:
        assert server.folder.stat().st_mode & 0o777 == 0o700
        assert "password" not in server.conninfo
        with psycopg.connect(server.conninfo) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("show unix_socket_permissions").fetchone() == ("0700",)
    finally:
        server.close()
        server.close()
    wait_until_gone(server.folder)


def test_two_runs_do_not_see_each_other() -> None:
    first, second = started(), started()
    try:
        with psycopg.connect(first.conninfo) as one, psycopg.connect(second.conninfo) as two:
            one.execute("insert into aws_account (account_id) values ('123456789012')")
            one.commit()
            assert one.execute("select count(*) from aws_account").fetchone() == (1,)
            assert two.execute("select count(*) from aws_account").fetchone() == (0,)
    finally:
        first.close()
        second.close()


def test_a_killed_program_leaves_nothing() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    folder = Path(program.stdout.readline().strip())
    assert servers_of(folder)
    program.kill()
    program.wait()
    program.stdout.close()
    wait_until_gone(folder)


def test_what_a_killed_keeper_leaves_is_removed_by_the_next_run() -> None:
    server = started()
    process = server._process
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.close()
    lock = server.folder / "lock"
    # Linux stops the server with its keeper; the folder waits for the next run.
    os.utime(lock, (time.time() - 120, time.time() - 120))
    following = started()
    following.close()
    wait_until_gone(server.folder)


def test_a_terminated_keeper_cleans_up() -> None:
    server = started()
    process = server._process
    assert process is not None
    process.terminate()
    wait_until_gone(server.folder)
    server.close()


def test_first_runs_at_the_same_time(fresh_cache: Path) -> None:
    def run(number: int) -> int:
        server = started()
        try:
            with psycopg.connect(server.conninfo) as connection:
                found = connection.execute("select count(*) from aws_sns_topic").fetchone()
        finally:
            server.close()
        assert found is not None
        return int(found[0]) + number

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(run, range(3))) == [0, 1, 2]
    assert [entry.name.partition("-")[0] for entry in fresh_cache.iterdir()] == ["template"]


def test_a_read_only_home_falls_back_to_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file where the cache's parent should be fails for root too.
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        Path(temporary).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        server = started()
        assert server.folder.parent == Path(temporary).resolve()
        server.close()
        assert [entry.name for entry in Path(temporary).iterdir()] == [f"alarmchain-cache-{os.geteuid()}"]


def test_without_any_cache_the_template_is_the_runs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "cache_folder", lambda: None)
    server = started()
    assert server._template.parent == server.folder
    server.close()
    wait_until_gone(server.folder)


def test_a_damaged_template_is_made_anew(fresh_cache: Path) -> None:
    started().close()
    (made,) = fresh_cache.iterdir()
    (made / "global" / "pg_control").unlink()
    server = started()
    with psycopg.connect(server.conninfo) as connection:
        assert connection.execute("select count(*) from aws_kms_key").fetchone() == (0,)
    server.close()
    assert (made / "global" / "pg_control").is_file()


def fake_binaries(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    found = binaries.find(binaries.server_user())
    places = {"initdb": found.initdb, "postgres": found.postgres}
    for name, script in scripts.items():
        places[name] = folder / name
        places[name].write_text(f"#!/bin/sh\n{script}\n")
        places[name].chmod(0o755)
    fake = binaries.Binaries(places["initdb"], places["postgres"], f"fake-{folder.name}")
    monkeypatch.setattr(binaries, "find", lambda _: fake)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's user can reach, unlike the one that pytest gives to root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_the_servers_own_message_is_shown(
    fresh_cache: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = binaries.find(binaries.server_user()).postgres
    # Answers single-user mode truly, so that the template is built, and refuses to serve.
    serve = 'echo "FATAL:  could not map anonymous shared memory" >&2; exit 1'
    fake_binaries(open_folder, monkeypatch, postgres=f'[ "$1" = --single ] && exec {real} "$@"\n{serve}')
    with pytest.raises(DatabaseUnavailable, match="could not map anonymous shared memory") as caught:
        started()
    assert caught.value.hint


def test_initdbs_own_message_is_shown(fresh_cache: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_binaries(open_folder, monkeypatch, initdb='echo "initdb: error: could not create directory" >&2; exit 1')
    with pytest.raises(DatabaseUnavailable, match="initdb of the embedded database failed: initdb: error: could not"):
        started()


def test_a_program_that_cannot_run_says_so(tmp_path: Path, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = binaries.Binaries(tmp_path / "absent", tmp_path / "absent", "absent")
    monkeypatch.setattr(binaries, "find", lambda _: fake)
    with pytest.raises(DatabaseUnavailable, match="absent of the embedded database cannot run"):
        started()


def test_tables_that_cannot_be_created_say_so(
    fresh_cache: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_binaries(open_folder, monkeypatch, postgres='echo "ERROR:  no space left on device" >&2')
    with pytest.raises(DatabaseUnavailable, match="cannot be created: ERROR:  no space left on device"):
        started()


def test_a_cache_that_fails_on_the_second_try(fresh_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(made: Path) -> None:
        raise PermissionError(f"cannot rename {made.name[:8]}")

    monkeypatch.setattr(template, "discard", fail)
    fresh_cache.mkdir(parents=True, mode=0o700)
    server = Server()
    server.wait()
    server.close()
    with pytest.raises(DatabaseUnavailable, match="cannot start: cannot rename template"):
        server.wait()


def test_a_keeper_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    server = started()
    process = server._process
    assert process is not None
    monkeypatch.setattr("checker.database.embedded.server._CLOSE_SECONDS", 0.2)
    process.send_signal(signal.SIGSTOP)
    server.close()
    assert process.returncode == -signal.SIGKILL
    shutil.rmtree(server.folder, ignore_errors=True)


def test_no_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_temporary_folders", list)
    with pytest.raises(DatabaseUnavailable, match="no temporary folder is writable"):
        Server()


def test_an_unreadable_keeper_answer_is_an_error(monkeypatch: pytest.MonkeyPatch, fresh_cache: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(DatabaseUnavailable, match="its keeper did not answer"):
        started()


def test_a_closed_server_says_so() -> None:
    server = started()
    server.close()
    server._tried_again = True
    with pytest.raises(DatabaseUnavailable, match="it was closed"):
        server.wait()
