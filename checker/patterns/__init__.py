"""The CloudWatch Logs filter-pattern language: syntax, evaluation, and decisions by meaning. Pure.

::

    from checker.patterns import cover

    decision = cover('{ $.userIdentity.type = "Root" && $.eventName = "ConsoleLogin" }', reference)
    decision.verdict     # CoverVerdict.MISSES
    decision.witness     # {"eventType": "AwsApiCall", "eventName": "CreateAccessKey", ...}
    decision.reason      # "It misses every root call whose eventName is not ConsoleLogin."
"""

from __future__ import annotations

from checker.patterns.covering.cover import (
    Cover,
    CoverVerdict,
    cover,
    example_event,
    matches_everything,
    never_matches,
)
from checker.patterns.covering.event_model import EventModel, default_model
from checker.patterns.covering.repair import Proposal, propose, repair
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.explain import explain
from checker.patterns.language.parse import MAX_LENGTH, parse, try_parse
from checker.patterns.language.printer import to_text
from checker.patterns.language.tree import Pattern, Position
from checker.patterns.matching.match import matches

__all__ = [
    "MAX_LENGTH",
    "Cover",
    "CoverVerdict",
    "EventModel",
    "Pattern",
    "PatternSyntaxError",
    "Position",
    "Proposal",
    "cover",
    "default_model",
    "example_event",
    "explain",
    "matches",
    "matches_everything",
    "never_matches",
    "parse",
    "propose",
    "repair",
    "to_text",
    "try_parse",
]
