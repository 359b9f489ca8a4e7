"""Hops 1 and 2: what a trail records and where it delivers. Sources: CloudTrail user guide and API reference."""

from __future__ import annotations

from typing import Any

from tests.builders import A
from tests.checker.further.rows import Case, State, advanced, case, chain, more

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
DATA = {"Field": "eventCategory", "Equals": ["Data"]}
S3_OBJECTS = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
NOT_KMS = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}
NOT_RDS = {"Field": "eventSource", "NotEquals": ["rdsdata.amazonaws.com"]}
READS = {"Field": "readOnly", "Equals": ["true"]}
WRITES = {"Field": "readOnly", "Equals": ["false"]}
KMS_PATTERN = "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }"
S3_PATTERN = "{ ($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucket*) || ($.eventName = DeleteBucket*)) }"
NO_STATUS: dict[str, Any] = {"is_logging": None, "event_selectors": None, "advanced_event_selectors": None}


def _classic(kind: str = "All", *, management: bool = True, excluded: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "ReadWriteType": kind,
        "IncludeManagementEvents": management,
        "DataResources": [],
        "ExcludeManagementEventSources": list(excluded),
    }


def _selectors(*classic: dict[str, object]) -> dict[str, object]:
    return {"event_selectors": list(classic)}


def _kms(**trail: Any) -> State:
    return chain(trail=trail, filter={"filter_pattern": KMS_PATTERN})


def _two_halves() -> State:
    state = chain(filter=None, alarm=None, topic=None, subscription=None)
    state.trail(name="other", log_group_arn=state.arn("logs", "log-group:other:*"), is_logging=False)
    return more(state, A, trail=None, filter={"log_group_name": "other"})


def _home_row_decides() -> State:
    state = chain("123456789012", "eu-west-1")
    return state.trail(region="eu-west-1", seen_in="us-east-1", **NO_STATUS)


def _stale_shadow() -> State:
    state = chain()
    return state.trail(seen_in="eu-west-1", is_logging=False)


def _one_trail_only(**second: Any) -> State:
    state = chain(trail={"is_logging": False})
    return state.trail(name="zz", **second)


