"""``alarmchain remediate``: words and exit codes, approval, saved plans, code, history."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli import console
from checker.cli.app import app
from checker.demo.world import World
from checker.errors import DatabaseUnavailable, UsageError
from checker.exit_codes import ExitCode
from remediation import run as repairing
from tests.emulator.client import EmulatedAws
from tests.postgres import DATA, Postgres
from tests.remediation.aws_state import state
from tests.scenarios import SCENARIOS

ACCOUNT = "123456789012"
EMBEDDED = ["--database", "embedded", "--endpoint", "security@example.com"]
HOOK = "https://hooks.example.com/services/" + "x" * 24


@pytest.fixture
def world(emulator: EmulatedAws, aws_environment: dict[str, str]) -> World:
    """No filter; topic and alarm exist."""
    built = World(emulator.endpoint)
    SCENARIOS["bad_no_filter"].build(built)
    return built


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairing, "LATE_SECONDS", (0.0, 0.0))


@pytest.fixture
def journal(tmp_path: Path) -> list[str]:
    return ["--journal", str(tmp_path / "journal.jsonl")]


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, ["remediate", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def usage(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == ExitCode.USAGE, result.output
    assert result.stdout == ""
    return result.stderr


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "can_ask", lambda: True)


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A person at a terminal who types this."""

    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def ask(monkeypatch: pytest.MonkeyPatch, question: str, text: str) -> str:
    answers(monkeypatch, text)
    return console.ask(question)


# --- showing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["root_usage"], ["plan", "4.3"], []])
def test_a_plan_is_shown_and_nothing_is_done(world: World, words: list[str]) -> None:
    before = state(world)
    result = run(*words, *EMBEDDED)
    assert result.exit_code == ExitCode.ALARM
    assert "1. add metric filter" in result.stdout
    assert "aws logs put-metric-filter" in result.stdout
    assert "digest: " in result.stdout
    assert state(world) == before


def test_help_names_the_commands_and_the_short_form() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in ("plan", "history", "show", "undo", "permissions"):
        assert name in result.stdout
    assert "short for" in result.stdout
    assert run("history", "--help").exit_code == 0


def test_json_is_the_plan_document_and_nothing_else(world: World) -> None:
    result = run("root_usage", *EMBEDDED, "--endpoint", HOOK, "--topic-name", "security", "--format", "json")
    document = json.loads(result.stdout)
    assert document["schema"] == "alarmchain.plan/v1"
    assert document["masked"]
    assert "x" * 24 not in result.output


def test_an_account_that_is_fine_needs_nothing(emulator: EmulatedAws, aws_environment: dict[str, str]) -> None:
    SCENARIOS["ok_canonical"].build(World(emulator.endpoint))
    result = run("--database", "embedded", "--endpoint", "security@example.com")
    assert result.exit_code == ExitCode.OK
    assert "nothing to add" in result.stdout


