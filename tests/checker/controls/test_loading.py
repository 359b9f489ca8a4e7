"""A user's folder: added to the catalogue, and every mistake in it refused with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.controls import load_catalogue, select
from checker.controls.catalogue import CUSTOM
from checker.controls.reading import read_control
from checker.controls.validation import check_patterns
from checker.errors import DataFileError, UsageError
from checker.text.toml_document import TomlDocument

BUILT_IN = sorted((Path(__file__).parents[3] / "checker" / "controls" / "data" / "controls").glob("*.toml"))
DOCUMENTATION = (Path(__file__).parents[3] / "docs" / "own-controls.md").read_text(encoding="utf-8")
DOCUMENTED_CONTROL, DOCUMENTED_BENCHMARK = re.findall(r"```toml\n(.*?)```", DOCUMENTATION, re.DOTALL)

CONTROL = """key = "mine"
title = "Mine"
rationale = "Because."
severity = "low"

[[reference]]
pattern = '{ $.eventName = A || $.eventName = B }'
remediation = ["*"]
source = "us"

[[event]]
name = "A"
source = "a.amazonaws.com"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "controls").mkdir()
    return tmp_path


def test_the_documented_examples_work(folder: Path) -> None:
    (folder / "ec2_key_pair_changes.toml").write_text(DOCUMENTED_CONTROL)
    (folder / "benchmarks" / "acme_v1.toml").write_text(DOCUMENTED_BENCHMARK)
    catalogue = load_catalogue(folder)
    everything = select(catalogue, all_controls=True)
    assert len(everything) == 16
    custom = everything[-1]
    assert (custom.key, custom.control_id, custom.benchmark) == ("ec2_key_pair_changes", "ACME-7", CUSTOM)
    assert custom.names.filter_name == "ec2_key_pair_changes"
    assert custom.names.alarm_name == "ec2_key_pair_changes_alarm"
    assert [event.name for event in custom.events] == ["CreateKeyPair", "ImportKeyPair"]
    for name in ("ACME-7", "acme_key_pairs", "ec2-key-pair-changes"):
        assert select(catalogue, [name])[0].key == "ec2_key_pair_changes"
    (own,) = select(catalogue, ["7.1"], benchmark="acme_v1")
    (cis,) = select(catalogue, ["4.3"])
    assert (own.benchmark, own.title) == ("acme_v1", "Use of the root user raises an alarm")
    assert own.references == cis.references
    assert own.names == cis.names
    assert len(load_catalogue().controls) == 15


def test_controls_may_be_in_a_folder_of_their_own(folder: Path) -> None:
    (folder / "controls" / "mine.toml").write_text(CONTROL)
    (only,) = select(load_catalogue(folder), ["mine"])
    assert (only.control_id, only.level) == ("mine", None)


def test_own_names_events_and_texts_of_a_benchmark(folder: Path) -> None:
    (folder / "mine.toml").write_text(
        CONTROL
        + """benchmarks = ["acme"]
[[event]]
name = "B"
source = "a.amazonaws.com"
benchmarks = ["cis_v3.0.0"]
[[names]]
filter = "f"
metric = "m"
alarm = "a"
[[foreign]]
source_id = "blog"
source = "a blog"
pattern = "{ $.a = 1 }"
"""
    )
    (folder / "benchmarks" / "acme.toml").write_text(
        'id = "acme"\ntitle = "Acme"\nsource = "us"\n[[control]]\nid = "1"\nkey = "mine"\ntitle = "One"\n'
    )
    catalogue = load_catalogue(folder)
    (only,) = select(catalogue, ["acme/1"])
    assert [event.name for event in only.events] == ["A"]
    assert (only.names.filter_name, only.names.metric_namespace) == ("f", "CISBenchmark")
    assert "blog" in catalogue.accept_sources()
    assert [text.source_id for text in only.accepted_elsewhere] == ["blog"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[[reference]]", "[reference"), ":6: not valid TOML"),
        (('key = "mine"', 'key = "Mine!"'), ":1: key 'Mine!' must be lower-case"),
        (('key = "mine"', 'key = "root_usage"'), ":1: root_usage is a name of root_usage too"),
        (
            ('key = "mine"', 'key = "mine"\naliases = ["log_metric_filter_vpc"]'),
            ":2: log_metric_filter_vpc is a name of",
        ),
        (('title = "Mine"\n', ""), ": the file needs title"),
        (('"low"', '"huge"'), ":4: severity 'huge' is not one of critical, high, medium, low"),
        (("[[reference]]", "level = 3\n[[reference]]"), ":6: level 3 is not 1 or 2"),
        (("[[reference]]", "sevrity = 3\n[[reference]]"), ":6: unknown key 'sevrity'"),
        (('remediation = ["*"]\n', ""), ":6: the reference belongs to no benchmark"),
        (('["*"]', '["cis_v3"]'), ":8: unknown benchmark cis_v3"),
        (('source = "us"', 'source = "us"\ncorrection = "{ $.a = 1 }"'), ":10: a correction without faulty"),
        (("$.eventName = A |", "$.eventName A |"), ":7: pattern: line 1, column 15: found 'A'"),
        (('source = "us"', 'source = "us"\nfaulty = "x"\ncorrection = "{ $.a }"'), ":11: correction: line 1, column"),
        (
            ("$.eventName = A || $.eventName = B", "$.eventName = A && $.eventName = C"),
            ":7: the reference matches no event",
        ),
        (("A || $.eventName = B", "* || $.eventName NOT EXISTS"), ":7: the reference matches every event"),
        (('name = "A"', 'name = "C"'), ":12: reference 1 of mine matches no C of a.amazonaws.com"),
        (('name = "A"', 'name = "A"\nbenchmarks = ["none"]'), ":13: unknown benchmark none"),
        (('name = "A"\n', ""), ":11: [event] needs name"),
        (("[[event]]", '[frameworks]\nnist = ["1"]\n[[event]]'), ":12: unknown framework nist"),
        (("[[event]]", '[related]\nnist = "1"\n[[event]]'), ":11: unknown benchmark nist"),
        (
            ("[[event]]", '[[names]]\nbenchmarks = ["x"]\nfilter = "f"\nmetric = "m"\nalarm = "a"\n[[event]]'),
            ":12: unknown",
        ),
        (("[[event]]", '[[foreign]]\nsource_id = "a"\nsource = "b"\npattern = "{ x"\n[[event]]'), ":14: pattern: "),
        (("[[event]]", '[[fault]]\nid = "a"\n[[event]]'), ":11: [fault] needs affects"),
        (("[[event]]", "[[event]]\nname = 3\n[[event]]"), ":12: name must be a text in quotes"),
    ],
)
def test_a_wrong_control_is_refused_with_its_line(folder: Path, change: tuple[str, str], message: str) -> None:
    text = CONTROL.replace(*change)
    assert text != CONTROL
    (folder / "mine.toml").write_text(text)
    with pytest.raises(DataFileError) as caught:
        load_catalogue(folder)
    assert str(caught.value).startswith(f"{folder}/mine.toml{message}")


