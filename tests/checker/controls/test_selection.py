"""Selection: every spelling of the ecosystem, filters, order, and errors that name the nearest."""

from __future__ import annotations

import re

import pytest

from checker.controls import DEFAULT_BENCHMARK, DEFAULT_CONTROL, Procedure, SelectedControl, load_catalogue, select
from checker.controls.identifiers import find_benchmark
from checker.errors import UnknownControl, UsageError

CATALOGUE = load_catalogue()


def ids(selected: tuple[SelectedControl, ...]) -> list[tuple[str, str]]:
    return [(control.benchmark, control.control_id) for control in selected]


def test_default_is_root_usage_of_cis_3() -> None:
    (only,) = select(CATALOGUE)
    assert (only.key, only.control_id, only.benchmark) == (DEFAULT_CONTROL, "4.3", DEFAULT_BENCHMARK)
    assert only.level == 1
    assert only.assessment == "Manual"
    assert only.title == "Ensure usage of 'root' account is monitored"


@pytest.mark.parametrize(
    ("name", "benchmark", "number"),
    [
        ("root_usage", "cis_v3.0.0", "4.3"),
        ("root-usage", "cis_v3.0.0", "4.3"),
        ("ROOT_USAGE", "cis_v3.0.0", "4.3"),
        ("4.3", "cis_v3.0.0", "4.3"),
        (" 4.3 ", "cis_v3.0.0", "4.3"),
        ("CIS 4.3", "cis_v3.0.0", "4.3"),
        ("cis_v3.0.0/4.3", "cis_v3.0.0", "4.3"),
        ("cis_v3.0.0 4.3", "cis_v3.0.0", "4.3"),
        ("cis_v3.0.0:4.3", "cis_v3.0.0", "4.3"),
        ("v3.0.0/4.3", "cis_v3.0.0", "4.3"),
        ("3.0.0/4.3", "cis_v3.0.0", "4.3"),
        ("cis_v300/4.3", "cis_v3.0.0", "4.3"),
        ("cis_v3.0.0/root_usage", "cis_v3.0.0", "4.3"),
        ("cis_3.0_aws/4.3", "cis_v3.0.0", "4.3"),
        ("cis_v300_4_3", "cis_v3.0.0", "4.3"),
        ("CIS_V300_4_3", "cis_v3.0.0", "4.3"),
        ("control.cis_v300_4_3", "cis_v3.0.0", "4.3"),
        ("aws_compliance.control.cis_v300_4_3", "cis_v3.0.0", "4.3"),
        ("aws_compliance.pipeline.cis_v300_4_3", "cis_v3.0.0", "4.3"),
        ("cis_v120_3_3", "cis_v1.2.0", "3.3"),
        ("cis_v600_5_3", "cis_v6.0.0", "5.3"),
        ("cis_v401_4_3", "cis_v4.0.1", "4.3"),
        ("cis_v1.2.0/3.3", "cis_v1.2.0", "3.3"),
        ("cis-aws-foundations-benchmark/v/1.4.0/4.3", "cis_v1.4.0", "4.3"),
        ("arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/3.3", "cis_v1.2.0", "3.3"),
        ("CloudWatch.1", "cis_v3.0.0", "4.3"),
        ("[CloudWatch.1]", "cis_v3.0.0", "4.3"),
        ("cloudwatch.1", "cis_v3.0.0", "4.3"),
        ("aws_security_hub/CloudWatch.1", "aws_security_hub", "CloudWatch.1"),
        ("security-hub/CloudWatch.1", "aws_security_hub", "CloudWatch.1"),
        ("cloudwatch_log_metric_filter_root_usage", "cis_v3.0.0", "4.3"),
        ("aws_compliance.control.log_metric_filter_root_login", "cis_v3.0.0", "4.3"),
    ],
)
def test_every_spelling_of_root_usage(name: str, benchmark: str, number: str) -> None:
    (only,) = select(CATALOGUE, [name])
    assert (only.key, only.benchmark, only.control_id) == ("root_usage", benchmark, number)


def test_the_mixture_of_the_readme() -> None:
    selected = select(CATALOGUE, ["root_usage", "4.4", "cis_v300_4_10", "CloudWatch.3"], benchmark="cis_v3.0.0")
    assert ids(selected) == [("cis_v3.0.0", number) for number in ("4.2", "4.3", "4.4", "4.10")]


def test_a_version_in_the_id_beats_the_benchmark() -> None:
    selected = select(CATALOGUE, ["cis_v300_4_3", "4.4"], benchmark="cis_v1.5.0")
    assert ids(selected) == [("cis_v3.0.0", "4.3"), ("cis_v1.5.0", "4.4")]


