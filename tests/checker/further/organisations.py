"""Several accounts, partitions and connections: organisation trails, central topics, foreign log groups."""

from __future__ import annotations

from tests.builders import HOME, NAMESPACE, ROOT, A, B
from tests.checker.further.rows import CLOUDWATCH, Case, Row, State, allow, case, chain, more

NO_STATUS: Row = {"is_logging": None, "event_selectors": None}
CENTRAL = f"arn:aws:sns:{HOME}:{B}:cis"
OWNERS_TRAIL: Row = {
    "name": "org",
    "arn": f"arn:aws:cloudtrail:{HOME}:{A}:trail/org",
    "is_organization_trail": True,
    "log_group_arn": f"arn:aws:logs:{HOME}:{A}:log-group:ct:*",
}


def _organisation(pattern: str = ROOT, *, owner_visible: bool = True, **owner: Row | None) -> State:
    """A owns the organisation's trail and chain, B is a member that sees the trail."""
    if owner_visible:
        parts: dict[str, Row | None] = {"trail": OWNERS_TRAIL, "filter": {"filter_pattern": pattern}, **owner}
        state = more(State().account(A), A, HOME, **parts).account(B)
    else:
        state = State().account(B)
    return state.trail(B, **(OWNERS_TRAIL | NO_STATUS))


def _central(policy: object, *, visible: bool = True) -> State:
    """A's alarm notifies a topic of B."""
    state = chain(alarm={"alarm_actions": [CENTRAL]}, topic=None, subscription=None)
    if visible:
        state.account(B).topic(B, policy=policy).subscription(B)
    return state


def _foreign_group(*, visible: bool = True) -> State:
    """A's trail delivers to a log group of B, where the rest of the chain is."""
    foreign = {"log_group_arn": f"arn:aws:logs:{HOME}:{B}:log-group:ct:*"}
    state = chain(trail=foreign, filter=None, alarm=None, topic=None, subscription=None)
    return more(state.account(B), B, trail=None) if visible else state


def _monitored(of: str) -> State:
    """B is a monitoring account: its alarm watches the metric of an account, and tells a topic of its own."""
    metric = {"Namespace": NAMESPACE, "MetricName": "root", "Dimensions": []}
    stat = {"Metric": metric, "Stat": "Sum", "Period": 300, "Unit": ""}
    query = {"Id": "m1", "MetricStat": stat, "Expression": None, "AccountId": of, "ReturnData": True}
    unset = {"metric_name": None, "namespace": None, "statistic": None, "period": None}
    state = chain(alarm=None, topic=None, subscription=None)
    return more(state.account(B), B, trail=None, filter=None, alarm={**unset, "metrics": [query]})


def _twice(**second: object) -> State:
    """One account behind two connections: every row twice."""
    state = chain()
    for table, rows in list(state.tables.items()):
        for row in list(rows):
            state.tables[table].append({**row, "sp_connection_name": "zz_copy", **second})
    return state


CASES: tuple[Case, ...] = (
    case("member_follows_owner", {A: "ok", B: "ok"}, "the owner's chain gets the member's events", _organisation()),
    case(
        "owner_broken",
        {A: "alarm alarm", B: "alarm alarm"},
        "what is broken at the owner is broken for the member",
        _organisation(alarm=None),
    ),
    case(
        "owner_stopped",
        {A: "alarm trail", B: "alarm trail"},
        "the owner's row decides whether it logs",
        _organisation(trail=OWNERS_TRAIL | {"is_logging": False}),
    ),
    case(
        "owner_not_visible",
        {B: "error trail"},
        "the trail is another account's, which is not connected",
        _organisation(owner_visible=False),
    ),
    case(
        "owner_not_visible_own_chain",
        {B: "ok"},
        "a member's own chain is enough",
        more(_organisation(owner_visible=False), B),
    ),
    case(
        "owner_only_pattern",
        {A: "ok", B: "alarm filter"},
        "the filter takes the owner's events only",
        _organisation(ROOT.replace(" }", f' && $.recipientAccountId = "{A}" }}')),
    ),
    case(
        "member_only_pattern",
        {A: "alarm filter", B: "ok"},
        "the filter takes the member's events only",
        _organisation(ROOT.replace(" }", f' && $.recipientAccountId = "{B}" }}')),
    ),
    case(
        "all_but_member",
        {A: "ok", B: "alarm filter"},
        "the member is left out",
        _organisation(ROOT.replace(" }", f' && $.recipientAccountId != "{B}" }}')),
    ),
    case(
        "members_old_group",
        {A: "alarm filter", B: "alarm filter"},
        "the member's own filter hangs on a group that no trail feeds",
        more(_organisation(filter=None), B, trail=None),
    ),
    case(
        "good_account_lends_nothing",
        {A: "ok", B: "alarm trail"},
        "the accounts have nothing to do with each other",
        more(chain().account(B), B, trail=None),
    ),
    case(
        "two_accounts_two_halves",
        {A: "alarm alarm", B: "alarm filter"},
        "A has trail and filter, B trail and alarm",
        more(chain(alarm=None, topic=None, subscription=None).account(B), B, filter=None),
    ),
    case(
        "central_default_policy",
        {A: "ok", B: "alarm trail"},
        "AWS:SourceOwner across accounts is not documented",
        _central(allow({"AWS": "*"}, StringEquals={"AWS:SourceOwner": B})),
    ),
    case(
        "central_by_account",
        {A: "ok", B: "alarm trail"},
        "the guide's policy for alarms of another account",
        _central(allow(CLOUDWATCH, StringEquals={"aws:SourceAccount": A})),
    ),
    case(
        "central_for_itself",
        {A: "alarm topic", B: "alarm trail"},
        "only alarms of B may publish",
        _central(allow(CLOUDWATCH, StringEquals={"aws:SourceAccount": B})),
    ),
    case(
        "central_not_connected",
        {A: "error topic"},
        "whether the topic takes it cannot be seen",
        _central(None, visible=False),
    ),
    case("monitored", {A: "ok", B: "alarm trail"}, "a monitoring account's alarm names the account", _monitored(A)),
    case("monitored_other", {A: "alarm alarm", B: "alarm trail"}, "it watches a third account", _monitored("3" * 12)),
    case("foreign_group", {A: "ok", B: "alarm trail"}, "filter and alarm are in the group's account", _foreign_group()),
    case(
        "foreign_group_not_connected",
        {A: "error log_group"},
        "the group's account is not connected",
        _foreign_group(visible=False),
    ),
    case("two_connections", "ok", "one account is one finding", _twice()),
    case(
        "two_connections_second_sees_nothing",
        "ok",
        "a NULL row of the second connection is no news",
        chain().trail(sp_connection_name="zz_copy", **NO_STATUS),
    ),
    case("china", "ok", "arn:aws-cn", chain(region="cn-north-1", partition="aws-cn")),
    case(
        "china_service",
        "ok",
        "the Chinese name of the service principal",
        chain(
            region="cn-north-1", partition="aws-cn", topic={"policy": allow({"Service": "cloudwatch.amazonaws.com.cn"})}
        ),
    ),
    case("govcloud", "ok", "arn:aws-us-gov", chain(region="us-gov-west-1", partition="aws-us-gov")),
    case(
        "govcloud_no_alarm",
        "alarm alarm",
        "arn:aws-us-gov",
        chain(region="us-gov-east-1", partition="aws-us-gov", alarm=None),
    ),
)
