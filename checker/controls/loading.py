"""Reads the catalogue: one TOML file a control, one a benchmark, ``frameworks.toml``, and a user's own folder.

The built-in files come from the package. A user's folder holds the same kinds of file (controls at its top or in
``controls/``, benchmarks in ``benchmarks/``) and may refer to built-in benchmarks and controls. Every complaint
is a ``DataFileError`` that says ``file:line``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from checker.controls.catalogue import ANY_BENCHMARK, Benchmark, Control, ControlCatalogue, Framework
from checker.controls.reading import Loaded, read_benchmark, read_control, read_frameworks
from checker.controls.validation import check_patterns
from checker.errors import DataFileError, UsageError
from checker.text.toml_document import TomlDocument, did_you_mean


def load_catalogue(extra: Path | None = None) -> ControlCatalogue:
    """The built-in catalogue, with the controls and benchmarks of a user's folder added.

    The built-in files are proved by the tests; a user's are proved here, patterns included.

    Raises:
        UsageError: ``extra`` is not a folder with TOML files.
        DataFileError: a file is wrong, or an id is there twice.
    """
    builtin = builtin_catalogue()
    if extra is None:
        return builtin
    sources = _user_files(extra)
    benchmarks = [read_benchmark(TomlDocument(_read(path), str(path))) for path in sources["benchmarks"]]
    controls = [read_control(TomlDocument(_read(path), str(path))) for path in sources["controls"]]
    catalogue = _assemble(builtin, benchmarks, controls, builtin.frameworks)
    for loaded in controls:
        check_patterns(loaded.item, loaded.document)
    return catalogue


@functools.cache
def builtin_catalogue() -> ControlCatalogue:
    """The catalogue of the package, read once a process."""
    data = files("checker.controls") / "data"
    frameworks = read_frameworks(_document(data / "frameworks.toml"))
    benchmarks = [read_benchmark(_document(path)) for path in _toml_in(data / "benchmarks")]
    controls = [read_control(_document(path)) for path in _toml_in(data / "controls")]
    return _assemble(ControlCatalogue({}, {}, {}), benchmarks, controls, frameworks)


def _toml_in(folder: Traversable) -> list[Traversable]:
    return sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)


def _document(path: Traversable) -> TomlDocument:
    return TomlDocument(path.read_text(encoding="utf-8"), path.name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"cannot be read: {error}", path=str(path), hint="save it as UTF-8 text") from error


def _user_files(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise UsageError(f"`controls_dir` {folder}: no such folder", hint="give a folder with one TOML file a control")
    found = {
        "controls": sorted([*folder.glob("*.toml"), *(folder / "controls").glob("*.toml")]),
        "benchmarks": sorted((folder / "benchmarks").glob("*.toml")),
    }
    if not any(found.values()):
        raise UsageError(f"`controls_dir` {folder}: no TOML file in it", hint="one file a control, named after its key")
    return found


def _assemble(
    base: ControlCatalogue,
    benchmarks: Iterable[Loaded[Benchmark]],
    controls: Iterable[Loaded[Control]],
    frameworks: Mapping[str, Framework],
) -> ControlCatalogue:
    """Join what was read with ``base``, and compare every id with what it refers to."""
    benchmarks, controls = list(benchmarks), list(controls)
    all_benchmarks = dict(base.benchmarks)
    for loaded in benchmarks:
        if loaded.item.id in all_benchmarks:
            raise loaded.document.error(f"there is another benchmark {loaded.item.id}", ("id",))
        all_benchmarks[loaded.item.id] = loaded.item
    all_controls = dict(base.controls)
    names = {alias: control.key for control in base.controls.values() for alias in (control.key, *control.aliases)}
    for control in controls:
        for place, name in (("key", control.item.key), *(("aliases", alias) for alias in control.item.aliases)):
            if name in names:
                raise control.document.error(f"{name} is a name of {names[name]} too", (place,))
            names[name] = control.item.key
        all_controls[control.item.key] = control.item
        _check_control(control, all_benchmarks, frameworks)
    for loaded in benchmarks:
        _check_benchmark(loaded, all_benchmarks, all_controls)
    return ControlCatalogue(all_controls, all_benchmarks, frameworks)


def _check_control(
    loaded: Loaded[Control], benchmarks: Mapping[str, Benchmark], frameworks: Mapping[str, Framework]
) -> None:
    """Raise for a benchmark or framework that a control names and nobody defines."""
    control, document = loaded.item, loaded.document
    known = {*benchmarks, ANY_BENCHMARK}

    def refuse_unknown(ids: Iterable[str], *location: str | int) -> None:
        for identifier in sorted(set(ids) - known):
            raise document.error(
                f"unknown benchmark {identifier}", tuple(location), hint=did_you_mean(identifier, benchmarks)
            )

    for index, text in enumerate(control.references):
        for procedure, ids in text.benchmarks.items():
            refuse_unknown(ids, "reference", index, procedure.value)
    for index, listed in enumerate(control.events):
        refuse_unknown(listed.benchmarks or (), "event", index, "benchmarks")
    for index, suggestion in enumerate(control.names):
        refuse_unknown(suggestion.benchmarks, "names", index, "benchmarks")
    refuse_unknown(control.related, "related")
    for identifier in control.frameworks:
        if identifier not in frameworks:
            raise document.error(
                f"unknown framework {identifier}", ("frameworks", identifier), hint=did_you_mean(identifier, frameworks)
            )


def _check_benchmark(
    loaded: Loaded[Benchmark], benchmarks: Mapping[str, Benchmark], controls: Mapping[str, Control]
) -> None:
    """Raise for a control that a benchmark lists and that is missing, listed twice or without a text for it."""
    benchmark, document = loaded.item, loaded.document
    if benchmark.based_on and benchmark.based_on not in benchmarks:
        raise document.error(
            f"unknown benchmark {benchmark.based_on}", ("based_on",), hint=did_you_mean(benchmark.based_on, benchmarks)
        )
    numbers: set[str] = set()
    keys: set[str] = set()
    for index, entry in enumerate(benchmark.entries):
        place = ("control", index)
        control = controls.get(entry.key)
        if control is None:
            raise document.error(
                f"unknown control {entry.key}", (*place, "key"), hint=did_you_mean(entry.key, controls)
            )
        if entry.id in numbers or entry.key in keys:
            raise document.error(f"{entry.id} ({entry.key}) is listed twice", (*place, "id"))
        numbers.add(entry.id)
        keys.add(entry.key)
        if not control.has_texts_for(benchmark.id) and not (
            benchmark.based_on and control.has_texts_for(benchmark.based_on)
        ):
            raise document.error(
                f"{entry.key} has no reference text for {benchmark.id}",
                (*place, "key"),
                hint=f'name {benchmark.id} in a [[reference]] of the control, or set based_on = "cis_v3.0.0" here',
            )
