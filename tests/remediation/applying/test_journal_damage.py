"""Every field of every line of a real journal, wrong in every way: no run is hidden, and nothing else is removed."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from remediation.applying.history import History, read_history
from remediation.applying.journal import Journal
from remediation.applying.undo_plan import plan_undo
from remediation.errors import JournalUnusable
from remediation.showing.history_document import history_document
from remediation.showing.text import history_text, show_text, undo_text
from tests.remediation.test_histories import Story

GONE = object()
WRONG: tuple[Any, ...] = (5, [1], GONE)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Two controls were applied, and the first run was undone as far as that was possible."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        told = Story(tmp_path_factory.mktemp("story") / "journal.jsonl")
        told.apply("4.3")
        told.apply("4.1")
        told.undo(1)
        yield told


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*before, name)
        yield from paths(child, (*before, name))


def damaged(line: str, path: tuple[Any, ...], wrong: Any) -> str:
    document = json.loads(line)
    place = document
    for name in path[:-1]:
        place = place[name]
    if wrong is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = wrong
    return json.dumps(document) + "\n"


def told(story: Story, history: History) -> list[str]:
    """Everything that is shown of a journal, and the objects that would go."""
    history_text(history.runs)
    json.dumps(history_document(history))
    going = []
    for run in history.runs:
        show_text(run)
        if run.kind == "apply":
            planned = plan_undo(run, history, story.aws.access())
            undo_text(planned)
            going += [item.step.resource for item in planned.removals]
    return going


def test_no_field_that_is_wrong_hides_a_run_or_removes_anything_else(story: Story, tmp_path: Path) -> None:
    lines = story.journal.read_text().splitlines(keepends=True)
    whole = read_history(story.journal)
    known, owned = {run.run_id for run in whole.runs}, {step.partition("#")[0] for step in whole.ledger.owners}
    assert set(told(story, whole)) <= owned
    path = tmp_path / "j"
    for number, line in enumerate(lines):
        for place in paths(json.loads(line)):
            for wrong in WRONG:
                path.write_text("".join([*lines[:number], damaged(line, place, wrong), *lines[number + 1 :]]))
                history = read_history(path)
                if place != ("run_id",):
                    assert known <= {run.run_id for run in history.runs}, (number, place, wrong)
                assert set(told(story, history)) <= owned


@pytest.mark.parametrize("field", ["resource", "step"])
def test_a_resource_that_is_not_the_one_of_the_arguments_is_damage(story: Story, tmp_path: Path, field: str) -> None:
    """Undo looks at what the arguments say and removes what the resource says."""
    path = tmp_path / "j"
    lines = story.journal.read_text().splitlines(keepends=True)
    intents = [number for number, line in enumerate(lines) if json.loads(line)["event"] == "intent"]
    additions = [number for number in intents if "Delete" not in json.loads(lines[number])["operation"]]
    assert len(additions) >= 6
    for number in additions:
        other = json.loads(lines[number])[field].replace("alarmchain-", "their-")
        path.write_text("".join([*lines[:number], damaged(lines[number], (field,), other), *lines[number + 1 :]]))
        assert [line.number for line in read_history(path).damaged] == [number + 1]


def test_a_line_too_deep_to_be_read_is_damage(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text("[" * 100_000 + "\n" + story.journal.read_text())
    history = read_history(path)
    assert [line.number for line in history.damaged] == [1]
    assert len(history.runs) == 3


def test_a_device_is_no_journal() -> None:
    """What is written there could never be taken back."""
    with pytest.raises(JournalUnusable, match="no file"):
        Journal(Path("/dev/null"))
    with pytest.raises(JournalUnusable, match="no file"):
        read_history(Path("/dev/null"))


def test_a_pipe_is_no_journal_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(JournalUnusable, match="no file"):
        read_history(path)


@pytest.mark.parametrize(("number", "usable"), [(errno.EINVAL, True), (errno.EACCES, False)])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, usable: bool
) -> None:
    """Some file systems have no such call; a folder that may not be opened is another matter."""

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    if usable:
        Journal(tmp_path / "j").close()
    else:
        with pytest.raises(JournalUnusable, match="Permission denied"):
            Journal(tmp_path / "j")


def test_a_link_leads_to_the_journal(story: Story, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(story.journal)
    assert {run.run_id for run in read_history(link).runs} == {run.run_id for run in read_history(story.journal).runs}
