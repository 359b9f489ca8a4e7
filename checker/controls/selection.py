"""Which controls a run checks: from the ids and filters that were given to ``SelectedControl`` values.

A spelling that carries a version (``cis_v300_4_3``, ``cis_v3.0.0/4.3``) fixes the benchmark of that control;
every other one (``root_usage``, ``4.3``, ``CloudWatch.1``) is read in the benchmark that is selected. So
``CloudWatch.3 --benchmark cis_v3.0.0`` is CIS 4.2 by the texts of CIS, and only
``aws_security_hub/CloudWatch.3`` or ``--benchmark aws_security_hub`` audits by those of Security Hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.controls.catalogue import SEVERITIES, ControlCatalogue, natural
from checker.controls.identifiers import NamedControl, find_benchmark, find_controls
from checker.controls.selected import SelectedControl
from checker.errors import UnknownControl, UsageError
from checker.text.toml_document import did_you_mean

DEFAULT_BENCHMARK = "cis_v3.0.0"
DEFAULT_CONTROL = "root_usage"


def select(
    catalogue: ControlCatalogue,
    ids: Sequence[str] = (),
    *,
    benchmark: str = DEFAULT_BENCHMARK,
    all_controls: bool = False,
    level: int | None = None,
    severity: str | None = None,
    tags: Sequence[str] = (),
) -> tuple[SelectedControl, ...]:
    """The controls to check, by control number, each once.

    Ids win over ``all_controls``; without ids a filter starts from all controls of the benchmark, and without
    anything it is ``root_usage``. Filters narrow: ``level`` is exactly that level, ``severity`` that severity,
    ``tags`` any of them (a framework's id counts as a tag of every control that is mapped to it).

    Raises:
        UnknownControl: an id, the benchmark, or a tag is unknown, or the benchmark lacks the control.
        UsageError: a severity or level that does not exist, one control in two versions, or nothing left.
    """
    chosen = find_benchmark(catalogue, benchmark)
    _check_filters(catalogue, level, severity, tags)
    filtered = level is not None or severity is not None or bool(tags)
    if ids:
        named = [found for identifier in ids for found in find_controls(catalogue, identifier, chosen)]
    elif all_controls or filtered:
        named = [NamedControl(key, None) for key in catalogue.keys_in(chosen)]
    else:
        named = [NamedControl(DEFAULT_CONTROL, None)]
    selected = [catalogue.resolve(key, fixed) for key, fixed in _one_version_each(named, chosen).items()]
    kept = [control for control in selected if _passes(control, level, severity, tags)]
    if not kept:
        raise UsageError(
            f"no control of {catalogue.benchmarks[chosen].title} passes the filters",
            hint="alarmchain controls list shows level, severity and tags",
        )
    return tuple(sorted(kept, key=lambda control: (natural(control.control_id), control.key)))


def _one_version_each(named: Iterable[NamedControl], chosen: str) -> dict[str, str]:
    versions: dict[str, str] = {}
    for control in named:
        benchmark = control.benchmark or chosen
        other = versions.setdefault(control.key, benchmark)
        if other != benchmark:
            raise UsageError(
                f"{control.key} is asked for in two benchmarks, {other} and {benchmark}",
                hint="a report holds one finding a control and account: run once for each benchmark",
            )
    return versions


def _check_filters(catalogue: ControlCatalogue, level: int | None, severity: str | None, tags: Sequence[str]) -> None:
    if level is not None and level not in (1, 2):
        raise UsageError(f"no level {level}", hint="the benchmarks have level 1 and level 2")
    if severity is not None and severity.lower() not in SEVERITIES:
        raise UsageError(f"no severity {severity!r}", hint=f"one of {', '.join(SEVERITIES)}")
    known = {tag for control in catalogue.controls.values() for tag in (*control.tags, *control.frameworks)}
    for tag in tags:
        if tag.lower() not in known:
            raise UnknownControl(f"no control has the tag {tag!r}", hint=did_you_mean(tag, known))


def _passes(control: SelectedControl, level: int | None, severity: str | None, tags: Sequence[str]) -> bool:
    own = {*control.tags, *control.frameworks}
    return (
        (level is None or control.level == level)
        and (severity is None or control.severity == severity.lower())
        and (not tags or any(tag.lower() in own for tag in tags))
    )
