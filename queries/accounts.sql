-- title: Accounts that the database can see
-- table: aws_account
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to list; null lists all
--
-- One row per connection. Costs GetCallerIdentity (cached by Steampipe) and ListAccountAliases.
select account_id, partition, title, sp_connection_name as connection
from aws_account
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
