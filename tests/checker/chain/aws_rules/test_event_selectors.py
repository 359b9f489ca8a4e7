"""Which management events selectors keep back from a control: classic, advanced, and none at all."""

from __future__ import annotations

from typing import Any

import pytest

from checker.chain.aws_rules.event_selectors import BOTH, Kept, kept_back
from tests.checker.chain.event_selectors import advanced, classic, field, read_only

ROOT: frozenset[str] = frozenset()
KMS = frozenset({"kms.amazonaws.com"})
IAM = frozenset({"iam.amazonaws.com"})
EC2_AND_IAM = frozenset({"ec2.amazonaws.com", "iam.amazonaws.com"})
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
        "leaves out the write events of kms.amazonaws.com",
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
    (
        "KMS among others, for the KMS control",
        [advanced(field("eventSource", Equals=["iam.amazonaws.com", "kms.amazonaws.com"]))],
        KMS,
        None,
    ),
    (
        "without all that may be left out, for root use",
        [advanced(field("eventSource", NotEquals=["kms.amazonaws.com", "rdsdata.amazonaws.com"]))],
        ROOT,
        None,
    ),
    (
        "names that start so and end otherwise",
        [advanced(field("eventSource", StartsWith=["k"], EndsWith=[".org"]))],
        KMS,
        "leaves out",
    ),
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


def assert_kept(found: Kept | None, expected: str | None) -> None:
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert any(part in found.clause for part in expected.split("|")), found


@pytest.mark.parametrize(
    ("selectors", "sources", "problem"), [c[1:] for c in CLASSIC_CASES], ids=[c[0] for c in CLASSIC_CASES]
)
def test_classic_selectors(selectors: list[dict[str, Any]], sources: frozenset[str], problem: str | None) -> None:
    assert_kept(kept_back(selectors, None, dict.fromkeys(sources, BOTH)), problem)


@pytest.mark.parametrize(
    ("selectors", "sources", "problem"), [c[1:] for c in ADVANCED_CASES], ids=[c[0] for c in ADVANCED_CASES]
)
def test_advanced_selectors(selectors: list[dict[str, Any]], sources: frozenset[str], problem: str | None) -> None:
    assert_kept(kept_back([], selectors, dict.fromkeys(sources, BOTH)), problem)


@pytest.mark.parametrize("empty", [None, []])
def test_without_selectors_nothing_is_kept_back(empty: Any) -> None:
    assert kept_back(empty, empty, {}) is None
