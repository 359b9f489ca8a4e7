"""Regular expressions in the guide's alphabet, against Python's own engine and the guide's examples."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.patterns.language.regex import RegexError, chains
from checker.patterns.language.tree import Regex, wildcard
from checker.patterns.matching.automaton import equals_text

PIECES = [
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "[a-c]",
    "\\d",
    "\\w",
    "\\W",
    "\\s",
    "a?",
    "b*",
    "a+",
    "b{2}",
    "a{1,2}",
    "a{2,}",
]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("^[hc]at", "cat", True),
        ("^[hc]at", "the cat", False),
        ("[hc]at$", "the hat", True),
        ("[hc]at$", "hats", False),
        ("colou?r", "color", True),
        ("[abcx-z]", "y", True),
        (r"^[\d-a]$", "-", True),
        (r"^[\d-a]$", "Z", False),
        ("^a{3,5}$", "aa", False),
        ("gra|ey", "grey", True),
        ("^starting|^initializing|^shutting down", "skipping initializing", False),
        ("^starting|^initializing|^shutting down", "shutting down now", True),
        ("abcc|ab[^c]$", "aba", True),
        ("abcc|ab[^c]$", "aac", False),
        ("\\[.\\]", "x[7]", True),
        ("10\\.10\\.0\\.1", "10010,051", False),
        ("10.10.0.1", "10010,051", True),
        ("ab*c", "ac", True),
        ("ab+c", "ac", False),
        ("\\x3A", ":", True),
        ("\\x28", "(", True),
        ("\\D", "1", False),
        ("[\\d]", "x1", True),
        ("[\\D]", "1", False),
        ("[a\\-z]", "-", True),
        ("[a-]", "-", True),
        ("a\\tb", "a\tb", True),
        ("a{,2}b", "b", True),
        ("a{2, 3}", "aa", True),
    ],
)
def test_examples(source: str, text: str, expected: bool) -> None:
    assert equals_text(Regex(source), text) is expected


@pytest.mark.parametrize(
    "source",
    [
        "", "something!", "(ab)", "caf\u00e9", "*a", "a**", "[", "[]", "a{x}", "a{3,2}", "a{1", "a{2000}", "\\q",
        "\\x2", "a\\", "a$b", "[b-a]", "[a-", "{", "a{}",
    ],
)  # fmt: skip
def test_refused(source: str) -> None:
    with pytest.raises(RegexError) as caught:
        chains(source)
    assert 0 <= caught.value.index <= len(source)


@given(
    st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join), min_size=1, max_size=2),
    st.booleans(),
    st.booleans(),
    st.text(alphabet="abc1 _\n", max_size=6),
)
def test_agrees_with_python(alternatives: list[str], start: bool, end: bool, text: str) -> None:
    source = "|".join(f"{'^' * start}{alternative}{'$' * end}" for alternative in alternatives)
    python = source.replace("$", "\\Z")
    assert equals_text(Regex(source), text) is bool(re.search(python, text, re.DOTALL | re.ASCII))


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=6))
def test_wildcards_agree_with_python(pattern: str, text: str) -> None:
    python = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL)
    assert equals_text(wildcard(pattern), text) is bool(python)
