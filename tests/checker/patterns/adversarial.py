"""Patterns that are made to cost as much as 1024 characters can: each family aims at one place that grows.

A family is a function of a source of randomness; a pattern is any text that CloudWatch Logs may have stored.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from checker.patterns.language.parse import MAX_LENGTH

LETTERS = string.ascii_letters + string.digits
EQUALITIES = ("=", "!=")
ORDERINGS = ("<", ">", "<=", ">=")
CLOUDTRAIL = ("eventName", "eventSource", "userIdentity.type", "userIdentity.arn", "errorCode", "sourceIPAddress")
Family = Callable[[random.Random], str]


def filled(part: Callable[[int], str], joint: str) -> str:
    """As many parts as fit into a pattern."""
    inner, index = part(0), 1
    while len(longer := f"{inner}{joint}{part(index)}") + 4 <= MAX_LENGTH:
        inner, index = longer, index + 1
    return f"{{ {inner} }}"


def joint(rng: random.Random) -> str:
    """One of the two."""
    return rng.choice(("&&", "||"))


def numbers(rng: random.Random) -> str:
    """Many numbers on one field, by value, by size and by their text."""
    operators = rng.choice((EQUALITIES, ORDERINGS, EQUALITIES + ORDERINGS))
    numeral = rng.choice((str, lambda index: f"{index}.5", lambda index: f"{index}e9", lambda index: f"-.{index}"))
    wild = rng.choice(("", "$.a=*1*&&", "$.a!=%^[0-9]{2,9}$%&&", '$.a="400.0"||'))
    return filled(
        lambda index: (wild if index == 0 else "") + f"$.a{rng.choice(operators)}{numeral(index)}", joint(rng)
    )


def mixed_numbers(rng: random.Random) -> str:
    """Numbers whose every comparison stands in a clause of its own, so that none can be merged."""
    inner, outer = rng.choice((("&&", "||"), ("||", "&&")))
    operators = EQUALITIES + ORDERINGS
    return filled(lambda index: f"($.a{rng.choice(operators)}{index}{inner}$.{LETTERS[index % 62]}=1)", outer)


def indexes(rng: random.Random) -> str:
    """Elements of arrays, near and far, beside all of them."""
    far = rng.choice((9, 99, 4999, 99_999_999))
    wild = "".join(rng.sample(("$.a[*]=2||", "$.a[*] IS NULL||", "$.b[*].c!=2||", "$.a[*]!=3||"), 3))
    return filled(
        lambda index: ("" if index else wild) + f"$.a[{rng.randrange(far)}]{rng.choice(('', '.c', '[7]'))}=1", "||"
    )


def siblings(rng: random.Random) -> str:
    """Selectors with ``*`` beside many fields that they might mean."""
    wild = joint(rng).join(rng.sample(("$.*.a!=1", "$.*.b=1", "$.*.c!=1", "$.*=x", "$.a.* NOT EXISTS"), 3))
    operator = rng.choice(EQUALITIES)
    own = joint(rng)
    return filled(lambda index: (f"({wild}){own}" if index == 0 else "") + f"$.{LETTERS[index % 62]}.a{operator}2", own)


def overlapping(rng: random.Random) -> str:
    """Texts with wildcards that overlap, merged or each in a clause of its own."""
    field = rng.choice(("a", "userAgent", "eventName", "errorCode"))
    apart = rng.choice(("", "&&$.b=1", "||$.c=1"))
    letters = rng.choice(("ab", "abc", LETTERS))

    def clause(index: int) -> str:
        pieces = ("".join(rng.choices(letters, k=rng.randrange(1, 4))) for _ in range(rng.randrange(1, 4)))
        text = rng.choice(("*{}*", "{}*", "*{}")).format("*".join(pieces))
        return f"($.{field}{rng.choice(EQUALITIES)}{text}{apart})" if apart else f"$.{field}!={text}"

    return filled(clause, joint(rng))


def regexes(rng: random.Random) -> str:
    """Long repetitions and sets in the two regular expressions that a pattern may have."""
    most = rng.choice((9, 99, 999))
    first = f"%[a-c]{{{rng.randrange(most)},{most}}}.{{{rng.randrange(most)},}}b%"
    second = f"%^.*[^x]{{1,{most}}}a|b.?{'.?' * rng.randrange(60)}$%"
    rest = filled(lambda index: f"$.a!=*{LETTERS[index % 62]}", "&&")[2:-2]
    return f"{{$.a={first}{joint(rng)}$.a!={second}{joint(rng)}{rest[:600].rpartition('&&')[0]}}}"


def fields(rng: random.Random) -> str:
    """As many fields as fit, some of them below others."""
    operator, own = rng.choice((*EQUALITIES, " IS NULL", " NOT EXISTS")), joint(rng)

    def clause(index: int) -> str:
        path = LETTERS[index % 62] + "".join(f".{rng.choice(LETTERS)}" for _ in range(rng.randrange(4)))
        return f"$.{path}{operator}" + (str(index) if "=" in operator else "")

    return filled(clause, own)


def deep(rng: random.Random) -> str:
    """A chain of parentheses in which ``&&`` and ``||`` take turns, or one selector of many steps."""
    if rng.random() < 0.3:
        return "{ $" + ".a" * 500 + "=1 }"
    inner = "$.z=1"
    while len(inner) < MAX_LENGTH - 30:
        inner = f"({inner}{'&&||'[len(inner) % 2 * 2 :][:2]}$.{rng.choice(LETTERS)}={rng.randrange(3)})"
    return f"{{{inner}}}"


def satisfiability(rng: random.Random) -> str:
    """Random choices of three, at the density at which they are hardest."""
    inner, outer = rng.choice((("||", "&&"), ("&&", "||")))
    count = rng.randrange(5, 15)

    def literal() -> str:
        return f"$.{LETTERS[rng.randrange(count)]}{rng.choice(EQUALITIES)}{rng.randrange(2)}"

    return filled(lambda _: f"({literal()}{inner}{literal()}{inner}{literal()})", outer)


def events(rng: random.Random) -> str:
    """Names and fields of CloudTrail, so that all rules of the model take part."""
    names = ("ConsoleLogin", "CreateUser", "Put*", "*Policy", "!", "AwsApiCall", "Root", "*.amazonaws.com", "10.*")
    inner, outer = rng.choice((("||", "&&"), ("&&", "||")))

    def clause(_index: int) -> str:
        some = (f'$.{rng.choice(CLOUDTRAIL)}{rng.choice(EQUALITIES)}"{rng.choice(names)}"' for _ in range(2))
        return f"({inner.join(some)})"

    return filled(clause, outer)


def terms(rng: random.Random) -> str:
    """Words, some of them wanted, optional or excluded, and a regular expression."""
    listed = [rng.choice(("", "?", "-")) + "".join(rng.sample(LETTERS, 2)) for _ in range(400)]
    return " ".join([rng.choice(("%a.*b%", "%^x%", "Root")), *listed])[:MAX_LENGTH]


def letters(rng: random.Random) -> str:
    """Every character there is, in texts with wildcards: nothing is left to stand for the others."""
    everything = [char for char in map(chr, range(33, 560)) if char not in '"\\*']
    rng.shuffle(everything)
    return '{ $.a!="*' + "*".join(everything[:300]) + f'"{joint(rng)}$.a="' + "".join(everything[300:]) + '*" }'


FAMILIES: tuple[Family, ...] = (
    numbers, mixed_numbers, indexes, siblings, overlapping, regexes,
    fields, deep, satisfiability, events, terms, letters,
)  # fmt: skip


def patterns(seed: int) -> list[tuple[str, str]]:
    """One pattern of every family, with the family's name."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    return [(family.__name__, family(rng)[:MAX_LENGTH]) for family in FAMILIES]
