"""The front door as a library: nothing is written without a yes, and whoever listens is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checker.controls import load_catalogue, select
from checker.demo.world import World
from checker.errors import UsageError
from checker.run import DatabaseOptions, open_databases
from remediation import run as repairing
from remediation.applying.history import read_history
from remediation.applying.outcome import Outcome, StepResult
from remediation.applying.undo_plan import UndoPlan
from remediation.applying.verification import Standing
from remediation.planning.model import AccountPlan
from remediation.planning.settings import Settings
from remediation.run import Listener, RepairOrder, apply, plan, undo
from tests.builders import A
from tests.remediation.aws_state import state
from tests.remediation.cases import SOMEBODY


@pytest.fixture
def order(journal_path: Path, monkeypatch: pytest.MonkeyPatch) -> RepairOrder:
    monkeypatch.setattr(repairing, "LATE_SECONDS", (0.0,))
    return RepairOrder(settings=SOMEBODY, database=DatabaseOptions(database="embedded"), journal=journal_path)


def test_a_plan_only_reads(world: World, order: RepairOrder, journal_path: Path) -> None:
    before = state(world)
    made = plan(order)
    assert [step.operation for step in made.calls] == ["PutMetricFilter", "CreateTopic", "Subscribe", "PutMetricAlarm"]
    assert state(world) == before
    assert not journal_path.exists()


def test_what_is_not_approved_is_not_done(world: World, order: RepairOrder, journal_path: Path) -> None:
    before = state(world)
    asked: list[str] = []

    def approve(account: AccountPlan) -> bool:
        asked.append(account.account_id)
        return False

    done = apply(order, approve=approve)
    assert asked == [A]
    assert done.run is None
    assert done.declined == (A,)
    assert [item.standing for item in done.verified] == [Standing.DECLINED]
    assert state(world) == before
    assert not journal_path.exists()


def test_applied_and_taken_back_with_somebody_listening(world: World, order: RepairOrder, journal_path: Path) -> None:
    before = state(world)
    ends: list[StepResult] = []
    opened: list[str] = []
    listener = Listener(opened=lambda info: opened.append(info.kind), step=ends.append)
    done = apply(order, approve=lambda _: True, listener=listener)
    assert opened == ["embedded"]
    assert [end.outcome for end in ends] == [Outcome.APPLIED] * 4
    assert done.run is not None
    assert done.declined == ()
    assert [item.standing for item in done.verified] == [Standing.HOLDS]

    shown: list[UndoPlan] = []
    left = undo(done.run.run_id, approve=lambda _: False, journal=journal_path, listener=Listener(undoing=shown.append))
    assert (left.run, left.approved, len(shown)) == (None, False, 1)
    taken = undo(done.run.run_id, approve=lambda planned: planned is not None, journal=journal_path)
    assert taken.run is not None
    assert taken.run.good
    assert state(world) == before
    again = undo(done.run.run_id[:-1], approve=lambda _: False, journal=journal_path)
    assert (again.run, again.approved) == (None, True)


def test_a_saved_plan_is_applied_when_it_still_fits(world: World, order: RepairOrder, journal_path: Path) -> None:
    saved = plan(order)
    done = apply(order, approve=lambda _: True, saved=saved)
    assert done.plan is saved
    (run,) = read_history(journal_path).runs
    assert run.counts == {"applied": 4}


def test_settings_that_cannot_be_are_refused_before_anything_is_opened() -> None:
    selected = select(load_catalogue(), ("4.3", "4.5"))
    nowhere = DatabaseOptions(database="postgresql://nobody@127.0.0.1:1/none")
    order = RepairOrder(selected=selected, settings=Settings(metric_name="m"), database=nowhere)
    with pytest.raises(UsageError, match="2 controls"):
        plan(order)


def test_profiles_to_write_with_are_no_mistake_where_a_server_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another database than the embedded one reads with its own credentials; the order is asked for it once."""
    options = DatabaseOptions(database="postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", profiles=("p",))
    with pytest.raises(UsageError, match="profiles"), open_databases(options):
        pass
    asked: list[DatabaseOptions] = []

    def note(options: DatabaseOptions) -> None:
        asked.append(options)
        raise UsageError("seen")

    monkeypatch.setattr(repairing, "open_databases", note)
    with pytest.raises(UsageError, match="seen"):
        plan(RepairOrder(database=options))
    assert asked == [replace(options, profiles_also_write=True)]
