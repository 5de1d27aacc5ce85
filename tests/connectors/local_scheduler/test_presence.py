import os
from pathlib import Path
from typing import Any

import pytest

from connectors.local_scheduler import presence
from connectors.local_scheduler.presence import FileLock

NOBODY: Any = None


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_lock_tells_who_is_alive_and_who_is_dead(tmp_path: Path) -> None:
    alive, dead, other = (FileLock(tmp_path, f"host:{n}:a/b") for n in (1, 2, 3))
    for lock in (alive, dead, other):
        await lock.begin()
    assert dead._descriptor is not None
    os.close(dead._descriptor)  # as a kill does it
    assert other.dead(NOBODY, NOBODY) == ["host:2:a/b"]
    other.bury(["host:2:a/b"])
    assert other.dead(NOBODY, NOBODY) == []
    assert other.knows_others()
    alive.end()
    assert not other.knows_others()
    assert names(tmp_path) == ["host%3A3%3Aa%2Fb.lock"]
    other.end()


async def test_nobody_is_dead_where_files_cannot_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = FileLock(tmp_path, "one"), FileLock(tmp_path, "other")
    monkeypatch.setattr(presence, "fcntl", None)
    assert await one.begin() == "one"
    assert other.dead(NOBODY, NOBODY) == []
    assert names(tmp_path) == []


async def test_a_folder_that_cannot_be_made_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = FileLock(tmp_path / "file" / "processes", "one")
    assert await lock.begin() == "one"
    assert lock.dead(NOBODY, NOBODY) == []
    lock.end()
