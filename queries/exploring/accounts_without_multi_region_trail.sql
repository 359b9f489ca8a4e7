-- title: Accounts without a multi-region trail
-- table: aws_account, aws_cloudtrail_trail
-- cost: GetCallerIdentity per connection, DescribeTrails per region
-- $1 connections text[]: connections to ask; null asks all
-- $2 account_ids text[]: accounts to ask; null asks all
-- $3 regions text[]: regions to ask; null asks every region of the connection
--
-- One row per account that no multi-region trail shows in, be it its own or its organisation's. trails counts the
-- others. One region is enough for the answer: a multi-region trail shows in every region.
select
  a.account_id, a.title, (
    select count(distinct t.arn)
    from aws_cloudtrail_trail as t
    where t.sp_connection_name = a.sp_connection_name and ($3::text[] is null or t.region = any($3))
  ) as trails,
  a.sp_connection_name as connection
from aws_account as a
where not exists (
    select
    from aws_cloudtrail_trail as t
    where t.sp_connection_name = a.sp_connection_name
      and t.is_multi_region_trail
      and ($3::text[] is null or t.region = any($3))
  )
  and ($1::text[] is null or a.sp_connection_name = any($1))
  and ($2::text[] is null or a.account_id = any($2))
order by a.account_id, connection
