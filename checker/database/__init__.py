"""The only room that talks to a database: where it is (``locate``), how it is asked (``session``), the embedded one."""

from checker.database.interface import Answer, Database, DatabaseKind, Parameters, ReadFailed

__all__ = ["Answer", "Database", "DatabaseKind", "Parameters", "ReadFailed"]
