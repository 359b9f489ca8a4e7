"""How values travel to and from a statement that a person wrote: as the server's own text, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Buffer, Dumper, Loader, PyFormat
from psycopg.pq import Format

from checker.database.pool import OwnConnection
from checker.text.rows.json_rows import JsonText

_NATIVE = ("bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric")
_DOCUMENTS = ("json", "jsonb")
_MOMENT = "timestamptz"
_LOCAL = "timestamp"


@dataclass(frozen=True, slots=True)
class TypedText:
    """A value as text, and the number of the type that the server shall read it as."""

    text: str
    oid: int


class _TypedTextDumper(Dumper):
    def __init__(self, cls: type, context: AdaptContext | None = None, oid: int = 0) -> None:
        super().__init__(cls, context)
        self.oid = oid

    def get_key(self, obj: TypedText, format: PyFormat) -> Any:
        del format
        return (self.cls, obj.oid)

    def upgrade(self, obj: TypedText, format: PyFormat) -> Dumper:
        del format
        return _TypedTextDumper(self.cls, oid=obj.oid)

    def dump(self, obj: TypedText) -> bytes:
        return obj.text.encode()


class _JsonLoader(Loader):
    def load(self, data: Buffer) -> JsonText:
        return JsonText(bytes(data).decode())


class _MomentLoader(Loader):
    """``2026-03-01 10:00:00+00`` as ISO 8601; the session's zone is UTC. Infinity and times before Christ stay."""

    def load(self, data: Buffer) -> str:
        text = bytes(data).decode()
        return f"{text[:10]}T{text[11:-3]}Z" if text.endswith("+00") else text


class _LocalLoader(Loader):
    """``2026-03-01 10:00:00`` as ISO 8601, without a zone."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode().replace(" ", "T", 1)


def take_typed(connection: OwnConnection) -> None:
    """Let the connection send ``TypedText``."""
    connection.adapters.register_dumper(TypedText, _TypedTextDumper)


def read_as(cursor: psycopg.Cursor[Any], *, native: bool) -> None:
    """Let the cursor return texts: the server's own, but ISO 8601 for times.

    ``native``: numbers, truth values, lists and documents as such.
    """
    adapters = cursor.adapters
    text: Any = adapters.get_loader(adapters.types["text"].oid, Format.TEXT)
    for kind in adapters.types:
        if native and kind.name in _DOCUMENTS:
            adapters.register_loader(kind.oid, _JsonLoader)
        elif not (native and kind.name in _NATIVE):
            adapters.register_loader(kind.oid, text)
        if kind.array_oid and not native:
            adapters.register_loader(kind.array_oid, text)
    adapters.register_loader(_MOMENT, _MomentLoader)
    adapters.register_loader(_LOCAL, _LocalLoader)
