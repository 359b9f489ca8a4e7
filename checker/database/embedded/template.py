"""A data directory with empty tables, made once and copied for every run: a copy takes 30 ms, ``initdb`` 400."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checker.database.embedded import folders, schema
from checker.database.embedded.binaries import Binaries, ServerUser
from checker.errors import DatabaseUnavailable

SUPERUSER = "alarmchain"
DATABASE = "postgres"
_LAYOUT = "1"
BUILD_SECONDS = 120.0
_DROP_OTHERS = (
    "update pg_database set datistemplate = false;",
    "drop database template0;",
    "drop database template1;",
)


def path_for(binaries: Binaries, user: ServerUser, cache: Path) -> Path:
    """Where the template for this Postgres, these tables and this user lies in ``cache``."""
    parts = (_LAYOUT, binaries.fingerprint, str(user.uid), user.client, *_DROP_OTHERS, *schema.statements())
    return cache / f"template-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}"


def ensure(binaries: Binaries, user: ServerUser, final: Path, workshop: Path, child: Mapping[str, Any]) -> None:
    """Build the template at ``final`` unless it is there. Several runs may build at once: the first one stays.

    ``workshop`` is a folder that Postgres's user can reach (it cannot reach a cache in root's home); what is made
    there is the caller's to remove. ``child`` makes ``subprocess`` run a program as that user.

    Raises ``DatabaseUnavailable`` with the message of ``initdb`` or ``postgres``.
    """
    if final.is_dir():
        return
    folders.sweep_unfinished(final.parent)
    workshop.mkdir(mode=0o700)
    if user.switched:
        os.chown(workshop, user.uid, user.gid)
    _build(binaries, user, workshop / "data", child)
    building = folders.unfinished(final)
    shutil.copytree(workshop / "data", building, symlinks=True)
    folders.publish(building, final)


def discard(template: Path) -> None:
    """Remove a template from which no server starts, for example after a cleaner took some of its files."""
    grave = template.with_name(f".discarded-{secrets.token_hex(4)}")
    if template.is_dir():
        template.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)


def _build(binaries: Binaries, user: ServerUser, data: Path, child: Mapping[str, Any]) -> None:
    options = ["-U", SUPERUSER, "-A", "peer", "-E", "UTF8", "--locale=C", "-N", "--no-instructions", "--wal-segsize=1"]
    _run([str(binaries.initdb), "-D", str(data), *options], child, data.parent)
    # Only this user may connect, as the superuser and by its kernel-checked name: no password exists anywhere.
    name = user.client.replace('"', '""')
    (data / "pg_hba.conf").write_text("local all all peer map=owner\n", encoding="utf-8")
    (data / "pg_ident.conf").write_text(f'owner "{name}" {SUPERUSER}\n', encoding="utf-8")
    # Single-user mode reads one statement a line. Without the two template databases a copy is half the size.
    orders = "\n".join((*schema.statements(), *_DROP_OTHERS)) + "\n"
    output = _run([str(binaries.postgres), "--single", "-F", "-D", str(data), DATABASE], child, data.parent, orders)
    problems = [line for line in output.splitlines() if "ERROR:" in line or "FATAL:" in line]
    if problems:
        raise DatabaseUnavailable(f"the tables of the embedded database cannot be created: {problems[0]}")


def _run(command: list[str], child: Mapping[str, Any], folder: Path, stdin: str = "") -> str:
    """Output and errors of a program run as the server's user. Raises ``DatabaseUnavailable`` with its message."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - a program of the installed wheel, with arguments of our own
            command,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS / 2,
            cwd=folder,
            env={"LC_ALL": "C", "PATH": os.defpath},
            check=False,
            **child,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DatabaseUnavailable(f"{Path(command[0]).name} of the embedded database cannot run: {error}") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or [f"status {done.returncode}"]
        telling = [line for line in lines if "error" in line.lower() or "FATAL" in line] or lines
        raise DatabaseUnavailable(
            f"{Path(command[0]).name} of the embedded database failed: {telling[0]}",
            hint="run as a user with an entry in the user database and space in the temporary folder",
        )
    return done.stdout + done.stderr
