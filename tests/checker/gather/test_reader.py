"""Asking again with less until what fails stands alone; progress; and Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from checker.database.interface import DatabaseKind, Parameters, ReadFailed
from checker.database.query_files import Query
from checker.errors import DatabaseUnavailable
from checker.facts import FailureKind, ReadFailure
from checker.gather import Reader, Request, Silent
from checker.gather.reader import INTERRUPTED
from tests.builders import organisation
from tests.checker.gather.fakes import FakeDatabase

REGION = "us-east-1"


class Watching:
    """Progress as a list."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def stage(self, name: str, total: int) -> None:
        self.seen.append((name, total))

    def advance(self, accounts: int) -> None:
        self.seen.append(("", accounts))


def reader_of(database: FakeDatabase, **options: Any) -> Reader:
    for account in database.facts.accounts:
        database.narrowing.learn(account.account_id, account.connection or "")
    return Reader(**options)


def all_accounts(database: FakeDatabase, *regions: str) -> Request:
    ids = tuple(account.account_id for account in database.facts.accounts)
    return Request(database.source, "trails", {"account_ids": ids, "regions": regions or None})


def test_one_question_when_all_is_well() -> None:
    database = FakeDatabase(organisation(3))
    rows = reader_of(database).read("trails", [all_accounts(database, REGION)])
    assert len(rows) == 3
    assert len(database.requests) == 1


def test_nothing_to_ask() -> None:
    watching = Watching()
    assert Reader(progress=watching).read("trails", []) == []
    assert watching.seen == []
    Silent().stage("x", 1)
    Silent().advance(1)


def test_connections_that_are_named_are_left_out_at_once() -> None:
    facts = organisation(5)

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        connections = parameters.get("connections")
        return [
            ReadFailure(name, "denied", f"aws_{number:012}", action="x:Y", kind=FailureKind.DENIED)
            for number in (2, 4)
            if connections is None or f"aws_{number:012}" in connections
        ]

    database = FakeDatabase(facts, rule=rule)
    reader = reader_of(database)
    rows = reader.read("trails", [all_accounts(database, REGION)])
    assert {row.account_id for row in rows} == {f"{number:012}" for number in (1, 3, 5)}
    # One question for all, and one for all the others: not one for each.
    assert len(database.requests) == 2
    assert [(f.account_id, f.connection, f.region, f.action, f.message) for f in reader.failures] == [
        (f"{number:012}", f"aws_{number:012}", REGION, "x:Y", "denied") for number in (2, 4)
    ]
    assert {failure.kind for failure in reader.failures} == {FailureKind.DENIED}


def test_a_connection_denied_in_one_region_answers_in_the_other() -> None:
    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        connections, regions = parameters.get("connections"), parameters.get("regions") or ()
        guilty = "eu-west-1" in regions and (connections is None or "aws_000000000002" in connections)
        return [ReadFailure(name, "denied", "aws_000000000002")] if guilty else []

    database = FakeDatabase(organisation(2), rule=rule)
    reader = reader_of(database)
    rows = reader.read("trails", [all_accounts(database, REGION, "eu-west-1")])
    assert {(row.account_id[-1], row.region) for row in rows} == {("1", REGION), ("1", "eu-west-1"), ("2", REGION)}
    assert [(failure.account_id, failure.region) for failure in reader.failures] == [("000000000002", "eu-west-1")]


def test_connections_of_which_all_fail_leave_nobody_to_ask_again() -> None:
    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        names = parameters.get("connections") or ("aws_000000000001", "aws_000000000002")
        return [ReadFailure(name, "denied", connection) for connection in names]

    database = FakeDatabase(organisation(2), rule=rule)
    reader = reader_of(database)
    assert reader.read("accounts", [Request(database.source, "accounts")]) == []
    assert [failure.connection for failure in reader.failures] == ["aws_000000000001", "aws_000000000002"]
    assert len(database.requests) == 1


