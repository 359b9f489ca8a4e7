-- title: CloudWatch alarms
-- table: aws_cloudwatch_alarm
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per metric alarm. Costs DescribeAlarms (100 alarms a page) per account and region; tags are left out
-- because they cost a call per alarm. Composite alarms have no Steampipe table: the embedded database adds them as
-- rows without a metric and keeps their rule in sp_ctx, elsewhere alarm_rule is null.
select
  name, arn, metric_name, namespace, statistic, extended_statistic, period, evaluation_periods,
  datapoints_to_alarm, threshold, comparison_operator, treat_missing_data, evaluate_low_sample_count_percentile,
  threshold_metric_id, unit, actions_enabled, alarm_actions, dimensions, metrics,
  sp_ctx #>> '{alarmchain,alarm_rule}' as alarm_rule,
  region, account_id, partition, sp_connection_name as connection
from aws_cloudwatch_alarm
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
