"""No pattern takes long: the adversarial questions of the benchmark, a few seeds of them."""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.bench_patterns import Question, fixed_questions, random_questions, seconds

LIMIT = 0.1 if sys.gettrace() is None else 1.0
"""Seconds. Coverage's tracing makes the same work several times slower."""
QUESTIONS = [*fixed_questions(), *(question for seed in range(900, 904) for question in random_questions(seed))]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_bounded(question: Question) -> None:
    assert seconds(question) < LIMIT
