-- title: Topics that nobody hears
-- table: aws_sns_topic, aws_sns_topic_subscription
-- cost: ListTopics per account and region; GetTopicAttributes and ListSubscriptionsByTopic per topic
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per topic without a confirmed subscription. pending counts those that wait for a confirmation.
select
  t.topic_arn,
  (
    select count(*)
    from aws_sns_topic_subscription as s
    where s.topic_arn = t.topic_arn and s.sp_connection_name = t.sp_connection_name and s.subscription_arn is null
  ) as pending,
  t.region, t.account_id, t.sp_connection_name as connection
from aws_sns_topic as t
where not exists (
    select
    from aws_sns_topic_subscription as s
    where s.topic_arn = t.topic_arn and s.subscription_arn like 'arn:%'
  )
  and ($1::text[] is null or t.sp_connection_name = any($1))
  and ($2::text[] is null or t.account_id = any($2))
  and ($3::text[] is null or t.region = any($3))
order by t.account_id, t.region, t.topic_arn
