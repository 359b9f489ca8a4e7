-- title: Subscriptions that wait for their confirmation
-- table: aws_sns_topic_subscription
-- cost: ListTopics per account and region, ListSubscriptionsByTopic per topic
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per subscription. Until it is confirmed, nothing is delivered to it.
select topic_arn, protocol, endpoint, region, account_id, sp_connection_name as connection
from aws_sns_topic_subscription
where subscription_arn is null
  and ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
order by account_id, region, topic_arn, protocol, endpoint
