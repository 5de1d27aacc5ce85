import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.database import Config, unusable
from connectors.database.database import Database

SECRET = "what-nobody-else-may-read"


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, int]:
    """Return the rights of a folder's database files, with its own under '.'."""
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.glob("abi.db*")}
    return found | {".": folder.stat().st_mode & 0o777}


PRIVATE = {".": 0o700, "abi.db": 0o600, "abi.db-wal": 0o600, "abi.db-shm": 0o600}


async def written(config: Config, value: str = "UTC") -> Database:
    database = Database(config)
    row = {"id": 1, "zone": value}
    await database.run(lambda c: c.execute(text("INSERT INTO zones VALUES (:id, :zone)"), row))
    return database


async def test_new_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    assert unusable(Config(tmp_path / "data")) is None  # as at each start
    database = await written(Config(tmp_path / "data"))
    assert rights(tmp_path / "data") == PRIVATE
    await database.aclose()


async def test_the_rights_of_older_files_are_narrowed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    holder = await written(Config(folder))  # so that its log stays
    for path in (folder, *folder.glob("abi.db*")):
        path.chmod(0o755)
    other = Database(Config(folder))
    await other.run(lambda c: c.execute(text("SELECT 1")))
    assert rights(folder) == PRIVATE
    await other.aclose()
    await holder.aclose()


async def test_a_folder_that_others_share_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    database = await written(Config(database_url=f"sqlite:///{tmp_path}/shared/abi.db"))
    assert rights(tmp_path / "shared") == PRIVATE | {".": 0o755}
    await database.aclose()
    monkeypatch.chdir(tmp_path / "shared")
    database = Database(Config(Path()))
    await database.run(lambda c: c.execute(text("SELECT 1")))
    assert rights(tmp_path / "shared")["."] == 0o755
    await database.aclose()


@pytest.mark.parametrize("size", [1, 3, 2_000])
async def test_what_is_deleted_leaves_the_files(tmp_path: Path, size: int) -> None:
    database = await written(Config(tmp_path), SECRET * size)
    assert SECRET.encode() in everything(tmp_path)
    await database.run(lambda c: c.execute(text("DELETE FROM zones")), is_erasing=True)
    assert SECRET.encode() not in everything(tmp_path)
    await database.aclose()
    assert SECRET.encode() not in everything(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("abi.db*"))
