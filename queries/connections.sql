-- title: Connections of a Steampipe service
-- table: steampipe_internal.steampipe_connection
-- $1 names text[]: connections to list; null lists all
--
-- One row per connection and per aggregator. Costs no AWS call. For an aggregator, connections holds the
-- name patterns that it gathers. A plain Postgres has no such table: then there is one connection, the schema.
select name, state, type, connections, plugin, error
from steampipe_internal.steampipe_connection
where ($1::text[] is null or name = any($1))
