"""The event model is what the reference data says."""

from __future__ import annotations

import json
from typing import Any

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
            if name != "HeadBucket":
                assert set(MODEL.event_sources[name]) >= {service["event_source"] for service in services}


def test_unknown_fields_may_be_anything_and_parents_are_objects() -> None:
    assert MODEL.field(("requestParameters", "name")).types == ALL_TYPES
    assert MODEL.field(("requestParameters", "name")).can_be_absent
    assert MODEL.field(("userIdentity", "sessionContext")).types == {"object"}


def test_plausible_values_are_texts_of_the_field() -> None:
    assert set(MODEL.typical_sources) <= set(MODEL.field(("eventName",)).plausible)


def test_a_model_of_your_own() -> None:
    model = EventModel.from_data({"fields": [{"path": "a.b", "types": ["string"], "presence": "always"}]})
    assert model.field(("a", "b")).always
    assert model.rules == ()
    assert model.same_account is None
