"""Where the database is: what was asked for, else the local Steampipe service, else the embedded database.

``--database`` takes a libpq URL, a libpq ``key=value`` string, the name of a service in ``pg_service.conf``,
``steampipe`` or ``embedded``. TLS settings are libpq's and pass through untouched.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from checker.errors import UsageError

EMBEDDED = "embedded"
STEAMPIPE = "steampipe"
INSTALL_DIR_VARIABLE = "STEAMPIPE_INSTALL_DIR"
DEFAULT_PORT = 9193

_SCHEMES = ("postgresql://", "postgres://")
_SERVICE_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_ENCODING_HINT = (
    "percent-encode @ : / # ? % in user and password (@ is %40, : is %3A, / is %2F, # is %23, ? is %3F, % is %25), "
    "or give the password in PGPASSWORD"
)


@dataclass(frozen=True, slots=True)
class Location:
    """Where to connect and why there. ``conninfo`` may hold a password: it is never printed."""

    conninfo: str | None
    """``None`` stands for the embedded database."""
    why: str

    def __repr__(self) -> str:
        return f"Location(why={self.why!r})"


def locate(asked: str | None, *, origin: str, environ: Mapping[str, str], home: Path | None) -> Location:
    """Find the database. ``asked`` is the setting's value, ``origin`` where it was set (for the report).

    Raises ``UsageError`` for a value that is none of the accepted forms.
    """
    if asked is None or not asked.strip():
        return _default(environ, home)
    asked = asked.strip()
    if asked == EMBEDDED:
        return Location(None, f"{origin} asks for the embedded database")
    if asked == STEAMPIPE:
        return Location(_steampipe(environ, home) or _usual_steampipe(), f"{origin} asks for the Steampipe service")
    if asked.startswith(_SCHEMES):
        _check_url(asked)
        return Location(asked, f"{origin} gives a URL")
    if "=" in asked:
        _check(asked, "it is not a libpq key=value string", "write host=... port=... dbname=... user=...")
        return Location(asked, f"{origin} gives a connection string")
    if _SERVICE_NAME.fullmatch(asked):
        return Location(make_conninfo(service=asked), f"{origin} names the service {asked!r} of pg_service.conf")
    raise UsageError(
        "`database`: not a database",
        hint="give a postgresql:// URL, a libpq key=value string, a service name, steampipe or embedded",
    )


def _default(environ: Mapping[str, str], home: Path | None) -> Location:
    conninfo = _steampipe(environ, home)
    if conninfo is None:
        return Location(None, "no Steampipe service is set up here")
    parts = conninfo_to_dict(conninfo)
    host, port = str(parts["host"]), int(str(parts["port"]))
    if _listens(host, port):
        return Location(conninfo, "the local Steampipe service runs")
    return Location(
        None, f"the Steampipe service at {host}:{port} does not answer ('steampipe service start' starts it)"
    )


def _steampipe(environ: Mapping[str, str], home: Path | None) -> str | None:
    """The connection string of the local service from its state file, or ``None`` when there is no (readable) one."""
    folder = _install_dir(environ, home)
    if folder is None:
        return None
    try:
        state = json.loads((folder / "internal" / "steampipe.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(state, dict) or not isinstance(state.get("port"), int):
        return None
    addresses = state.get("listen")
    listen = [str(host) for host in addresses] if isinstance(addresses, list) else []
    host = next((host for host in ("127.0.0.1", "localhost") if host in listen), listen[0] if listen else "127.0.0.1")
    return make_conninfo(
        host="127.0.0.1" if host in {"*", "0.0.0.0"} else host,  # noqa: S104 - compared, not bound
        port=state["port"],
        user=state.get("user") or "steampipe",
        dbname=state.get("database") or "steampipe",
        password=state.get("password") or _password(folder),
    )


def _install_dir(environ: Mapping[str, str], home: Path | None) -> Path | None:
    if asked := environ.get(INSTALL_DIR_VARIABLE):
        return Path(asked).expanduser()
    return home / ".steampipe" if home else None


def _password(folder: Path) -> str | None:
    try:
        return (folder / "internal" / ".passwd").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _usual_steampipe() -> str:
    return make_conninfo(host="127.0.0.1", port=DEFAULT_PORT, user="steampipe", dbname="steampipe")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def _check_url(url: str) -> None:
    """Raise for a URL with characters that must be percent-encoded, because they cut it in the wrong place."""
    rest = url.partition("://")[2]
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    userinfo = authority.rpartition("@")[0]
    path, _, query = rest[len(authority) :].partition("?")
    # A value of the query may hold an @ (user=me@corp), but a password with ? or / in it leaves one without a key.
    keyless = any("@" in part.partition("=")[0] for part in query.split("&"))
    unencoded = (
        "@" in userinfo
        or "@" in path
        or keyless
        or userinfo.count(":") > 1
        or "#" in rest
        or re.search(r"%(?![0-9A-Fa-f]{2})", rest) is not None
    )
    if unencoded:
        raise UsageError("`database`: the URL has characters that must be percent-encoded", hint=_ENCODING_HINT)
    _check(url, "the URL does not parse", _ENCODING_HINT)


def _check(conninfo: str, problem: str, hint: str) -> None:
    try:
        conninfo_to_dict(conninfo)
    except ProgrammingError:
        # The driver's message quotes the string, which may hold the password: it is dropped on purpose.
        raise UsageError(f"`database`: {problem}", hint=hint) from None
