"""The pager: another program that shows a long text a screen at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence


def paged(text: str, command: Sequence[str]) -> bool:
    """Show the text in a pager and wait for its end. False when there is no such program: nothing was shown then.

    ``less`` is told to keep colours, to leave the screen as it is, and not to wait for a text that fits.
    """
    if not command or command[0] == "cat":
        return False
    import subprocess

    try:
        environment = {"LESS": "FRX", "LV": "-c", **os.environ}
        process = subprocess.Popen(list(command), stdin=subprocess.PIPE, env=environment)  # noqa: S603 - the user's own
    except OSError:
        return False
    # Who has read enough leaves, and the rest has no reader. Ctrl-C is the pager's.
    with contextlib.suppress(OSError, KeyboardInterrupt):
        process.communicate(text.encode("utf-8", "replace"))
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
    return True
