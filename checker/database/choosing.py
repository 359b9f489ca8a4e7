"""Names with ``*``, ``?`` and ``[]`` in them, as connections and profiles are chosen by."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence

from checker.errors import UsageError
from checker.text.toml_document import did_you_mean

_MARKS = frozenset("*?[")


def chosen(asked: Sequence[str], known: Callable[[], Sequence[str]], argument: str) -> tuple[str, ...]:
    """The names that are meant, each once. A plain name is taken as it is; ``known`` is asked only for a pattern.

    ``argument`` is what errors call it (``connections``). Raises ``UsageError`` for a pattern that fits nothing.
    """
    found: list[str] = []
    for name in asked:
        if not _MARKS & set(name):
            found.append(name)
            continue
        names = sorted(known())
        # A name that is written like a pattern and is there means itself.
        fitting = [name] if name in names else [other for other in names if fnmatch.fnmatchcase(other, name)]
        if not fitting:
            plain = name.translate({ord(mark): None for mark in _MARKS})
            raise UsageError(
                f"`{argument}`: nothing fits {name}", hint=did_you_mean(plain, names) or "there is none to choose from"
            )
        found.extend(fitting)
    return tuple(dict.fromkeys(found))
