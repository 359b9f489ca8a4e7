"""Does one matching event make the alarm change to ALARM? A model of CloudWatch's evaluation.

The model. Between events the metric is quiet: it has no datapoints, or (``zeros``, ``resting``) datapoints from a
default value or from a second filter, a minute each, or (``filled``) a constant for every period without datapoints,
which the metric math function ``FILL`` gives. One event adds one datapoint to one period. CloudWatch looks at the
latest N = ``EvaluationPeriods`` datapoints and goes to ALARM when M = ``DatapointsToAlarm`` (default N) of them
breach. The alarm *fires* when it is not in ALARM while quiet, and is in ALARM at some evaluation after the event.

Missing data (``TreatMissingData``; CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data" and
its two tables of evaluation examples), for a quiet metric without datapoints:

==============  =====================  ==========================================
mode            quiet state            after one breaching datapoint
==============  =====================  ==========================================
missing         INSUFFICIENT_DATA      ALARM, also when M > 1 (row ``- - X - -``)
ignore          kept (not ALARM)       ALARM when M = 1, else kept
notBreaching    OK                     ALARM when M = 1, else OK
breaching       ALARM: always red      never changes
==============  =====================  ==========================================

Pure.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from checker.chain.reasons import Code

_SUM = "Use the statistic Sum"
OPERATORS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": (">=", operator.ge),
    "GreaterThanThreshold": (">", operator.gt),
    "LessThanOrEqualToThreshold": ("<=", operator.le),
    "LessThanThreshold": ("<", operator.lt),
}

_PERCENTILE = re.compile(r"p(?P<percent>\d+(?:\.\d+)?)")
_TRIMMED = re.compile(r"(?:tm|wm|TM|WM|iqm|IQM)\S*")


class Firing(StrEnum):
    """Whether one event is enough."""

    FIRES = "fires"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The settings of an alarm that decide, as CloudWatch stores them. ``period`` in seconds."""

    statistic: str | None
    period: int | None
    evaluation_periods: int | None
    datapoints_to_alarm: int | None
    threshold: float | None
    comparison_operator: str | None
    treat_missing_data: str | None
    low_samples: str | None = None
    """``EvaluateLowSampleCountPercentile``: ``ignore`` keeps a percentile alarm still on few samples."""


@dataclass(frozen=True, slots=True)
class FiringVerdict:
    """The answer, a clause that completes "alarm X ...", why and what to do where it does not fire, and what to know
    besides (or an empty text)."""

    firing: Firing
    clause: str
    code: Code = Code.ALARM_FIRES
    remedy: str = ""
    caveat: str = ""


def one_event_fires(
    evaluation: Evaluation,
    *,
    value: float,
    zeros: bool = False,
    resting: tuple[float, ...] = (),
    filled: float | None = None,
) -> FiringVerdict:
    """Decide for one event that publishes ``value``. ``zeros``: 0 is published between events; ``resting``: other
    values that are; ``filled``: what stands for a period without datapoints."""
    known = OPERATORS.get(evaluation.comparison_operator or "")
    if known is None or evaluation.threshold is None:
        how = f" ({evaluation.comparison_operator})" if evaluation.comparison_operator else ""
        return _unknown(f"has no fixed threshold that could be read{how}", "Use a fixed threshold")
    between = (*((0.0,) if zeros else ()), *resting)
    point = _datapoint(evaluation, value, between)
    if point is None:
        if evaluation.statistic is None:
            return _unknown("has a statistic that could not be read", _SUM)
        return _unknown(f"uses the statistic {evaluation.statistic}: whether one event is enough is not decided", _SUM)
    sign, compare = known
    clause = f"compares {_statistic_words(evaluation)} with {sign} {_number(evaluation.threshold)}"
    if evaluation.statistic == "SampleCount" and between:
        values = " and ".join(map(_number, between))
        counts = f"{clause}: datapoints of {values} between events count as samples too"
        return _silent(Code.ALARM_COUNTS_OTHER_SAMPLES, counts, _SUM)
    for quiet, words, remedy in _quiet(evaluation, between, filled):
        if compare(quiet, evaluation.threshold):
            return _silent(
                Code.ALARM_ALWAYS_RED,
                f"{clause}: {words} breach it, so it is in ALARM before any event and never changes",
                f"{remedy}Use Sum, GreaterThanOrEqualToThreshold 1",
            )
    if not compare(point, evaluation.threshold):
        return _silent(
            Code.ALARM_NEEDS_MORE_EVENTS,
            f"{clause}: one event gives {_number(point)}{_short_of(evaluation, point, mixed=bool(between))}",
            "Publish 1 for every event"
            if _as_the_benchmark(evaluation)
            else "Use Sum, GreaterThanOrEqualToThreshold 1",
        )
    if evaluation.low_samples == "ignore" and _PERCENTILE.fullmatch(evaluation.statistic or ""):
        ignores = f"{clause} but ignores low sample counts: one event changes nothing"
        return _silent(Code.ALARM_IGNORES_FEW_SAMPLES, ignores, _SUM)
    return _window(evaluation, clause, point, steady=bool(between) or filled is not None)


