import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from connectors.database import Config, DatabaseUnavailable, unusable
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


async def test_nothing_is_left_of_rows_that_were_moved_before_they_were_deleted(
    tmp_path: Path,
) -> None:
    """SQLite overwrites what it deletes, but not the copies it leaves when it moves rows."""
    draw, keys, kept = random.Random(4), list[dict[str, str]](), b"kept for good"
    database = await written(Config(tmp_path), "UTC")

    def fill(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE notes (id TEXT PRIMARY KEY, note TEXT)"))
        for number in range(600):
            note = (SECRET if number % 2 else kept.decode()) + "x" * draw.choice([3, 300, 900])
            key = f"{draw.getrandbits(64):x}"
            connection.execute(text("INSERT INTO notes VALUES (:k, :n)"), {"k": key, "n": ""})
            keys.append({"k": key, "n": note})
        draw.shuffle(keys)
        connection.execute(text("UPDATE notes SET note = :n WHERE id = :k"), keys)

    await database.run(fill)
    deletion = text("DELETE FROM notes WHERE note LIKE :secret")
    await database.run(
        lambda c: c.execute(deletion, {"secret": f"{SECRET}%"}), is_durable=True, is_erasing=True
    )
    await database.rewrite()
    assert SECRET.encode() not in everything(tmp_path)
    assert kept in everything(tmp_path)
    await database.aclose()


async def test_a_file_that_is_being_read_elsewhere_is_not_said_to_be_clean(
    tmp_path: Path,
) -> None:
    database = await written(Config(tmp_path), SECRET)
    await database.run(lambda c: c.exec_driver_sql("PRAGMA busy_timeout = 0").close())
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM zones").fetchall()
        with pytest.raises(DatabaseUnavailable, match="is locked by another process"):
            await database.rewrite()
    await database.rewrite()
    await database.aclose()
