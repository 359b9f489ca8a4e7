-- title: CloudWatch alarms
-- table: aws_cloudwatch_alarm
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per metric alarm. Costs DescribeAlarms (100 alarms a page) per account and region; tags are left out
-- because they cost a call per alarm. Composite alarms have no Steampipe table: the embedded database adds them as
-- rows without a metric and keeps their rule in sp_ctx, with the query of a PromQL alarm (evaluation_criteria) and the
-- names of set fields that the program does not decide (unknown_fields). Elsewhere these three are null.
select
  name, arn, metric_name, namespace, statistic, extended_statistic, period, evaluation_periods,
  datapoints_to_alarm, threshold, comparison_operator, treat_missing_data, evaluate_low_sample_count_percentile,
  threshold_metric_id, unit, actions_enabled, alarm_actions, dimensions, metrics,
  sp_ctx #>> '{alarmchain,alarm_rule}' as alarm_rule,
  region, account_id, partition, sp_connection_name as connection,
  sp_ctx #> '{alarmchain,evaluation_criteria}' as evaluation_criteria,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_cloudwatch_alarm
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
