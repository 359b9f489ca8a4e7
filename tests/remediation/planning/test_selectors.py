"""Widened selectors deliver what the control needs, and everything that was delivered before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checker.controls import load_catalogue, select
from checker.controls.selected import SelectedControl
from remediation.planning.selectors import Selectors, widened
from tests.remediation.cases import facts_of_report

KMS = "kms.amazonaws.com"
RDS = "rdsdata.amazonaws.com"
DATA = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
CLASSIC_ALL = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


def control(name: str = "root_usage") -> SelectedControl:
    (found,) = select(load_catalogue(), [name])
    return found


def of(classic: Any = None, advanced: Any = None, name: str = "root_usage") -> Selectors | None:
    trail = facts_of_report("r088").trails[0]
    return widened(replace(trail, event_selectors=classic, advanced_event_selectors=advanced), control(name))


def management(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, *fields]}


def test_data_events_of_a_classic_selector_stay() -> None:
    found = of([{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": DATA}])
    assert found is not None
    assert found.parameter == "EventSelectors"
    data, everything = found.document
    assert (data["ReadWriteType"], data["DataResources"]) == ("WriteOnly", DATA)
    assert data["IncludeManagementEvents"] is False
    assert everything == CLASSIC_ALL


def test_a_selector_of_management_events_alone_gives_way() -> None:
    found = of([{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True, "DataResources": []}])
    assert found is not None
    assert found.document == (CLASSIC_ALL,)


@pytest.mark.parametrize(("name", "left_out"), [("root_usage", [KMS]), ("cmk_disable_or_delete", [])])
def test_a_source_stays_out_unless_the_control_needs_it(name: str, left_out: list[str]) -> None:
    classic = [{"ReadWriteType": "WriteOnly", "ExcludeManagementEventSources": [KMS]}]
    found = of(classic, name=name)
    assert found is not None
    assert found.document[-1]["ExcludeManagementEventSources"] == left_out
    advanced = [management({"Field": "eventSource", "NotEquals": [KMS]}, {"Field": "readOnly", "Equals": ["false"]})]
    found = of(None, advanced, name)
    assert found is not None
    fields = found.document[-1]["FieldSelectors"]
    assert [field.get("NotEquals") for field in fields[1:]] == ([left_out] if left_out else [])


def test_a_source_that_another_selector_takes_is_not_left_out() -> None:
    classic = [
        {"ReadWriteType": "WriteOnly", "ExcludeManagementEventSources": [KMS, RDS]},
        {"ReadWriteType": "WriteOnly", "ExcludeManagementEventSources": [RDS]},
    ]
    found = of(classic)
    assert found is not None
    assert found.document[-1]["ExcludeManagementEventSources"] == [RDS]


def test_advanced_selectors_of_other_events_stay_as_aws_takes_them_back() -> None:
    data = {
        "Name": "objects",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"], "NotEquals": None, "StartsWith": None},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"], "NotEquals": None},
        ],
    }
    found = of(None, [data, management({"Field": "readOnly", "Equals": ["true"]})])
    assert found is not None
    assert found.parameter == "AdvancedEventSelectors"
    kept, everything = found.document
    assert kept["FieldSelectors"] == [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    ]
    assert everything["FieldSelectors"] == [{"Field": "eventCategory", "Equals": ["Management"]}]


def test_what_was_not_read_or_has_no_place_left_has_no_document() -> None:
    assert of() is None
    full = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": DATA}] * 5
    assert of(full) is None
    assert of(full[1:]) is not None
