"""Mends texts that do not parse because of one of the classic mistakes.

Each remedy is tried on top of those before it until the text parses; what the result means is judged afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checker.patterns.language.cursor import SMART_DOUBLE, SMART_SINGLE
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.parse import try_parse
from checker.patterns.language.tree import Pattern

_STRAIGHT = str.maketrans({**dict.fromkeys(SMART_DOUBLE, '"'), **dict.fromkeys(SMART_SINGLE, "'"), "\u00a0": " "})
_ODD_VALUE = re.compile(r'(!?=)\s*([^\s"()&|{}$%=]*[^\s"()&|{}$%=\w.*+-][^\s"()&|{}$%=]*)\s*(?=[)&|}])')
_KEYWORDS = re.compile(r"\s(is\s+null|is\s+true|is\s+false|not\s+exists)\b", re.IGNORECASE)


def _keywords(text: str) -> str:
    return _KEYWORDS.sub(lambda match: " " + " ".join(match.group(1).upper().split()), text)


def _braces(text: str) -> str:
    stripped = text.strip()
    return stripped if stripped.startswith("{") or "$." not in stripped else f"{{ {stripped} }}"


def _parentheses(text: str) -> str:
    missing = text.count("(") - text.count(")")
    body, brace, _ = text.rstrip().rpartition("}")
    if missing > 0 and brace:
        return f"{body.rstrip()}{')' * missing} }}"
    return text


REMEDIES: tuple[Callable[[str], str], ...] = (
    lambda text: text.translate(_STRAIGHT),
    lambda text: text.replace('\\"', '"'),
    lambda text: re.sub(r"'([^'\"]*)'", r'"\1"', text),
    lambda text: re.sub(r"(?<=[\w])NOT EXISTS", " NOT EXISTS", text),
    lambda text: re.sub(r"(?<!&)&(?!&)", "&&", text),
    lambda text: re.sub(r"(?<!\|)\|(?!\|)", "||", text),
    lambda text: re.sub(r"\s(?:and|AND)\s(?=\s*[($])", " && ", text),
    lambda text: re.sub(r"\s(?:or|OR)\s(?=\s*[($])", " || ", text),
    _keywords,
    lambda text: text.replace("==", "="),
    lambda text: re.sub(r"\$(?=[A-Za-z])", "$.", text),
    lambda text: re.sub(r"(\$\.[\w.]+) +(\w+) *(!?=)", r"\1\2 \3", text),
    lambda text: re.sub(r'(!?=)\s*([\w.*-]+)"', r'\1 "\2"', text),
    lambda text: re.sub(r'(!?=)\s*([^\s"()&|{}$%=]+(?: +[^\s"()&|{}$%=]+)+)\s*(?=[)&|}])', r'\1 "\2"', text),
    lambda text: _ODD_VALUE.sub(r'\1 "\2"', text),
    lambda text: re.sub(r"[\"\w)]\s+(?=\$\.)", lambda match: f"{match.group(0).rstrip()} && ", text),
    _braces,
    _parentheses,
)
"""In the order in which they are tried."""


def mend(text: str) -> Pattern | None:
    """The pattern that ``text`` was probably meant to be, or ``None``. A text that parses is itself."""
    for remedy in (lambda text: text, *REMEDIES):
        text = remedy(text)
        found = try_parse(text)
        if not isinstance(found, PatternSyntaxError):
            return found
    return None
