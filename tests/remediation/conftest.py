"""Fixtures: a executor on the emulated AWS, and the plan of an account that lacks everything behind its log group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.aws.access import AwsAccess
from checker.demo.world import World
from remediation.applying.call import Executor, RetryPolicy
from remediation.applying.history import Run, read_history
from remediation.applying.journal import Journal
from remediation.applying.undo_plan import UndoPlan, plan_undo
from remediation.planning.model import AccountPlan
from remediation.planning.settings import Settings, parse_endpoints
from tests.builders import A
from tests.emulator.client import EmulatedAws
from tests.remediation.cases import facts_of_report, planned
from tests.remediation.lossy import Lossy, lossy_proxy

HASTE = RetryPolicy(attempts=4, first_wait=0, sleep=lambda _: None)


def planned_undo(run: Run, journal: Path, access: AwsAccess | None = None) -> UndoPlan:
    """What undoing the run would do, by the journal as it is now."""
    return plan_undo(run, read_history(journal), access or AwsAccess())


@pytest.fixture
def world(emulator: EmulatedAws, aws_environment: dict[str, str]) -> World:
    """An account with a trail and its log group, and nothing behind them."""
    built = World(emulator.endpoint)
    built.trail()
    emulator.clear_calls()
    return built


@pytest.fixture
def account() -> AccountPlan:
    """Filter, topic, two subscriptions and alarm for that account."""
    endpoints = parse_endpoints(["security@example.com", "https://hooks.example.com/services/" + "x" * 24], None)
    (made,) = planned(facts_of_report("r088"), Settings(endpoints=endpoints)).accounts
    assert made.account_id == A
    assert len(made.calls) == 5
    return made


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """A journal of this test alone."""
    return tmp_path / "journal.jsonl"


@pytest.fixture
def executor(journal_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Executor]]:
    """``executor()`` or ``executor(endpoint)``, which leads there from then on: does not wait between attempts."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with Journal(journal_path) as journal:

        def make(endpoint: str | None = None) -> Executor:
            if endpoint is not None:
                monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
            return Executor(AwsAccess(), journal, HASTE)

        yield make


@pytest.fixture
def lossy(emulator: EmulatedAws) -> Iterator[Lossy]:
    """The emulator behind a proxy that loses answers."""
    with lossy_proxy(emulator.endpoint) as proxy:
        yield proxy
