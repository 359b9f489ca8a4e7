"""Which events of its log group a metric filter looks at, beside its pattern. Pure.

Sources: CloudWatch Logs API reference, ``MetricFilter``: ``fieldSelectionCriteria`` chooses events by the account and
region that they came from; ``applyOnTransformedLogs`` has the pattern see the events as a log transformer left them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.arns import LogGroupId
from checker.chain.aws_rules.field_selection import selects
from checker.chain.commands import filter_beside
from checker.chain.reasons import Code
from checker.chain.truth import Truth, all_of
from checker.chain.verdicts import unknown_fields, verdict
from checker.facts import MetricFilter
from checker.findings import HopVerdict


def takes(item: MetricFilter, group: LogGroupId, account_id: str) -> Truth:
    """Whether the filter's selection lets through the events that reach the group from an account.

    Events that CloudTrail delivers for an organisation's member are put into the group by the owner's trail: whether
    the criteria see the member or the owner is not documented, so that both must agree.
    """
    found = {
        selects(item.field_selection_criteria, account, group.region) for account in (group.account_id, account_id)
    }
    return found.pop() if len(found) == 1 else Truth.MAYBE


def out_of_scope(filters: Sequence[MetricFilter], group: LogGroupId, account_id: str, named: str) -> HopVerdict | None:
    """The verdict on filters whose pattern covers but which do not see the events, or of which that is not known.

    ``named`` is what the sentence calls them; ``None`` when they see every event of the group.
    """
    resource = f"{group.arn}:metric-filter:{filters[0].name}"
    truth = all_of(takes(item, group, account_id) for item in filters)
    if truth is not Truth.YES:
        criteria = _listed(item.field_selection_criteria for item in filters)
        what = "takes only events for which" if len(filters) == 1 else "take only events for which"
        change = _put(filters[0], group)
        if truth is Truth.NO:
            reason = f"{named} {what} {criteria}: those of log group {group.name} are not among them."
            return verdict(
                Code.FILTER_SELECTS_OTHER_EVENTS, reason, f"Add a filter without the selection: {change}.", resource
            )
        reason = f"{named} {what} {criteria}: whether those of log group {group.name} are among them is not decided."
        return verdict(
            Code.FILTER_SELECTION_UNDECIDED, reason, f"Add a filter without the selection: {change}.", resource
        )
    if any(item.apply_on_transformed_logs for item in filters):
        reason = (
            f"{named}: applyOnTransformedLogs is set, so that the pattern sees events as a log transformer left them. "
            "What it then matches is not decided."
        )
        remedy = f"Add a filter that is applied to the original events: {_put(filters[0], group)}."
        return verdict(Code.FILTER_ON_TRANSFORMED_LOGS, reason, remedy, resource)
    return unknown_fields(Code.FILTER_FIELD_UNKNOWN, named, [item.unknown_fields for item in filters], resource)


def _put(item: MetricFilter, group: LogGroupId) -> str:
    """The line that adds a filter beside it, with neither a selection nor transformed events."""
    metric = (item.metric_transformation_namespace or "NAMESPACE", item.metric_transformation_name or "METRIC")
    return filter_beside(group, item.name, item.filter_pattern or "", metric)


def _listed(criteria: Iterable[str | None]) -> str:
    return " and ".join(dict.fromkeys(text for text in criteria if text))
