"""The only room that talks to a database: where it is (``locate``), how it is asked (``session``), the embedded one."""

from checker.database.interface import Database, DatabaseKind, Parameters, ReadFailed

__all__ = ["Database", "DatabaseKind", "Parameters", "ReadFailed"]
