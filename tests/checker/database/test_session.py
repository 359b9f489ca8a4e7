"""How a database is asked: read-only, in time, by quoted names, and without a trace on a borrowed connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from checker import check
from checker.database.interface import DatabaseKind, ReadFailed
from checker.database.opening import DatabaseOptions, open_databases
from checker.database.query_files import ROW_TYPES, Query, load_queries, parse_query
from checker.database.session import Session
from checker.errors import DatabaseUnavailable, MissingRights, NoAwsTables, RunError
from tests.checker.database.passworded import PasswordedPostgres, free_port
from tests.checker.database.steampipe import Steampipe, steampipe
from tests.postgres import Postgres
from tests.reports import case, rows_of

ACCOUNTS = "accounts"


def query(select: str) -> Query:
    """A query with the columns of ``accounts`` from this."""
    text = f"-- title: t\n-- table: t\nselect account_id, partition, title, connection from {select}"
    return parse_query(ACCOUNTS, text, path="test.sql", row_types=ROW_TYPES)


SLEEP = query("(select 'a' as account_id, 'b' as partition, pg_sleep(30)::text as title, 'c' as connection) as slow")


@pytest.fixture
def schema(postgres: Postgres) -> str:
    return postgres.schema(rows_of(case("r074")["state"]))


# -- an own session ------------------------------------------------------------------------------------------------


def test_rows_are_facts(postgres: Postgres, schema: str) -> None:
    with Session.connect(postgres.conninfo, schema=schema) as session:
        (account,) = session.ask(load_queries()["accounts"], {})
        assert type(account) is ROW_TYPES["accounts"]
        assert session.ask(load_queries()["accounts"], {"account_ids": [account.account_id]}) == [account]
        assert session.ask(load_queries()["accounts"], {"account_ids": ["999999999999"]}) == []
        assert session.ask(load_queries()["accounts"], {"account_ids": []}) == []
        assert (session.kind, session.oldest_row_seconds(), session.asks_aws) == (DatabaseKind.POSTGRES, 0, False)
        assert "password" not in session.target


def test_nothing_can_be_written(postgres: Postgres, schema: str) -> None:
    with postgres.connect() as connection:
        text: Any = f"""create function {schema}.write() returns text language plpgsql as
            $$ begin insert into {schema}.aws_account (title) values ('x'); return 'x'; end $$"""
        connection.execute(text)
    write = query(
        f"(select write() as account_id, '' as partition, '' as title, '' as connection from {schema}.aws_account) x"
    )
    with Session.connect(postgres.conninfo, schema=schema) as session, pytest.raises(ReadFailed) as caught:
        session.ask(write, {})
    assert "read-only transaction" in str(caught.value)


def test_a_statement_that_takes_too_long_is_stopped_and_says_what_to_do(postgres: Postgres, schema: str) -> None:
    with Session.connect(postgres.conninfo, schema=schema, timeout=0.2) as session:
        with pytest.raises(ReadFailed) as caught:
            session.ask(SLEEP, {})
        (failure,) = caught.value.failures
        assert failure.message.startswith("no answer in time")
        assert "--timeout" in failure.message
        assert len(session.ask(load_queries()["accounts"], {})) == 1


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), 1e12])
def test_a_timeout_beyond_what_postgres_counts_is_its_longest(postgres: Postgres, schema: str, timeout: float) -> None:
    with Session.connect(postgres.conninfo, schema=schema, timeout=timeout) as session:
        assert session.ask(load_queries()["accounts"], {})


@pytest.mark.parametrize("name", ["Aws-Prod", 'a"b', "select", "with space", "aws.eu", "Größe"])
def test_any_name_of_a_connection_is_quoted(postgres: Postgres, name: str) -> None:
    postgres.schema(rows_of(case("r074")["state"]), name=name)
    try:
        report = check(database=postgres.conninfo, connections=[name])
        assert len(report.findings) == 1
        assert report.database.connections == (name,)
    finally:
        with postgres.connect() as connection:
            connection.execute(psycopg.sql.SQL("drop schema {} cascade").format(psycopg.sql.Identifier(name)))


def test_statements_are_cancelled_from_another_thread(postgres: Postgres, schema: str) -> None:
    with Session.connect(postgres.conninfo, schema=schema) as session:
        timer = threading.Timer(0.3, session.cancel)
        timer.start()
        start = time.monotonic()
        with pytest.raises(ReadFailed) as caught:
            session.ask(SLEEP, {})
        timer.join()
        assert time.monotonic() - start < 10
        assert "cancel" in str(caught.value)
        assert len(session.ask(load_queries()["accounts"], {})) == 1


def test_cancelling_what_is_gone_is_harmless(postgres: Postgres, schema: str) -> None:
    session = Session.connect(postgres.conninfo, schema=schema)
    for connection in session._pool._open:
        connection.close()
    session.cancel()
    # A connection that was lost is opened anew.
    assert len(session.ask(load_queries()["accounts"], {})) == 1
    session.close()
    session.close()


def test_reads_run_side_by_side_up_to_the_limit(postgres: Postgres, schema: str) -> None:
    text = "(select 'a' as account_id, 'b' as partition, pg_sleep(0.4)::text as title, 'c' as connection) as slow"
    with Session.connect(postgres.conninfo, schema=schema, concurrency=2) as session:
        threads = [threading.Thread(target=session.read, args=(query(text), {})) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(session._pool._open) == 2


def test_a_server_that_is_down_is_named_with_what_to_do(postgres: Postgres) -> None:
    port = free_port()
    with pytest.raises(DatabaseUnavailable) as caught:
        Session.connect(f"host=127.0.0.1 port={port} dbname=steampipe password=secret")
    assert str(caught.value) == f"no database answers at 127.0.0.1:{port}: connection refused"
    assert "steampipe service start" in caught.value.hint


def test_a_session_that_cannot_be_set_up_leaves_no_connection(postgres: Postgres) -> None:
    name = "leaves_no_connection"
    with pytest.raises(RunError):
        Session.connect(postgres.conninfo + f" application_name={name} options='-c search_path='", schema="\0")
    with postgres.connect() as connection:
        rows = connection.execute("select 1 from pg_stat_activity where application_name = %s", (name,)).fetchall()
    assert rows == []


# -- tables and rights ---------------------------------------------------------------------------------------------


def test_the_first_schema_of_the_search_path_answers(passworded: PasswordedPostgres) -> None:
    connections = {"b_second": "222222222222", "a_first": "111111111111"}
    with steampipe(passworded, connections) as service, Session.connect(service.conninfo) as session:
        assert session.answering_schema() == "a_first"
        assert session.schemas_with_aws_tables() == ("a_first", "b_second")


def test_no_aws_tables_lists_the_schemas_that_have_them(passworded: PasswordedPostgres) -> None:
    with steampipe(passworded, {"a": "111111111111", "b": "222222222222"}, search_path=[]) as service:
        with Session.connect(service.conninfo) as session, pytest.raises(NoAwsTables) as caught:
            session.answering_schema()
        assert "no schema of the search path has table aws_cloudtrail_trail" in str(caught.value)
        assert caught.value.hint == "choose one with `connections`; these have AWS tables: a, b"


def test_a_database_without_any_aws_table_says_so(passworded: PasswordedPostgres) -> None:
    with steampipe(passworded, {}) as service, Session.connect(service.conninfo, schema="nowhere") as session:
        with pytest.raises(NoAwsTables) as caught:
            session.answering_schema()
        assert "the schema 'nowhere' has no table" in str(caught.value)
        assert "no schema of this database has AWS tables" in caught.value.hint


@pytest.fixture
def stranger(service: Steampipe) -> Iterator[str]:
    """The connection string of a user who may connect and nothing else."""
    service.run("create role stranger login password 'stranger'")
    yield make_conninfo(service.conninfo, user="stranger", password="stranger")
    service.run("drop owned by stranger; drop role stranger")


@pytest.mark.parametrize("schema", [None, "aws_a"])
def test_a_schema_that_must_not_be_used_is_missing_rights(stranger: str, schema: str | None) -> None:
    with Session.connect(stranger, schema=schema) as session, pytest.raises(MissingRights) as caught:
        session.answering_schema()
    assert "aws_a" in str(caught.value)
    assert "grant usage" in caught.value.hint


def test_a_table_that_must_not_be_read_is_missing_rights(service: Steampipe, stranger: str) -> None:
    service.run("grant usage on schema aws_a to stranger")
    with Session.connect(stranger) as session, pytest.raises(MissingRights) as caught:
        session.ask(load_queries()["accounts"], {})
    assert "permission denied" in str(caught.value)
    assert caught.value.hint


def test_without_rights_on_the_internal_schema_it_is_still_steampipe(service: Steampipe, stranger: str) -> None:
    service.run("grant usage on schema aws_a to stranger; grant select on all tables in schema aws_a to stranger")
    report = check(database=stranger)
    assert (report.database.kind, report.database.max_row_age_seconds) == ("steampipe", 300)
    assert len(report.findings) == 1


# -- Steampipe's cache ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "age"),
    [("values (true, 300)", 300), ("values (true, 60)", 60), ("values (false, 300)", 0), ("values (null, null)", 300)],
)
def test_rows_are_as_old_as_the_cache_lets_them(service: Steampipe, settings: str, age: int) -> None:
    service.run(
        f"delete from steampipe_internal.steampipe_server_settings; "
        f"insert into steampipe_internal.steampipe_server_settings {settings}"
    )
    with Session.connect(service.conninfo) as session:
        assert session.kind is DatabaseKind.STEAMPIPE
        assert session.oldest_row_seconds() == age


def test_without_settings_the_age_is_not_known_to_be_any(service: Steampipe) -> None:
    service.run("delete from steampipe_internal.steampipe_server_settings")
    with Session.connect(service.conninfo) as session:
        assert session.oldest_row_seconds() == 0


def test_a_cleared_cache_stays_off_on_every_connection_of_the_session(service: Steampipe) -> None:
    order = query("(select '' account_id, '' partition, '' title, steampipe_internal.meta_cache('x') as connection) x")
    with Session.connect(service.conninfo, concurrency=2) as session:
        assert service.orders() == []
        session.clear_cache()
        assert service.orders() == ["clear", "off"]
        assert session.oldest_row_seconds() == 0
        with session._pool.connection(), session._pool.connection():
            pass
        assert service.orders() == ["clear", "off"] * 2
        with pytest.raises(ReadFailed, match="read-only"):
            session.ask(order, {})


def test_an_opened_database_clears_its_caches(service: Steampipe) -> None:
    with open_databases(DatabaseOptions(database=service.conninfo)) as opened:
        opened.clear_caches()
    assert service.orders() == ["clear", "off"]


def test_a_database_without_cache_control_is_fine(postgres: Postgres, schema: str) -> None:
    with Session.connect(postgres.conninfo, schema=schema) as session:
        session.clear_cache()
        assert len(session.ask(load_queries()["accounts"], {})) == 1


def test_cache_control_that_is_refused_is_an_error_of_ours(service: Steampipe, stranger: str) -> None:
    service.run("grant usage on schema aws_a, steampipe_internal to stranger")
    with Session.connect(stranger) as session, pytest.raises(MissingRights):
        session.clear_cache()


# -- a borrowed connection -----------------------------------------------------------------------------------------

SETTINGS = ("search_path", "statement_timeout", "default_transaction_read_only", "transaction_isolation")


def state(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    with psycopg.Cursor(connection, row_factory=psycopg.rows.tuple_row) as cursor:
        found = {
            name: cursor.execute("select current_setting(%s)", (name,), prepare=False).fetchall()[0][0]
            for name in SETTINGS
        }
    return found | {
        "autocommit": connection.autocommit,
        "row_factory": connection.row_factory,
        "threshold": connection.prepare_threshold,
    }


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize("rows", [psycopg.rows.tuple_row, dict_row])
def test_a_borrowed_connection_comes_back_as_it_came(
    postgres: Postgres, schema: str, autocommit: bool, rows: Any
) -> None:
    with psycopg.connect(postgres.conninfo, autocommit=autocommit, row_factory=rows, prepare_threshold=0) as connection:
        connection.execute("set search_path to public, pg_catalog")
        connection.execute("set statement_timeout to '7s'")
        connection.commit()
        before = state(connection)
        connection.rollback()
        report = check(connection=connection, connections=[schema])
        assert [str(finding.status) for finding in report.findings] == ["ok"]
        assert report.database.why == "the caller's own connection"
        assert not connection.closed
        assert connection.info.transaction_status is pq.TransactionStatus.IDLE
        assert state(connection) == before


def test_a_transaction_of_the_caller_goes_on(postgres: Postgres, schema: str) -> None:
    with psycopg.connect(postgres.conninfo) as connection:
        connection.execute("create temporary table mine (x int)")
        check(connection=connection, connections=[schema])
        assert connection.info.transaction_status is pq.TransactionStatus.INTRANS
        connection.execute("insert into mine values (1)")
        connection.rollback()
        assert connection.execute("select to_regclass('mine')").fetchone() == (None,)


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_statement_that_fails_on_a_borrowed_connection_costs_nothing_else(
    postgres: Postgres, schema: str, autocommit: bool
) -> None:
    lent = psycopg.connect(postgres.conninfo, autocommit=autocommit)
    with lent as connection, Session.borrow(connection, schema=schema) as session:
        with pytest.raises(ReadFailed):
            session.ask(query("nowhere"), {})
        assert len(session.ask(load_queries()["accounts"], {})) == 1


def test_a_borrowed_connection_is_read_only_while_it_is_lent(postgres: Postgres, schema: str) -> None:
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        text: Any = f"""create function {schema}.write() returns text language plpgsql as
            $$ begin insert into {schema}.aws_account (title) values ('x'); return 'x'; end $$"""
        connection.execute(text)
        write = query(f"(select {schema}.write() as account_id, '' as partition, '' as title, '' as connection) x")
        with Session.borrow(connection, schema=schema) as session, pytest.raises(ReadFailed, match="read-only"):
            session.ask(write, {})
        connection.execute(f"insert into {schema}.aws_account (title) values ('y')".encode())


def test_a_borrowed_connection_stops_in_time(postgres: Postgres, schema: str) -> None:
    lent = psycopg.connect(postgres.conninfo)
    with (
        lent as connection,
        Session.borrow(connection, schema=schema, timeout=0.2) as session,
        pytest.raises(ReadFailed, match="in time"),
    ):
        session.ask(SLEEP, {})


def test_the_cache_of_a_borrowed_connection_is_switched_on_again(service: Steampipe) -> None:
    with psycopg.connect(service.conninfo) as connection:
        check(connection=connection, fresh=True)
    assert service.orders() == ["clear", "off", "on"]


def test_no_named_statement_is_left_behind(postgres: Postgres, schema: str) -> None:
    with psycopg.connect(postgres.conninfo, autocommit=True, prepare_threshold=1) as connection:
        with Session.borrow(connection, schema=schema) as session:
            for _ in range(7):
                session.ask(load_queries()["accounts"], {})
        connection.prepare_threshold = None
        assert connection.execute("select statement from pg_prepared_statements").fetchall() == []


def test_a_closed_connection_cannot_be_borrowed(postgres: Postgres, schema: str) -> None:
    connection = psycopg.connect(postgres.conninfo)
    session = Session.borrow(connection, schema=schema)
    connection.close()
    for ask in (lambda: session.ask(load_queries()["accounts"], {}), lambda: check(connection=connection)):
        with pytest.raises(DatabaseUnavailable, match="own connection is closed"):
            ask()
    session.close()


def test_a_failed_transaction_of_the_caller_is_one_error(postgres: Postgres, schema: str) -> None:
    with psycopg.connect(postgres.conninfo) as connection:
        with pytest.raises(psycopg.Error):
            connection.execute("select nowhere")
        with pytest.raises(RunError):
            check(connection=connection, connections=[schema])
        connection.rollback()
