"""The event model is what the reference data says."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import botocore.session
import pytest

from checker.patterns import EventModel, default_model
from checker.patterns.covering.event_model import ALL_TYPES, dotted
from tests.checker.patterns.corpus import DATA

REFERENCE: dict[str, Any] = json.loads((DATA / "cloudtrail_fields.json").read_text(encoding="utf-8"))
MODEL = default_model()


@pytest.mark.parametrize("known", REFERENCE["fields"], ids=lambda known: known["path"])
def test_fields(known: dict[str, Any]) -> None:
    field = MODEL.fields[dotted(known["path"])]
    assert field.types == set(known["json_type"].replace(" or ", "|").split("|"))
    if known["path"] == "userIdentity.sessionContext.assumedRoot":
        # The page lists no values, but says what the value is.
        assert any("value true" in note for note in known["notes"])
        assert field.values == ("true",)
    elif known["closed_values"] is None:
        assert field.values is None
    elif known["json_type"] == "string":
        added = {"AwsVpceEvent"} if known["path"] == "eventType" else set()
        assert set(field.values or ()) == set(known["closed_values"]) | added
    if known["always_present"].startswith("true"):
        assert field.always
        assert not field.can_be_absent
    assert field.page in known["pages"]


def test_optional_fields_of_the_reference_can_be_absent() -> None:
    conditional = {known["path"] for known in REFERENCE["fields"] if known["always_present"].startswith("cond")}
    assert {path for path in conditional if not MODEL.field(dotted(path)).can_be_absent} == set()


def test_event_sources() -> None:
    for control in REFERENCE["event_sources"].values():
        for name, services in control["events"].items():
            known = {**MODEL.event_sources, **MODEL.retired.names}[name]
            assert set(known) >= {service["event_source"] for service in services}


def test_retired_operations_have_no_service_but_had_one() -> None:
    assert MODEL.retired.names
    for name, services in MODEL.retired.names.items():
        assert MODEL.event_sources[name] == ()
        assert services == MODEL.with_retired().event_sources[name] == ("ec2.amazonaws.com",)
        assert (
            botocore.session.get_session()
            .get_service_model("ec2")
            .operation_model(name)
            .documentation.startswith("<note> <p>This action is deprecated.</p> </note>")
        )


def test_a_limit_by_service_cannot_make_an_event_impossible() -> None:
    limited = MODEL.limited_to(
        {
            "CreatePolicy": ("iam.amazonaws.com",),
            "ConsoleLogin": ("ec2.amazonaws.com",),
            "EnableVpcClassicLink": ("ec2.amazonaws.com",),
            "MyOwn": ("mine.amazonaws.com", "yours.amazonaws.com"),
        }
    ).event_sources
    assert limited["CreatePolicy"] == ("iam.amazonaws.com",)
    assert limited["ConsoleLogin"] == ("signin.amazonaws.com",)
    assert limited["EnableVpcClassicLink"] == ()
    assert limited["MyOwn"] == ("mine.amazonaws.com", "yours.amazonaws.com")


def test_what_the_guide_only_shows_can_be_doubted_one_by_one() -> None:
    assert all(remark.startswith("It relies on ") and remark.endswith(".") for remark in MODEL.remarks)
    (mfa,) = (remark for remark in MODEL.remarks if "MFAUsed" in remark)
    path = ("additionalEventData", "MFAUsed")
    doubting = MODEL.without([mfa])
    assert doubting.fields[path].values is None
    assert doubting.fields[path].plausible == MODEL.fields[path].values
    assert doubting.fields[("responseElements", "ConsoleLogin")].values == ("Success", "Failure")
    assert len(doubting.rules) == len(MODEL.rules)
    assert len(MODEL.without(MODEL.remarks).rules) == len(MODEL.rules) - 2


def test_every_page_is_listed() -> None:
    data = json.loads(files("checker.patterns").joinpath("data", "cloudtrail.json").read_text("utf-8"))
    entries = [*data["fields"], *data["rules"], *data["calls"]["rows"], data["retired"], data["event_sources"]]
    assert {entry["page"] for entry in entries} <= set(data["pages"])
    assert all(url.startswith("https://docs.aws.amazon.com/") for url in data["pages"].values())


def test_unknown_fields_may_be_anything_and_parents_are_objects() -> None:
    assert MODEL.field(("requestParameters", "name")).types == ALL_TYPES
    assert MODEL.field(("requestParameters", "name")).can_be_absent
    assert MODEL.field(("userIdentity", "sessionContext")).types == {"object"}


def test_plausible_values_are_texts_of_the_field() -> None:
    calls = {call["eventName"] for call in MODEL.calls}
    assert calls >= set(MODEL.field(("eventName",)).plausible)


def test_a_model_of_your_own() -> None:
    model = EventModel.from_data({"fields": [{"path": "a.b", "types": ["string"], "presence": "always"}]})
    assert model.field(("a", "b")).always
    assert model.rules == ()
    assert model.same_account is None
