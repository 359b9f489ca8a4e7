-- title: Log groups that trails deliver to
-- table: aws_cloudwatch_log_group
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
-- $4 log_group_names text[]: log groups to read; null reads all
--
-- One row per log group. Costs DescribeLogGroups per account, region and name. Read for a remediation plan only:
-- its class decides whether a metric filter can be put on it, and 100 filters are the limit of one group.
-- Give one region with names: Steampipe's AWS plugin 1.31 panics when this table is asked for an array of regions
-- together with an array of names. A single region is therefore compared as a value; the planner folds the case away.
-- unknown_fields names what AWS returned and the program does not decide; only the embedded database sees that,
-- elsewhere it is null.
select
  name, arn, log_group_class, metric_filter_count, region, account_id, sp_connection_name as connection,
  sp_ctx #> '{alarmchain,unknown_fields}' as unknown_fields
from aws_cloudwatch_log_group
where ($1::text[] is null or sp_connection_name = any($1))
  and ($2::text[] is null or account_id = any($2))
  and ($3::text[] is null or case cardinality($3) when 1 then region = $3[1] else region = any($3) end)
  and ($4::text[] is null or name = any($4))
