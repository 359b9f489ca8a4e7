"""alarmchain: does the use of an AWS account's root user reach a person?

The typed Python API::

    from checker import check

    report = check()                     # the same report as ``alarmchain check``
    report = check(connection=my_psycopg_connection, controls=["root_usage"], benchmark="cis_v3.0.0")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.run import check

__version__ = "0.1.0"

__all__ = ["__version__", "check"]


def __getattr__(name: str) -> Any:
    """Import ``check`` on first use, because it brings the database driver with it."""
    if name == "check":
        from checker.run import check

        return check
    raise AttributeError(f"module 'checker' has no attribute {name!r}")