CASES: tuple[Case, ...] = (
    case(
        "selectors_empty",
        "ok",
        "no selector: CloudTrail's default is all management events",
        chain(trail={"event_selectors": []}),
    ),
    case(
        "selectors_both_null", "error trail", "NULL was not read, never false", chain(trail={"event_selectors": None})
    ),
    case(
        "selectors_empty_both",
        "ok",
        "both read, none set: the default",
        chain(trail={"event_selectors": [], "advanced_event_selectors": []}),
    ),
    case(
        "read_only",
        "alarm trail",
        "EventSelector.ReadWriteType ReadOnly leaves writes out",
        chain(trail=_selectors(_classic("ReadOnly"))),
    ),
    case(
        "read_and_write_apart",
        "ok",
        "two selectors add up to reads and writes",
        chain(trail=_selectors(_classic("ReadOnly"), _classic("WriteOnly"))),
    ),
    case(
        "no_management",
        "alarm trail",
        "IncludeManagementEvents false",
        chain(trail=_selectors(_classic(management=False))),
    ),
    case(
        "all_beside_none",
        "ok",
        "one selector takes management events, another data events only",
        chain(trail=_selectors(_classic(management=False), _classic())),
    ),
    case(
        "selector_defaults",
        "ok",
        "EventSelector: by default management events are included, reads and writes",
        chain(trail=_selectors({"DataResources": [], "IncludeManagementEvents": None, "ReadWriteType": None})),
    ),
    case(
        "kms_excluded_root",
        "ok",
        "ExcludeManagementEventSources of KMS matters to 4.7 only",
        chain(trail=_selectors(_classic(excluded=("kms.amazonaws.com",)))),
    ),
    case(
        "kms_excluded_kms",
        "alarm trail",
        "Security Hub CloudWatch.7: the KMS exclusion fails it",
        _kms(**_selectors(_classic(excluded=("kms.amazonaws.com",)))),
        control="4.7",
    ),
    case(
        "rds_excluded_kms",
        "ok",
        "excluding rdsdata leaves KMS events in",
        _kms(**_selectors(_classic(excluded=("rdsdata.amazonaws.com",)))),
        control="4.7",
    ),
    case(
        "kms_taken_by_second_selector",
        "ok",
        "what one selector excludes another one takes",
        _kms(**_selectors(_classic(excluded=("kms.amazonaws.com",)), _classic())),
        control="4.7",
    ),
    case(
        "advanced_not_kms_root",
        "ok",
        "advanced exclusion of KMS, control 4.3",
        chain(trail=advanced((MANAGEMENT, NOT_KMS))),
    ),
    case(
        "advanced_not_kms_kms",
        "alarm trail",
        "advanced exclusion of KMS, control 4.7",
        _kms(**advanced((MANAGEMENT, NOT_KMS))),
        control="4.7",
    ),
    case(
        "advanced_not_rds_kms",
        "ok",
        "advanced exclusion of the RDS data API leaves KMS in",
        _kms(**advanced((MANAGEMENT, NOT_RDS))),
        control="4.7",
    ),
    case(
        "advanced_only_kms_kms",
        "ok",
        "KMS events alone are enough for 4.7",
        _kms(**advanced((MANAGEMENT, {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}))),
        control="4.7",
    ),
    case(
        "advanced_only_kms_root",
        "alarm trail",
        "root uses more than KMS",
        chain(trail=advanced((MANAGEMENT, {"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}))),
    ),
    case(
        "advanced_reads", "alarm trail", "readOnly true leaves writes out", chain(trail=advanced((MANAGEMENT, READS)))
    ),
    case(
        "advanced_writes", "alarm trail", "readOnly false leaves reads out", chain(trail=advanced((MANAGEMENT, WRITES)))
    ),
    case(
        "advanced_reads_and_writes",
        "ok",
        "two selectors add up",
        chain(trail=advanced((MANAGEMENT, READS), (MANAGEMENT, WRITES))),
    ),
    case(
        "advanced_halves_of_kms",
        "ok",
        "KMS writes are taken, which the control is about; KMS reads are not",
        _kms(**advanced((MANAGEMENT, READS, NOT_KMS), (MANAGEMENT, WRITES))),
        control="4.7",
    ),
    case(
        "advanced_other_half_of_kms",
        "alarm trail",
        "KMS reads are taken, KMS writes are not",
        _kms(**advanced((MANAGEMENT, READS), (MANAGEMENT, WRITES, NOT_KMS))),
        control="4.7",
    ),
    case("advanced_data_only", "alarm trail", "data events only", chain(trail=advanced((DATA, S3_OBJECTS)))),
    case(
        "advanced_data_beside",
        "ok",
        "data events beside all management events",
        chain(trail=advanced((DATA, S3_OBJECTS), (MANAGEMENT,))),
    ),
    case(
        "advanced_network_only",
        "alarm trail",
        "network activity events are not management events",
        chain(trail=advanced(({"Field": "eventCategory", "Equals": ["NetworkActivity"]},))),
    ),
    case(
        "advanced_null_operators",
        "ok",
        "Steampipe shows the operators not used as null",
        chain(trail=advanced(({**MANAGEMENT, "NotEquals": None, "StartsWith": None},))),
    ),
    case(
        "advanced_wins_over_empty_classic",
        "alarm trail",
        "classic [] beside advanced ones: the advanced ones count",
        chain(trail=advanced((MANAGEMENT, READS)) | {"event_selectors": []}),
    ),
    case(
        "s3_data_events_missing",
        "ok",
        "4.8 is about management events of S3",
        chain(filter={"filter_pattern": S3_PATTERN}),
        control="4.8",
    ),
    case("single_region", "alarm trail", "CIS audit: multi-region", chain(trail={"is_multi_region_trail": False})),
    case("multi_region_null", "error trail", "not read, never false", chain(trail={"is_multi_region_trail": None})),
    case("logging_null", "error trail", "not read, never false", chain(trail={"is_logging": None})),
    case(
        "stopped_beats_unread",
        "alarm trail",
        "what is known to be broken is broken",
        chain(trail={"is_logging": False, "event_selectors": None}),
    ),
    case(
        "global_events_left_out",
        "alarm trail",
        "IAM, STS and sign-in are global services",
        chain(trail={"include_global_service_events": False}),
    ),
    case("home_row_decides", "ok", "the home region's row answers for status and selectors", _home_row_decides()),
    case("stale_shadow", "ok", "a shadow row of another region does not decide", _stale_shadow()),
    case(
        "foreign_region_only",
        "ok",
        "no row in the first-look region, the home region's is there",
        chain("123456789012", "ap-southeast-2"),
    ),
    case(
        "two_halves", "alarm filter", "the logging trail has no filter, the filter's trail does not log", _two_halves()
    ),
    case(
        "second_trail_without_group",
        "alarm log_group",
        "best chain: the second trail gets one hop further",
        _one_trail_only(log_group_arn=None),
    ),
    case("second_trail_good", "ok", "one complete chain is enough", _one_trail_only()),
    case("no_group_null", "alarm log_group", "no log group on the trail", chain(trail={"log_group_arn": None})),
    case("no_group_empty", "alarm log_group", "an empty text names no group", chain(trail={"log_group_arn": ""})),
    case(
        "delivery_fails",
        "alarm log_group",
        "GetTrailStatus.LatestCloudWatchLogsDeliveryError",
        chain(trail={"latest_cloudwatch_logs_delivery_error": "AccessDenied"}),
    ),
    case(
        "delivery_error_empty",
        "ok",
        "an empty error is none",
        chain(trail={"latest_cloudwatch_logs_delivery_error": ""}),
    ),
    case(
        "group_without_star",
        "ok",
        "the ARN may come without :*",
        chain(trail={"log_group_arn": f"arn:aws:logs:us-east-1:{A}:log-group:ct"}),
    ),
    case("no_trail", "alarm trail", "nothing recorded", State().account()),
)
