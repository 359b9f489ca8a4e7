"""Event selectors as CloudTrail stores them."""

from __future__ import annotations

from typing import Any


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
