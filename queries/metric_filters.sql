-- title: Metric filters of log groups
-- table: aws_cloudwatch_log_metric_filter
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 log_group_names text[]: log groups to ask for; null asks for all
--
-- One row per filter, with its first metric transformation. Costs DescribeMetricFilters (50 filters a page) per
-- account, region and log group name. Steampipe shows no dimensions, unit, default value or further
-- transformations, nor how a filter selects by account and region, which dimensions of the system it emits, or that it
-- reads transformed events; the embedded database keeps these in sp_ctx, with the names of set fields that the program
-- does not decide (unknown_fields). Elsewhere all of them are null.
select
  name, log_group_name, filter_pattern, metric_transformation_name, metric_transformation_namespace,
  metric_transformation_value, sp_ctx #> '{alarmchain,metric_transformations}' as metric_transformations,
  region, account_id, partition, sp_connection_name as connection,
  sp_ctx #>> '{alarmchain,field_selection_criteria}' as field_selection_criteria,
  sp_ctx #> '{alarmchain,emit_system_field_dimensions}' as emit_system_field_dimensions,
  (sp_ctx #>> '{alarmchain,apply_on_transformed_logs}')::boolean as apply_on_transformed_logs,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_cloudwatch_log_metric_filter
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
  and ($4::text[] is null or log_group_name = any($4))
