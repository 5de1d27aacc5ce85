"""Tests of what is found out about a database without changing it."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.database import Config, state
from connectors.database.database import Database
from connectors.database.versions import HEAD


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


async def opened(config: Config) -> Database:
    database = Database(config)
    await database.run(lambda connection: connection.execute(text("SELECT 1")))
    return database


async def test_a_database_in_use_is_described_and_left_alone(
    tmp_path: Path, database_url: str | None
) -> None:
    config = Config(tmp_path, database_url)
    database = await opened(config)
    before = contents(tmp_path)
    found = state(config)
    assert (found.kind, found.version, found.trouble) == (
        "PostgreSQL" if database_url else "SQLite",
        HEAD,
        None,
    )
    assert found.size_bytes is not None
    assert found.size_bytes > 10_000
    assert contents(tmp_path).keys() == before.keys()
    await database.aclose()
    before = contents(tmp_path)
    assert state(config).version == HEAD
    assert contents(tmp_path) == before


async def test_what_a_killed_process_has_left_stays_as_it_is(tmp_path: Path) -> None:
    database = await opened(Config(tmp_path))
    left = {name: (tmp_path / name).read_bytes() for name in ("abi.db", "abi.db-wal")}
    await database.aclose()
    other = tmp_path / "left"
    other.mkdir()
    for name, raw in left.items():
        (other / name).write_bytes(raw)
    found = state(Config(other))
    assert (found.version, found.trouble) == (HEAD, None)
    assert {name: (other / name).read_bytes() for name in left} == left


def test_a_folder_that_is_yet_to_be_made_is_not_made(tmp_path: Path) -> None:
    found = state(Config(tmp_path / "new" / "data"))
    assert (found.version, found.size_bytes, found.trouble) == (None, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_hold_no_file_needs_mending(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    for folder in (tmp_path / "data" / "abi", tmp_path / ("x" * 300)):
        found = state(Config(folder))
        assert found.trouble is not None
        assert found.trouble.remedy


def test_a_damaged_file_and_a_newer_one_are_told(tmp_path: Path) -> None:
    file = tmp_path / "abi.db"
    file.write_bytes(b"not a database at all " * 100)
    found = state(Config(tmp_path))
    assert found.trouble is not None
    assert "is damaged or not a database" in found.trouble.cause
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE jobs (id)")
        connection.execute("CREATE TABLE jobs_version (version_num)")
        connection.execute("INSERT INTO jobs_version VALUES ('0999')")
        connection.commit()
    found = state(Config(tmp_path))
    assert found.version == "0999"
    assert found.trouble is not None
    assert "a newer version" in found.trouble.cause


@pytest.mark.parametrize("address", ["postgresql://me:secret@127.0.0.1:9/abi"])
def test_a_server_that_is_away_may_come_back(address: str) -> None:
    found = state(Config(database_url=address))
    assert found.trouble is not None
    assert (found.where, found.trouble.is_away, found.trouble.remedy) == ("127.0.0.1:9", True, "")
    assert "secret" not in repr(found)
