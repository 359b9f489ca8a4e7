-- title: SNS topics
-- table: aws_sns_topic
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 topic_arns text[]: topics to read; null lists all (ListTopics, then one call a topic)
--
-- One row per topic. With topic_arns and regions it costs one GetTopicAttributes per topic and selected account, so
-- give the account of the topic's ARN with it: foreign credentials get AuthorizationError, and accounts times topics
-- multiply. A topic that does not exist is no row. unknown_fields names what AWS returned and the program does not
-- decide; only the embedded database sees that, elsewhere it is null.
select
  topic_arn, policy, kms_master_key_id, region, account_id, partition, sp_connection_name as connection,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_sns_topic
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
  and ($4::text[] is null or topic_arn = any($4))
