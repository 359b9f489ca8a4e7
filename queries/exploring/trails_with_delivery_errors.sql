-- title: Trails that cannot deliver to their log group or bucket
-- table: aws_cloudtrail_trail
-- cost: DescribeTrails per region, GetTrailStatus per row
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per trail, from its home region where that is asked.
with trails as (
  select distinct on (sp_connection_name, arn)
    name, arn, home_region, region, log_group_arn, account_id, sp_connection_name, is_logging,
    latest_cloudwatch_logs_delivery_error, latest_cloudwatch_logs_delivery_time, latest_delivery_error,
    latest_delivery_time
  from aws_cloudtrail_trail
  where ($1::text[] is null or sp_connection_name = any($1))
    and ($2::text[] is null or account_id = any($2))
    and ($3::text[] is null or region = any($3))
  order by sp_connection_name, arn, (region = home_region) desc, region
)
select
  name, is_logging, log_group_arn, latest_cloudwatch_logs_delivery_error, latest_cloudwatch_logs_delivery_time,
  latest_delivery_error, latest_delivery_time, arn, home_region, account_id, sp_connection_name as connection
from trails
where latest_cloudwatch_logs_delivery_error <> '' or latest_delivery_error <> ''
order by account_id, name, connection
