"""A proxy before the emulator that loses answers after the call took effect, and lets subscriptions pend."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.emulator.server import describe

_CONFIRMED = re.compile(rb"<SubscriptionArn>arn:[^<]*</SubscriptionArn>")


@dataclass(slots=True)
class Lossy:
    """How the proxy behaves. ``lose``: how many answers to an action are lost; ``lose_after``: once the first action
    was seen, no answer to the second arrives; ``pending``: nobody has confirmed."""

    endpoint: str
    lose: dict[str, int] = field(default_factory=dict)
    lose_after: tuple[str, str] = ("", "")
    pending: bool = False
    seen: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def loses(self, action: str) -> bool:
        """Note the call, and say whether its answer is lost."""
        with self._lock:
            self.seen.append(action)
            first, second = self.lose_after
            if action == second and first in self.seen:
                return True
            left = self.lose.get(action, 0)
            self.lose[action] = left - 1
            return left > 0


@contextmanager
def lossy_proxy(target: str) -> Iterator[Lossy]:
    """Serve on a free port until the block ends."""
    host = target.removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            environ: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in self.headers.items()}
            environ |= {"PATH_INFO": self.path, "REQUEST_METHOD": "POST", "CONTENT_TYPE": self.headers["Content-Type"]}
            action = describe(environ, body)["action"]
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            if behaviour.loses(action):
                # Linger 0 turns the close into a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
                return
            if behaviour.pending and action == "ListSubscriptionsByTopic":
                data = _CONFIRMED.sub(b"<SubscriptionArn>PendingConfirmation</SubscriptionArn>", data)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Clients that were reset are meant to be."""

    server = Server(("127.0.0.1", 0), Handler)
    behaviour = Lossy(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
