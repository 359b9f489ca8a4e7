"""The CloudWatch Logs filter-pattern language: syntax, evaluation, and decisions by meaning. Pure.

language/   text to tree and back: `parse`, `to_text`, `explain`; what a value and a regular expression mean
matching/   does a pattern match one event? `matches`, and the automaton for texts
covering/   does a pattern match every event that another one does? `cover`, on this way:

    event_model, background   what is known of events: fields, their types and values, rules     data -> conditions
    encode                    pattern -> formula of conditions on fields (`formula`, `predicates`)
    states                    field -> classes of its states (`sample_texts`, `sample_numbers`)
    compile, solver           formulas -> sets of classes -> a choice that satisfies all, or none
    witness, describe         a choice -> an event, and which events are missed in words
    certificate               no choice -> why, to be checked without the solver
    repair, field_names       what to propose instead

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
