"""The CloudWatch Logs filter-pattern language: syntax, evaluation, and decisions by meaning. Pure.

::

    from checker.patterns import cover

    decision = cover('{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }', reference)
    decision.verdict     # CoverVerdict.MISSES
    decision.witness     # {"eventType": "AwsApiCall", "eventName": "CreateAccessKey", ...}
    decision.reason      # "It misses every root call whose eventName is not ConsoleLogin."
"""

from __future__ import annotations

from checker.patterns.cover import (
    Cover,
    CoverVerdict,
    cover,
    example_event,
    matches_everything,
    never_matches,
)
from checker.patterns.decide import Decision, decide
from checker.patterns.errors import PatternSyntaxError
from checker.patterns.events import EventModel, default_model
from checker.patterns.explain import explain
from checker.patterns.match import matches
from checker.patterns.printer import to_text
from checker.patterns.repair import repair
from checker.patterns.syntax import MAX_LENGTH, parse, try_parse
from checker.patterns.tree import Pattern, Position

__all__ = [
    "MAX_LENGTH",
    "Cover",
    "CoverVerdict",
    "Decision",
    "EventModel",
    "Pattern",
    "PatternSyntaxError",
    "Position",
    "cover",
    "decide",
    "default_model",
    "example_event",
    "explain",
    "matches",
    "matches_everything",
    "never_matches",
    "parse",
    "repair",
    "to_text",
    "try_parse",
]
