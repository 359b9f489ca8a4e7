"""Python's cycle collector, held back while a run builds what it keeps anyway."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_held_back() -> Iterator[None]:
    """Do not look for cycles meanwhile; as it was afterwards.

    A run over thousands of accounts makes hundreds of thousands of rows that live to its end and hold no cycles.
    Looking through all of them again and again took two fifths of its time, and a growing share.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