@pytest.mark.parametrize(
    ("name", "benchmark"),
    [
        ("cis_v3.0.0", "cis_v3.0.0"),
        ("CIS v3.0.0", "cis_v3.0.0"),
        ("cis_v300", "cis_v3.0.0"),
        ("3.0.0", "cis_v3.0.0"),
        ("v3.0.0", "cis_v3.0.0"),
        ("3.0", "cis_v3.0.0"),
        ("300", "cis_v3.0.0"),
        ("cis_3.0_aws", "cis_v3.0.0"),
        ("cis_4.0_aws", "cis_v4.0.1"),
        ("4.0", "cis_v4.0.0"),
        ("CIS AWS Foundations v1.4.0", "cis_v1.4.0"),
        ("aws_compliance.benchmark.cis_v140", "cis_v1.4.0"),
        ("aws_security_hub", "aws_security_hub"),
        ("Security Hub", "aws_security_hub"),
    ],
)
def test_every_spelling_of_a_benchmark(name: str, benchmark: str) -> None:
    assert find_benchmark(CATALOGUE, name) == benchmark


@pytest.mark.parametrize("name", ["", "cis", "cis_v9.0.0", "v", "nist", "3.0.0.0"])
def test_unknown_benchmarks(name: str) -> None:
    with pytest.raises(UnknownControl, match="unknown benchmark") as caught:
        find_benchmark(CATALOGUE, name)
    assert re.search(r"cis_v\d\.0\.0", caught.value.hint)


@pytest.mark.parametrize("name", ["4", "cis_v300_4", "cis_v300", "cis_v3.0.0", "3.0.0", "4.1-4.15", "4.1..4.15"])
def test_sections_ranges_and_whole_benchmarks(name: str) -> None:
    assert ids(select(CATALOGUE, [name])) == [("cis_v3.0.0", f"4.{number}") for number in range(1, 16)]


def test_all_controls_by_number() -> None:
    assert ids(select(CATALOGUE, all_controls=True)) == [("cis_v3.0.0", f"4.{number}") for number in range(1, 16)]
    assert ids(select(CATALOGUE, all_controls=True, benchmark="security hub")) == [
        ("aws_security_hub", f"CloudWatch.{number}") for number in range(1, 15)
    ]
    assert len(select(CATALOGUE, all_controls=True, benchmark="cis_v1.2.0")) == 14


def test_ids_win_over_all() -> None:
    assert ids(select(CATALOGUE, ["4.3"], all_controls=True)) == [("cis_v3.0.0", "4.3")]


def test_repetitions_count_once() -> None:
    assert len(select(CATALOGUE, ["4.3", "root_usage", "cis_v300_4_3", "CloudWatch.1"])) == 1


def test_filters() -> None:
    level_2 = select(CATALOGUE, level=2)
    assert [control.control_id for control in level_2] == ["4.1", "4.6", "4.7", "4.9", "4.10", "4.11"]
    high = select(CATALOGUE, severity="HIGH")
    assert {control.severity for control in high} == {"high"}
    assert len(high) == 7
    network = select(CATALOGUE, tags=["network"], severity="medium")
    assert [control.control_id for control in network] == ["4.10", "4.11", "4.12", "4.13"]
    either = select(CATALOGUE, tags=["kms", "S3"])
    assert [control.key for control in either] == ["cmk_disable_or_delete", "s3_bucket_policy_changes"]
    mapped = select(CATALOGUE, tags=["gdpr"])
    assert mapped
    assert all("gdpr" in control.frameworks for control in mapped)
    assert [control.control_id for control in select(CATALOGUE, ["4.1", "4.3"], level=1)] == ["4.3"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 3}, "no level 3"),
        ({"severity": "huge"}, "no severity 'huge'"),
        ({"tags": ["netwrk"]}, "no control has the tag 'netwrk'"),
        ({"ids": ["4.3"], "level": 2}, "no control of .* passes the filters"),
        ({"ids": ["4.3", "cis_v1.5.0/4.3"]}, "root_usage is asked for in two benchmarks, cis_v3.0.0 and cis_v1.5.0"),
    ],
)
def test_usage_errors(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        select(CATALOGUE, **arguments)  # type: ignore[arg-type]  # a table of keyword arguments
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "benchmark", "message", "hint"),
    [
        ("rot_usage", "cis_v3.0.0", "no control 'rot_usage'", "did you mean root_usage"),
        ("4.33", "cis_v3.0.0", "no control '4.33'", "did you mean 4.3"),
        ("5.3", "cis_v3.0.0", "no control '5.3'", "5.3 is root_usage in cis_v6.0.0"),
        ("1.7", "cis_v3.0.0", "no control '1.7'", "root_usage is on the same subject"),
        ("CloudWatch.15", "cis_v3.0.0", "no control 'CloudWatch.15'", "alarmchain controls list"),
        ("", "cis_v3.0.0", "no control ''", "alarmchain controls list"),
        (".", "cis_v3.0.0", "no control '.'", "alarmchain controls list"),
        ("cis_v3.0.0/4.99", "cis_v3.0.0", "no control 'cis_v3.0.0/4.99'", "did you mean 4.9"),
        ("cis_v9.0.0/4.3", "cis_v3.0.0", "unknown benchmark 'cis_v9.0.0'", "did you mean"),
        ("cis_v900_4_3", "cis_v3.0.0", "unknown benchmark 'cis_v900'", "did you mean"),
        ("organizations_changes", "cis_v1.2.0", "v1.2.0 has no control organizations_changes", "cis_v1.3.0/4.15"),
        (
            "cis_v1.2.0/organizations_changes",
            "cis_v3.0.0",
            "v1.2.0 has no control organizations_changes",
            "cis_v7.0.0/5.15",
        ),
        ("organizations_changes", "aws_security_hub", "Security Hub .* has no control organizations_changes", "it is"),
        ("4.16", "cis_v3.0.0", r"4.16 \(Ensure AWS Security Hub is enabled\) is not covered: a service", "4.1 to 4.15"),
        ("cis_v300_4_16", "cis_v1.2.0", "is not covered", "4.1 to 4.15"),
        ("security_hub_enabled", "cis_v1.2.0", "is not covered", "covered are"),
        ("5.16", "cis_v6.0.0", "5.16 .* is not covered", "5.1 to 5.15"),
    ],
)
def test_unknown_controls(name: str, benchmark: str, message: str, hint: str) -> None:
    with pytest.raises(UnknownControl, match=message) as caught:
        select(CATALOGUE, [name], benchmark=benchmark)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_the_first_reference_is_what_remediation_writes() -> None:
    for benchmark in CATALOGUE.benchmarks:
        for control in select(CATALOGUE, all_controls=True, benchmark=benchmark):
            assert Procedure.REMEDIATION in control.references[0].procedures, (benchmark, control.key)


