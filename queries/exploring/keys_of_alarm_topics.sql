-- title: Keys that encrypt the topics of alarms, and their policies
-- table: aws_cloudwatch_alarm, aws_sns_topic, aws_kms_key
-- cost: DescribeAlarms and ListTopics per account and region, GetTopicAttributes per topic, and DescribeKey and GetKeyPolicy for every key of the region
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per topic that an alarm notifies and that a key encrypts. A topic may name its key by id, ARN or alias; an
-- alias (alias/aws/sns among them, which CloudWatch cannot use) shows no policy here.
select
  t.topic_arn, t.kms_master_key_id as key, k.arn as key_arn, k.key_manager, k.key_state, k.policy,
  t.region, t.account_id, t.sp_connection_name as connection
from aws_sns_topic as t
left join aws_kms_key as k
  on t.kms_master_key_id in (k.id, k.arn)
  and k.region = t.region
  and k.sp_connection_name = t.sp_connection_name
where t.kms_master_key_id <> ''
  and exists (
    select from aws_cloudwatch_alarm as a where a.alarm_actions ? t.topic_arn and a.region = t.region
  )
  and ($1::text[] is null or t.sp_connection_name = any($1))
  and ($2::text[] is null or t.account_id = any($2))
  and ($3::text[] is null or t.region = any($3))
order by t.account_id, t.region, t.topic_arn
