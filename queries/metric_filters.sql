-- title: Metric filters of log groups
-- table: aws_cloudwatch_log_metric_filter
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 log_group_names text[]: log groups to ask for; null asks for all
--
-- One row per filter, with its first metric transformation. Costs DescribeMetricFilters (50 filters a page) per
-- account, region and log group name. Steampipe shows no dimensions, unit, default value or further
-- transformations; the embedded database keeps the whole list in sp_ctx, elsewhere metric_transformations is null.
select
  name, log_group_name, filter_pattern, metric_transformation_name, metric_transformation_namespace,
  metric_transformation_value, sp_ctx #> '{alarmchain,metric_transformations}' as metric_transformations,
  region, account_id, partition, sp_connection_name as connection
from aws_cloudwatch_log_metric_filter
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
  and ($4::text[] is null or log_group_name = any($4))
