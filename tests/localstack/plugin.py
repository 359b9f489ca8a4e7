"""Leaves the LocalStack tests out where its environment is not set up, and says so; with ``CI=true`` they must run."""

from __future__ import annotations

import os

import pytest

from tests.localstack.environment import FOLDER, is_ready


def _left_out() -> bool:
    return not is_ready() and os.environ.get("CI") != "true"


def pytest_report_header() -> str:
    """Where LocalStack is, or how to get it."""
    if _left_out():
        return "localstack: not set up, its tests are left out (make localstack)"
    return f"localstack: {FOLDER}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what cannot run."""
    if not _left_out():
        return
    out = [item for item in items if item.get_closest_marker("localstack")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
