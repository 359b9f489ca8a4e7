"""The evaluation model against CloudWatch's documented tables, and every statistic and operator."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from checker.chain.aws_rules.alarm_evaluation import OPERATORS, Evaluation, Firing, FiringVerdict, one_event_fires
from checker.chain.reasons import Code

CIS = Evaluation("Sum", 300, 1, None, 1.0, "GreaterThanOrEqualToThreshold", None)


def fires(evaluation: Evaluation, value: float = 1.0, *, zeros: bool = False) -> Firing:
    return one_event_fires(evaluation, value=value, zeros=zeros).firing


def test_the_benchmarks_alarm_fires() -> None:
    assert fires(CIS) is Firing.FIRES


@pytest.mark.parametrize(
    ("mode", "needed", "expected"),
    [
        (None, 1, Firing.FIRES),
        ("missing", 1, Firing.FIRES),
        ("missing", 3, Firing.FIRES),
        ("ignore", 1, Firing.FIRES),
        ("ignore", 2, Firing.SILENT),
        ("notBreaching", 1, Firing.FIRES),
        ("notBreaching", 2, Firing.SILENT),
        ("breaching", 1, Firing.SILENT),
        ("breaching", 3, Firing.SILENT),
        ("something new", 1, Firing.UNKNOWN),
    ],
)
def test_missing_data_modes(mode: str | None, needed: int, expected: Firing) -> None:
    assert fires(replace(CIS, treat_missing_data=mode, evaluation_periods=3, datapoints_to_alarm=needed)) is expected


def test_datapoints_default_to_the_evaluation_periods() -> None:
    assert fires(replace(CIS, treat_missing_data="notBreaching", evaluation_periods=2)) is Firing.SILENT
    assert fires(replace(CIS, treat_missing_data="notBreaching", evaluation_periods=5, datapoints_to_alarm=1)) is (
        Firing.FIRES
    )


def test_ignored_missing_data_is_said_to_fire_only_once() -> None:
    verdict = one_event_fires(replace(CIS, treat_missing_data="ignore"), value=1.0)
    assert "stays in ALARM" in verdict.caveat


@pytest.mark.parametrize(
    ("statistic", "quiet", "with_zeros"),
    [
        ("Sum", Firing.FIRES, Firing.FIRES),
        ("Maximum", Firing.FIRES, Firing.FIRES),
        ("Average", Firing.FIRES, Firing.SILENT),
        ("Minimum", Firing.FIRES, Firing.SILENT),
        ("SampleCount", Firing.FIRES, Firing.SILENT),
        ("p99", Firing.FIRES, Firing.SILENT),
        ("p100", Firing.FIRES, Firing.FIRES),
        ("tm90", Firing.FIRES, Firing.SILENT),
        ("PR(1:)", Firing.UNKNOWN, Firing.UNKNOWN),
        (None, Firing.UNKNOWN, Firing.UNKNOWN),
    ],
)
def test_statistics(statistic: str | None, quiet: Firing, with_zeros: Firing) -> None:
    evaluation = replace(CIS, statistic=statistic, treat_missing_data="notBreaching")
    assert fires(evaluation) is quiet
    assert fires(evaluation, zeros=True) is with_zeros


@pytest.mark.parametrize(
    ("operator", "threshold", "expected"),
    [
        ("GreaterThanOrEqualToThreshold", 1.0, Firing.FIRES),
        ("GreaterThanThreshold", 0.0, Firing.FIRES),
        ("GreaterThanThreshold", 1.0, Firing.SILENT),
        ("LessThanThreshold", 2.0, Firing.FIRES),
        ("LessThanOrEqualToThreshold", 1.0, Firing.FIRES),
        ("LessThanThreshold", 1.0, Firing.SILENT),
        ("GreaterThanUpperThreshold", 1.0, Firing.UNKNOWN),
        (None, 1.0, Firing.UNKNOWN),
    ],
)
def test_operators(operator: str | None, threshold: float, expected: Firing) -> None:
    assert fires(replace(CIS, comparison_operator=operator, threshold=threshold)) is expected


def test_no_threshold_is_not_decided() -> None:
    assert fires(replace(CIS, threshold=None)) is Firing.UNKNOWN


def test_zeros_that_breach_are_always_red() -> None:
    verdict = one_event_fires(replace(CIS, threshold=0.0), value=1.0, zeros=True)
    assert verdict.firing is Firing.SILENT
    assert "never changes" in verdict.clause


def test_zeros_with_several_datapoints_never_add_up() -> None:
    assert fires(replace(CIS, evaluation_periods=2), zeros=True) is Firing.SILENT


def test_low_samples_can_be_ignored_by_percentiles_only() -> None:
    assert fires(replace(CIS, statistic="p90", low_samples="ignore")) is Firing.SILENT
    assert fires(replace(CIS, low_samples="ignore")) is Firing.FIRES


@pytest.mark.parametrize(
    ("threshold", "operator", "words"),
    [
        (10.0, "GreaterThanOrEqualToThreshold", "compares the sum in 300 s with >= 10: one event gives 1; 10 events"),
        (1.0, "GreaterThanThreshold", "1 > 1 is false; 2 events in 300 s are needed"),
        (1.5, "GreaterThanOrEqualToThreshold", "2 events in 300 s are needed"),
    ],
)
def test_the_clause_says_how_many_events_are_needed(threshold: float, operator: str, words: str) -> None:
    verdict = one_event_fires(replace(CIS, threshold=threshold, comparison_operator=operator), value=1.0)
    assert words in verdict.clause


def test_a_fraction_needs_several_events() -> None:
    verdict = one_event_fires(CIS, value=0.5)
    assert verdict.firing is Firing.SILENT
    assert "2 events" in verdict.clause


def simulated(evaluation: Evaluation, value: float, *, zeros: bool) -> bool:
    """Play every window of N periods that holds the event, and the quiet one, by the rules of the user guide."""
    compare = OPERATORS[evaluation.comparison_operator or ""][1]
    periods = evaluation.evaluation_periods or 1
    needed = evaluation.datapoints_to_alarm or periods
    quiet: float | None = 0.0 if zeros else None

    def state(window: list[float | None], before: str) -> str:
        real = [point for point in window if point is not None]
        breaching = sum(1 for point in real if compare(point, evaluation.threshold or 0.0))
        missing = len(window) - len(real)
        mode = evaluation.treat_missing_data or "missing"
        if breaching >= needed:
            return "ALARM"
        if not real:
            return {"missing": "INSUFFICIENT_DATA", "ignore": before, "breaching": "ALARM", "notBreaching": "OK"}[mode]
        if mode == "breaching":
            return "ALARM" if breaching + missing >= needed else "OK"
        if mode == "ignore" and breaching == len(real) and missing:
            return before
        if mode == "missing" and breaching == len(real):
            return "ALARM"
        return "OK"

    before = state([quiet] * periods, "OK")
    if before == "ALARM":
        return False
    for position in range(periods):
        window = [quiet] * periods
        window[position] = value
        if state(window, before) == "ALARM":
            return True
    return False


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_the_verdict_equals_a_simulation(operator: str) -> None:
    modes = (None, "missing", "ignore", "notBreaching", "breaching")
    shapes = [(periods, needed) for periods in (1, 2, 3) for needed in range(1, periods + 1)]
    settings = itertools.product(modes, shapes, (0.0, 0.5, 1.0, 2.0), (0.5, 1.0, 3.0), (False, True))
    for mode, (periods, needed), threshold, value, zeros in settings:
        evaluation = Evaluation("Sum", 60, periods, needed, threshold, operator, mode)
        expected = Firing.FIRES if simulated(evaluation, value, zeros=zeros) else Firing.SILENT
        assert fires(evaluation, value, zeros=zeros) is expected, (evaluation, value, zeros)


def test_default_values_other_than_zero_breach_or_blur() -> None:
    assert one_event_fires(CIS, value=1.0, resting=(1.0,)).firing is Firing.SILENT
    # Five minutes of 0.3 are 1.5.
    assert one_event_fires(CIS, value=1.0, resting=(0.3,)).firing is Firing.SILENT
    assert one_event_fires(replace(CIS, period=60), value=1.0, resting=(0.3,)).firing is Firing.FIRES
    assert one_event_fires(replace(CIS, statistic="Maximum"), value=1.0, resting=(0.3,)).firing is Firing.FIRES
    assert one_event_fires(replace(CIS, statistic="Average"), value=1.0, resting=(0.3,)).firing is Firing.SILENT
    # A negative default can swallow the event.
    assert one_event_fires(CIS, value=1.0, resting=(-1.0,)).firing is Firing.SILENT


def test_a_filled_period_is_not_the_one_with_the_event() -> None:
    for statistic in ("Sum", "Average", "Minimum", "SampleCount"):
        evaluation = replace(CIS, statistic=statistic)
        assert one_event_fires(evaluation, value=1.0, filled=0.0).firing is Firing.FIRES
    assert one_event_fires(CIS, value=1.0, filled=2.0).firing is Firing.SILENT
    assert one_event_fires(replace(CIS, evaluation_periods=2), value=1.0, filled=0.0).firing is Firing.SILENT


# -- what is said, and why -----------------------------------------------------------------------------------------


def verdict(value: float = 1.0, *, zeros: bool = False, filled: float | None = None, **changes: Any) -> FiringVerdict:
    resting = changes.pop("resting", ())
    return one_event_fires(replace(CIS, **changes), value=value, zeros=zeros, resting=resting, filled=filled)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (verdict(), Code.ALARM_FIRES),
        (verdict(threshold=None), Code.ALARM_FIRING_UNKNOWN),
        (verdict(statistic=None), Code.ALARM_FIRING_UNKNOWN),
        (verdict(statistic="TC(1:)"), Code.ALARM_FIRING_UNKNOWN),
        (verdict(treat_missing_data="new"), Code.ALARM_FIRING_UNKNOWN),
        (verdict(threshold=2.0), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(statistic="SampleCount", threshold=2.0), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(statistic="SampleCount", zeros=True), Code.ALARM_COUNTS_OTHER_SAMPLES),
        (verdict(statistic="SampleCount", filled=0.0), Code.ALARM_FIRES),
        (verdict(threshold=0.0, zeros=True), Code.ALARM_ALWAYS_RED),
        (verdict(treat_missing_data="breaching"), Code.ALARM_ALWAYS_RED),
        (verdict(treat_missing_data="breaching", zeros=True), Code.ALARM_FIRES),
        (verdict(treat_missing_data="breaching", filled=0.0), Code.ALARM_FIRES),
        (verdict(statistic="p50", low_samples="ignore"), Code.ALARM_IGNORES_FEW_SAMPLES),
        (verdict(statistic="p50", low_samples="evaluate"), Code.ALARM_FIRES),
        (verdict(statistic="p50", low_samples="ignore", threshold=2.0), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(evaluation_periods=2, zeros=True), Code.ALARM_NEEDS_MORE_PERIODS),
        (verdict(evaluation_periods=2, datapoints_to_alarm=1, zeros=True), Code.ALARM_FIRES),
        (verdict(evaluation_periods=2, treat_missing_data="ignore"), Code.ALARM_NEEDS_MORE_PERIODS),
        (verdict(evaluation_periods=None, treat_missing_data="notBreaching"), Code.ALARM_FIRES),
        # The sum of a period's default values, minute by minute; a period that is not known has one.
        (verdict(resting=(0.2,), period=300), Code.ALARM_ALWAYS_RED),
        (verdict(resting=(0.2,), period=240), Code.ALARM_FIRES),
        (verdict(resting=(0.6,), period=119), Code.ALARM_FIRES),
        (verdict(resting=(0.6,), period=120), Code.ALARM_ALWAYS_RED),
        (verdict(resting=(0.6,), period=10), Code.ALARM_FIRES),
        (verdict(resting=(0.6,), period=None), Code.ALARM_FIRES),
        (verdict(resting=(1.0,), period=None), Code.ALARM_ALWAYS_RED),
        (verdict(3.0, resting=(-1.0,), period=120), Code.ALARM_FIRES),
        (verdict(3.0, resting=(-1.0,), period=180), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(2.0, resting=(-1.0,), period=None), Code.ALARM_FIRES),
        (verdict(1.5, resting=(-1.0,), period=30), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(1.0, resting=(0.5,), statistic="Minimum", threshold=0.75), Code.ALARM_NEEDS_MORE_EVENTS),
        (verdict(0.5, resting=(1.0,), statistic="Maximum", threshold=2.0), Code.ALARM_NEEDS_MORE_EVENTS),
        *((verdict(statistic=name), Code.ALARM_FIRES) for name in ("IQM", "TM(5%:95%)", "WM(5%:95%)", "p99.9", "p100")),
        *((verdict(statistic=name, zeros=True), Code.ALARM_NEEDS_MORE_EVENTS) for name in ("IQM", "wm90", "p99.9")),
        *((verdict(statistic=name), Code.ALARM_FIRING_UNKNOWN) for name in ("TC(:1)", "TS(:1)", "PR(:1)", "p", "x")),
    ],
)
def test_the_code_of_a_verdict(found: FiringVerdict, code: Code) -> None:
    assert found.code is code
    expected = {Code.ALARM_FIRES: Firing.FIRES, Code.ALARM_FIRING_UNKNOWN: Firing.UNKNOWN}.get(code, Firing.SILENT)
    assert found.firing is expected
    assert bool(found.remedy) is (expected is not Firing.FIRES)


@pytest.mark.parametrize(
    ("found", "clause", "remedy"),
    [
        (verdict(threshold=None), "could be read (GreaterThanOrEqualToThreshold)", "a fixed threshold"),
        (verdict(comparison_operator=None), "that could be read", "a fixed threshold"),
        (verdict(statistic=None), "has a statistic that could not be read", "Sum"),
        (verdict(statistic="TC(1:)"), "uses the statistic TC(1:): whether", "Sum"),
        (verdict(0.5), "; 2 events in 300 s are needed", "Publish 1 for every event"),
        (verdict(0.5, statistic="Maximum"), "which does not breach", "Use Sum, Greater"),
        (verdict(0.5, threshold=2.0), "; 4 events in 300 s are needed", "Use Sum, Greater"),
        (verdict(0.5, period=None), "the sum with >= 1: one event gives 0.5; 2 events are needed", "Publish 1"),
        (verdict(0.5, zeros=True), "; 2 events in 300 s are needed", "Publish 1"),
        (verdict(statistic="Average", zeros=True), "gives 0 or near it, because values are published", "Use Sum"),
        (verdict(statistic="Average", threshold=2.0), "the average in 300 s with >= 2: one event gives 1, which", ""),
        (verdict(-1.0), "gives -1, which does not breach", "Publish 1"),
        (verdict(0.0), "gives 0, which does not breach", "Publish 1"),
        (verdict(2.0, comparison_operator="LessThanThreshold"), "gives 2, which does not breach", "Use Sum"),
        (verdict(0.5, comparison_operator="GreaterThanThreshold"), "0.5 > 1 is false; 3 events in 300 s", "Use Sum"),
        (verdict(threshold=0.0, zeros=True), ": the metric's zeros breach it", "Use Sum"),
        (verdict(resting=(2.0,)), ": the default values of 2 breach it", "Make the default value 0. Use Sum"),
        (verdict(threshold=0.0, filled=0.0), ": the zeros that fill gaps breach it", "Use Sum"),
        (verdict(filled=3.0), ": the values of 3 that fill gaps breach it", "Fill gaps with 0. Use Sum"),
        (verdict(statistic="SampleCount", zeros=True, resting=(2.0,)), "the number of samples in 300 s", "Sum"),
        (verdict(statistic="SampleCount", zeros=True, resting=(2.0,)), ": datapoints of 0 and 2 between events", "Sum"),
        (verdict(evaluation_periods=3, datapoints_to_alarm=2, zeros=True), "but 2 of 3 are needed", "Use 1 of 1"),
        (verdict(evaluation_periods=2, treat_missing_data="ignore"), "missing data counts as no change", "Use 1 of 1"),
        (verdict(evaluation_periods=2, treat_missing_data="notBreaching"), "missing data counts as good", "Use 1 of 1"),
        (verdict(treat_missing_data="breaching"), "treats missing data as breaching", "as notBreaching"),
        (verdict(treat_missing_data="new"), "treats missing data as new, which is not known", "as notBreaching"),
        (verdict(statistic="Minimum", threshold=2.0), "the minimum in 300 s", ""),
        (verdict(statistic="Maximum", threshold=2.0), "the maximum in 300 s", ""),
        (verdict(statistic="p50", threshold=2.0), "the p50 in 300 s", ""),
    ],
)  # fmt: skip
def test_the_words_of_a_verdict(found: FiringVerdict, clause: str, remedy: str) -> None:
    assert clause in found.clause
    assert remedy in found.remedy


def test_the_caveats() -> None:
    assert verdict(evaluation_periods=3, treat_missing_data="missing").caveat.startswith("it goes to ALARM only 3 ")
    assert verdict(treat_missing_data="missing").caveat == ""
    assert verdict(treat_missing_data="notBreaching").caveat == ""
