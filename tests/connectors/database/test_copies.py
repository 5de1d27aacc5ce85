"""Backups of either database, and what is restored from them into either."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from connectors.database import Config, DatabaseUnavailable, NewerDatabase, copies
from connectors.database.copies import CopyRefused, back_up, prepare, restore
from connectors.database.database import Database
from connectors.database.schema import zones
from connectors.database.versions import HEAD


async def write(config: Config, **people: int) -> None:
    """Store the time zones of people."""
    rows = [{"user_id": user_id, "zone": f"Area/{name}"} for name, user_id in people.items()]
    database = Database(config)
    await database.run(lambda c: c.execute(insert(zones), rows))
    await database.aclose()


async def stored(config: Config) -> dict[str, int]:
    database = Database(config)
    rows = await database.run(lambda c: c.execute(select(zones.c.zone, zones.c.user_id)).all())
    await database.aclose()
    return {zone.removeprefix("Area/"): user_id for zone, user_id in rows}


def found(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def nobody() -> bool:
    return False


async def test_a_backup_is_restored_over_what_came_later_and_that_is_kept(
    tmp_path: Path, database_url: str | None
) -> None:
    config, file = Config(tmp_path, database_url), tmp_path / "copy.db"
    await write(config, alice=1, bob=1 << 60)
    assert back_up(config, file) == 2
    assert file.stat().st_mode & 0o777 == 0o600
    await write(config, carol=3)
    old = restore(config, file, is_in_use=nobody)
    assert await stored(config) == {"alice": 1, "bob": 1 << 60}
    assert old is not None
    assert await stored(Config(database_url=f"sqlite:///{old}")) == {
        "alice": 1,
        "bob": 1 << 60,
        "carol": 3,
    }
    assert not found(tmp_path, "*.new*")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_backup_of_a_file_is_restored_into_a_server_and_back(
    tmp_path: Path, database_url: str
) -> None:
    of_file, of_server = Config(tmp_path), Config(tmp_path / "server", database_url)
    await write(of_file, alice=1)
    back_up(of_file, tmp_path / "first.db")
    assert restore(of_server, tmp_path / "first.db", is_in_use=nobody) is None
    assert await stored(of_server) == {"alice": 1}
    back_up(of_server, tmp_path / "second.db")
    assert restore(of_file, tmp_path / "second.db", is_in_use=nobody) is not None
    assert await stored(of_file) == {"alice": 1}


async def test_a_backup_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    config, file = Config(tmp_path), tmp_path / "copy.db"
    await write(config, alice=1)
    with closing(sqlite3.connect(tmp_path / "abi.db")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO zones VALUES (2, 'Area/bob')")
        assert back_up(config, file) == 1
        writer.execute("COMMIT")
    assert await stored(Config(database_url=f"sqlite:///{file}")) == {"alice": 1}


async def test_nothing_is_replaced_while_the_bot_runs(
    tmp_path: Path, database_url: str | None
) -> None:
    config, file = Config(tmp_path, database_url), tmp_path / "copy.db"
    await write(config, alice=1)
    back_up(config, file)
    await write(config, bob=2)
    with pytest.raises(CopyRefused, match="Stop it"):
        restore(config, file, is_in_use=lambda: True)
    assert await stored(config) == {"alice": 1, "bob": 2}
    assert not found(tmp_path, "*before*")


def _text(path: Path) -> None:
    path.write_text("no database at all, and it is long enough to be read" * 50)


def _empty(path: Path) -> None:
    path.touch()


def _other(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE jobs (id)")


@pytest.mark.parametrize("make", [_text, _empty, _other, lambda _: None])
async def test_what_is_no_backup_is_refused_and_nothing_changes(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    config = Config(tmp_path)
    await write(config, alice=1)
    make(tmp_path / "copy.db")
    with pytest.raises(CopyRefused, match="not a backup"):
        restore(config, tmp_path / "copy.db", is_in_use=nobody)
    assert await stored(config) == {"alice": 1}


async def test_a_newer_backup_is_refused(tmp_path: Path) -> None:
    config = Config(tmp_path)
    await write(config, alice=1)
    back_up(config, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        connection.execute("UPDATE jobs_version SET version_num = '0999'")
    with pytest.raises(NewerDatabase):
        restore(config, tmp_path / "copy.db", is_in_use=nobody)
    assert await stored(config) == {"alice": 1}


async def test_a_damaged_database_is_replaced_and_kept(tmp_path: Path) -> None:
    config = Config(tmp_path)
    await write(config, alice=1)
    back_up(config, tmp_path / "copy.db")
    (tmp_path / "abi.db").write_bytes(b"damaged" * 1000)
    old = restore(config, tmp_path / "copy.db", is_in_use=nobody)
    assert old is not None
    assert old.read_bytes().startswith(b"damaged")
    assert await stored(config) == {"alice": 1}


def test_a_backup_overwrites_nothing_and_needs_something(
    tmp_path: Path, database_url: str | None
) -> None:
    config = Config(tmp_path, database_url)
    with pytest.raises(CopyRefused, match="nothing to back up"):
        back_up(config, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(CopyRefused, match="exists already"):
        back_up(config, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_server_that_is_away_is_no_traceback(tmp_path: Path) -> None:
    config = Config(tmp_path, "postgresql://me:secret@127.0.0.1:9/abi")
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:9") as caught:
        back_up(config, tmp_path / "copy.db")
    assert "secret" not in str(caught.value)


async def test_the_tables_are_prepared_once(tmp_path: Path, database_url: str | None) -> None:
    config = Config(tmp_path, database_url)
    assert prepare(config) == (None, HEAD)
    assert prepare(config) == (HEAD, HEAD)
    await write(config, alice=1)


def test_every_table_is_copied() -> None:
    assert {table.name for table in copies.TABLES} >= {"jobs", "turns", "zones", "personas"}
    assert "jobs_version" not in {table.name for table in copies.TABLES}
