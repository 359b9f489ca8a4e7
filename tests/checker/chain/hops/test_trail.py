"""Hop 1. Which trails deliver a control's events: flags, classic selectors, advanced selectors, and what NULL means."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.hops.trail import judge_trail, one_row_per_trail, selector_problem
from checker.findings import HopStatus
from tests.checker.chain.judging import A, control
from tests.checker.gather.fakes import trail

ROOT: frozenset[str] = frozenset()
KMS = frozenset({"kms.amazonaws.com"})
IAM = frozenset({"iam.amazonaws.com"})
EC2_AND_IAM = frozenset({"ec2.amazonaws.com", "iam.amazonaws.com"})


def classic(kind: str | None = "All", *, management: bool = True, exclude: list[str] | None = None) -> dict[str, Any]:
    selector: dict[str, Any] = {"IncludeManagementEvents": management, "DataResources": []}
    if kind is not None:
        selector["ReadWriteType"] = kind
    return selector | ({} if exclude is None else {"ExcludeManagementEventSources": exclude})


def advanced(*fields: dict[str, Any], category: str = "Management") -> dict[str, Any]:
    return {"Name": "x", "FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}, *fields]}


def field(name: str, **operators: Any) -> dict[str, Any]:
    return {"Field": name, **operators}


def read_only(value: str) -> dict[str, Any]:
    return field("readOnly", Equals=[value])


DATA_ONLY = classic(management=False)

CLASSIC_CASES: list[tuple[str, list[dict[str, Any]], frozenset[str], str | None]] = [
    ("all events", [classic("All")], ROOT, None),
    ("an absent type means all", [classic(None)], ROOT, None),
    ("read and write in two selectors are all", [classic("ReadOnly"), classic("WriteOnly")], ROOT, None),
    ("read only", [classic("ReadOnly")], ROOT, "delivers read events only: write events are left out"),
    ("write only", [classic("WriteOnly")], ROOT, "delivers write events only: read events are left out"),
    ("a type that does not exist takes nothing", [classic("Neither")], ROOT, "delivers no management events"),
    ("data events only", [DATA_ONLY], ROOT, "takes data events only|take data events only"),
    ("data events beside management events", [DATA_ONLY, classic()], ROOT, None),
    ("KMS left out, for root use", [classic(exclude=["kms.amazonaws.com"])], ROOT, None),
    ("KMS left out, for the KMS control", [classic(exclude=["kms.amazonaws.com"])], KMS, "kms.amazonaws.com"),
    ("nothing left out, for the KMS control", [classic(exclude=[])], KMS, None),
    ("RDS left out, for the KMS control", [classic(exclude=["rdsdata.amazonaws.com"])], KMS, None),
    ("KMS left out of one of two", [classic(exclude=["kms.amazonaws.com"]), classic()], KMS, None),
    (
        "KMS reads only, because writes are left out with it",
        [classic("WriteOnly", exclude=["kms.amazonaws.com"]), classic("ReadOnly")],
        KMS,
        "delivers read events only",
    ),
]

ADVANCED_CASES: list[tuple[str, list[dict[str, Any]], frozenset[str], str | None]] = [
    ("management events", [advanced()], ROOT, None),
    ("data events only", [advanced(category="Data")], ROOT, "no advanced selector takes eventCategory Management"),
    ("read only", [advanced(read_only("true"))], ROOT, "delivers read events only"),
    ("write only", [advanced(read_only("false"))], ROOT, "delivers write events only"),
    ("both in one list", [advanced(field("readOnly", Equals=["true", "false"]))], ROOT, None),
    ("both in two selectors", [advanced(read_only("true")), advanced(read_only("false"))], ROOT, None),
    ("not read only", [advanced(field("readOnly", NotEquals=["true"]))], ROOT, "delivers write events only"),
    ("not write only", [advanced(field("readOnly", NotEquals=["false"]))], ROOT, "delivers read events only"),
    ("neither", [advanced(field("readOnly", NotEquals=["true", "false"]))], ROOT, "delivers no management events"),
    ("without KMS", [advanced(field("eventSource", NotEquals=["kms.amazonaws.com"]))], ROOT, None),
    (
        "without KMS, for the KMS control",
        [advanced(field("eventSource", NotEquals=["kms.amazonaws.com"]))],
        KMS,
        "leaves out the events of kms.amazonaws.com",
    ),
    (
        "without KMS, and KMS in another selector",
        [
            advanced(field("eventSource", NotEquals=["kms.amazonaws.com"])),
            advanced(field("eventSource", Equals=["kms.amazonaws.com"])),
        ],
        KMS,
        None,
    ),
    ("without IAM", [advanced(field("eventSource", NotEquals=["iam.amazonaws.com"]))], ROOT, "eventSource"),
    ("KMS only", [advanced(field("eventSource", Equals=["kms.amazonaws.com"]))], ROOT, "eventSource"),
    ("KMS only, for the KMS control", [advanced(field("eventSource", Equals=["kms.amazonaws.com"]))], KMS, None),
    ("names that start so", [advanced(field("eventSource", StartsWith=["k"]))], KMS, None),
    ("names that start otherwise", [advanced(field("eventSource", StartsWith=["s"]))], KMS, "leaves out"),
    ("names that end so", [advanced(field("eventSource", EndsWith=[".amazonaws.com"]))], KMS, None),
    ("names that do not start so", [advanced(field("eventSource", NotStartsWith=["k"]))], KMS, "leaves out"),
    ("names that do not end so", [advanced(field("eventSource", NotEndsWith=[".org"]))], KMS, None),
    ("a cut, for root use", [advanced(field("eventSource", NotStartsWith=["k"]))], ROOT, "eventSource"),
    ("one event name", [advanced(field("eventName", Equals=["ConsoleLogin"]))], ROOT, "narrows its management events"),
    ("one user", [advanced(field("userIdentity.arn", NotEquals=["arn:aws:iam::1:root"]))], IAM, "userIdentity.arn"),
    ("without service events", [advanced(field("eventType", NotEquals=["AwsServiceEvent"]))], ROOT, None),
    ("without calls", [advanced(field("eventType", NotEquals=["AwsApiCall"]))], ROOT, "eventType"),
    (
        "unused operators are null, as Steampipe shows them",
        [advanced(field("eventType", NotEquals=["AwsServiceEvent"], Equals=None, StartsWith=None, EndsWith=None))],
        ROOT,
        None,
    ),
    ("one narrowed, one whole", [advanced(field("eventName", Equals=["X"])), advanced()], ROOT, None),
    (
        "the first source is whole, the second is left out",
        [advanced(field("eventSource", NotEquals=["iam.amazonaws.com"]))],
        EC2_AND_IAM,
        "leaves out the events of iam.amazonaws.com",
    ),
    ("a selector without fields", [{"Name": "x"}], ROOT, "no advanced selector"),
    ("a field that is no object", [{"FieldSelectors": ["x"]}], ROOT, "no advanced selector"),
]


def assert_problem(found: str | None, expected: str | None) -> None:
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert any(part in found for part in expected.split("|")), found


@pytest.mark.parametrize(
    ("selectors", "sources", "problem"), [c[1:] for c in CLASSIC_CASES], ids=[c[0] for c in CLASSIC_CASES]
)
def test_classic_selectors(selectors: list[dict[str, Any]], sources: frozenset[str], problem: str | None) -> None:
    assert_problem(selector_problem(selectors, None, sources), problem)


@pytest.mark.parametrize(
    ("selectors", "sources", "problem"), [c[1:] for c in ADVANCED_CASES], ids=[c[0] for c in ADVANCED_CASES]
)
def test_advanced_selectors(selectors: list[dict[str, Any]], sources: frozenset[str], problem: str | None) -> None:
    assert_problem(selector_problem([], selectors, sources), problem)


@pytest.mark.parametrize("empty", [None, []])
def test_without_selectors_nothing_is_kept_back(empty: Any) -> None:
    assert selector_problem(empty, empty, ROOT) is None


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({}, HopStatus.OK, "trail main is multi-region, logs, and delivers management events, read and write."),
        ({"is_multi_region_trail": False}, HopStatus.ALARM, "single-region: it records us-east-1 only"),
        ({"is_multi_region_trail": False, "home_region": None}, HopStatus.ALARM, "it records us-east-1 only"),
        ({"include_global_service_events": False}, HopStatus.ALARM, "leaves out global service events"),
        ({"is_logging": False}, HopStatus.ALARM, "does not log"),
        ({"event_selectors": [classic("WriteOnly")]}, HopStatus.ALARM, "trail main delivers write events only"),
        ({"is_logging": None}, HopStatus.UNKNOWN, "whether it logs could not be read"),
        ({"is_multi_region_trail": None}, HopStatus.UNKNOWN, "whether it is multi-region could not be read"),
        ({"event_selectors": None}, HopStatus.UNKNOWN, "its event selectors could not be read"),
        (
            {"is_logging": None, "event_selectors": None},
            HopStatus.UNKNOWN,
            "whether it logs and its event selectors could not be read",
        ),
        ({"event_selectors": []}, HopStatus.OK, "read and write"),
        ({"event_selectors": None, "advanced_event_selectors": [advanced()]}, HopStatus.OK, "read and write"),
        # Something that is certainly broken stays so, whatever else was not read.
        ({"is_logging": False, "event_selectors": None}, HopStatus.ALARM, "does not log"),
        ({"is_logging": None, "event_selectors": [classic("ReadOnly")]}, HopStatus.ALARM, "read events only"),
    ],
)
def test_flags_and_what_was_not_read(changes: dict[str, Any], status: HopStatus, sentence: str) -> None:
    verdict = judge_trail(trail(A, **changes), control())
    assert verdict.status is status
    assert sentence in verdict.reason
    assert verdict.reason.endswith(".")
    assert (verdict.resource, verdict.account_id) == (f"arn:aws:cloudtrail:us-east-1:{A}:trail/main", A)


@pytest.mark.parametrize(("identifier", "status"), [("4.3", HopStatus.OK), ("4.7", HopStatus.ALARM)])
def test_leaving_kms_out_matters_to_the_kms_control_only(identifier: str, status: HopStatus) -> None:
    shown = trail(A, event_selectors=[classic(exclude=["kms.amazonaws.com"])])
    assert judge_trail(shown, control(identifier)).status is status


def test_the_home_region_decides_in_whatever_order_rows_come() -> None:
    home, elsewhere, third = trail(A), trail(A, "eu-west-1", is_logging=None), trail(A, "ap-south-1", is_logging=None)
    for rows in ([home, elsewhere, third], [elsewhere, home, third], [third, elsewhere, home]):
        assert one_row_per_trail(rows) == [home]


def test_without_the_home_region_the_row_does_not_depend_on_the_order() -> None:
    one, other = trail(A, "eu-west-1"), trail(A, "eu-west-2")
    assert one_row_per_trail([one, other]) == one_row_per_trail([other, one]) == [one]


def test_one_arn_seen_from_two_accounts_is_one_row_each() -> None:
    assert len(one_row_per_trail([trail(A), trail(A, account_id="210987654321")])) == 2