def _quiet(
    evaluation: Evaluation, between: tuple[float, ...], filled: float | None
) -> Iterator[tuple[float, str, str]]:
    """What a period without an event may give, in words, and what to do first if it breaches."""
    for value in between:
        words = "the metric's zeros" if value == 0 else f"the default values of {_number(value)}"
        remedy = "Make the default value 0. " if value else ""
        yield value, words, remedy
        if evaluation.statistic == "Sum":
            yield value * _minutes(evaluation), words, remedy
    if filled is not None:
        words = "the zeros that fill gaps" if filled == 0 else f"the values of {_number(filled)} that fill gaps"
        yield filled, words, "Fill gaps with 0. " if filled else ""


def _minutes(evaluation: Evaluation) -> int:
    """How many datapoints of the metric, one a minute, are in a period."""
    return max(1, (evaluation.period or 60) // 60)


def _as_the_benchmark(evaluation: Evaluation) -> bool:
    return (evaluation.statistic, evaluation.comparison_operator, evaluation.threshold) == (
        "Sum",
        "GreaterThanOrEqualToThreshold",
        1.0,
    )


def _window(evaluation: Evaluation, clause: str, point: float, *, steady: bool) -> FiringVerdict:
    """M of N and missing data: whether one datapoint beyond the threshold is enough."""
    periods = evaluation.evaluation_periods or 1
    needed = evaluation.datapoints_to_alarm or periods
    mode = evaluation.treat_missing_data or "missing"
    gives = f"{clause}: one event gives {_number(point)}"
    if steady:
        if needed > 1:
            more = f"{gives} in one period, but {needed} of {periods} are needed"
            return _silent(Code.ALARM_NEEDS_MORE_PERIODS, more, "Use 1 of 1")
        return FiringVerdict(Firing.FIRES, gives)
    if mode == "breaching":
        return _silent(
            Code.ALARM_ALWAYS_RED,
            f"{clause} and treats missing data as breaching: it is always in ALARM and never changes",
            "Treat missing data as notBreaching",
        )
    if mode == "missing":
        # "Avoiding premature transitions to alarm state": with only missing data after it, one breaching datapoint is
        # enough once it is M periods old.
        caveat = f"it goes to ALARM only {needed} periods after an event that stays alone" if needed > 1 else ""
        return FiringVerdict(Firing.FIRES, gives, caveat=caveat)
    if mode not in {"notBreaching", "ignore"}:
        return _unknown(f"treats missing data as {mode}, which is not known", "Treat missing data as notBreaching")
    if needed > 1:
        return _silent(
            Code.ALARM_NEEDS_MORE_PERIODS,
            f"{gives} in one period, but {needed} of {periods} are needed and missing data counts as "
            f"{'good' if mode == 'notBreaching' else 'no change'}",
            "Use 1 of 1",
        )
    if mode == "ignore":
        caveat = (
            "it ignores missing data: after the first event it stays in ALARM until somebody resets it, "
            "and the next event changes nothing"
        )
        return FiringVerdict(Firing.FIRES, gives, caveat=caveat)
    return FiringVerdict(Firing.FIRES, gives)


def _datapoint(evaluation: Evaluation, value: float, between: tuple[float, ...]) -> float | None:
    """The statistic over a period with the event, at its least; ``None`` when it is not modelled."""
    statistic = evaluation.statistic or ""
    lowest = min((*between, value))
    if statistic == "Sum":
        return value + min((0.0, *between)) * _minutes(evaluation)
    if statistic == "Maximum":
        return value
    if statistic == "SampleCount":
        return 1.0
    # With what else is published in the same period an average or low percentile can come arbitrarily near to that.
    if statistic in {"Average", "Minimum"} or _TRIMMED.fullmatch(statistic):
        return lowest
    if percentile := _PERCENTILE.fullmatch(statistic):
        return value if float(percentile["percent"]) >= 100 else lowest
    return None


def _short_of(evaluation: Evaluation, point: float, *, mixed: bool) -> str:
    threshold = evaluation.threshold or 0.0
    period = f" in {evaluation.period} s" if evaluation.period else ""
    if mixed and evaluation.statistic != "Sum":
        return " or near it, because values are published between events too"
    if evaluation.statistic == "Sum" and (evaluation.comparison_operator or "").startswith("Greater") and point > 0:
        strictly = evaluation.comparison_operator == "GreaterThanThreshold"
        events = int(threshold // point) + 1 if strictly else -int(-threshold // point)
        word = f"{_number(point)} > {_number(threshold)} is false; " if strictly else ""
        return f"; {word}{events} events{period} are needed"
    return ", which does not breach"


def _silent(code: Code, clause: str, remedy: str) -> FiringVerdict:
    return FiringVerdict(Firing.SILENT, clause, code, remedy)


def _unknown(clause: str, remedy: str) -> FiringVerdict:
    return FiringVerdict(Firing.UNKNOWN, clause, Code.ALARM_FIRING_UNKNOWN, remedy)


def _statistic_words(evaluation: Evaluation) -> str:
    words = {
        "Sum": "the sum",
        "SampleCount": "the number of samples",
        "Average": "the average",
        "Minimum": "the minimum",
        "Maximum": "the maximum",
    }
    period = f" in {evaluation.period} s" if evaluation.period else ""
    return f"{words.get(evaluation.statistic or '', f'the {evaluation.statistic}')}{period}"


def _number(value: float) -> str:
    return f"{value:g}"
