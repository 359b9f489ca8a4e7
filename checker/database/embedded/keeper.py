"""Keeps one Postgres server for one run, as a process of its own (run by path, standard library only).

It holds the reading end of a pipe to the program. When the program ends in whatever way, ``kill -9`` included,
the kernel closes the pipe: the keeper stops the server and removes its folder. It runs in its own session, so
that Ctrl-C and a closed terminal reach the program and not the keeper. Should the keeper itself be killed, Linux
sends the server a signal (``PR_SET_PDEATHSIG`` of prctl(2)), and the next run's keeper removes the folder.

It answers with one line of JSON on its standard output: ``{"ready": true}`` or ``{"error": "..."}``.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
_POLL_SECONDS = 0.004
_STOP_SECONDS = 5.0
_STALE_SECONDS = 60.0
_LOCK = "lock"
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "64",
    "shared_buffers": "16MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def command(postgres: str, folder: Path) -> list[str]:
    """The server's command line: private, on a socket in ``folder`` only, and quick because nothing must last."""
    settings = _SETTINGS | {"unix_socket_directories": str(folder)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [postgres, "-D", str(folder / "data"), *options]


def identity(uid: int, gid: int, alias: int | None, before: Sequence[Callable[[], None]] = ()) -> dict[str, Any]:
    """Arguments for ``subprocess`` that make a child run as ``uid``, after calling ``before`` in it.

    Postgres insists on a user that has a name. A user without one (a container's ``--user 1234``) is shown to the
    child as ``alias``, in a user namespace of its own; to everybody else it stays ``uid``.
    """
    steps = [*([] if alias is None else [_namespace(uid, gid, alias)]), *before]

    def prepare_child() -> None:
        for step in steps:
            step()

    switched = {} if uid == os.geteuid() else {"user": uid, "group": gid, "extra_groups": []}
    return switched | ({"preexec_fn": prepare_child} if steps else {})


def prepare(folder: Path) -> int:
    """Create ``folder`` with its lock, which is held as long as the returned descriptor is open."""
    folder.mkdir(mode=0o700)
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def build(order: dict[str, Any], folder: Path) -> None:
    """Build the template. Only this needs the program's modules, which take longer to import than a start does."""
    sys.path[:] = order["path"]
    from checker.database.embedded import template
    from checker.database.embedded.binaries import Binaries, ServerUser

    initdb, postgres, fingerprint = order["binaries"]
    found = Binaries(Path(initdb), Path(postgres), fingerprint)
    user = ServerUser(**order["user"])
    child = identity(user.uid, user.gid, user.alias)
    template.ensure(found, user, Path(order["template"]), folder / "new", child)


def copy(template: Path, folder: Path, uid: int, gid: int) -> None:
    """Copy the template's data directory into ``folder``, and give both to ``uid``."""
    data = folder / "data"
    shutil.copytree(template, data, symlinks=True, copy_function=shutil.copyfile)
    data.chmod(0o700)
    if uid != os.geteuid():
        for place in (folder, data, *data.rglob("*")):
            os.chown(place, uid, gid)


def start(postgres: str, folder: Path, child: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the server as ``child`` (see ``identity``), without our environment, which may hold credentials."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - a program of the installed wheel, with arguments of our own
            command(postgres, folder),
            cwd=folder,
            env={"LC_ALL": "C", "PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **child,
        )


def wait_until_ready(server: subprocess.Popen[bytes], folder: Path, program: int) -> str | None:
    """``None`` when the server accepts connections, else why not. Gives up when the program is gone."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            return last_words(folder) or f"postgres ended with status {server.returncode}"
        if _is_ready(folder):
            return None
        if select.select([program], [], [], _POLL_SECONDS)[0]:
            return "the program ended"
    return f"postgres did not accept connections within {START_SECONDS:.0f} s"


def last_words(folder: Path) -> str:
    """The server's own message: the last FATAL, PANIC or error line of its log, else the last line."""
    lines = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error"))]
    return (telling or lines or [""])[-1].strip()


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop at once (SIGQUIT: no checkpoint, there is nothing to keep), by force if it does not listen."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def sweep(base: Path, prefix: str, owners: frozenset[int]) -> list[Path]:
    """Remove run folders in ``base`` whose keeper is gone: ours, older than a minute, their lock free."""
    removed = []
    for folder in base.glob(f"{prefix}*"):
        if not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid in owners and _is_stale(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def keep(order: dict[str, Any], program: int) -> int:
    """One run, from the copy of the template to the removal of the folder. Returns the exit status."""
    folder, template = Path(order["folder"]), Path(order["template"])
    uid, gid, alias = order["user"]["uid"], order["user"]["gid"], order["user"]["alias"]
    server = None
    try:
        lock = prepare(folder)
        if uid != os.geteuid():
            os.chown(folder, uid, gid)
        if not template.is_dir():
            build(order, folder)
        copy(template, folder, uid, gid)
        server = start(order["binaries"][1], folder, identity(uid, gid, alias, _die_with_parent()))
        problem = wait_until_ready(server, folder, program)
        if problem is None:
            _say({"ready": True})
            sweep(folder.parent, order["prefix"], frozenset({os.geteuid(), uid}))
            while os.read(program, 4096):
                pass
        else:
            _say({"error": problem})
        os.close(lock)
    except Exception as error:  # noqa: BLE001 - whatever it is, the program waits for an answer and shows it
        _say({"error": str(error)})
        problem = str(error)
    finally:
        if server is not None:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if problem is None else 1


def main() -> int:
    """Read the order from the command line and keep the server until standard input ends."""
    signal.signal(signal.SIGTERM, _leave)
    return keep(json.loads(sys.argv[1]), sys.stdin.fileno())


def _leave(number: int, frame: object) -> None:
    del frame
    sys.exit(128 + number)


def _namespace(uid: int, gid: int, alias: int) -> Callable[[], None]:
    unshare = ctypes.CDLL(None, use_errno=True).unshare

    def enter() -> None:
        if unshare(_CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
        for name, text in (("setgroups", "deny"), ("uid_map", f"{alias} {uid} 1"), ("gid_map", f"{alias} {gid} 1")):
            Path("/proc/self", name).write_text(text, encoding="ascii")

    return enter


def _die_with_parent() -> list[Callable[[], None]]:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return [] if prctl is None else [lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)]


def _is_ready(folder: Path) -> bool:
    # Line 8 of postmaster.pid is the server's status; pg_ctl waits for the same word.
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _is_stale(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if time.time() - os.fstat(lock).st_mtime < _STALE_SECONDS:
            return False
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _say(answer: dict[str, Any]) -> None:
    # The program may be gone already; then nobody needs the answer.
    try:
        os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")
    except BrokenPipeError:
        return


if __name__ == "__main__":
    sys.exit(main())
