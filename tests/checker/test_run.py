"""The Python API: which connections are covered, who can be seen, waivers, and an interrupted reading."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest

import checker
from checker import check
from checker.cli.exit_code_of import for_report
from checker.controls import load_catalogue, select
from checker.database.interface import DatabaseKind, Parameters, ReadFailed
from checker.database.opening import Opened
from checker.database.query_files import Query
from checker.errors import NoAwsTables, RunError, UnknownControl, UsageError
from checker.exit_codes import ExitCode
from checker.facts import Facts, ReadFailure
from checker.findings import DatabaseInfo, Status
from checker.gather import Reader
from checker.reports.json_document import to_document
from checker.run import CheckOptions, CheckResult, ControlOptions, DatabaseOptions, check_accounts
from checker.waivers.reading import load
from tests.builders import organisation
from tests.checker.database.passworded import PasswordedPostgres
from tests.checker.database.steampipe import Steampipe, steampipe
from tests.checker.gather.fakes import FakeDatabase
from tests.checker.gather.test_reader import press_ctrl_c
from tests.postgres import Postgres
from tests.reports import case, rows_of

A, B, C = "111111111111", "222222222222", "333333333333"
SCHEMA = json.loads((Path(checker.__file__).parent / "reports/report_v1.schema.json").read_text(encoding="utf-8"))


def judged(database: FakeDatabase, *, accounts: Sequence[str] = ()) -> CheckResult:
    opened = Opened((database.source,), DatabaseInfo("steampipe", "fake", "a test"))
    return check_accounts(opened, select(load_catalogue()), CheckOptions(tuple(accounts)), Reader())


# -- which connections answer --------------------------------------------------------------------------------------


def test_the_alphabetically_first_connection_answers_and_the_note_names_the_rest(
    passworded: PasswordedPostgres,
) -> None:
    with steampipe(passworded, {"aws_b": B, "aws_a": A, "aws_all": ["aws_*"]}) as service:
        report = check(database=service.conninfo)
    assert [finding.account_id for finding in report.findings] == [A]
    assert report.database.kind == "steampipe"
    assert report.database.connections == ("aws_a",)
    assert report.coverage.connections_not_covered == ("aws_b",)
    (note,) = report.notes
    assert note.startswith("only aws_a was asked, the first of the server's search path; not covered: aws_b")


def test_an_aggregator_covers_its_members(passworded: PasswordedPostgres) -> None:
    with steampipe(passworded, {"aws_b": B, "aws_a": A, "all": ["aws_*"]}) as service:
        chosen = check(database=service.conninfo, connections=["all"])
        first = check(database=service.conninfo)
    for report in (chosen, first):
        assert [finding.account_id for finding in report.findings] == [A, B]
        assert report.database.connections == ("aws_b", "aws_a")
        assert report.coverage.connections_not_covered == ()
        assert report.notes == ()


@pytest.mark.parametrize(("chosen", "accounts"), [(["aws_b"], [B]), (["aws_b", "aws_a"], [B, A])])
def test_plain_connections_are_chosen_by_name(
    passworded: PasswordedPostgres, chosen: list[str], accounts: list[str]
) -> None:
    with steampipe(passworded, {"aws_b": B, "aws_a": A, "aws_c": C}) as service:
        report = check(database=service.conninfo, connections=chosen)
    assert [finding.account_id for finding in report.findings] == accounts
    assert report.database.connections == tuple(chosen)
    assert set(report.coverage.connections_not_covered) == {"aws_a", "aws_b", "aws_c"} - set(chosen)
    assert report.notes == ()


def test_a_schema_that_is_no_connection_is_asked_as_it_is(service: Steampipe) -> None:
    service.run("create schema mine; create view mine.aws_account as table aws_a.aws_account")
    for table in ("aws_cloudtrail_trail", "aws_cloudwatch_log_metric_filter", "aws_cloudwatch_alarm"):
        service.run(f"create view mine.{table} as table aws_a.{table}")
    report = check(database=service.conninfo, connections=["mine"])
    assert report.database.connections == ("mine",)
    assert len(report.findings) == 1


def test_a_connection_that_is_not_there_is_a_usage_error_that_lists_those_that_are(service: Steampipe) -> None:
    with pytest.raises(UsageError, match="`connections`: nowhere has no AWS tables") as caught:
        check(database=service.conninfo, connections=["nowhere"])
    assert "aws_a" in caught.value.hint


def test_connections_of_other_plugins_are_of_no_matter(service: Steampipe) -> None:
    service.run(
        "insert into steampipe_internal.steampipe_connection values "
        "('gcp', 'ready', 'plugin', null, 'hub.steampipe.io/plugins/turbot/gcp@latest', '')"
    )
    assert check(database=service.conninfo).coverage.connections_not_covered == ()


def test_a_service_whose_connections_cannot_be_listed_still_answers(service: Steampipe) -> None:
    service.run("drop table steampipe_internal.steampipe_connection")
    report = check(database=service.conninfo)
    assert (report.database.connections, len(report.findings)) == (("aws_a",), 1)


def test_no_tables_in_reach(passworded: PasswordedPostgres) -> None:
    with steampipe(passworded, {}) as service, pytest.raises(NoAwsTables):
        check(database=service.conninfo)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"database": "embedded", "connections": ["x"]}, "the embedded database answers"),
        ({"profiles": ["x"]}, "another database answers"),
    ],
)
def test_options_of_the_other_kind_are_refused(postgres: Postgres, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(**({"database": postgres.conninfo} | given))


def test_an_own_connection_reads_one_schema(postgres: Postgres) -> None:
    with psycopg.connect(postgres.conninfo) as connection, pytest.raises(UsageError, match="one schema"):
        check(connection=connection, connections=["a", "b"])


def test_the_variable_says_where(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMCHAIN_DATABASE", postgres.conninfo)
    report = check(connections=[postgres.schema(rows_of(case("r074")["state"]))])
    assert report.database.why == "ALARMCHAIN_DATABASE gives a connection string"


def test_without_a_home_folder_there_is_no_local_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(UsageError, match="the embedded database answers"):
        check(connections=["x"])


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = checker.nothing


# -- accounts ------------------------------------------------------------------------------------------------------


def test_accounts_narrow() -> None:
    facts = organisation(3)
    chosen = facts.accounts[1].account_id
    result = judged(FakeDatabase(facts), accounts=[chosen])
    assert [finding.account_id for finding in result.report.findings] == [chosen]
    assert len(result.gathered.visible) == 3


def test_an_account_that_nobody_can_see_lists_what_can_be_seen_and_what_failed() -> None:
    facts = organisation(2)

    def rule(name: str, parameters: Parameters) -> Sequence[ReadFailure]:
        connections = parameters.get("connections")
        bad = facts.accounts[1].connection
        return (
            [ReadFailure(name, "gone", bad)] if name == "accounts" and (not connections or bad in connections) else []
        )

    with pytest.raises(UnknownControl, match="nobody here can see 999999999999") as caught:
        judged(FakeDatabase(facts, rule=rule), accounts=["999999999999"])
    assert caught.value.hint == ("accounts that can be seen: 000000000001; these connections failed: aws_000000000002")
    # A connection that does not tell its account is a finding, but not when others were asked for.
    everything = judged(FakeDatabase(facts, rule=rule)).report
    assert [str(finding.status) for finding in everything.findings] == ["ok", "error"]
    assert (everything.coverage.accounts_answered, everything.coverage.accounts_failed) == (1, 1)
    narrowed = judged(FakeDatabase(facts, rule=rule), accounts=["000000000001"]).report
    assert [str(finding.status) for finding in narrowed.findings] == ["ok"]
    assert narrowed.coverage.accounts_failed == 0
    assert narrowed.coverage.failures


def test_a_single_connection_is_named_when_it_fails() -> None:
    facts = organisation(1)
    # Asked alone, Steampipe does not name the connection.
    database = FakeDatabase(facts, rule=lambda name, _: [ReadFailure(name, "gone")] if name == "accounts" else [])
    (finding,) = judged(database).report.findings
    assert (finding.connection, finding.account_id) == ("aws_000000000001", None)


def test_no_account_is_no_report() -> None:
    with pytest.raises(RunError, match="shows no AWS account"):
        judged(FakeDatabase(Facts()))


# -- waivers -------------------------------------------------------------------------------------------------------


def test_waivers_apply_and_are_noted(postgres: Postgres, tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(
        "[[waiver]]\n"
        'control = "root_usage"\n'
        'account = "123456789012"\n'
        'reason = "watched elsewhere"\n'
        'owner = "security@example.com"\n'
        "expires = 2099-01-01\n",
        encoding="utf-8",
    )
    waivers = load(path, load_catalogue(), date(2026, 1, 1), benchmark="cis_v3.0.0")
    broken = rows_of(case("r074")["state"]) | {"aws_sns_topic_subscription": []}
    schema = postgres.schema(broken)
    report = check(database=postgres.conninfo, connections=[schema], waivers=waivers)
    (finding,) = report.findings
    assert finding.status is Status.SKIP
    assert finding.waiver is not None
    assert finding.waiver.reason == "watched elsewhere"
    assert for_report(report) is ExitCode.OK
    jsonschema.validate(to_document(report), SCHEMA)


# -- Ctrl-C --------------------------------------------------------------------------------------------------------


class InterruptedDatabase(FakeDatabase):
    """Somebody presses Ctrl-C while a certain question is asked: it is cancelled, like a statement."""

    def __init__(self, facts: Facts, question: str, delay: float) -> None:
        super().__init__(facts, kind=DatabaseKind.STEAMPIPE)
        self._question = question
        self._delay = delay
        self._pressed = threading.Lock()
        self._told = threading.Event()

    def ask(self, query: Query, parameters: Parameters) -> list[Any]:
        if query.name == self._question and not self.cancelled:
            if self._pressed.acquire(blocking=False):
                time.sleep(self._delay)
                press_ctrl_c()
            assert self._told.wait(10)
            raise ReadFailed([ReadFailure(query.name, "canceling statement due to user request")])
        return super().ask(query, parameters)

    def cancel(self) -> None:
        super().cancel()
        self._told.set()


@pytest.mark.parametrize("delay", [0.0, 0.05])
@pytest.mark.parametrize(
    ("question", "hop"),
    [
        ("trails", "trail"),
        ("metric_filters", "filter"),
        ("alarms", "alarm"),
        ("topics", "topic"),
        ("topic_subscriptions", "subscription"),
    ],
)
def test_ctrl_c_leaves_what_is_known_marked_incomplete(question: str, hop: str, delay: float) -> None:
    report = judged(InterruptedDatabase(organisation(5), question, delay)).report
    assert not report.coverage.complete
    assert for_report(report) is ExitCode.INTERRUPTED
    assert len(report.findings) == 5
    # What was not read is never taken for what is not there.
    assert {(str(finding.status), str(finding.broken_hop)) for finding in report.findings} <= {
        ("error", hop),
        ("error", "subscription"),
    }
    assert any("interrupted before it was read" in finding.reason for finding in report.findings)
    jsonschema.validate(to_document(report), SCHEMA)


def test_ctrl_c_before_an_account_is_known_is_a_report_all_the_same() -> None:
    report = judged(InterruptedDatabase(organisation(2), "accounts", 0.0), accounts=["000000000001"]).report
    assert (report.findings, report.coverage.complete) == ((), False)
    assert for_report(report) is ExitCode.INTERRUPTED


# -- objects, plain arguments, and plain text ----------------------------------------------------------------------


def test_a_plain_text_is_one_of_many(service: Steampipe) -> None:
    report = check("4.3", database=service.conninfo, accounts=A, connections="aws_a", accept="security-hub")
    assert [(finding.account_id, finding.control_id) for finding in report.findings] == [(A, "4.3")]
    assert report == replace(check(["4.3"], database=service.conninfo, accounts=[A]), generated_at=report.generated_at)


def test_the_settings_may_be_objects_and_an_argument_replaces_a_field(service: Steampipe) -> None:
    reading = DatabaseOptions(service.conninfo, connections=("nowhere",))
    chosen = ControlOptions(("4.4",), benchmark="cis_v3.0.0")
    report = check(selecting=chosen, judging=CheckOptions((B,)), reading=reading, connections="aws_a", accounts=A)
    assert [(finding.account_id, finding.control_id) for finding in report.findings] == [(A, "4.4")]
    assert report.database.why.startswith("the caller")
    assert check("4.5", selecting=chosen, reading=reading, connections="aws_a").findings[0].control_id == "4.5"


@pytest.mark.parametrize("name", ["account_ids", "origin", "today", "selected", "nonsense"])
def test_an_argument_that_there_is_not_is_a_type_error(name: str) -> None:
    arguments: Any = {name: "x"}
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        check(**arguments)


def test_errors_name_arguments_and_no_flags(service: Steampipe, tmp_path: Path) -> None:
    wrong: list[Any] = [
        {"controls": "nope"},
        {"accounts": C},
        {"connections": "nowhere"},
        {"profiles": "prod"},
        {"benchmark": "nope"},
        {"controls_dir": tmp_path},
        {"database": "postgresql://a b@h/d"},
    ]
    for arguments in wrong:
        with pytest.raises(UsageError) as caught:
            check(**{"database": service.conninfo, **arguments})
        assert "--" not in f"{caught.value} {caught.value.hint}", arguments
