-- title: Log groups near the limit of 100 metric filters
-- table: aws_cloudwatch_log_metric_filter
-- cost: DescribeMetricFilters (50 filters a page) per account and region
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 least integer: how many filters make a row; null means 90
--
-- One row per group with at least $4 filters. A group takes 100 filters:
-- https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
select log_group_name as log_group, count(*) as filters, region, account_id, sp_connection_name as connection
from aws_cloudwatch_log_metric_filter
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
group by log_group_name, region, account_id, sp_connection_name
having count(*) >= coalesce($4::integer, 90)
order by filters desc, account_id, region, log_group
