"""``aws_cloudtrail_trail``: DescribeTrails per region, then status and selectors once a trail, in its home region.

DescribeTrails shows a multi-region trail in every region (shadow trails); GetTrailStatus and GetEventSelectors answer
for it where it lives, by its ARN. An organisation trail shows in the member accounts too, which may not ask for its
status: those columns stay null, as Steampipe leaves them.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
"""

from __future__ import annotations

from checker.aws.call import CallFailed
from checker.database.embedded.collector import accounts
from checker.database.embedded.collector.answer_fields import undecided
from checker.database.embedded.collector.once import Call, Outcome
from checker.database.embedded.collector.table import (
    Collecting,
    ConnectedAccount,
    Row,
    RowRequest,
    filled,
    home,
    is_missing,
    owner,
    row,
)

TABLE = "aws_cloudtrail_trail"
_SELECTOR = ("ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources")
_FIELD = ("Field", "Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
_UNKNOWN = "unknown fields"
_STATUS = {
    "is_logging": "IsLogging",
    "latest_cloudwatch_logs_delivery_error": "LatestCloudWatchLogsDeliveryError",
    "latest_cloudwatch_logs_delivery_time": "LatestCloudWatchLogsDeliveryTime",
    "latest_delivery_error": "LatestDeliveryError",
    "latest_delivery_time": "LatestDeliveryTime",
    "latest_digest_delivery_error": "LatestDigestDeliveryError",
    "latest_digest_delivery_time": "LatestDigestDeliveryTime",
    "latest_notification_error": "LatestNotificationError",
    "latest_notification_time": "LatestNotificationTime",
    "start_logging_time": "StartLoggingTime",
    "stop_logging_time": "StopLoggingTime",
}
_DESCRIPTION = {
    "name": "Name",
    "arn": "TrailARN",
    "home_region": "HomeRegion",
    "is_multi_region_trail": "IsMultiRegionTrail",
    "log_file_validation_enabled": "LogFileValidationEnabled",
    "log_group_arn": "CloudWatchLogsLogGroupArn",
    "cloudwatch_logs_role_arn": "CloudWatchLogsRoleArn",
    "has_custom_event_selectors": "HasCustomEventSelectors",
    "has_insight_selectors": "HasInsightSelectors",
    "include_global_service_events": "IncludeGlobalServiceEvents",
    "is_organization_trail": "IsOrganizationTrail",
    "kms_key_id": "KmsKeyId",
    "s3_bucket_name": "S3BucketName",
    "s3_key_prefix": "S3KeyPrefix",
    "sns_topic_arn": "SnsTopicARN",
}


def collect(collector: Collecting, request: RowRequest) -> list[Outcome]:
    """Ask for the trails that the request's places show. Returns what failed.

    A trail whose details are refused has null columns beside another that answered: one broken trail must not hide a
    good one. Where no trail answered there is no row.
    """
    places, failed = accounts.places(collector, request)
    listings = collector.ask([_listing(collector, account, region) for account, region in places])
    failed.extend(listing for listing in listings if listing.error is not None)
    shown = [
        (account, region, listing.value)
        for (account, region), listing in zip(places, listings, strict=True)
        if listing.error is None
    ]
    details = _details(collector, shown)
    for account, region, trails in shown:
        trails = [trail for trail in trails if not _is_gone(details.get((account.connection, trail["TrailARN"])))]
        own = [details[account.connection, trail["TrailARN"]] for trail in trails if _is_own(account, trail)]
        refused = [outcome for outcome in own if outcome.error is not None]
        failed.extend(refused)
        if refused and len(refused) == len(own):
            continue
        collector.keep(
            TABLE,
            [_row(account, region, trail, details.get((account.connection, trail["TrailARN"]))) for trail in trails],
        )
    return failed


def _listing(collector: Collecting, account: ConnectedAccount, region: str) -> Call:
    def work() -> list[Row]:
        answer = collector.aws.call(account.connection, region, "cloudtrail", "DescribeTrails")
        return list(answer["trailList"])

    return Call(work, TABLE, account.connection, region)


def _details(
    collector: Collecting, shown: list[tuple[ConnectedAccount, str, list[Row]]]
) -> dict[tuple[str, str], Outcome]:
    own = {
        (account.connection, trail["TrailARN"]): _detail(collector, account, trail)
        for account, _, trails in shown
        for trail in trails
        if _is_own(account, trail)
    }
    return dict(zip(own, collector.ask(list(own.values())), strict=True))


def _detail(collector: Collecting, account: ConnectedAccount, trail: Row) -> Call:
    """Status and selectors of a trail, asked in its home region."""
    arn, region = str(trail["TrailARN"]), str(trail.get("HomeRegion") or home(trail["TrailARN"]))

    def work() -> Row:
        status = collector.aws.call(account.connection, region, "cloudtrail", "GetTrailStatus", {"Name": arn})
        selectors = collector.aws.call(
            account.connection, region, "cloudtrail", "GetEventSelectors", {"TrailName": arn}
        )
        return {column: status.get(key) or None for column, key in _STATUS.items()} | {
            "is_logging": status.get("IsLogging"),
            "event_selectors": [filled(item, _SELECTOR) for item in selectors.get("EventSelectors") or []],
            "advanced_event_selectors": [_advanced(item) for item in selectors.get("AdvancedEventSelectors") or []],
            _UNKNOWN: [
                *undecided("cloudtrail.GetTrailStatus", "", status),
                *undecided("cloudtrail.GetEventSelectors", "", selectors),
            ],
        }

    return Call(work, f"{TABLE} details", account.connection, region, arn)


def _advanced(selector: Row) -> Row:
    fields = [filled(field, _FIELD) for field in selector.get("FieldSelectors") or []]
    return {"Name": selector.get("Name"), "FieldSelectors": fields}


def _row(account: ConnectedAccount, region: str, trail: Row, detail: Outcome | None) -> Row:
    described = {column: trail.get(key) for column, key in _DESCRIPTION.items()}
    asked = dict(detail.value) if detail is not None and detail.error is None else {}
    unknown = [*undecided("cloudtrail.DescribeTrails", "trailList", trail), *asked.pop(_UNKNOWN, [])]
    shared = row(account, region, title=str(trail["Name"]), aka=trail["TrailARN"], unknown_fields=unknown)
    return shared | described | asked


def _is_gone(detail: Outcome | None) -> bool:
    """A trail that was deleted between being listed and being asked for its status."""
    return detail is not None and isinstance(detail.error, CallFailed) and is_missing(detail.error)


def _is_own(account: ConnectedAccount, trail: Row) -> bool:
    return owner(trail["TrailARN"]) == account.account_id
