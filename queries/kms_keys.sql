-- title: Customer keys of encrypted topics
-- table: aws_kms_key
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask (the keys' accounts); null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 key_ids text[]: key ids (the last part of the ARN) to read; null lists all keys
--
-- One row per key. With key_ids and regions it costs DescribeKey and GetKeyPolicy per key and selected account.
-- unknown_fields names what AWS returned and the program does not decide; only the embedded database sees that,
-- elsewhere it is null.
select
  id, arn, key_manager, key_state, policy, region, account_id, sp_connection_name as connection,
  customer_master_key_spec as key_spec,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_kms_key
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or region = any($3))
  and ($4::text[] is null or id = any($4))
