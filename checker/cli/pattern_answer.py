"""What the pattern commands ask: a pattern, a control, and what counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from checker.chain.filter_decision import Decision, decide, own_events, proposal_for
from checker.controls import ControlCatalogue, SelectedControl, load_catalogue, select
from checker.controls.identifiers import find_benchmark
from checker.errors import UsageError
from checker.patterns import CoverVerdict, Proposal, cover, default_model

REPAIRABLE = (CoverVerdict.MISSES, CoverVerdict.INVALID)
ACCOUNT_FIELD = "recipientAccountId"


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision on a pattern for a control, and a pattern that covers where this one does not."""

    control: SelectedControl
    pattern: str
    decision: Decision
    proposal: Proposal | None


class Asking:
    """What a decision needs besides pattern and control."""

    def __init__(self, benchmark: str, accept: tuple[str, ...] = (), account: str | None = None) -> None:
        self.benchmark = find_benchmark(_catalogue(), benchmark)
        self.accept = accept
        self.fixed = {ACCOUNT_FIELD: account} if account else {}
        self.control = cache(self._control)

    def _control(self, name: str) -> SelectedControl:
        """The one control that a name means.

        Raises:
            UnknownControl: there is none of that name.
            UsageError: it means several.
        """
        selected = select(_catalogue(), [name], benchmark=self.benchmark)
        if len(selected) > 1:
            raise UsageError(f"{name} names {len(selected)} controls", hint="name one")
        return selected[0]

    def answer(self, pattern: str, control: SelectedControl) -> Answer:
        """The decision, and a proposal where there is something to repair."""
        decision = decide(pattern, control, accept=self.accept, fixed=self.fixed)
        proposal = None
        if decision.verdict in REPAIRABLE:
            proposal = proposal_for(pattern, control, fixed=self.fixed, missed=decision.witness)
        return Answer(control, pattern, self._with_others(pattern, control, decision), proposal)

    def _with_others(self, pattern: str, control: SelectedControl, decision: Decision) -> Decision:
        """The decision with other people's texts that the pattern covers, also when it covers one that counts."""
        if decision.verdict is not CoverVerdict.COVERS:
            return decision
        model = own_events(default_model(), control.events)
        others = [
            foreign
            for foreign in control.accepted_elsewhere
            if foreign is not decision.covered
            and cover(pattern, foreign.pattern, model=model, fixed=self.fixed).verdict is CoverVerdict.COVERS
        ]
        return replace(
            decision,
            accepted_elsewhere=tuple(dict.fromkeys(foreign.source for foreign in others)),
            accept=tuple(dict.fromkeys(foreign.source_id for foreign in others)),
        )


@cache
def _catalogue() -> ControlCatalogue:
    return load_catalogue()