def test_who_was_named_and_does_not_hear_a_chain_that_holds(
    emulator: EmulatedAws, aws_environment: dict[str, str], journal: list[str]
) -> None:
    SCENARIOS["ok_canonical"].build(World(emulator.endpoint))
    asked = [*EMBEDDED, "--endpoint", "boss@example.com"]
    result = run(*asked, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.WAITING
    assert "nothing to add; 1 finding not told to everybody who was named" in result.stdout
    result = run(*asked, "--reuse-topic", "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.OK
    assert "subscription of email boss@example.com to topic" in result.stdout
    assert run(*asked).exit_code == ExitCode.OK


def test_what_is_for_a_person_is_an_alarm(emulator: EmulatedAws, aws_environment: dict[str, str]) -> None:
    result = run(*EMBEDDED)
    assert result.exit_code == ExitCode.ALARM
    assert "by hand: create a multi-region trail" in result.stdout


def test_what_could_not_be_decided(world: World, emulator: EmulatedAws, journal: list[str]) -> None:
    emulator.set_faults([{"action": "DescribeMetricFilters", "code": "AccessDeniedException"}])
    result = run(*EMBEDDED)
    assert result.exit_code == ExitCode.UNDECIDED
    assert "nothing is planned" in " ".join(result.stdout.split())
    assert run(*EMBEDDED, "--apply", "--yes", *journal).exit_code == ExitCode.UNDECIDED


def test_tags_without_a_value_select_controls(world: World) -> None:
    assert "no-such-tag" in usage(*EMBEDDED, "--all", "--tag", "no-such-tag")
    result = run(*EMBEDDED, "--tag", "team=security", "--topic-name", "t", "--format", "json")
    steps = json.loads(result.stdout)["accounts"][0]["steps"]
    tags = next(step["arguments"]["Tags"] for step in steps if step["kind"] == "topic")
    assert {"Key": "team", "Value": "security"} in tags


# --- refusing before any work -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--apply"], "no terminal"),
        (["--yes"], "add --apply"),
        (["--digest", "0"], "--plan"),
        (["--plan", "p.json", "--save", "q.json"], "exclude"),
        (["--plan", "p.json"], "another plan"),
        (["--protocol", "x"], "protocol"),
        (["--set", "x"], "--set"),
        (["--topic-arn", "x"], "ARN"),
        (["nonsense_control"], "nonsense_control"),
    ],
)
def test_impossible_words_are_usage_errors(
    words: list[str], expected: str, emulator: EmulatedAws, aws_environment: dict[str, str]
) -> None:
    assert expected in usage(*EMBEDDED, *words)


def test_a_plan_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read" in usage("--plan", str(tmp_path / "none.json"))


# --- applying -----------------------------------------------------------------------------------------------------