def test_single_sign_on_is_an_alternative_where_the_benchmark_offers_it() -> None:
    (control,) = select(CATALOGUE, ["4.2"])
    assert [reference.procedures for reference in control.references] == [
        (Procedure.AUDIT, Procedure.REMEDIATION),
        (Procedure.ALTERNATIVE,),
    ]
    (old,) = select(CATALOGUE, ["3.2"], benchmark="cis_v1.2.0")
    assert len(old.references) == 1


def test_faulty_texts_are_decided_by_their_correction() -> None:
    (control,) = select(CATALOGUE, ["cis_v1.5.0/4.1"])
    (now,) = select(CATALOGUE, ["4.1"])
    assert {reference.effective for reference in control.references} == {now.references[0].effective}
    assert all(reference.faulty and reference.note for reference in control.references)
    (iam,) = select(CATALOGUE, ["cis_v1.3.0/4.4"])
    assert "($eventName" in iam.references[0].pattern
    assert "($eventName" not in iam.references[0].effective
    (organizations,) = select(CATALOGUE, ["cis_v6.0.0/5.15"])
    assert '= "AcceptHandshake"' in organizations.references[0].effective


def test_texts_of_others() -> None:
    (control,) = select(CATALOGUE, ["4.4"])
    assert {text.source_id for text in control.accepted_elsewhere} == {"security-hub", "asr", "cloudtrail-guide"}
    assert any("iam.amazonaws.com" in text.pattern for text in control.accepted_elsewhere)
    (hub,) = select(CATALOGUE, ["CloudWatch.4"], benchmark="aws_security_hub")
    assert {text.source_id for text in hub.accepted_elsewhere} == {"asr", "cloudtrail-guide"}
    assert "iam.amazonaws.com" in hub.references[0].pattern
    assert CATALOGUE.accept_sources() == ("asr", "cloudtrail-guide", "security-hub")


def test_events_by_version() -> None:
    def events(name: str) -> set[str]:
        return {event.name for event in select(CATALOGUE, [name])[0].events}

    assert events("cis_v5.0.0/4.10") - events("cis_v4.0.1/4.10") == {"ModifySecurityGroupRules"}
    assert events("aws_security_hub/CloudWatch.10") == events("4.10")
    assert select(CATALOGUE, ["4.7"])[0].event_sources == {"kms.amazonaws.com"}
    assert select(CATALOGUE, ["4.3"])[0].event_sources == frozenset()


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("cis_v3.0.0/4.3", ("root_usage_metric", "root_usage_metric", "root_usage_alarm", "CISBenchmark")),
        ("cis_v4.0.0/4.3", ("root-usage-metric", "root-usage-metric", "root-usage-alarm", "CISBenchmark")),
        (
            "cis_v5.0.0/4.1",
            (
                "unauthorized-api-calls-metric",
                "unauthorized_api_calls_metric",
                "unauthorized_api_calls_alarm",
                "CISBenchmark",
            ),
        ),
        ("aws_security_hub/CloudWatch.1", ("RootAccountUsage", "RootAccountUsage", "RootAccountUsage", "LogMetrics")),
    ],
)
def test_names_for_remediation(name: str, names: tuple[str, ...]) -> None:
    found = select(CATALOGUE, [name])[0].names
    assert (found.filter_name, found.metric_name, found.alarm_name, found.metric_namespace) == names