def test_an_account_whose_connection_is_not_known_is_asked_without_one() -> None:
    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        return (
            [ReadFailure(name, "denied", "aws_000000000001")]
            if not parameters.get("connections") and len(parameters.get("account_ids") or ()) > 1
            else []
        )

    database = FakeDatabase(organisation(2), rule=rule)
    reader = Reader()
    rows = reader.read("trails", [all_accounts(database, REGION)])
    assert {row.account_id for row in rows} == {"000000000001", "000000000002"}
    assert reader.failures == []


def test_a_region_that_is_denied_costs_that_region_only() -> None:
    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        return [ReadFailure(name, "denied")] if "eu-west-1" in (parameters.get("regions") or ()) else []

    database = FakeDatabase(organisation(1), rule=rule)
    reader = reader_of(database)
    rows = reader.read("trails", [all_accounts(database, REGION, "eu-west-1")])
    assert {row.region for row in rows} == {REGION}
    assert [failure.region for failure in reader.failures] == ["eu-west-1"]


def test_a_plain_database_of_unknown_connections_is_asked_by_account() -> None:
    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        return [ReadFailure(name, "no")] if "000000000002" in (parameters.get("account_ids") or ()) else []

    database = FakeDatabase(organisation(3), kind=DatabaseKind.POSTGRES, rule=rule)
    reader = Reader()
    rows = reader.read("trails", [all_accounts(database, REGION)])
    assert {row.account_id for row in rows} == {"000000000001", "000000000003"}
    assert [failure.account_id for failure in reader.failures] == ["000000000002"]


def test_a_failure_without_words_is_still_one() -> None:
    class Speechless(FakeDatabase):
        def ask(self, *_: Any) -> list[Any]:
            raise ReadFailed([])

    database = Speechless(organisation(1))
    reader = reader_of(database)
    assert reader.read("trails", [all_accounts(database, REGION)]) == []
    assert [failure.message for failure in reader.failures] == ["no answer"]


def test_a_lost_server_ends_the_run() -> None:
    class Lost(FakeDatabase):
        def ask(self, *_: Any) -> list[Any]:
            raise DatabaseUnavailable("gone")

    database = Lost(organisation(1))
    with pytest.raises(DatabaseUnavailable):
        reader_of(database).read("trails", [all_accounts(database)])


def test_progress_counts_accounts() -> None:
    database, watching = FakeDatabase(organisation(3)), Watching()
    reader_of(database, progress=watching).read(
        "trails", [all_accounts(database), Request(database.source, "accounts")]
    )
    assert watching.seen[0] == ("trails", 4)
    assert sum(accounts for name, accounts in watching.seen[1:]) == 4


def test_no_more_questions_at_a_time_than_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()

    class Counting(FakeDatabase):
        def ask(self, query: Query, parameters: Parameters) -> list[Any]:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.02)
            with lock:
                running -= 1
            return super().ask(query, parameters)

    database = Counting(organisation(1))
    reader_of(database, concurrency=2).read("trails", [all_accounts(database)] * 8)
    assert most == 2


def press_ctrl_c() -> None:
    """What a terminal does: the signal reaches the main thread, wherever it is."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class Hanging(FakeDatabase):
    """Answers when it is cancelled, as a statement does; the second order is the one that it hears."""

    def __init__(self) -> None:
        super().__init__(organisation(1))
        self.orders = 0
        self._told = threading.Event()

    def ask(self, query: Query, _parameters: Parameters) -> list[Any]:
        press_ctrl_c()
        assert self._told.wait(10)
        raise ReadFailed([ReadFailure(query.name, "canceling statement due to user request")])

    def cancel(self) -> None:
        self.orders += 1
        if self.orders > 1:
            self._told.set()


def test_ctrl_c_cancels_what_runs_until_nothing_runs_and_asks_no_more() -> None:
    database = Hanging()
    reader = reader_of(database, concurrency=1)
    assert reader.read("trails", [all_accounts(database, REGION)] * 3) == []
    assert reader.interrupted
    assert database.orders >= 2
    assert {failure.message for failure in reader.failures} == {INTERRUPTED}
    before = len(reader.failures)
    assert before >= 3
    assert reader.read("alarms", [all_accounts(database, REGION)]) == []
    assert len(reader.failures) == before + 1
