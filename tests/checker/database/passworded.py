"""A Postgres that wants a password over TCP, as Steampipe's does: the embedded binaries on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from checker.database.embedded import binaries, keeper
from tests.postgres import COLUMNS, TABLES, create

USER = "steampipe"
PASSWORD = "p@ss:w/rd#1%"


@dataclass(frozen=True, slots=True)
class PasswordedPostgres:
    """Where it listens, and the password of its one user."""

    port: int
    password: str

    @property
    def conninfo(self) -> str:
        """As key=value string, password included."""
        return self.to_database(USER)

    def to_database(self, name: str) -> str:
        """As key=value string for another database of the server."""
        return make_conninfo(host="127.0.0.1", port=self.port, user=USER, dbname=name, password=self.password)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that may write."""
        return psycopg.connect(self.conninfo, autocommit=True)


@contextmanager
def passworded_postgres(password: str) -> Iterator[PasswordedPostgres]:
    """Start it with Steampipe's tables in the schema ``aws``; stop it and remove its folder afterwards."""
    user = binaries.server_user()
    found = binaries.find(user)
    folder = Path(tempfile.mkdtemp(prefix="passworded-", dir="/tmp"))
    secret = folder / "secret"
    secret.write_text(password, encoding="utf-8")
    for path in (folder, secret):
        os.chown(path, user.uid, user.gid)
    child = keeper.identity(user.uid, user.gid, user.alias)
    data = folder / "data"
    options = ["-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8", "--locale=C", "-N"]
    environment = {"LC_ALL": "C", "PATH": os.defpath}
    subprocess.run(
        [str(found.initdb), "-D", str(data), *options],
        check=True,
        capture_output=True,
        cwd=folder,
        env=environment,
        **child,
    )
    port = free_port()
    command = keeper.command(str(found.postgres), folder)
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "log_min_messages=panic"]
    server = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **child
    )
    try:
        postgres = PasswordedPostgres(port, password)
        _prepare(postgres)
        yield postgres
    finally:
        keeper.stop(server)
        shutil.rmtree(folder)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _prepare(postgres: PasswordedPostgres) -> None:
    end = time.monotonic() + 30
    admin = make_conninfo(postgres.conninfo, dbname="postgres")
    while True:
        try:
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("create database steampipe")
            break
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
    with postgres.connect() as connection:
        connection.execute("create schema aws")
        for table in TABLES:
            assert table in COLUMNS
            create(connection, "aws", table)
        connection.execute("alter database steampipe set search_path to public, aws")
        connection.execute(
            "insert into aws.aws_account (account_id, partition, title, sp_connection_name) "
            "values ('123456789012', 'aws', 'a', 'aws')"
        )
