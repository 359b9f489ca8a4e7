"""What the filters of a log group publish: metrics, values, and zeros between events. Pure.

Sources: CloudWatch Logs API reference ``MetricTransformation`` and ``MetricFilter`` (``emitSystemFieldDimensions``:
``@aws.account`` and ``@aws.region`` become dimensions of the metric), CloudWatch Logs user guide, "Creating metrics
from log events using filters" (metric value, default value, dimensions).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checker.facts import MetricFilter


@dataclass(frozen=True, slots=True)
class Transformation:
    """One metric that a filter publishes. ``complete`` is False where the source hides unit, dimensions and default."""

    namespace: str
    metric: str
    value: str
    unit: str | None
    default: float | None
    dimensions: tuple[tuple[str, str], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Publisher:
    """The filters of one group that publish to one metric (namespace, name and dimensions), by name."""

    pairs: tuple[tuple[MetricFilter, Transformation], ...]
    zeros: bool
    resting: tuple[float, ...] = ()
    """Default values other than 0, which are published in the minutes without a matching event."""


def publishers_of(filters: Iterable[MetricFilter]) -> tuple[Publisher, ...]:
    """The filters of a group by the metric that they publish to. The same for every control: made once a group."""
    by_metric: dict[Hashable, list[tuple[MetricFilter, Transformation]]] = defaultdict(list)
    for item in sorted(filters, key=lambda item: item.name):
        for transformation in transformations(item):
            by_metric[_identity(transformation)].append((item, transformation))
    return tuple(
        Publisher(
            tuple(pairs),
            zeros=any(t.default == 0 or metric_value(t.value) == 0 for _, t in pairs),
            resting=tuple(sorted({float(t.default) for _, t in pairs if t.default})),
        )
        for pairs in by_metric.values()
    )


def _identity(transformation: Transformation) -> Hashable:
    return transformation.namespace, transformation.metric, transformation.dimensions


def transformations(item: MetricFilter) -> list[Transformation]:
    """The metrics that a filter publishes, as far as its source shows them."""
    if isinstance(item.metric_transformations, list):
        system = tuple((str(name), str(name)) for name in item.emit_system_field_dimensions or ())
        return [_from_api(raw, system) for raw in item.metric_transformations]
    if not item.metric_transformation_name or not item.metric_transformation_namespace:
        return []
    return [
        Transformation(
            namespace=item.metric_transformation_namespace,
            metric=item.metric_transformation_name,
            value=item.metric_transformation_value or "",
            unit=None,
            default=None,
            dimensions=(),
            complete=False,
        )
    ]


def _from_api(raw: Mapping[str, Any], system: tuple[tuple[str, str], ...]) -> Transformation:
    """``system`` are the dimensions that ``emitSystemFieldDimensions`` adds, each named after its field."""
    return Transformation(
        namespace=str(raw.get("metricNamespace", "")),
        metric=str(raw.get("metricName", "")),
        value=str(raw.get("metricValue", "")),
        unit=raw.get("unit"),
        default=raw.get("defaultValue"),
        dimensions=tuple(sorted({**(raw.get("dimensions") or {}), **dict(system)}.items())),
        complete=True,
    )


def metric_value(text: str) -> float | None:
    """The number that a filter publishes; ``None`` for a field of the event (``$.size``) or no number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
