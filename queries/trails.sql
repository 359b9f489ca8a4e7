-- title: CloudTrail trails
-- table: aws_cloudtrail_trail
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to look from; null looks from every region of the connection
--
-- One row per trail and region that shows it: a multi-region trail shows in every enabled region, so one region
-- is enough to find it, and its home region answers for the status. Costs DescribeTrails per region, then
-- GetTrailStatus (is_logging, latest_*) and GetEventSelectors (the selectors) per row. An organisation trail
-- seen from a member account has null status and selectors. unknown_fields names what AWS returned and the program
-- does not decide; only the embedded database sees that, elsewhere it is null.
select
  name, arn, home_region, is_multi_region_trail, is_organization_trail, include_global_service_events,
  log_group_arn, is_logging, event_selectors, advanced_event_selectors, latest_cloudwatch_logs_delivery_error,
  region, account_id, partition, sp_connection_name as connection,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_cloudtrail_trail
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
