"""Calls are made once, their outcome is remembered, and nothing waits longer than the timeout."""

from __future__ import annotations

import threading
import time

from checker.database.embedded.collector.once import Call, Cancelled, OnceOnly, OutOfTime, abandoned


def call(name: str, work: object = None) -> Call:
    return Call(work if callable(work) else lambda: work, "table", "connection", name)


def test_a_call_is_asked_once_even_by_many_at_the_same_time() -> None:
    once, asked = OnceOnly(4, 5.0), []

    def work() -> str:
        asked.append(1)
        time.sleep(0.05)
        return "answer"

    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(outcome.value for outcome in once.ask([call("a", work)])))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["answer"] * 5
    assert len(asked) == 1
    assert once.has(call("a"))
    once.close()


def test_a_refusal_is_remembered_until_cleared() -> None:
    once, asked = OnceOnly(1, 5.0), []

    def refuse() -> None:
        asked.append(1)
        raise LookupError("denied")

    for _ in range(2):
        (outcome,) = once.ask([call("a", refuse)])
        assert isinstance(outcome.error, LookupError)
    assert len(asked) == 1
    assert not once.has(call("a"))
    once.clear()
    once.ask([call("a", refuse)])
    assert len(asked) == 2
    once.close()


def test_concurrency_is_bounded() -> None:
    once, lock, running, most = OnceOnly(3, 10.0), threading.Lock(), [0], [0]

    def work() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1

    outcomes = once.ask([call(str(number), work) for number in range(12)])
    assert all(outcome.error is None for outcome in outcomes)
    assert most[0] == 3
    once.close()


def test_a_call_out_of_time_is_given_up_and_told_so() -> None:
    once, release, told = OnceOnly(1, 0.1), threading.Event(), threading.Event()

    def hang() -> str:
        release.wait(5)
        if abandoned():
            told.set()
        return "late"

    outcomes = once.ask([call("slow", hang), call("queued", "never asked")])
    assert [type(outcome.error) for outcome in outcomes] == [OutOfTime, OutOfTime]
    assert str(outcomes[0].error) == "no answer within 0.1 s (table)"
    release.set()
    assert told.wait(5)
    assert not abandoned()
    # The thread is free again, and the late answer changed nothing.
    assert once.ask([call("next", "answer")])[0].value == "answer"
    assert isinstance(once.ask([call("slow", hang)])[0].error, OutOfTime)
    once.close()


def test_what_is_cancelled_may_be_asked_again() -> None:
    once, release = OnceOnly(2, 30.0), threading.Event()
    done = once.ask([call("done", "kept")])
    errors: list[BaseException | None] = []
    started = threading.Event()

    def hang() -> None:
        started.set()
        release.wait(5)
        raise LookupError("after the cancel")

    waiting = threading.Thread(target=lambda: errors.extend(o.error for o in once.ask([call("slow", hang)])))
    waiting.start()
    assert started.wait(5)
    begin = time.monotonic()
    once.cancel()
    waiting.join(5)
    assert time.monotonic() - begin < 1
    assert isinstance(errors[0], Cancelled)
    release.set()
    assert once.ask([call("slow", "now")])[0].value == "now"
    assert done[0].value == "kept"
    assert once.has(call("done"))
    once.close()


def test_two_calls_are_one_when_they_ask_for_the_same() -> None:
    assert Call(lambda: 1, "table", "a", "eu-west-1", "b") == Call(lambda: 2, "table", "a", "eu-west-1", "b")
    different = {Call(lambda: 1, *where) for where in (("t", "a"), ("t", "a", "r"), ("t", "a", "r", "n"), ("t", "b"))}
    assert len(different) == 4
