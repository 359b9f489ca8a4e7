-- title: What decides about each metric filter on a trail's log group: who watches it, and who hears of it
-- table: aws_cloudtrail_trail, aws_cloudwatch_log_metric_filter, aws_cloudwatch_alarm, aws_sns_topic_subscription
-- cost: DescribeTrails per region, DescribeMetricFilters and DescribeAlarms per account and region; ListTopics per account and region, ListSubscriptionsByTopic per topic
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per filter and alarm that watches its metric, or one without an alarm. subscribers counts confirmed
-- subscriptions of the topics that the alarm notifies. An alarm of metric math is not matched here; check decides it.
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
  t.name as trail, f.log_group_name as log_group, f.name as filter, f.filter_pattern as pattern,
  f.metric_transformation_namespace as namespace, f.metric_transformation_name as metric,
  f.metric_transformation_value as metric_value, a.name as alarm, a.actions_enabled, a.statistic, a.period,
  a.evaluation_periods, a.comparison_operator, a.threshold, a.treat_missing_data, a.alarm_actions,
  (
    select count(*)
    from aws_sns_topic_subscription as s
    where a.alarm_actions ? s.topic_arn and s.subscription_arn like 'arn:%'
  ) as subscribers,
  f.region, f.account_id, f.sp_connection_name as connection
from trails as t
join aws_cloudwatch_log_metric_filter as f
  on f.log_group_name = split_part(t.log_group_arn, ':', 7)
  and f.region = split_part(t.log_group_arn, ':', 4)
  and f.account_id = split_part(t.log_group_arn, ':', 5)
left join aws_cloudwatch_alarm as a
  on a.namespace = f.metric_transformation_namespace
  and a.metric_name = f.metric_transformation_name
  and a.region = f.region
  and a.account_id = f.account_id
  and a.sp_connection_name = f.sp_connection_name
where ($1::text[] is null or f.sp_connection_name = any($1))
  and ($2::text[] is null or f.account_id = any($2))
  and ($3::text[] is null or f.region = any($3))
order by f.account_id, f.region, log_group, filter, alarm, trail