def test_a_control_needs_a_text(folder: Path) -> None:
    (folder / "mine.toml").write_text(CONTROL.split("[[reference]]")[0])
    with pytest.raises(DataFileError, match=r"mine has no \[\[reference\]\]"):
        load_catalogue(folder)


BENCHMARK = """id = "acme"
title = "Acme"
source = "us"
based_on = "cis_v1.2.0"

[[control]]
id = "1.1"
key = "root_usage"
title = "Root"

[[control]]
id = "1.2"
key = "vpc_changes"
title = "VPC"
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('id = "acme"', 'id = "Acme one"'), ":1: id 'Acme one' must be lower-case"),
        (('id = "acme"', 'id = "cis_v3.0.0"'), ":1: there is another benchmark cis_v3.0.0"),
        (("cis_v1.2.0", "cis_v1.2"), ":4: unknown benchmark cis_v1.2"),
        (('based_on = "cis_v1.2.0"\n', ""), ":7: root_usage has no reference text for acme"),
        (('key = "root_usage"', 'key = "organizations_changes"'), ":8: organizations_changes has no reference text"),
        (('key = "root_usage"', 'key = "rot_usage"'), ":8: unknown control rot_usage"),
        (('id = "1.2"', 'id = "1.1"'), ":12: 1.1 (vpc_changes) is listed twice"),
        (('key = "vpc_changes"', 'key = "root_usage"'), ":12: 1.2 (root_usage) is listed twice"),
        (('title = "VPC"', 'title = "VPC"\nassessment = "Auto"'), ":15: assessment 'Auto' is not one of"),
        (('title = "VPC"', 'title = "VPC"\n[[not_covered]]\nid = "9"'), ":15: [not_covered] needs key"),
    ],
)
def test_a_wrong_benchmark_is_refused_with_its_line(folder: Path, change: tuple[str, str], message: str) -> None:
    text = BENCHMARK.replace(*change)
    assert text != BENCHMARK
    (folder / "benchmarks" / "acme.toml").write_text(text)
    with pytest.raises(DataFileError) as caught:
        load_catalogue(folder)
    assert str(caught.value).startswith(f"{folder}/benchmarks/acme.toml{message}")


def test_what_a_benchmark_does_not_cover(folder: Path) -> None:
    (folder / "benchmarks" / "acme.toml").write_text(
        BENCHMARK + '[[not_covered]]\nid = "1.9"\nkey = "x"\ntitle = "X"\nreason = "not an alarm"\n'
    )
    with pytest.raises(UsageError, match=r"Acme, 1.9 \(X\) is not covered: not an alarm"):
        select(load_catalogue(folder), ["acme/1.9"])


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_catalogue(tmp_path / "none")
    with pytest.raises(UsageError, match="no TOML file in it"):
        load_catalogue(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(DataFileError, match=r"latin.toml: cannot be read"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize("file", BUILT_IN, ids=lambda file: file.name)
def test_the_built_in_files_pass_what_a_user_must(file: Path) -> None:
    loaded = read_control(TomlDocument(file.read_text(encoding="utf-8"), file.name))
    check_patterns(loaded.item, loaded.document)
    assert file.name == f"{loaded.item.key}.toml"


def test_a_pattern_that_is_no_json_pattern(folder: Path) -> None:
    (folder / "mine.toml").write_text(CONTROL.replace("'{ $.eventName = A || $.eventName = B }'", "'CreateKeyPair'"))
    with pytest.raises(DataFileError, match="reference 1 of mine matches no A"):
        load_catalogue(folder)