def test_applying_says_what_was_and_what_is(world: World, journal: list[str]) -> None:
    result = run("root_usage", *EMBEDDED, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.OK
    assert "alarm at filter -> ok" in result.stdout
    assert "applied  us-east-1  metric filter" in result.stderr
    assert "alarmchain remediate undo" in result.stderr
    assert run("root_usage", *EMBEDDED, "--apply", "--yes", *journal).exit_code == ExitCode.OK


def test_a_failed_step_is_6_and_says_what_exists(world: World, emulator: EmulatedAws, journal: list[str]) -> None:
    emulator.set_faults([{"action": "PutMetricAlarm", "code": "AccessDenied", "status": 403}])
    result = run(*EMBEDDED, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.STEP_FAILED
    assert "cloudwatch:PutMetricAlarm failed: AccessDenied" in result.stderr
    assert "new are now: metric filter" in result.stderr
    emulator.set_faults([])
    assert run(*EMBEDDED, "--apply", "--yes", *journal).exit_code == ExitCode.OK


def test_an_account_that_cannot_be_entered_is_6(world: World, emulator: EmulatedAws, journal: list[str]) -> None:
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    result = run(*EMBEDDED, "--apply", "--yes", "--role-name", "repair", *journal, "--format", "json")
    assert result.exit_code == ExitCode.STEP_FAILED
    document = json.loads(result.stdout)
    assert "sts:AssumeRole" in document["accounts"][0]["error"]
    assert document["exit_code"] == 6


def test_a_role_is_entered(world: World, journal: list[str]) -> None:
    result = run(*EMBEDDED, "--apply", "--yes", "--role-name", "repair", *journal, "--format", "json")
    assert result.exit_code == ExitCode.OK
    assert ":assumed-role/repair/" in json.loads(result.stdout)["accounts"][0]["caller"]


def test_no_endpoint_waits_for_a_person(world: World, journal: list[str]) -> None:
    words = ["--database", "embedded", "--topic-name", "security", "--apply", "--yes", *journal]
    result = run(*words)
    assert result.exit_code == ExitCode.WAITING
    assert "still alarm at subscription" in " ".join(result.stdout.split())
    assert run(*words).exit_code == ExitCode.WAITING


def test_a_chain_that_does_not_hold_afterwards_is_6(
    world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from checker.aws.call import Response
    from remediation.applying import call as calling

    monkeypatch.setattr(calling, "call", lambda *_: Response({}, "id"))
    result = run(*EMBEDDED, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.STEP_FAILED
    assert "alarm at filter -> alarm at filter" in result.stdout


def test_more_accounts_than_allowed_are_refused(world: World, journal: list[str]) -> None:
    before = state(world)
    assert "--max-accounts 0" in usage(*EMBEDDED, "--apply", "--yes", "--max-accounts", "0", *journal)
    assert state(world) == before


@pytest.mark.parametrize(
    ("typed", "code"),
    [("y\n", ExitCode.OK), ("all\n", ExitCode.OK), ("n\n", ExitCode.ALARM), ("quit\n", ExitCode.ALARM), ("", 1)],
)
def test_a_person_is_asked_per_account(
    world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    at_a_terminal(monkeypatch)
    result = CliRunner().invoke(app, ["remediate", *EMBEDDED, "--apply", *journal], input=typed)
    assert result.exit_code == code
    assert f"add 2 objects in {ACCOUNT}? [y/n/all/quit]" in result.stderr


def test_an_answer_is_asked_for_until_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, "go?", "what\nYES\n") == "y"
    assert ask(monkeypatch, "go?", "\n") == "n"
    assert ask(monkeypatch, "go?", "a\n") == "all"
    assert ask(monkeypatch, "go?", "q\n") == "quit"


def test_json_of_applying_is_one_document(world: World, journal: list[str], tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    result = run(*EMBEDDED, "--apply", "--yes", *journal, "--format", "json", "--output", str(target))
    assert result.stdout == ""
    document = json.loads(target.read_text())
    assert document["schema"] == "alarmchain.remediation/v1"
    assert document["plan"]["schema"] == "alarmchain.plan/v1"
    assert [step["outcome"] for step in document["accounts"][0]["steps"]] == ["applied", "applied"]
    assert document["findings"][0]["standing"] == "holds"


def test_text_of_applying_goes_to_a_file_too(world: World, journal: list[str], tmp_path: Path) -> None:
    target = tmp_path / "result.txt"
    result = run(*EMBEDDED, "--apply", "--yes", *journal, "--output", str(target))
    assert result.stdout == ""
    assert "-> ok" in target.read_text()


def test_an_interrupt_is_130(world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from remediation.applying import call as calling

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(calling, "call", interrupted)
    result = run(*EMBEDDED, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.INTERRUPTED
    assert "interrupted" in result.stderr


def rows_of(name: str) -> Any:
    return json.loads((DATA / "steampipe_rows" / f"{name}.json").read_text(encoding="utf-8"))


def test_a_copy_in_a_plain_postgres_is_planned_from_and_aws_asked_for_the_result(
    world: World, journal: list[str], postgres: Postgres
) -> None:
    schema = postgres.schema(rows_of("bad_no_filter"))
    words = ["--database", postgres.conninfo, "--connection", schema, "--endpoint", "security@example.com"]
    assert run(*words).exit_code == ExitCode.ALARM
    result = run(*words, "--apply", "--yes", "--account", ACCOUNT, *journal)
    assert result.exit_code == ExitCode.OK, result.output
    assert "AWS itself is asked" in result.stderr
    assert "-> ok" in result.stdout


def test_a_saved_plan_over_a_copy_holds_its_connection(
    world: World, journal: list[str], postgres: Postgres, tmp_path: Path
) -> None:
    schema = postgres.schema(rows_of("bad_no_filter"))
    copy, path = ["--database", postgres.conninfo], str(tmp_path / "p.json")
    words = ["--connection", schema, "--account", ACCOUNT, "--endpoint", "boss@example.com"]
    assert run(*copy, *words, "--save", path).exit_code == ExitCode.ALARM
    listed = tmp_path / "ok.json"
    listed.write_text(json.dumps([ACCOUNT]))
    result = run(*copy, "--plan", path, "--apply", "--approve-from", str(listed), *journal)
    assert result.exit_code == ExitCode.OK, result.output
    assert "subscription of email boss@example.com to topic alarmchain-alarms" in result.stderr
    assert "-> ok" in result.stdout


def test_a_result_that_cannot_be_checked_is_undecided_and_still_told(
    world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise DatabaseUnavailable("the server went away")

    monkeypatch.setattr(repairing.Repair, "_past_caches", gone)
    result = run(*EMBEDDED, "--apply", "--yes", *journal)
    assert result.exit_code == ExitCode.UNDECIDED
    assert "could not be checked: the server went away" in result.stderr
    assert "-> unknown: not checked again" in result.stdout


# --- saved plans --------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(world: World, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    result = run(*EMBEDDED, "--endpoint", HOOK, "--topic-name", "security", "--save", str(path))
    assert result.exit_code == ExitCode.ALARM
    assert "plan saved to" in result.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert HOOK in path.read_text()
    return path


def applied(path: Path, *words: str) -> Result:
    return run("--database", "embedded", "--apply", "--yes", "--plan", str(path), *words)


def test_a_saved_plan_is_applied_by_digest_and_may_be_applied_again(saved: Path, journal: list[str]) -> None:
    digest = json.loads(saved.read_text())["digest"]
    assert applied(saved, "--digest", digest, *journal).exit_code == ExitCode.OK
    again = applied(saved, "--digest", digest, *journal)
    assert again.exit_code == ExitCode.OK
    assert "already there" in again.stderr


def test_a_file_may_set_the_endpoint_of_plans_to_come(saved: Path, tmp_path: Path, journal: list[str]) -> None:
    config = tmp_path / "alarmchain.toml"
    config.write_text('[remediate]\nendpoint = ["other@example.com"]\n')
    words = ["--config", str(config), "remediate", "--database", "embedded", "--plan", str(saved), *journal]
    assert CliRunner().invoke(app, words).exit_code == ExitCode.ALARM
    assert CliRunner().invoke(app, [*words, "--apply", "--yes"]).exit_code == ExitCode.OK


def test_a_saved_plan_can_be_shown(saved: Path) -> None:
    result = run("--database", "embedded", "--plan", str(saved))
    assert result.exit_code == ExitCode.ALARM
    assert "add topic security" in result.stdout
    assert "x" * 24 not in result.stdout


def test_another_digest_or_an_edited_plan_is_refused(saved: Path, world: World, journal: list[str]) -> None:
    before = state(world)
    result = applied(saved, "--digest", "0" * 64, *journal)
    assert result.exit_code == ExitCode.USAGE
    assert "not the plan that was approved" in result.stderr
    saved.write_text(saved.read_text().replace("security@example.com", "evil@example.com"))
    result = applied(saved, *journal)
    assert result.exit_code == ExitCode.USAGE
    assert "was changed after" in result.stderr
    assert state(world) == before


def test_a_changed_account_is_refused(saved: Path, world: World, journal: list[str]) -> None:
    world.filter()
    before = state(world)
    result = applied(saved, *journal)
    assert result.exit_code == ExitCode.USAGE
    assert "the plan no longer fits" in result.stderr
    assert state(world) == before


def test_a_plan_that_stopped_halfway_is_completed(saved: Path, emulator: EmulatedAws, journal: list[str]) -> None:
    emulator.set_faults([{"action": "PutMetricAlarm", "code": "AccessDenied", "status": 403}])
    assert applied(saved, *journal).exit_code == ExitCode.STEP_FAILED
    emulator.set_faults([])
    result = applied(saved, *journal)
    assert result.exit_code == ExitCode.OK
    assert result.stderr.count("already there") == 4


def test_a_plan_whose_objects_cannot_be_seen_is_refused(saved: Path, emulator: EmulatedAws, journal: list[str]) -> None:
    emulator.set_faults([{"action": "PutMetricAlarm", "code": "AccessDenied", "status": 403}])
    assert applied(saved, *journal).exit_code == ExitCode.STEP_FAILED
    emulator.set_faults([{"action": "AssumeRole", "code": "AccessDenied", "status": 403}])
    result = applied(saved, "--role-name", "x", *journal)
    assert result.exit_code == ExitCode.USAGE


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="folder"):
        console.write_file(tmp_path / "folder", "text", private=True)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_is_not_there(world: World, tmp_path: Path) -> None:
    result = run(*EMBEDDED, "--save", str(tmp_path / "none" / "plan.json"))
    assert result.exit_code == ExitCode.USAGE
    assert "can be written" in result.stderr


# --- code ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [("aws-cli", "#!/bin/sh"), ("cloudformation", "AWSTemplateFormatVersion"), ("terraform", 'provider "aws"')],
)
def test_a_plan_is_emitted(world: World, tmp_path: Path, kind: str, words: str) -> None:
    result = run(*EMBEDDED, "--emit", kind)
    assert result.exit_code == ExitCode.ALARM
    assert words in result.stdout
    folder = tmp_path / "code"
    result = run(*EMBEDDED, "--emit", kind, "--output", str(folder))
    assert result.stdout == ""
    (path,) = folder.iterdir()
    assert words in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_to_add_is_no_code(emulator: EmulatedAws, aws_environment: dict[str, str]) -> None:
    result = run(*EMBEDDED, "--emit", "terraform")
    assert result.stdout == ""
    assert "there is no code" in result.stderr


def test_a_folder_that_is_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "folder" in run(*EMBEDDED, "--emit", "aws-cli", "--output", str(tmp_path / "file")).stderr


def test_several_files_need_a_folder(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    import remediation.emit

    monkeypatch.setattr(remediation.emit, "emit", lambda *_: {"a": "1", "b": "2"})
    assert "2 files" in run(*EMBEDDED, "--emit", "aws-cli").stderr


# --- history and undo ---------------------------------------------------------------------------------------------


def test_history_show_and_undo(world: World, journal: list[str]) -> None:
    before = state(world)
    assert run("history", *journal).stdout == "no runs yet\n"
    assert json.loads(run("history", *journal, "--format", "json").stdout)["runs"] == []
    run(*EMBEDDED, "--apply", "--yes", *journal)
    document = json.loads(run("history", *journal, "--format", "json").stdout)
    (entry,) = document["runs"]
    assert entry["state"] == "complete"
    run_id = entry["run_id"]
    assert run_id in run("history", *journal).stdout
    shown = run("show", run_id, *journal).stdout
    assert "logs:PutMetricFilter" in shown
    assert json.loads(run("show", run_id, *journal, "--format", "json").stdout)["run_id"] == run_id

    assert "no terminal" in usage("undo", run_id, *journal)
    result = run("undo", run_id, "--yes", *journal)
    assert result.exit_code == ExitCode.OK
    assert "2 objects to remove" in result.stdout
    assert state(world) == before
    result = run("undo", run_id, "--yes", *journal)
    assert result.exit_code == ExitCode.OK
    assert "gone" in result.stdout
    runs = json.loads(run("history", *journal, "--format", "json").stdout)["runs"]
    assert [item["kind"] for item in runs] == ["undo", "apply"]
    assert runs[1]["undone_by"] == [runs[0]["run_id"]]


def run_id_of(world: World, journal: list[str]) -> str:
    result = run(*EMBEDDED, "--apply", "--yes", *journal, "--format", "json")
    return str(json.loads(result.stdout)["run_id"])


def test_an_undo_that_is_declined(world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = run_id_of(world, journal)
    after = state(world)
    at_a_terminal(monkeypatch)
    result = CliRunner().invoke(app, ["remediate", "undo", run_id, *journal], input="n\n")
    assert result.exit_code == ExitCode.ALARM
    assert state(world) == after


def test_an_undo_that_fails_is_6(world: World, journal: list[str], emulator: EmulatedAws) -> None:
    run_id = run_id_of(world, journal)
    emulator.set_faults([{"action": "DeleteAlarms", "code": "AccessDenied", "status": 403}])
    result = run("undo", run_id, "--yes", *journal, "--format", "json")
    assert result.exit_code == ExitCode.STEP_FAILED
    document = json.loads(result.stdout)
    # The alarm still watches the filter's metric.
    assert [step["outcome"] for step in document["accounts"][0]["steps"]] == ["failed", "left"]
    stderr = run("undo", run_id, "--yes", *journal).stderr
    assert "cloudwatch:DeleteAlarms failed: AccessDenied" in stderr
    assert "not taken back: alarm" in stderr
    emulator.set_faults([])
    assert run("undo", run_id, "--yes", *journal).exit_code == ExitCode.OK


@pytest.mark.parametrize(("user", "removals"), [("alarm", 1), ("filter", 0)])
def test_an_undo_that_leaves_something_is_5_and_says_why(
    world: World, journal: list[str], user: str, removals: int
) -> None:
    run_id = run_id_of(world, journal)
    alarms = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ours = next(alarm for alarm in alarms if alarm["AlarmName"].startswith("alarmchain-"))
    metric = {"MetricName": ours["MetricName"], "Namespace": ours["Namespace"]}
    if user == "alarm":
        # Whoever watches the metric needs the filter; the alarm is only ours.
        world.alarm(None, AlarmName="theirs", **metric)
    else:
        world.filter("{ $.b = 1 }", name="theirs", metricName=ours["MetricName"], metricNamespace=ours["Namespace"])
    result = run("undo", run_id, "--yes", *journal)
    assert result.exit_code == ExitCode.WAITING
    assert f"in use by {'alarm' if user == 'alarm' else 'metric filter'} theirs" in result.stdout
    assert f"{removals} object{'' if removals == 1 else 's'} to remove" in result.stdout


def test_a_damaged_line_is_named_and_hides_no_run(world: World, journal: list[str]) -> None:
    run_id = run_id_of(world, journal)
    path = Path(journal[1])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"run_id": "%s", oops\n' % run_id.encode(), *lines[2:]]))
    result = run("history", *journal)
    assert result.exit_code == ExitCode.OK
    assert f"line 3 of the journal (of run {run_id}) is damaged, or of another" in result.stderr
    document = json.loads(run("history", *journal, "--format", "json").stdout)
    assert document["damaged_lines"] == [{"line": 3, "run_id": run_id}]
    assert "damaged lines: 3" in run("show", run_id, *journal).stdout
    result = run("undo", run_id, "--yes", *journal)
    assert result.exit_code == ExitCode.OK
    assert "line 3 of the journal" in result.stderr


def test_an_undo_that_is_interrupted_is_130(world: World, journal: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from remediation.applying import call as calling

    run_id = run_id_of(world, journal)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(calling, "call", interrupted)
    assert run("undo", run_id, "--yes", *journal).exit_code == ExitCode.INTERRUPTED


def test_a_run_that_nobody_knows(journal: list[str]) -> None:
    assert "no run" in usage("undo", "19990101", "--yes", *journal)
    assert "no run" in usage("show", "19990101", *journal)


@pytest.mark.parametrize("phase", ["check", "plan", "apply", "undo"])
def test_permissions(phase: str) -> None:
    document: Any = json.loads(run("permissions", "--for", phase).stdout)
    assert document["Version"] == "2012-10-17"


def test_whether_there_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not console.can_ask()
