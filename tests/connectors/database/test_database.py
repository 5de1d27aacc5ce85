import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import text

from bot.errors import DatabaseUnavailable
from bot.storage.database import Database, engine_url
from bot.storage.timezones import Timezones

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
READ_ONLY = text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


async def test_a_session_that_turned_read_only_is_replaced(
    postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS turning_bot WITH (FORCE)")
        admin.execute("CREATE DATABASE turning_bot")
    database = Database(engine_url(postgres_url.replace("/postgres?", "/turning_bot?"), tmp_path))
    zones = Timezones(database)
    await zones.choose(7, BERLIN)
    # As after a failover: this session cannot write any more, a new one can.
    await database.run(lambda connection: connection.execute(READ_ONLY))
    await zones.choose(7, TOKYO)
    assert await zones.of(7) == TOKYO
    await database.aclose()


async def test_a_server_that_is_read_only_is_told_as_such(
    postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS standing_by WITH (FORCE)")
        admin.execute("CREATE DATABASE standing_by")
        database = Database(
            engine_url(postgres_url.replace("/postgres?", "/standing_by?"), tmp_path)
        )
        zones = Timezones(database)
        await zones.choose(7, BERLIN)
        admin.execute("ALTER DATABASE standing_by SET default_transaction_read_only = on")
        await database.run(lambda connection: connection.execute(READ_ONLY))
        with pytest.raises(DatabaseUnavailable, match=r"is read-only, as a standby is\)$"):
            await zones.choose(7, TOKYO)
        admin.execute("ALTER DATABASE standing_by RESET default_transaction_read_only")
    await zones.choose(7, TOKYO)
    assert await zones.of(7) == TOKYO
    await database.aclose()


async def test_a_connection_that_the_server_closed_is_replaced(
    postgres_url: str, tmp_path: Path
) -> None:
    database = Database(engine_url(postgres_url, tmp_path))
    pid = await database.run(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert await database.run(lambda c: c.execute(text("SELECT 1")).scalar_one()) == 1
    await database.aclose()


async def test_a_file_that_is_damaged_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "abi.db").write_bytes(b"no database at all " * 100)
    database = Database(engine_url(None, tmp_path))
    with pytest.raises(
        DatabaseUnavailable, match=r"cannot be used \(.* is damaged, or no database"
    ):
        await Timezones(database).of(7)
    await database.aclose()


async def test_a_file_that_another_process_holds_is_asked_again(tmp_path: Path) -> None:
    database = Database(engine_url(None, tmp_path))
    zones = Timezones(database)
    await zones.choose(7, BERLIN)
    await database.run(lambda connection: connection.execute(text("PRAGMA busy_timeout=1")))
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnavailable, match="is locked by another process"):
            await zones.choose(7, TOKYO)
    assert await zones.of(7) == BERLIN
    await database.aclose()
