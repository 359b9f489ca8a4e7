"""Colours: the option first, then the environment, then the place."""

from __future__ import annotations

import pytest

from checker.cli.colors import ColorWhen, has_colors

ON, OFF = True, False


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, ON),
        ({}, False, OFF),
        ({"TERM": "dumb"}, True, OFF),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, ON),
        ({"NO_COLOR": "1"}, True, OFF),
        ({"NO_COLOR": "0"}, True, OFF),
        ({"NO_COLOR": ""}, True, ON),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, OFF),
        ({"FORCE_COLOR": "1"}, False, ON),
        ({"FORCE_COLOR": ""}, False, OFF),
        ({"FORCE_COLOR": "0"}, True, OFF),
        ({"CLICOLOR_FORCE": "1"}, False, ON),
        ({"CLICOLOR_FORCE": "0"}, False, OFF),
        ({"CLICOLOR": "0"}, True, OFF),
        ({"CLICOLOR": "1"}, True, ON),
        ({"CLICOLOR": "1"}, False, OFF),
    ],
)
def test_the_environment_decides_when_the_person_does_not(
    environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    assert has_colors(ColorWhen.AUTO, environ, terminal=terminal) is expected
    assert has_colors(ColorWhen.ALWAYS, environ, terminal=terminal) is ON
    assert has_colors(ColorWhen.NEVER, environ, terminal=terminal) is OFF
