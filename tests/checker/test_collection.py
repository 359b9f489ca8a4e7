"""The cycle collector is held back during a run, and as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from checker.run import collection_held_back


@pytest.mark.parametrize("enabled", [True, False])
def test_it_is_as_it_was_afterwards(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ValueError, match="False"), collection_held_back():
            raise ValueError(gc.isenabled())
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
