from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import platformdirs
import pytest

from checker.exit_codes import ExitCode
from remediation.applying.history import RunState, find_run, read_history
from remediation.applying.journal import SCHEMA, Journal, default_path, new_run_id
from remediation.applying.journal_lines import read_journal
from remediation.applying.outcome import Outcome
from remediation.errors import JournalFailed, JournalUnusable, UnknownRun
from remediation.showing.history_document import run_document

NOW = datetime(2026, 7, 4, 10, 15, tzinfo=UTC)


def write_run(path: Path, run_id: str, *, upto: int = 9, outcome: str = "applied") -> None:
    """A run of two steps, of which the journal holds the first ``upto`` lines."""
    lines: list[tuple[str, dict[str, object]]] = [
        ("run_started", {"kind": "apply", "undoes": None, "controls": ["root_usage"]}),
        ("account_started", {"account_id": "1", "connection": "c", "caller": "arn:me"}),
        ("intent", intent("a")),
        ("outcome", {"step": f"{ALARM}a", "outcome": outcome, "message": "m", "request_id": "r", "details": {"x": 1}}),
        ("intent", intent("b")),
        ("outcome", {"step": f"{ALARM}b", "outcome": "waiting"}),
        ("account_finished", {"account_id": "1", "good": True}),
        ("run_finished", {"good": True, "interrupted": False}),
    ]
    with Journal(path) as journal:
        for event, fields in lines[:upto]:
            journal.write(event, run_id, **fields)


ALARM = "arn:aws:cloudwatch:us-east-1:1:alarm:"


def intent(name: str) -> dict[str, object]:
    return {
        "step": f"{ALARM}{name}",
        "kind": "alarm",
        "account_id": "1",
        "region": "us-east-1",
        "operation": "cloudwatch:PutMetricAlarm",
        "arguments": {"AlarmName": name},
        "resource": f"{ALARM}{name}",
    }


