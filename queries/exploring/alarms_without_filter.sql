-- title: Alarms on metrics that no metric filter publishes
-- table: aws_cloudwatch_alarm, aws_cloudwatch_log_metric_filter
-- cost: DescribeAlarms (100 alarms a page) and DescribeMetricFilters (50 filters a page) per account and region
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per alarm and metric, those inside of metric math too. AWS's own namespaces (AWS/...) are left out. A metric
-- of another namespace may also come from an agent or an application: only whoever runs them knows.
with watched as (
  select name, arn, namespace, metric_name, region, account_id, sp_connection_name
  from aws_cloudwatch_alarm
  where metric_name <> ''
    and ($1::text[] is null or sp_connection_name = any($1))
    and ($2::text[] is null or account_id = any($2))
    and ($3::text[] is null or region = any($3))
  union all
  select
    name, arn, query #>> '{MetricStat,Metric,Namespace}', query #>> '{MetricStat,Metric,MetricName}', region,
    account_id, sp_connection_name
  from aws_cloudwatch_alarm
  cross join lateral jsonb_array_elements(case jsonb_typeof(metrics) when 'array' then metrics end) as query
  where query #>> '{MetricStat,Metric,MetricName}' <> ''
    and ($1::text[] is null or sp_connection_name = any($1))
    and ($2::text[] is null or account_id = any($2))
    and ($3::text[] is null or region = any($3))
)
select w.name, w.namespace, w.metric_name, w.arn, w.region, w.account_id, w.sp_connection_name as connection
from watched as w
where w.namespace not like 'AWS/%' and not exists (
  select
  from aws_cloudwatch_log_metric_filter as f
  where f.metric_transformation_namespace = w.namespace
    and f.metric_transformation_name = w.metric_name
    and f.region = w.region
    and f.account_id = w.account_id
)
order by w.account_id, w.region, w.name, w.metric_name
