"""The program is killed while any of its calls is on its way: what is left can be finished or undone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker.aws.access import AwsAccess
from checker.demo.world import World
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from remediation.applying.history import RunState, read_history
from remediation.applying.journal import Journal
from remediation.applying.undo import carry_out_undo
from remediation.errors import PlanRefused
from remediation.planning.model import AccountPlan
from remediation.showing.plan_document import read_document, to_document
from tests.emulator.client import EmulatedAws
from tests.remediation.applying.test_apply import CALLS, WRITES
from tests.remediation.aws_state import state
from tests.remediation.cases import SOMEBODY, facts_of_report, planned
from tests.remediation.conftest import HASTE, planned_undo

CHILD = """
import pathlib, sys
from remediation.applying.apply import apply_accounts
from remediation.applying.call import Executor
from checker.aws.access import AwsAccess
from remediation.showing.plan_document import read_document
from remediation.applying.journal import Journal
plan = read_document(pathlib.Path(sys.argv[1]).read_text(), where=sys.argv[1])
with Journal(pathlib.Path(sys.argv[2])) as journal:
    apply_accounts(plan.touched, Executor(AwsAccess(), journal))
"""
MADE = planned(facts_of_report("r088"), SOMEBODY)
ONE_SUBSCRIBER = [*CALLS[:7], *CALLS[10:]]


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    import json

    path = tmp_path / "plan.json"
    path.write_text(json.dumps(to_document(MADE, masked=False)))
    return path


@pytest.mark.parametrize("position", range(len(ONE_SUBSCRIBER)))
def test_a_kill_during_any_call(
    world: World, emulator: EmulatedAws, plan_file: Path, journal_path: Path, position: int
) -> None:
    before = state(world)
    emulator.clear_calls()
    action = ONE_SUBSCRIBER[position]
    earlier = ONE_SUBSCRIBER[:position].count(action)
    rules = [{"action": action, "times": earlier, "delay": 0.0001}] if earlier else []
    emulator.set_faults([*rules, {"action": action, "delay": 0.7, "times": 1}])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(plan_file), str(journal_path)], env=dict(os.environ), stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    while [call["action"] for call in emulator.calls()].count(action) <= earlier:
        assert time.monotonic() < deadline, child.communicate()
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    # The emulator still carries out the call that was on its way.
    time.sleep(0.9)
    emulator.set_faults([])

    (run,) = read_history(journal_path).runs
    assert run.state is RunState.INTERRUPTED
    announced = [name for name in ONE_SUBSCRIBER[: position + 1] if name in WRITES]
    # A subscription's outcome is known once the topic's list was read, which is the call after it.
    open_ended = action in WRITES or position == ONE_SUBSCRIBER.index("Subscribe") + 1
    assert len(run.calls) == len(announced)
    assert len(run.unfinished) == (1 if open_ended else 0)

    with Journal(journal_path) as journal:
        executor = Executor(AwsAccess(), journal, HASTE)
        if position % 2:
            assert apply_accounts(MADE.touched, executor).good
        for past in read_history(journal_path).runs:
            assert carry_out_undo(planned_undo(past, journal_path), executor).good
    assert state(world) == before


def test_a_kill_between_two_lines_of_the_journal(
    world: World, account: AccountPlan, journal_path: Path, tmp_path: Path
) -> None:
    """Whatever prefix of the journal is on the disk, undo takes back what it announces."""
    before = state(world)
    with Journal(journal_path) as journal:
        apply_accounts([account], Executor(AwsAccess(), journal, HASTE))
    lines = journal_path.read_bytes().splitlines(keepends=True)
    for end in range(len(lines), 1, -1):
        cut = tmp_path / f"cut-{end}"
        cut.write_bytes(b"".join(lines[:end])[:-3])
        (run,) = read_history(cut).runs
        announced = sum(b'"intent"' in line for line in lines[: end - 1])
        assert len(run.calls) == announced
        with Journal(cut) as journal:
            assert carry_out_undo(planned_undo(run, cut), Executor(AwsAccess(), journal, HASTE)).good
    assert state(world) == before


def test_the_plan_file_of_the_child_is_a_plan(plan_file: Path) -> None:
    assert read_document(plan_file.read_text(), where="plan") == MADE
    with contextlib.suppress(PlanRefused):
        read_document("{}", where="x")
        pytest.fail("an empty object is no plan")
