"""Which fields of AWS's answers are read, ignored with a reason, or not decided: ``answer_fields.toml`` as a table.

A field that is set and not in the table was added to AWS after this program was written. What it does is not known, so
its object is not decided either; ``undecided`` gives its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

READ = "read"
IGNORED = "ignored: "
UNDECIDED = "undecided: "
_UNLESS = "undecided unless "


@lru_cache(maxsize=1)
def load() -> Mapping[str, Mapping[str, str]]:
    """By operation (``logs.DescribeMetricFilters``), by path of the field in its answer, what becomes of it."""
    text = resources.files("checker.database.embedded").joinpath("answer_fields.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def undecided(operation: str, path: str, value: Mapping[str, Any]) -> list[str]:
    """Names of the fields of ``value`` that are set and not decided; inner ones with dots.

    ``path`` is where ``value`` is in the answer of the operation, empty for the answer itself.
    """
    return sorted(set(_undecided(load()[operation], f"{path}." if path else "", "", value)))


def _undecided(table: Mapping[str, str], start: str, name: str, value: Mapping[str, Any]) -> Iterator[str]:
    for key, item in value.items():
        # Neither a flag that is off nor an empty list says anything; the metadata are botocore's own.
        if not item or key == "ResponseMetadata":
            continue
        use = table.get(f"{start}{name}{key}")
        if use is None or _is_open(use, item):
            yield name + key
        elif not use.startswith(IGNORED):
            for part in item if isinstance(item, list) else [item]:
                if isinstance(part, Mapping) and any(path.startswith(f"{start}{name}{key}.") for path in table):
                    yield from _undecided(table, start, f"{name}{key}.", part)


def _is_open(use: str, item: object) -> bool:
    if use.startswith(_UNLESS):
        return str(item) != use.removeprefix(_UNLESS).partition(":")[0]
    return use.startswith(UNDECIDED)
