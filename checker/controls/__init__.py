"""Controls and benchmarks: the catalogue as data, and the selection of what to check."""

from checker.controls.catalogue import ControlCatalogue
from checker.controls.loading import load_catalogue
from checker.controls.selected import (
    Event,
    ForeignText,
    Procedure,
    Reference,
    RemediationNames,
    SelectedControl,
)
from checker.controls.selection import DEFAULT_BENCHMARK, DEFAULT_CONTROL, select

__all__ = [
    "DEFAULT_BENCHMARK",
    "DEFAULT_CONTROL",
    "ControlCatalogue",
    "Event",
    "ForeignText",
    "Procedure",
    "Reference",
    "RemediationNames",
    "SelectedControl",
    "load_catalogue",
    "select",
]
