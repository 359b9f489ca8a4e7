"""Units are asked once, their outcome is remembered, and nothing waits longer than the timeout."""

from __future__ import annotations

import threading
import time

import pytest

from checker.database.embedded.collector.units import Cancelled, Memo, OutOfTime, Unit, abandoned


def unit(name: str, work: object = None) -> Unit:
    return Unit(("table", "connection", name), work if callable(work) else lambda: work)


def test_a_unit_is_asked_once_even_by_many_at_the_same_time() -> None:
    memo, asked = Memo(4, 5.0), []

    def work() -> str:
        asked.append(1)
        time.sleep(0.05)
        return "answer"

    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(outcome.value for outcome in memo.ask([unit("a", work)])))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["answer"] * 5
    assert len(asked) == 1
    assert memo.has(("table", "connection", "a"))
    memo.close()


def test_a_refusal_is_remembered_until_cleared() -> None:
    memo, asked = Memo(1, 5.0), []

    def refuse() -> None:
        asked.append(1)
        raise LookupError("denied")

    for _ in range(2):
        (outcome,) = memo.ask([unit("a", refuse)])
        assert isinstance(outcome.error, LookupError)
    assert len(asked) == 1
    assert not memo.has(("table", "connection", "a"))
    memo.clear()
    memo.ask([unit("a", refuse)])
    assert len(asked) == 2
    memo.close()


def test_concurrency_is_bounded() -> None:
    memo, lock, running, most = Memo(3, 10.0), threading.Lock(), [0], [0]

    def work() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1

    outcomes = memo.ask([unit(str(number), work) for number in range(12)])
    assert all(outcome.error is None for outcome in outcomes)
    assert most[0] == 3
    memo.close()


def test_a_unit_out_of_time_is_given_up_and_told_so() -> None:
    memo, release, told = Memo(1, 0.1), threading.Event(), threading.Event()

    def hang() -> str:
        release.wait(5)
        if abandoned():
            told.set()
        return "late"

    outcomes = memo.ask([unit("slow", hang), unit("queued", "never asked")])
    assert [type(outcome.error) for outcome in outcomes] == [OutOfTime, OutOfTime]
    assert str(outcomes[0].error) == "no answer within 0.1 s (table)"
    release.set()
    assert told.wait(5)
    assert not abandoned()
    # The thread is free again, and the late answer changed nothing.
    assert memo.ask([unit("next", "answer")])[0].value == "answer"
    assert isinstance(memo.ask([unit("slow", hang)])[0].error, OutOfTime)
    memo.close()


def test_what_is_cancelled_may_be_asked_again() -> None:
    memo, release = Memo(2, 30.0), threading.Event()
    done = memo.ask([unit("done", "kept")])
    errors: list[BaseException | None] = []
    started = threading.Event()

    def hang() -> None:
        started.set()
        release.wait(5)
        raise LookupError("after the cancel")

    waiting = threading.Thread(target=lambda: errors.extend(o.error for o in memo.ask([unit("slow", hang)])))
    waiting.start()
    assert started.wait(5)
    begin = time.monotonic()
    memo.cancel()
    waiting.join(5)
    assert time.monotonic() - begin < 1
    assert isinstance(errors[0], Cancelled)
    release.set()
    assert memo.ask([unit("slow", "now")])[0].value == "now"
    assert done[0].value == "kept"
    assert memo.has(("table", "connection", "done"))
    memo.close()


@pytest.mark.parametrize("key", [("aws_account", "a"), ("aws_account", "a", "eu-west-1")])
def test_a_unit_knows_where_it_asks(key: tuple[str, ...]) -> None:
    asked = Unit(key, lambda: None)
    assert asked.connection == "a"
    assert asked.region == (key[2] if len(key) > 2 else None)
