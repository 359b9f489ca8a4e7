-- title: Subscriptions of SNS topics
-- table: aws_sns_topic_subscription
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask (the topics' accounts); null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 topic_arns text[]: topics whose subscriptions to list; null lists those of every topic
--
-- One row per subscription; subscription_arn is null while it pends. Costs ListTopics per account and region,
-- ListSubscriptionsByTopic per topic, and GetSubscriptionAttributes (filter_policy) per subscription. Accounts and
-- topics multiply: ask once an account, with that account's topics. The scope of the filter policy (message attributes
-- or body) has no Steampipe column; the embedded database keeps it in sp_ctx, elsewhere filter_policy_scope is null.
-- unknown_fields names what AWS returned and the program does not decide; only the embedded database sees that,
-- elsewhere it is null.
select
  topic_arn, subscription_arn, protocol, endpoint, filter_policy,
  sp_ctx #>> '{alarmchain,filter_policy_scope}' as filter_policy_scope,
  region, account_id, sp_connection_name as connection,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_sns_topic_subscription
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
  and ($4::text[] is null or topic_arn = any($4))
