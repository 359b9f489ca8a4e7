"""moto's server behind a log of the calls and injected faults, as a process of its own.

Run with ``python -m tests.emulator.server``: it picks a port, prints it, serves, and ends when its standard input does.
Under ``/emulator`` it is controlled: ``GET calls`` and ``POST calls`` (forget them), ``POST faults`` (a JSON list of
rules, the first that matches wins). A rule holds any of ``service``, ``region``, ``action``, ``key`` (access key id) to
match, and ``code``, ``message``, ``status`` to refuse with, ``delay`` in seconds, ``times`` as a budget.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

import cbor2
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Environ = dict[str, Any]
Start = Callable[..., Any]
_MATCHED = ("service", "region", "action", "key")


class Emulator:
    """A WSGI application in front of moto."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._calls: list[dict[str, str]] = []
        self._faults: list[dict[str, Any]] = []

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else b""
        environ["wsgi.input"] = io.BytesIO(body)
        path = str(environ["PATH_INFO"])
        if path.startswith("/emulator/"):
            return self._control(environ["REQUEST_METHOD"], path, body, start)
        if path.startswith("/moto-api"):
            return self._pass_on(environ, start)
        call = describe(environ, body)
        fault = self._record(call)
        if fault.get("delay"):
            time.sleep(fault["delay"])
        if fault.get("code"):
            return refuse(environ, fault, call, start)
        return self._pass_on(environ, start)

    def _pass_on(self, environ: Environ, start: Start) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._moto(environ, start)
        return answer

    def _control(self, method: str, path: str, body: bytes, start: Start) -> Iterable[bytes]:
        with self._lock:
            if path.endswith("/faults"):
                self._faults = json.loads(body)
            elif method == "POST":
                self._calls.clear()
            answer = json.dumps(self._calls).encode()
        start("200 OK", [("Content-Type", "application/json")])
        return [answer]

    def _record(self, call: dict[str, str]) -> dict[str, Any]:
        with self._lock:
            fault = next((rule for rule in self._faults if _applies(rule, call)), {})
            if "times" in fault:
                fault["times"] -= 1
            self._calls.append(call | ({"fault": str(fault.get("code", "delay"))} if fault else {}))
            return dict(fault)


def describe(environ: Environ, body: bytes) -> dict[str, str]:
    """Service, region, access key and action of a signed request, in any of AWS's protocols."""
    action = str(environ.get("HTTP_X_AMZ_TARGET", "")).split(".")[-1]
    if not action:
        action = urllib.parse.parse_qs(body.decode("utf-8", "ignore")).get("Action", [""])[0]
    if not action and "rpc-v2" in environ.get("HTTP_SMITHY_PROTOCOL", ""):
        action = environ["PATH_INFO"].split("/")[-1]
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    key, region, service = (scope[0], scope[2], scope[3]) if len(scope) > 3 else ("", "", "")
    action = action or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    return {"service": service, "region": region, "key": key, "action": action}


def refuse(environ: Environ, fault: dict[str, Any], call: dict[str, str], start: Start) -> Iterable[bytes]:
    """The error in the request's own protocol: JSON, CBOR or XML."""
    status, code = f"{fault.get('status', 400)} Refused", str(fault["code"])
    message = str(fault.get("message", f"not authorized to perform {call['service']}:{call['action']}"))
    kind = str(environ.get("CONTENT_TYPE", ""))
    if "json" in kind or environ.get("HTTP_X_AMZ_TARGET"):
        start(status, [("Content-Type", kind or "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)])
        return [json.dumps({"__type": code, "message": message, "Message": message}).encode()]
    if "cbor" in kind:
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        start(status, [*headers, ("x-amzn-query-error", f"{code};Sender")])
        return [cbor2.dumps({"__type": code, "message": message})]
    start(status, [("Content-Type", "text/xml")])
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return [f"<ErrorResponse>{error}<RequestId>1b2c3d4e-request</RequestId></ErrorResponse>".encode()]


def _applies(rule: dict[str, Any], call: dict[str, str]) -> bool:
    return rule.get("times", 1) > 0 and all(rule.get(name) in (None, call[name]) for name in _MATCHED)


class _Silent(WSGIRequestHandler):
    """Writes no line per request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until standard input ends."""
    server = make_server("127.0.0.1", 0, Emulator(), threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.write(sys.stdout.fileno(), f"{server.port}\n".encode())
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
