"""Makes findings of the chains of an account: the best chain counts, one finding per control and account. Pure.

A chain is complete when every hop holds; broken when a hop does not; undecided when a hop is unknown and none is
broken. One complete chain is enough; without one, an undecided chain gives ``error`` (it might be complete); else the
finding names the first broken hop of the chain that gets furthest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checker.chain.decisions import FilterQuestion
from checker.chain.filter_decision import Decision
from checker.chain.hops.subscription import who_hears
from checker.chain.hops.topic import Destination
from checker.chain.lookup import Lookup
from checker.chain.reasons import NOT_REACHED, Code
from checker.chain.together import walk_together
from checker.chain.verdicts import verdict
from checker.chain.walk import Chain, Walk, first_of, listeners_of, result_of, walk
from checker.controls.selected import SelectedControl
from checker.facts import Account, Alarm
from checker.findings import HOPS, Finding, Hop, HopStatus, HopVerdict, Status


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges accounts by the same facts. ``accept`` lists the ids of other people's texts that count too."""

    lookup: Lookup
    accept: tuple[str, ...] = ()

    def finding(self, account: Account, control: SelectedControl, *, excluding: Sequence[str] = ()) -> Finding:
        """The finding of one control in one account; ``excluding`` are the exclusions that are declared for both."""
        return result_of(self.follow(account, control, excluding=excluding))

    def follow(self, account: Account, control: SelectedControl, *, excluding: Sequence[str] = ()) -> Walk[Finding]:
        """The same as a walk, which says what has to be read before it can go on."""
        question = FilterQuestion(control, account.account_id, self.accept, tuple(excluding))
        chains = yield from walk(account, question, self.lookup)
        best = min(chains, key=lambda chain: chain.rank)
        if best.status is not Status.OK:
            together = yield from walk_together(chains, question, self.lookup)
            if together is not None and together.rank < best.rank:
                best = together
        bad = best.first_bad
        named = bad or best.hops[-1]
        return Finding(
            control=control.key,
            control_id=control.control_id,
            title=control.title,
            severity=control.severity,
            account_id=account.account_id,
            connection=account.connection,
            status=best.status,
            broken_hop=bad.hop if bad else None,
            reason=bad.reason if bad else _reaches(best),
            hops=_all_hops(best.hops),
            witness=best.decision.witness if best.decision and bad and bad.hop is Hop.FILTER else None,
            unverified=tuple(dict.fromkeys(best.unverified)),
            accepted_elsewhere=_elsewhere(best.decision, control),
            code=named.code,
            remedy=named.remedy,
            benchmark=control.benchmark,
            account_name=None if account.title == account.account_id else account.title,
            frameworks=control.frameworks,
            reference=control.references[0].effective,
        )


def _elsewhere(decision: Decision | None, control: SelectedControl) -> tuple[str, ...]:
    """Foreign texts that are covered, each behind the id that ``--accept`` takes."""
    covered = decision.accepted_elsewhere if decision else ()
    return tuple(f"{text.source_id}: {text.source}" for text in control.accepted_elsewhere if text.source in covered)


def _all_hops(hops: tuple[HopVerdict, ...]) -> tuple[HopVerdict, ...]:
    reached = {hop.hop for hop in hops}
    rest = (
        HopVerdict(hop, HopStatus.NOT_REACHED, "not reached", code=NOT_REACHED) for hop in HOPS if hop not in reached
    )
    return (*hops, *rest)


def _reaches(chain: Chain) -> str:
    """Who hears of an event, by a chain that holds or by the parts of one."""
    ways = chain.parts or (chain,)
    people = all(any(listener.is_person for listener in listeners_of(way)) for way in ways)
    return f"an event reaches {'a person' if people else 'a machine'}: {'; '.join(map(_way, ways))}."


def _way(chain: Chain) -> str:
    alarm, destination = first_of(chain.met, Alarm), first_of(chain.met, Destination)
    topic, sender = destination.topic_arn.rpartition(":")[2], destination.sender
    through = "" if sender == alarm else f"composite alarm {sender.name} over "
    return f"{through}alarm {alarm.name} publishes to topic {topic}, {who_hears(listeners_of(chain))}"


def connection_failed(control: SelectedControl, connection: str | None, action: str | None, message: str) -> Finding:
    """The finding of a connection that failed before it told its account."""
    name = f"connection {connection}" if connection else "the database"
    denied = f"{action} failed: " if action else ""
    reason = f"{name} could not be read: {denied}{message.rstrip('.')}."
    hop = verdict(Code.CONNECTION_NOT_READ, reason, "", evidence={"action": action, "message": message})
    return Finding(
        control=control.key,
        control_id=control.control_id,
        title=control.title,
        severity=control.severity,
        account_id=None,
        connection=connection,
        status=Status.ERROR,
        broken_hop=Hop.TRAIL,
        reason=reason,
        hops=_all_hops((hop,)),
        code=hop.code,
        remedy=hop.remedy,
        benchmark=control.benchmark,
        frameworks=control.frameworks,
        reference=control.references[0].effective,
    )
