"""A private Postgres server for one run, kept by a process that outlives us just long enough to clean up.

Each run has its own server, data directory and socket folder (mode 0700), so two runs cannot see each other's rows
and nothing is locked. There is no TCP port and no password: the kernel tells the server who connects.
"""

from __future__ import annotations

import dataclasses
import json
import select
import subprocess
import sys
from pathlib import Path

from checker.database.embedded import binaries, folders, keeper, template
from checker.errors import DatabaseUnavailable

_HINT = "free space in the temporary folder or set TMPDIR, or name a Steampipe service with `database`"
_CLOSE_SECONDS = 10.0


class Server:
    """A server that is starting or running. ``wait`` before connecting, ``close`` when done."""

    def __init__(self) -> None:
        self._tried_again = False
        try:
            self._user = binaries.server_user()
            self._binaries = binaries.find(self._user)
            self._cache = folders.cache_folder()
            self._process: subprocess.Popen[bytes] | None = self._launch()
        except OSError as error:
            raise DatabaseUnavailable(f"the embedded database cannot start: {error}", hint=_HINT) from error

    @property
    def conninfo(self) -> str:
        """How libpq reaches it. Every setting that PG* variables could bend is given."""
        settings = {
            "host": str(self.folder),
            "hostaddr": "",
            "port": "5432",
            "user": template.SUPERUSER,
            "dbname": template.DATABASE,
            "options": "",
            "sslmode": "disable",
            "gssencmode": "disable",
            "channel_binding": "disable",
            "target_session_attrs": "any",
            "client_encoding": "UTF8",
        }
        quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in settings.items()}
        return " ".join(f"{name}='{value}'" for name, value in quoted.items())

    def wait(self) -> None:
        """Return when it accepts connections. Raises ``DatabaseUnavailable`` with the server's own message.

        A template that does not start is made anew, once.
        """
        problem = self._answer()
        if problem is not None and not self._tried_again:
            self._tried_again = True
            self.close()
            try:
                template.discard(self._template)
                self._process = self._launch()
            except OSError as error:
                raise DatabaseUnavailable(f"the embedded database cannot start: {error}", hint=_HINT) from error
            problem = self._answer()
        if problem is not None:
            self.close()
            raise DatabaseUnavailable(f"the embedded database cannot start: {problem}", hint=_HINT)

    def close(self) -> None:
        """Stop the server and remove its folder. Harmless when done before."""
        process, self._process = self._process, None
        if process is None:
            return
        # Closing the pipe is the order to stop.
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        try:
            process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _launch(self) -> subprocess.Popen[bytes]:
        """Start a keeper, which starts the server; its answer is waited for later."""
        self.folder = folders.run_folder(self._user.uid, self._user.gid)
        # Without a cache the template is this run's own and goes with its folder.
        self._template = template.path_for(self._binaries, self._user, self._cache or self.folder)
        order = {
            "binaries": [str(self._binaries.initdb), str(self._binaries.postgres), self._binaries.fingerprint],
            "user": dataclasses.asdict(self._user),
            "template": str(self._template),
            "folder": str(self.folder),
            "prefix": folders.RUN_PREFIX,
            "path": sys.path,
        }
        return subprocess.Popen(  # noqa: S603 - our own file, run by this Python
            [sys.executable, "-I", str(Path(keeper.__file__)), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answer(self) -> str | None:
        process = self._process
        if process is None or process.stdout is None:
            return "it was closed"
        ready, _, _ = select.select([process.stdout], [], [], keeper.START_SECONDS + template.BUILD_SECONDS)
        line = process.stdout.readline() if ready else b""
        if not line:
            return "its keeper did not answer"
        answer = json.loads(line)
        return None if answer.get("ready") else str(answer.get("error"))
