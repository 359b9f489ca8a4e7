"""No pattern takes long: the adversarial questions of the benchmark, a few seeds of them, and one of each family.

Processor time is measured against a loop that is timed beside it, so that a busy machine is no matter.
"""

from __future__ import annotations

import sys
import time

import pytest

from checker.chain.filter_decision import decide, proposal_for
from checker.patterns import CoverVerdict, cover
from tests.benchmarks.bench_patterns import Question, fixed_questions, random_questions, seconds
from tests.checker.patterns.adversarial import patterns
from tests.checker.patterns.corpus import ROOT, cases, controls

LIMIT = 0.1 if sys.gettrace() is None else 1.0
"""Seconds. Coverage's tracing makes the same work several times slower."""
YARDSTICK = 0.02
"""Seconds that the loop takes on a quiet machine."""
QUESTIONS = [*fixed_questions(), *(question for seed in range(900, 904) for question in random_questions(seed))]
ATTACKS = [(name, pattern, ROOT) for seed in range(3) for name, pattern in patterns(seed)]


def slowness() -> float:
    """How many times slower than a quiet machine this one is at the moment."""
    started = time.process_time()
    total = 0
    for number in range(400_000):
        total += number
    return max(1.0, (time.process_time() - started) / YARDSTICK)


@pytest.mark.parametrize("question", [*QUESTIONS, *ATTACKS], ids=lambda question: question[0])
def test_bounded(question: Question) -> None:
    before = slowness()
    assert seconds(question) < LIMIT * max(before, slowness())


@pytest.mark.parametrize(
    "pattern", ["{ $.a[99999999] = 1 }", "{$.a[4999]=1||$.a[*]=2}", "{ $.a[4999].b[5000][6000] = 1 }"]
)
def test_far_elements_are_not_counted_one_by_one(pattern: str) -> None:
    assert cover(pattern, ROOT).verdict is CoverVerdict.MISSES
    assert seconds(("far", pattern, pattern + " ")) < LIMIT


def test_an_example_has_no_array_without_end() -> None:
    near = cover("{ $.x = 1 }", '{ $.a[9999] = "y" }')
    assert near.witness is not None
    assert near.witness["a"] == [*[None] * 9999, "y"]
    far = cover("{ $.x = 1 }", '{ $.a[10000] = "y" }')
    assert far.reason == "It cannot be decided: an event that shows it needs an array of more than 10000 elements."


def test_the_patterns_of_the_field_are_decided_and_mended_in_a_second() -> None:
    known = controls()
    before = slowness()
    started = time.process_time()
    for case in cases("patterns_field.jsonl"):
        decision = decide(case.pattern, known[case.control])
        if decision.verdict is not CoverVerdict.COVERS:
            assert proposal_for(case.pattern, known[case.control], missed=decision.witness) is not None
    assert time.process_time() - started < 10 * LIMIT * max(before, slowness())
