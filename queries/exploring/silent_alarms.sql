-- title: Alarms that can notify nobody, and why
-- table: aws_cloudwatch_alarm, aws_sns_topic_subscription
-- cost: DescribeAlarms (100 alarms a page) and ListTopics per account and region, ListSubscriptionsByTopic per topic
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per alarm. reason is the first that holds: its actions are disabled, it has no action for ALARM, or none of
-- its topics has a confirmed subscription that is visible. An alarm with another action than a topic is not silent, and
-- is left out.
with alarms as (
  select
    a.*,
    case
      when not a.actions_enabled then 'its actions are disabled'
      when coalesce(a.alarm_actions, '[]') in ('[]', 'null') then 'it has no action for ALARM'
      when not exists (
        select from jsonb_array_elements_text(a.alarm_actions) as action where action not like 'arn:%:sns:%'
      ) and not exists (
        select
        from aws_sns_topic_subscription as s
        where a.alarm_actions ? s.topic_arn and s.subscription_arn like 'arn:%'
      ) then 'no visible topic of it has a confirmed subscription'
    end as reason
  from (
    select name, arn, namespace, metric_name, actions_enabled, alarm_actions, region, account_id, sp_connection_name
    from aws_cloudwatch_alarm
    where ($1::text[] is null or sp_connection_name = any($1))
      and ($2::text[] is null or account_id = any($2))
      and ($3::text[] is null or region = any($3))
  ) as a
)
select
  name, reason, namespace, metric_name, actions_enabled, alarm_actions, arn, region, account_id,
  sp_connection_name as connection
from alarms
where reason is not null
order by account_id, region, name
