"""The decision: does a pattern match every event that a reference pattern matches?

``reference and not pattern`` is a question about events (`checker.patterns.covering.compile`). No such event: covered.
An event: missed, and the event is the witness, checked with the evaluator before it is returned. What is beyond
the model or the budget is ``unknown``, with the reason, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from checker.patterns.covering.budget import Budget, BudgetExceeded
from checker.patterns.covering.certificate import Certificate, certify
from checker.patterns.covering.compile import CompiledQuestion
from checker.patterns.covering.describe import describe_miss, some_missed
from checker.patterns.covering.encode import Encoder
from checker.patterns.covering.event_model import EventModel, default_model
from checker.patterns.covering.field_names import hints
from checker.patterns.covering.formula import Formula
from checker.patterns.covering.question import CoverQuestion
from checker.patterns.covering.states import StateTable
from checker.patterns.covering.witness import MAX_ELEMENTS, TooManyElements, build_event, lowest, most_plausible
from checker.patterns.language.errors import PatternSyntaxError
from checker.patterns.language.parse import parse, try_parse
from checker.patterns.language.tree import EmptyPattern, Pattern, Position, SpacePattern, TermPattern
from checker.patterns.matching.match import matches

PatternLike = str | Pattern
MAX_WORK = 50_000
"""Steps of building what is searched; the searches have budgets of their own."""


class CoverVerdict(StrEnum):
    """What a decision says."""

    COVERS = "covers"
    MISSES = "misses"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cover:
    """A decision: ``reason`` is a sentence, ``witness`` an event that is missed, ``position`` where a text fails."""

    verdict: CoverVerdict
    reason: str
    witness: Mapping[str, Any] | None = None
    position: Position | None = None
    question: CoverQuestion | None = field(default=None, compare=False, repr=False)
    """What was asked; ``None`` if the pattern does not parse."""

    def certificate(self) -> Certificate | None:
        """The proof of ``covers``, made now: `checker.patterns.covering.certificate.certify`."""
        return certify(self.question) if self.verdict is CoverVerdict.COVERS and self.question else None


@dataclass(frozen=True, slots=True)
class Answer:
    """``exists`` is ``None`` when it could not be decided; ``reason`` then says why. ``missed`` are words."""

    exists: bool | None
    event: Mapping[str, Any] | None = None
    reason: str = ""
    missed: str = ""


BEYOND_BUDGET = "the pattern is too intricate to be decided within the time allowed"
BEYOND_TEXTS = "its wildcards can overlap in too many ways to be decided within the time allowed"
BEYOND_TERMS = "it depends on where words occur in the raw text, which the event model does not fix"
BEYOND_ELEMENTS = f"an event that shows it needs an array of more than {MAX_ELEMENTS} elements"
FAULT = "deciding it failed with {}, which is a fault of the program"
BEYOND_MODEL = "the event that the model gives is not one that the evaluator confirms"


def cover(
    patterns: PatternLike | Sequence[PatternLike],
    reference: PatternLike,
    *,
    model: EventModel | None = None,
    fixed: Mapping[str, str] | None = None,
    excluding: Sequence[PatternLike] = (),
) -> Cover:
    """Whether the union of ``patterns`` matches every event that ``reference`` matches.

    ``fixed`` gives fields one value (by dotted path). Events that one of ``excluding`` matches need not be covered.
    Raises `PatternSyntaxError` if ``reference`` or an exclusion does not parse; a pattern that does not is
    ``invalid``, or ignored beside others that do, because AWS cannot have stored it.
    """
    listed = (patterns,) if isinstance(patterns, str) or not isinstance(patterns, Sequence) else tuple(patterns)
    parsed = [try_parse(pattern) if isinstance(pattern, str) else pattern for pattern in listed]
    errors = [entry for entry in parsed if isinstance(entry, PatternSyntaxError)]
    valid = tuple(entry for entry in parsed if not isinstance(entry, PatternSyntaxError))
    if errors and not valid:
        return invalid(errors[0])
    decision = _decide(
        valid,
        _tree(reference),
        tuple(_tree(pattern) for pattern in excluding),
        model or default_model(),
        tuple(sorted((fixed or {}).items())),
    )
    if not errors:
        return decision
    ignored = "".join(f" An invalid pattern was left out ({error})." for error in errors)
    return replace(decision, reason=decision.reason + ignored)


def invalid(error: PatternSyntaxError) -> Cover:
    """The decision for a text that does not parse."""
    reason = f"CloudWatch Logs does not accept the pattern: {error}."
    return Cover(CoverVerdict.INVALID, f"{reason} Hint: {error.hint}." if error.hint else reason, None, error.position)


def never_matches(pattern: PatternLike, model: EventModel | None = None) -> bool | None:
    """Whether no event of the model matches; ``None`` if that could not be decided."""
    exists = ask(CoverQuestion(_tree(pattern), (), model or default_model())).exists
    return None if exists is None else not exists


def matches_everything(pattern: PatternLike, model: EventModel | None = None) -> bool | None:
    """Whether every event of the model matches; ``None`` if that could not be decided."""
    exists = ask(CoverQuestion(EmptyPattern(), (_tree(pattern),), model or default_model())).exists
    return None if exists is None else not exists


def example_event(pattern: PatternLike, model: EventModel | None = None) -> Mapping[str, Any] | None:
    """A small realistic event that the pattern matches, or ``None`` if there is none or none was found."""
    return ask(CoverQuestion(_tree(pattern), (), model or default_model())).event


def _tree(pattern: PatternLike) -> Pattern:
    return parse(pattern) if isinstance(pattern, str) else pattern


def _decide(
    patterns: tuple[Pattern, ...],
    reference: Pattern,
    excluding: tuple[Pattern, ...],
    model: EventModel,
    fixed: tuple[tuple[str, str], ...],
) -> Cover:
    """The decision of one question, in words."""
    but = " outside what was excluded" if excluding else ""
    question = CoverQuestion(reference, (*patterns, *excluding), model, fixed)
    covers = Cover(CoverVerdict.COVERS, f"It matches every event that the reference matches{but}.", question=question)
    if reference in patterns or any(isinstance(pattern, EmptyPattern) for pattern in patterns):
        return covers
    answer = ask(question, describing=patterns)
    if answer.exists is None:
        return Cover(CoverVerdict.UNKNOWN, f"It cannot be decided: {answer.reason}.", question=question)
    if not answer.exists:
        return covers
    reason = answer.missed + (" Events that were excluded do not count." if excluding else "")
    hinted = dict.fromkeys(hint for pattern in patterns for hint in hints(pattern, model))
    reason = " ".join([reason, *hinted])
    if patterns and all(isinstance(pattern, SpacePattern) for pattern in patterns):
        reason += " A pattern in square brackets is for text that is split at blanks and never matches JSON."
    return Cover(CoverVerdict.MISSES, reason, answer.event, question=question)


def ask(question: CoverQuestion, describing: Iterable[Pattern] = ()) -> Answer:
    """Decide a question. With ``describing``, the answer says in words which events these patterns miss.

    Where that costs too much, any event of the reference still shows a miss, if it is one.
    """
    answer = _decided(question, tuple(describing))
    if answer.exists is None and question.unwanted:
        event = _decided(replace(question, unwanted=()), ()).event
        if event is not None and _confirmed(event, question) is not None:
            return Answer(True, event, missed=some_missed(question.wanted))
    return answer


def _decided(question: CoverQuestion, describing: tuple[Pattern, ...]) -> Answer:
    """The answer within the budget. Whatever goes wrong with one pattern is an answer about that pattern."""
    try:
        encoder = Encoder.of((question.wanted, *question.unwanted), question.model, Budget(MAX_WORK))
        formulas = [
            encoder.pattern(question.wanted, True),
            *(encoder.pattern(pattern, False) for pattern in question.unwanted),
        ]
        return _answer(question, formulas, encoder, describing)
    except (BudgetExceeded, RecursionError, MemoryError):
        return Answer(None, reason=BEYOND_BUDGET)
    except TooManyElements:
        return Answer(None, reason=BEYOND_ELEMENTS)
    except Exception as failure:  # noqa: BLE001 - one pattern must not end the check of every other account
        return Answer(None, reason=FAULT.format(type(failure).__name__))


def _answer(
    question: CoverQuestion, formulas: list[Formula], encoder: Encoder, describing: tuple[Pattern, ...]
) -> Answer:
    """Look for an event: among few states first, then among all; only one that the evaluator confirms counts."""
    fixed = dict(question.fixed)
    table = StateTable(encoder.work)
    quick = CompiledQuestion(formulas, question.model, fixed, table, full=False)
    if quick.complete and quick.solve(quick.formulas) is None:
        return Answer(None, reason=BEYOND_TERMS) if encoder.inexact else Answer(False)
    describable = describing and not any(isinstance(pattern, TermPattern) for pattern in describing)
    extra = [encoder.pattern(pattern, True) for pattern in describing] if describable else []
    compiled = CompiledQuestion([*formulas, *extra], question.model, fixed, table, full=True)
    constraints = compiled.formulas[: len(formulas)]
    solved = compiled.solve(constraints)
    if solved is None:
        return _no_event(compiled, formulas, question, encoder)
    chosen, texts = most_plausible(compiled, constraints, solved)
    event = _confirmed(build_event(compiled, chosen, texts), question)
    if event is None:
        chosen = [lowest(groups) for groups in solved]
        event = _confirmed(build_event(compiled, chosen), question)
    if event is None:
        in_text = any(isinstance(pattern, TermPattern) for pattern in (question.wanted, *question.unwanted))
        return Answer(None, reason=BEYOND_TERMS if in_text else BEYOND_MODEL)
    missed = some_missed(question.wanted)
    if extra:
        missed = describe_miss(compiled, constraints, compiled.formulas[len(formulas) :], question.wanted, chosen)
    return Answer(True, event, missed=missed)


def _no_event(compiled: CompiledQuestion, formulas: list[Formula], question: CoverQuestion, encoder: Encoder) -> Answer:
    if encoder.inexact:
        return Answer(None, reason=BEYOND_TERMS)
    if compiled.complete:
        return Answer(False)
    loose = CompiledQuestion(formulas, question.model, dict(question.fixed), compiled.table, full=True, loose=True)
    return Answer(False) if loose.solve(loose.formulas) is None else Answer(None, reason=BEYOND_TEXTS)


def _confirmed(event: Mapping[str, Any], question: CoverQuestion) -> Mapping[str, Any] | None:
    """The event, if the evaluator agrees that it answers the question."""
    wanted = matches(question.wanted, event)
    return event if wanted and not any(matches(pattern, event) for pattern in question.unwanted) else None
