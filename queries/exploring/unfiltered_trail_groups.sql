-- title: Log groups of trails without any metric filter
-- table: aws_cloudtrail_trail, aws_cloudwatch_log_metric_filter
-- cost: DescribeTrails per region, DescribeMetricFilters (50 filters a page) per account and region
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per trail and log group. A group of an account that is not connected counts as one without filters:
-- log_group_account says whose it is.
with trails as (
  select distinct on (sp_connection_name, arn)
    name, arn, home_region, region, log_group_arn, account_id, sp_connection_name
  from aws_cloudtrail_trail
  where ($1::text[] is null or sp_connection_name = any($1))
    and ($2::text[] is null or account_id = any($2))
    and ($3::text[] is null or region = any($3))
  order by sp_connection_name, arn, (region = home_region) desc, region
)
select
  t.name as trail, split_part(t.log_group_arn, ':', 7) as log_group, split_part(t.log_group_arn, ':', 4) as region,
  split_part(t.log_group_arn, ':', 5) as log_group_account, t.arn, t.account_id, t.sp_connection_name as connection
from trails as t
where t.log_group_arn <> '' and not exists (
  select
  from aws_cloudwatch_log_metric_filter as f
  where f.log_group_name = split_part(t.log_group_arn, ':', 7)
    and f.region = split_part(t.log_group_arn, ':', 4)
    and f.account_id = split_part(t.log_group_arn, ':', 5)
)
order by t.account_id, t.name, connection
