"""Every spelling of a control or benchmark that the ecosystem uses, brought to this program's own ids.

Spellings of controls: the key (``root_usage``), the benchmark's number (``4.3``), number with version
(``cis_v3.0.0/4.3``), Powerpipe and Flowpipe (``cis_v300_4_3``, with ``aws_compliance.control.`` and the like in
front), Prowler's check (``cloudwatch_log_metric_filter_root_usage``), Powerpipe's control
(``log_metric_filter_root_login``), Security Hub (``CloudWatch.1``, ``cis-aws-foundations-benchmark/v/1.4.0/4.3``).
A number without an end (``4``, ``cis_v300_4``) or a benchmark alone means all of its controls below that, and
``4.1-4.15`` all from the one to the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from checker.controls.catalogue import Benchmark, ControlCatalogue, natural
from checker.errors import UnknownControl
from checker.text.toml_document import did_you_mean, nearest

_MOD_PREFIX = re.compile(r"^(?:[a-z0-9_]+\.)?(?:control|benchmark|pipeline|query|trigger|check)\.", re.IGNORECASE)
_SECURITY_HUB_STANDARD = re.compile(r"^.*cis-aws-foundations-benchmark/v/(?P<version>[0-9.]+)/(?P<number>[0-9.]+)$")
_WITH_BENCHMARK = re.compile(r"^(?P<benchmark>[\w.-]*[\w-])\s*[/: ]\s*(?P<number>[\w.-]+)$")
_RANGE = re.compile(r"^(?P<first>\d+\.\d+)\s*(?:-|\.\.)\s*(?P<last>\d+\.\d+)$")
_WHOLE = "*"
_POWERPIPE = re.compile(r"^(?P<benchmark>cis_v\d{3,})_(?P<number>\d+(?:_\d+)*)(?:_[a-z]\w*)?$")


@dataclass(frozen=True, slots=True)
class NamedControl:
    """A control that an identifier names: its key and the benchmark that the spelling fixes, if it does."""

    key: str
    benchmark: str | None


def find_benchmark(catalogue: ControlCatalogue, name: str) -> str:
    """The benchmark's id, from any spelling (``cis_v3.0.0``, ``CIS v3.0.0``, ``cis_v300``, ``3.0.0``, ``cis_3.0_aws``).

    Raises:
        UnknownControl: no benchmark of that name; the hint names the nearest ones.
    """
    found = _match_benchmark(catalogue.benchmarks, name)
    if found is None:
        raise UnknownControl(f"unknown benchmark {name!r}", hint=did_you_mean(name, catalogue.benchmarks))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())


def _match_benchmark(benchmarks: Mapping[str, Benchmark], name: str) -> str | None:
    """The benchmark of that name, in any spelling: ``cis_v3.0.0``, ``v3``, ``CIS AWS 3.0``."""
    bare = _MOD_PREFIX.sub("", name.strip())
    wanted = _plain(bare)
    for benchmark in benchmarks.values():
        if wanted and wanted in {_plain(benchmark.id), *(_plain(alias) for alias in benchmark.aliases)}:
            return benchmark.id
    version = re.fullmatch(r"(?:cis)?(?:awsfoundations|aws)?v?(?P<version>[0-9.]+)(?:aws)?", wanted)
    if version is None:
        return None
    digits = version["version"].strip(".")
    spelled = {digits, f"{digits}.0"} if "." in digits else {digits}
    for benchmark in benchmarks.values():
        own = re.fullmatch(r"cis_v(?P<version>[0-9.]+)", benchmark.id)
        if own and spelled & {own["version"], own["version"].replace(".", "")}:
            return benchmark.id
    return None


def find_controls(catalogue: ControlCatalogue, name: str, benchmark: str) -> tuple[NamedControl, ...]:
    """What ``name`` means when ``benchmark`` (an id) is audited: one control, or all of a section or range.

    Raises:
        UnknownControl: nothing of that name, or the benchmark does not have it, or the chain cannot judge it.
    """
    bare = _MOD_PREFIX.sub("", name.strip().strip("[]"))
    key = _by_name(catalogue).get(_folded(bare))
    if key is not None:
        return (NamedControl(key, None),)
    fixed, number = _split(catalogue, bare)
    found = _numbered(catalogue, number, fixed or benchmark)
    if not found and fixed is None:
        found = _of_another_family(catalogue, number)
    if not found:
        raise _unknown(catalogue, name, number, fixed or benchmark)
    return tuple(NamedControl(key, fixed) for key in found)


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _by_name(catalogue: ControlCatalogue) -> dict[str, str]:
    names: dict[str, str] = {}
    for control in catalogue.controls.values():
        for name in (control.key, *control.aliases, *((control.id,) if control.id else ())):
            names[_folded(name)] = control.key
    return names


def _split(catalogue: ControlCatalogue, name: str) -> tuple[str | None, str]:
    """The benchmark that a spelling carries, and the number (``*``: the whole benchmark)."""
    standard = _SECURITY_HUB_STANDARD.match(name)
    if standard:
        return find_benchmark(catalogue, standard["version"]), standard["number"]
    powerpipe = _POWERPIPE.match(name.lower())
    if powerpipe:
        return find_benchmark(catalogue, powerpipe["benchmark"]), powerpipe["number"].replace("_", ".")
    parts = _WITH_BENCHMARK.match(name)
    if parts:
        number = _by_name(catalogue).get(_folded(parts["number"]), parts["number"])
        return None if parts["benchmark"].lower() == "cis" else find_benchmark(catalogue, parts["benchmark"]), number
    if re.search(r"[a-z]|\d\.\d+\.\d", name.lower()):
        whole = _match_benchmark(catalogue.benchmarks, name)
        if whole is not None:
            return whole, _WHOLE
    return None, name


def _numbered(catalogue: ControlCatalogue, number: str, benchmark: str) -> tuple[str, ...]:
    """Keys of the benchmark's controls with that number or key, below that section, or in that range."""
    entries = catalogue.benchmarks[benchmark].entries
    wanted = number.lower()
    exact = tuple(entry.key for entry in entries if wanted in {entry.id.lower(), entry.key})
    if exact:
        return exact
    ends = _RANGE.match(number)
    if ends:
        first, last = natural(ends["first"]), natural(ends["last"])
        return tuple(entry.key for entry in entries if first <= natural(entry.id) <= last)
    return tuple(entry.key for entry in entries if wanted == _WHOLE or entry.id.lower().startswith(f"{wanted}."))


