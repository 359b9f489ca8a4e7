"""Partitions of AWS and their regions, from botocore's own table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

DEFAULT_PARTITION = "aws"


def partition_of(region: str) -> str:
    """The partition that has the region, or whose names look like it; ``aws`` when none does."""
    for partition in _partitions():
        if region in partition["regions"]:
            return str(partition["id"])
    return next(
        (str(partition["id"]) for partition in _partitions() if re.match(partition["regionRegex"], region)),
        DEFAULT_PARTITION,
    )


def is_known(region: str) -> bool:
    """Whether this version of botocore knows a region of that name."""
    return any(region in partition["regions"] for partition in _partitions())


@lru_cache(maxsize=1)
def _partitions() -> tuple[Mapping[str, Any], ...]:
    from botocore.loaders import create_loader

    return tuple(cast("list[Mapping[str, Any]]", create_loader(None).load_data("partitions")["partitions"]))