def test_lines_are_appended_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.jsonl"
    write_run(path, "one")
    write_run(path, "two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 16
    assert {line["schema"] for line in lines} == {SCHEMA}
    assert all("at" in line and "run_id" in line for line in lines)


def test_every_line_is_fsynced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    with Journal(tmp_path / "j") as journal:
        before = len(synced)
        journal.write("x", "r")
        journal.write("y", "r")
    assert len(synced) - before == 2


def test_a_line_cut_off_by_a_kill_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write_run(path, "one", upto=3)
    with path.open("ab") as stream:
        stream.write(b'{"schema":"alarmchain.journal/v1","event":"outco\xff')
    write_run(path, "two")
    assert [line["run_id"] for line in read_journal(path).lines] == ["one"] * 3 + ["two"] * 8
    assert [run.state for run in read_history(path).runs] == [RunState.WAITING, RunState.INTERRUPTED]


def test_lines_of_somebody_else_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text('[]\n{"schema": "other", "run_id": "x", "event": "y"}\n')
    assert list(read_journal(path).lines) == []
    assert read_history(tmp_path / "none").runs == ()


@pytest.mark.parametrize("upto", range(1, 9))
def test_history_tells_the_truth_of_a_run_that_broke_off_anywhere(tmp_path: Path, upto: int) -> None:
    path = tmp_path / "j"
    write_run(path, "one", upto=upto)
    (run,) = read_history(path).runs
    assert run.state is (RunState.WAITING if upto == 8 else RunState.INTERRUPTED)
    assert [call.step for call in run.unfinished] == {3: [f"{ALARM}a"], 5: [f"{ALARM}b"]}.get(upto, [])
    assert len(run.calls) == {1: 0, 2: 0, 3: 1, 4: 1}.get(upto, 2)
    assert all(call.may_have_made_something for call in run.calls)
    assert run.accounts == ({"1": "arn:me"} if upto >= 2 else {})
    document = run_document(run)
    assert document["run_id"] == "one"
    assert document["finished"] == (run.finished)
    assert sum(document["counts"].values()) == len(run.calls)


def test_a_failed_run_says_so(tmp_path: Path) -> None:
    write_run(tmp_path / "j", "one", outcome="failed")
    (run,) = read_history(tmp_path / "j").runs
    assert run.state is RunState.FAILED
    assert run.counts == {"failed": 1, "waiting": 1}
    assert not run.calls[0].may_have_made_something
    assert run.calls[0].details == {"x": 1}


def test_outcomes_without_a_call_are_remarks(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.write("run_started", "one", kind="undo", undoes="zero")
        journal.write("outcome", "one", step=f"{ALARM}a", outcome="left", message="changed")
        journal.write("account_failed", "one", account_id="2", message="no credentials")
        journal.write("run_finished", "one", good=False, interrupted=False)
    (run,) = read_history(tmp_path / "j").runs
    assert run.counts == {"left": 1, "failed": 1}
    assert run.undoes == "zero"
    assert run.accounts == {"2": ""}
    assert run.state is RunState.FAILED
    assert [entry["outcome"] for entry in run_document(run)["other_outcomes"]] == ["left", "failed"]


def test_a_run_that_was_taken_back_knows_by_which(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write_run(path, "one")
    with Journal(path) as journal:
        journal.write("run_started", "two", kind="undo", undoes="one")
        journal.write("run_finished", "two", good=True, interrupted=True)
    newest, oldest = read_history(path).runs
    assert newest.run_id == "two"
    assert newest.state is RunState.INTERRUPTED
    assert oldest.undone_by == ("two",)


def test_runs_are_found_by_how_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write_run(path, "20260704T101500Z-aa")
    write_run(path, "20260704T101500Z-ab")
    assert find_run(path, "20260704T101500Z-ab").run_id.endswith("ab")
    assert find_run(path, "20260704T101500Z-aa").run_id.endswith("aa")
    with pytest.raises(UnknownRun, match="2 runs start") as caught:
        find_run(path, "2026")
    assert "the latest are" in caught.value.hint
    with pytest.raises(UnknownRun, match="no run"):
        find_run(path, "1999")
    with pytest.raises(UnknownRun) as empty:
        find_run(tmp_path / "none", "1999")
    assert empty.value.hint == "the journal is empty; another journal is named with `journal=FILE`"


def test_run_ids_sort_by_time_and_differ() -> None:
    assert new_run_id(NOW).startswith("20260704T101500Z-")
    assert new_run_id(NOW) != new_run_id(NOW)


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalUnusable, match="cannot be used") as caught:
        Journal(tmp_path / "file" / "j")
    assert "journal=FILE" in caught.value.hint
    with pytest.raises(JournalUnusable):
        list(read_journal(tmp_path).lines)


def test_a_disk_that_fails_in_the_middle_ends_the_run(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.close()
    with pytest.raises(JournalFailed, match="any more") as caught:
        journal.write("x", "r")
    assert caught.value.exit_code == ExitCode.FAILED
    assert "make room" in caught.value.hint


def test_the_default_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "alarmchain" / "journal.jsonl"


def test_without_a_home_folder_a_journal_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(platformdirs, "user_state_dir", none)
    with pytest.raises(JournalUnusable) as caught:
        default_path()
    assert "journal=FILE" in caught.value.hint


def test_runs_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from remediation.applying.journal import Journal\n"
        "with Journal(pathlib.Path(sys.argv[1])) as journal:\n"
        "    for number in range(50): journal.write('x', sys.argv[2], number=number, filler='y' * 3000)\n"
    )
    path = tmp_path / "j"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = [(line["run_id"], line["number"]) for line in read_journal(path).lines]
    assert sorted(found) == sorted((name, number) for name in "ab" for number in range(50))


def test_every_outcome_can_be_read_back() -> None:
    assert {Outcome(str(outcome)) for outcome in Outcome} == set(Outcome)


# --- damage -------------------------------------------------------------------------------------------------------


def damage(path: Path, number: int, raw: bytes) -> None:
    """Put something else in place of a line, which is counted from 1."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = raw + b"\n"
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"schema": "alarmchain.journal/v2", "event": "x", "run_id": "one", "at": "t"}',
        b'{"schema": "alarmchain.journal/v1", "event": "outcome", "run_id": "one", "at": "t", "step": "a"}',
        b'{"schema": "alarmchain.journal/v1", "event": "outcome", "run_id": "one", "at": "t", "step": "a", '
        b'"outcome": "exploded"}',
        b'{"schema": "alarmchain.journal/v1", "event": "intent", "run_id": "one", "at": "t", "step": "a"}',
        b'{"schema": "alarmchain.journal/v1", "event": "outcome", "run_id": "one"',
    ],
)
def test_a_damaged_line_costs_that_line_only(tmp_path: Path, number: int, raw: bytes) -> None:
    path = tmp_path / "j"
    write_run(path, "one")
    write_run(path, "two")
    damage(path, number, raw)
    history = read_history(path)
    assert {run.run_id for run in history.runs} == {"one", "two"}
    whole = history.find("two", where=path)
    assert (whole.state, len(whole.calls)) == (RunState.WAITING, 2)
    hurt = history.find("one", where=path)
    # Only a line that announced a call, with nothing else left of it, takes the call along.
    assert len(hurt.calls) >= 1
    assert [line.number for line in history.damaged] == ([number] if raw else [])
    if b'"one"' in raw:
        assert hurt.damaged == (number,)
        assert "of run one" in history.damaged[0].sentence


def test_a_run_of_which_only_damage_is_left_is_still_there(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b'{"event": "run_started", "run_id": "lost-1", "ki\n\x00\n')
    history = read_history(path)
    (run,) = history.runs
    assert (run.run_id, run.state, run.started, run.damaged) == ("lost-1", RunState.INTERRUPTED, "", (1,))
    assert [(line.number, line.run_id) for line in history.damaged] == [(1, "lost-1"), (2, None)]
    assert run_document(run)["damaged_lines"] == [1]


def test_what_a_damaged_announcement_made_is_known_but_cannot_be_compared(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write_run(path, "one")
    lines = path.read_text().splitlines()
    ended = json.loads(lines[3]) | {
        "kind": "alarm",
        "account_id": "1",
        "region": "r",
        "operation": "cloudwatch:PutMetricAlarm",
        "resource": "arn:aws:cloudwatch:r:1:alarm:a",
    }
    lines[2:4] = ['{"run_id": "one", "event": "intent"', json.dumps(ended)]
    path.write_text("\n".join(lines) + "\n")
    (run,) = read_history(path).runs
    made = next(call for call in run.calls if call.step == f"{ALARM}a")
    assert made.arguments is None
    assert made.may_have_made_something
    assert run_document(run)["calls"][0]["arguments"] is None
    assert read_history(path).ledger.owner(f"{ALARM}a") == "one"


def test_the_kind_of_a_run_without_its_start_follows_from_its_calls(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.write("intent", "one", **{**intent("a"), "operation": "cloudwatch:DeleteAlarms"})
        journal.write("intent", "two", **intent("a"))
    assert {run.run_id: run.kind for run in read_history(path).runs} == {"one": "undo", "two": "apply"}


def test_a_step_keeps_other_runs_waiting(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from remediation.applying.journal import Journal\n"
        "with Journal(pathlib.Path(sys.argv[1])) as journal:\n"
        "    with journal.exclusive():\n"
        "        journal.write('x', 'other', first=True)\n"
        "        journal.write('x', 'other', first=False)\n"
    )
    path = tmp_path / "j"
    with Journal(path) as journal:
        with journal.exclusive():
            journal.write("run_started", "own")
            other = subprocess.Popen([sys.executable, "-c", code, str(path)])
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(1.5)
            journal.write("run_finished", "own")
        assert other.wait(60) == 0
    assert [line["run_id"] for line in read_journal(path).lines] == ["own", "own", "other", "other"]


def test_a_whole_id_is_that_run_though_another_starts_so_and_no_id_is_none(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write_run(path, "20260704T101500Z-a")
    with pytest.raises(UnknownRun):
        find_run(path, "")
    write_run(path, "20260704T101500Z-ab")
    assert find_run(path, "20260704T101500Z-a").run_id.endswith("-a")