def _of_another_family(catalogue: ControlCatalogue, number: str) -> tuple[str, ...]:
    """Key for a number that is no CIS number (``CloudWatch.1``), whatever benchmark is audited."""
    if re.fullmatch(r"[\d.]*", number):
        return ()
    return tuple(
        dict.fromkeys(
            entry.key
            for benchmark in catalogue.benchmarks.values()
            for entry in benchmark.entries
            if entry.id.lower() == number.lower()
        )
    )


def _unknown(catalogue: ControlCatalogue, name: str, number: str, benchmark: str) -> UnknownControl:
    """Why there is no such control, with the nearest names and the benchmarks that number it so."""
    chosen = catalogue.benchmarks[benchmark]
    for other in (chosen, *catalogue.benchmarks.values()):
        for row in other.not_covered:
            if number.lower() == row.key or (number == row.id and other is chosen):
                return UnknownControl(
                    f"{other.title}, {row.id} ({row.title}) is not covered: {row.reason}",
                    hint=f"covered are {other.entries[0].id} to {other.entries[-1].id}",
                )
    if number in catalogue.controls:
        return catalogue.missing(number, benchmark)
    known = [*_by_name(catalogue), *(entry.id for entry in chosen.entries)]
    near = nearest(number, known)
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    for other in catalogue.benchmarks.values():
        hints += [f"{number} is {entry.key} in {other.id}" for entry in other.entries if entry.id == number][:1]
    for control in catalogue.controls.values():
        if control.related.get(benchmark) == number:
            hints.insert(0, f"{number} is not watched by an alarm, but {control.key} is on the same subject")
    return UnknownControl(
        f"no control {name!r} in {chosen.title}",
        hint="; ".join([*hints[:2], "alarmchain controls list shows them all"]),
    )
