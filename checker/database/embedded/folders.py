"""Where files may be put: caches that nobody else can write to, and a folder short enough for a Unix socket."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import platformdirs

SOCKET_NAME = ".s.PGSQL.5432"
RUN_PREFIX = "alarmchain-run-"
_UNFINISHED = ".building-"
_UNFINISHED_SECONDS = 3600.0
_SOCKET_PATH_LIMIT = 103
"""Bytes of a Unix socket's path: 107 on Linux, 103 on macOS (sun_path of unix(7), less the final zero)."""


def cache_folder() -> Path | None:
    """A folder of this user that outlives the run, or ``None`` when there is none to be had.

    The user's cache folder, else (read-only or missing home) one below the temporary folder. A folder that
    somebody else owns or can write to is never taken.
    """
    try:
        homes = [Path(platformdirs.user_cache_dir("alarmchain", appauthor=False))]
    except RuntimeError:
        # A user without a home folder, as in a container with any user id.
        homes = []
    return _first_private([*homes, _temporary_cache()])


def shared_cache_folder() -> Path | None:
    """A folder that root owns and that every user can read, for binaries that another user is to run."""
    return _first_private([Path("/var/cache/alarmchain"), _temporary_cache()], mode=0o755)


def run_folder(uid: int, gid: int) -> Path:
    """The path for one run's data and socket: free, short enough, reachable for ``uid``. It is not created yet.

    Raises ``FileNotFoundError`` when no temporary folder serves.
    """
    name = RUN_PREFIX + secrets.token_hex(4)
    for base in _temporary_folders():
        folder = base / name
        short = len(os.fsencode(folder / SOCKET_NAME)) <= _SOCKET_PATH_LIMIT
        if short and os.access(base, os.W_OK | os.X_OK) and is_reachable(base, uid, gid):
            return folder
    raise FileNotFoundError("no temporary folder is writable and has a path short enough for a Unix socket")


def is_reachable(path: Path, uid: int, gid: int) -> bool:
    """Whether the mode bits let ``uid`` pass through ``path`` and every folder above it (or execute the file)."""
    for part in (path, *path.parents):
        status = part.stat()
        if status.st_uid == uid:
            needed = stat.S_IXUSR
        elif status.st_gid == gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def unfinished(final: Path) -> Path:
    """A name beside ``final`` under which it can be built before ``publish``."""
    return final.with_name(f"{_UNFINISHED}{secrets.token_hex(6)}")


def publish(building: Path, final: Path) -> None:
    """Move a finished folder to its name. When another run was faster, its folder stays and ours goes."""
    try:
        building.rename(final)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not final.is_dir():
            raise


def sweep_unfinished(cache: Path) -> None:
    """Remove what runs that were killed left half-built in a cache more than an hour ago."""
    for folder in cache.glob(f"{_UNFINISHED}*"):
        if time.time() - folder.lstat().st_mtime > _UNFINISHED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _first_private(candidates: Iterable[Path], mode: int = 0o700) -> Path | None:
    for folder in candidates:
        try:
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
            status = folder.lstat()
        except OSError:
            continue
        mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
        if mine and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and _is_writable(folder):
            return folder
    return None


def _is_writable(folder: Path) -> bool:
    # Root passes every permission check, but not a read-only mount; os.access knows both.
    return os.access(folder, os.W_OK | os.X_OK)


def _temporary_cache() -> Path:
    return Path(tempfile.gettempdir()) / f"alarmchain-cache-{os.geteuid()}"


def _temporary_folders() -> list[Path]:
    return list(dict.fromkeys(Path(os.path.realpath(path)) for path in (tempfile.gettempdir(), "/tmp", "/var/tmp")))  # noqa: S108 - the run folder inside gets a random name and mode 0700
