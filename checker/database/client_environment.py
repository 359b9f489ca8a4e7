"""How a Postgres client of the user's own is led to the database: by libpq's variables, never by its command line.

https://www.postgresql.org/docs/current/libpq-envars.html
https://www.postgresql.org/docs/current/libpq-pgpass.html
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq

from checker.text.secrets import MASK

APPLICATION = "alarmchain-shell"
_SECRETS = frozenset({"password", "sslpassword", "oauth_client_secret"})
_ANY = "*"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """``variables`` hold no password; ``password_line`` is the line of a password file, empty without one."""

    variables: Mapping[str, str]
    password_line: str = ""

    def __repr__(self) -> str:
        return f"ClientSettings({dict(self.variables)!r})"

    def shown(self) -> list[str]:
        """``NAME=value`` a line, for a person: the password is masked."""
        lines = [f"{name}={value}" for name, value in self.variables.items()]
        return [*lines, f"PGPASSFILE=a file of this session, with the password {MASK}"] if self.password_line else lines


def client_settings(conninfo: str, environ: Mapping[str, str], *, timeout: float, schema: str | None) -> ClientSettings:
    """The variables for a connection string. The session is read-only, its statements end in time (seconds).

    ``schema`` is put on the search path; ``None`` leaves the server's.
    """
    given = {
        option.keyword.decode(): (option.envvar, option.val.decode())
        for option in pq.Conninfo.parse(conninfo.encode())
        if option.val is not None
    }
    variables = {
        variable.decode(): value
        for keyword, (variable, value) in given.items()
        if variable and keyword not in _SECRETS and keyword != "options"
    }
    before = given["options"][1] if "options" in given else environ.get("PGOPTIONS", "")
    settings = {"default_transaction_read_only": "on", "statement_timeout": str(int(timeout * 1000))}
    if schema is not None:
        settings["search_path"] = '"' + schema.replace('"', '""') + '"'
    options = [f"-c {name}={_escaped(value)}" for name, value in settings.items()]
    variables["PGOPTIONS"] = " ".join([*filter(None, [before]), *options])
    variables["PGAPPNAME"] = APPLICATION
    line = ""
    if "password" in given:
        names = [given[name][1] if name in given else _ANY for name in ("host", "port", "dbname", "user")]
        line = ":".join(_in_password_file(name) for name in [*names, given["password"][1]]) + "\n"
    return ClientSettings(variables, line)


@contextmanager
def environment_of(settings: ClientSettings, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The whole environment of the client, with a password file that only its owner may read, and that goes after."""
    found = {**environ, **settings.variables}
    if not settings.password_line:
        yield found
        return
    found.pop("PGPASSWORD", None)
    with tempfile.TemporaryDirectory(prefix="alarmchain-") as folder:
        path = Path(folder) / "pgpass"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(settings.password_line)
        yield {**found, "PGPASSFILE": str(path)}


def _escaped(value: str) -> str:
    """A value in ``PGOPTIONS``, where blanks separate and a backslash escapes."""
    return "".join(f"\\{character}" if character in " \\\t\n" else character for character in value)


def _in_password_file(value: str) -> str:
    return value if value == _ANY else value.replace("\\", "\\\\").replace(":", "\\:")
