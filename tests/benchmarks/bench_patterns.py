"""How fast patterns are decided: the reference cases, and the worst case that a search finds.

Run it with ``python -m tests.benchmarks.bench_patterns``; it prints, and asserts nothing.
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from checker.patterns import cover
from checker.patterns.language.parse import MAX_LENGTH
from tests.checker.patterns.corpus import ROOT, cases, controls

LETTERS = string.ascii_letters + string.digits
Question = tuple[str, str, str]
"""A family's name, a pattern and a reference."""


def filled(part: Callable[[int], str], joint: str) -> str:
    """As many parts as fit into a pattern."""
    inner = part(0)
    for index in count(1):
        longer = inner + joint + part(index)
        if len(longer) + 4 > MAX_LENGTH:
            break
        inner = longer
    return f"{{ {inner} }}"


def _contains(letters: str, operator: str, index: int) -> str:
    return f"$.a{operator}*{letters[index % 62]}*"


def fixed_questions() -> Iterator[Question]:
    """Patterns built to hurt: many overlapping wildcards, and the pigeonhole principle."""
    for operator in ("=", "!="):
        for joint in ("||", "&&"):
            text = filled(partial(_contains, LETTERS, operator), joint)
            yield "overlapping wildcards", text, ROOT
            yield "the same in another order", text, filled(partial(_contains, LETTERS[::-1], operator), joint)
    for holes in range(2, 6):
        pigeons = range(holes + 1)
        pairs = [(low, high) for high in pigeons for low in range(high)]
        clash = "||".join(f"$.p{low}={hole}&&$.p{high}={hole}" for hole in range(holes) for low, high in pairs)
        housed = "&&".join("(" + "||".join(f"$.p{pigeon}={hole}" for hole in range(holes)) + ")" for pigeon in pigeons)
        if len(clash) < MAX_LENGTH - 2:
            yield "pigeonhole", f"{{{clash}}}", f"{{{housed}}}"


def random_questions(seed: int) -> Iterator[Question]:
    """Random patterns of full length: 3-SAT, deep nesting, wildcards, regular expressions, terms."""
    rng = random.Random(seed)  # noqa: S311 - no secret

    fields, values = rng.choice([6, 8, 10, 12, 14]), rng.choice([2, 3])

    def literal(_index: int = 0) -> str:
        return f"$.{LETTERS[rng.randrange(fields)]}{rng.choice(['=', '!='])}{rng.randrange(values)}"

    def nested(depth: int) -> str:
        return literal() if not depth else f"({nested(depth - 1)}{rng.choice(['&&', '||'])}{nested(depth - 1)})"

    def wildcards(_index: int) -> str:
        pieces = (rng.choice("abAB") * rng.randrange(1, 3) for _ in range(rng.randrange(1, 4)))
        return f"$.eventName=*{'*'.join(pieces)}*"

    def mixed(index: int) -> str:
        return f"({wildcards(index)}{rng.choice(['&&', '||'])}{wildcards(index)})"

    triple = filled(lambda _: f"({literal()}&&{literal()}&&{literal()})", "||")
    yield "3-SAT", triple, filled(lambda _: f"({literal()}||{literal()}||{literal()})", "&&")
    yield "nesting", f"{{{nested(5)}&&{nested(4)}}}", f"{{{nested(5)}}}"
    joint, other = rng.choice(["&&", "||"]), rng.choice(["&&", "||"])
    yield "wildcards", filled(wildcards, joint), filled(wildcards, other)
    yield "mixed wildcards", filled(mixed, joint), filled(mixed, other)
    regex = f"%[{rng.choice('abc')}-z]{{{rng.randrange(1, 300)},}}[^x].*y{{2,9}}%"
    yield "regular expressions", f"{{$.a={regex} && $.a != %.{{20}}a.{{{rng.randrange(1, 20)}}}%}}", "{$.a=%a.{12}%}"
    terms = (rng.choice(["", "?", "-"]) + "".join(rng.sample(LETTERS, 2)) for _ in range(200))
    yield "terms", " ".join(terms)[:MAX_LENGTH], ROOT


def seconds(question: Question) -> float:
    """Processor time of one decision; the best of three, so that a pause does not count."""
    _, pattern, reference = question
    taken = []
    for _ in range(3):
        started = time.process_time()
        cover(pattern, reference)
        taken.append(time.process_time() - started)
    return min(taken)


def main(seeds: int = 100) -> None:
    """Print the figures."""
    listed = controls()
    corpus = [(case.id, case.pattern, listed[case.control].references[0].effective) for case in cases()]
    cover(ROOT, ROOT)
    times = sorted(seconds(question) for question in corpus)
    say = sys.stdout.write
    say(f"reference cases: {len(times) / sum(times):.0f} decided per second, ")
    say(f"median {times[len(times) // 2] * 1000:.2f} ms, worst {times[-1] * 1000:.1f} ms\n")
    questions = [*fixed_questions(), *(question for seed in range(seeds) for question in random_questions(seed))]
    searched = sorted(((seconds(question), question) for question in questions), reverse=True)
    say(f"worst of {len(searched)} adversarial questions:\n")
    for taken, (family, pattern, reference) in searched[:5]:
        say(f"  {taken * 1000:6.1f} ms  {family}: {pattern[:60]}... against {reference[:30]}...\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
