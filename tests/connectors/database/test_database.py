import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from connectors.database import Config, DatabaseUnavailable, InvalidValue, unusable
from connectors.database.database import Database
from connectors.database.postgres import _BOUNDS
from tests.pooler import pooler_of
from tests.postgres_proxy import proxy_of

READ_ONLY = text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


COUNT = text("SELECT count(*) FROM zones")


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    yield database
    await database.aclose()


@pytest.fixture
def url(postgres_url: str) -> str:
    """Give the address of an empty database on the server."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS of_tests WITH (FORCE)")
        admin.execute("CREATE DATABASE of_tests")
    return postgres_url.replace("/postgres?", "/of_tests?")


async def write(database: Database, user_id: int) -> None:
    await database.run(
        lambda c: c.execute(text("INSERT INTO zones VALUES (:id, 'UTC')"), {"id": user_id})
    )


async def count(database: Database) -> int:
    return await database.run(lambda c: c.execute(COUNT).scalar_one())


async def test_what_is_written_outlives_the_process(
    database_url: str | None, tmp_path: Path
) -> None:
    for user_id in (1, 2):
        database = Database(Config(tmp_path / "new", database_url))
        await write(database, user_id)
        assert await count(database) == user_id
        await database.aclose()


def raw_of(database: Database) -> Any:
    assert database._connection is not None
    return database._connection.connection.driver_connection


def _is_in_transaction(connection: Connection) -> bool:
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return bool(raw.in_transaction)
    return bool(raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE)


async def test_work_that_fails_changes_nothing_and_harms_no_other(database: Database) -> None:
    def broken(connection: Connection) -> None:
        connection.execute(text("INSERT INTO zones VALUES (99, 'UTC')"))
        raise ZeroDivisionError

    await write(database, 0)  # so that it is open, and what follows waits together
    done = await asyncio.gather(
        write(database, 1), database.run(broken), write(database, 2), return_exceptions=True
    )
    assert [type(result) for result in done] == [type(None), ZeroDivisionError, type(None)]
    assert await count(database) == 3


async def test_a_caller_that_was_cancelled_takes_nothing_from_the_others(
    database: Database,
) -> None:
    gate = threading.Event()
    first = asyncio.create_task(database.run(lambda _connection: gate.wait(10)))
    await asyncio.sleep(0)
    impatient, patient = (asyncio.create_task(write(database, n)) for n in (1, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    gate.set()
    async with asyncio.timeout(10):
        await asyncio.gather(first, patient)


async def test_a_server_that_is_away_is_one_clear_error(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:9/none?connect_timeout=1"
    database = Database(Config(tmp_path, url))
    with pytest.raises(DatabaseUnavailable) as raised:
        await count(database)
    assert "secret" not in str(raised.value)
    await database.aclose()


async def test_an_error_names_no_statement_and_no_value(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        await database.run(lambda c: c.execute(text("SELECT 'private' FROM missing")))
    assert "private" not in str(raised.value)
    assert "SELECT" not in str(raised.value)


async def test_a_session_that_turned_read_only_is_replaced(url: str, tmp_path: Path) -> None:
    database = Database(Config(tmp_path, url))
    await write(database, 1)
    # As after a failover: this session cannot write any more, a new one can.
    await database.run(lambda c: c.execute(READ_ONLY))
    await write(database, 2)
    assert await count(database) == 2
    await database.aclose()


async def test_a_server_that_is_read_only_is_told_as_such(
    url: str, postgres_url: str, tmp_path: Path
) -> None:
    config = Config(tmp_path, url)
    database = Database(config)
    await write(database, 1)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE of_tests SET default_transaction_read_only = on")
    await database.run(lambda c: c.execute(READ_ONLY))
    with pytest.raises(DatabaseUnavailable, match=r"is read-only, as a standby is\)$"):
        await write(database, 2)
    assert unusable(config) is None
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE of_tests RESET default_transaction_read_only")
    await write(database, 2)
    assert await count(database) == 2
    await database.aclose()


async def test_a_connection_that_the_server_closed_is_replaced(url: str, tmp_path: Path) -> None:
    database = Database(Config(tmp_path, url))
    pid = await database.run(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert await count(database) == 0
    await database.aclose()


async def test_a_file_that_another_process_holds_is_asked_again(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await write(database, 1)
    await database.run(lambda connection: connection.execute(text("PRAGMA busy_timeout=1")))
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnavailable, match="is locked by another process"):
            await write(database, 2)
    assert await count(database) == 1
    await database.aclose()


async def test_a_file_that_is_held_while_it_runs_is_told_as_such(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await database.run(lambda connection: connection.execute(text("PRAGMA busy_timeout=1")))
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match=r"abi\.db is locked by another process\)$"):
            await database.run(lambda connection: connection.execute(text("SELECT 1")))
    await database.run(lambda connection: connection.execute(text("SELECT 1")))
    await database.aclose()


def overwrite(folder: Path) -> None:
    for file in folder.glob("abi.db*"):
        file.write_bytes(b"\xff" * file.stat().st_size)


async def test_a_file_that_is_damaged_while_it_runs_is_told_as_such(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await database.run(lambda connection: connection.execute(text("SELECT 1")))
    overwrite(tmp_path)
    with pytest.raises(DatabaseUnavailable, match=r"abi\.db is damaged or not a database\)"):
        await database.run(lambda connection: connection.execute(text("SELECT * FROM jobs")))
    await database.aclose()


async def test_a_file_that_turned_read_only_is_opened_again(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await write(database, 1)
    await database.run(lambda c: c.execute(text("PRAGMA query_only=ON")))
    await write(database, 2)
    assert await count(database) == 2
    await database.aclose()


async def test_a_full_disk_is_told_as_such_and_over_once_there_is_room(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await database.run(lambda c: c.execute(text("PRAGMA max_page_count=1")))
    fill = text("INSERT INTO zones VALUES (:id, :text)")
    with pytest.raises(DatabaseUnavailable, match=r"the disk with .*abi\.db is full"):
        await database.run(lambda c: c.execute(fill, {"id": 5, "text": "x" * 100_000}))
    await database.run(lambda c: c.execute(text("PRAGMA max_page_count=100000")))
    await database.run(lambda c: c.execute(fill, {"id": 5, "text": "x" * 100_000}))
    assert await count(database) == 1
    await database.aclose()


async def test_what_waits_together_waits_for_a_held_file_once(tmp_path: Path) -> None:
    said: list[str] = []
    database = Database(Config(tmp_path))
    await write(database, 1)
    await database.run(lambda connection: connection.execute(text("PRAGMA busy_timeout=1")))
    assert database._connection is not None
    raw: Any = database._connection.connection.driver_connection
    raw.set_trace_callback(said.append)
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = [write(database, user_id) for user_id in range(2, 9)]
        done = await asyncio.gather(*writing, return_exceptions=True)
    assert {type(result) for result in done} == {DatabaseUnavailable}
    assert 1 <= said.count("BEGIN IMMEDIATE") <= 2  # the first does not wait for the others
    await database.aclose()


async def test_a_locked_table_holds_nobody_up_for_long(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_BOUNDS, "lock_timeout", 50)
    database = Database(Config(tmp_path, url))
    await write(database, 1)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE zones IN ACCESS EXCLUSIVE MODE")
        writing = [write(database, user_id) for user_id in range(2, 9)]
        async with asyncio.timeout(10):
            done = await asyncio.gather(*writing, return_exceptions=True)
            await database.run(lambda c: c.execute(text("SELECT 1")))
    assert {type(result) for result in done} == {DatabaseUnavailable}
    assert "did not answer in time" in str(done[0])
    await write(database, 2)
    await database.aclose()


CHANGED = "SELECT name FROM pg_settings WHERE source = 'session'"
PREPARED = "SELECT count(*) FROM pg_prepared_statements"


async def test_behind_a_pooler_nothing_outlives_its_transaction(url: str, tmp_path: Path) -> None:
    async with pooler_of(url) as pooled, asyncio.timeout(10):
        database = Database(Config(tmp_path, pooled))
        for _ in range(10):
            inside = await database.run(lambda c: list(c.execute(text(CHANGED)).scalars()))
            assert _BOUNDS.keys() <= set(inside)
        after = [await asyncio.to_thread(raw_of(database).execute, q) for q in (CHANGED, PREPARED)]
        assert [cursor.fetchall() for cursor in after] == [[], [(0,)]]
        await database.aclose()


async def test_a_session_of_our_own_has_its_bounds_and_plans_for_life(
    url: str, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, url))
    for _ in range(10):
        inside = await database.run(lambda c: list(c.execute(text(CHANGED)).scalars()))
        assert _BOUNDS.keys() <= set(inside)
    assert _BOUNDS.keys() <= {name for (name,) in raw_of(database).execute(CHANGED).fetchall()}
    assert raw_of(database).execute(PREPARED).fetchone() != (0,)
    await database.aclose()


async def test_a_table_that_another_version_has_changed_is_read_all_the_same(
    url: str, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, url))
    read = lambda c: c.execute(text("SELECT * FROM zones")).all()  # noqa: E731
    for _ in range(10):
        await database.run(read)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("ALTER TABLE zones ADD COLUMN newer integer")
    assert await database.run(read) == []
    await database.aclose()


async def test_what_only_reads_needs_no_transaction_of_its_own(database: Database) -> None:
    gate = threading.Event()
    await write(database, 1)
    assert await database.run(_is_in_transaction, only_reads=True) is False
    waiting = [
        asyncio.create_task(database.run(lambda _: gate.wait(10))),
        asyncio.create_task(database.run(_is_in_transaction, only_reads=True)),
        asyncio.create_task(write(database, 2)),
    ]
    await asyncio.sleep(0)
    gate.set()
    assert (await asyncio.gather(*waiting))[1] is True  # beside what writes
    assert await count(database) == 2


async def test_a_session_opened_while_the_server_was_read_only_is_replaced(
    url: str, postgres_url: str, tmp_path: Path
) -> None:
    first = Database(Config(tmp_path, url))
    await write(first, 1)
    await first.aclose()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("ALTER DATABASE of_tests SET default_transaction_read_only = on")
        database = Database(Config(tmp_path, url))
        assert await count(database) == 1
        admin.execute("ALTER DATABASE of_tests RESET default_transaction_read_only")
    await write(database, 2)
    assert await count(database) == 2
    await database.aclose()


async def test_a_value_that_no_column_can_hold_is_no_fault_of_the_database(
    database: Database,
) -> None:
    wide = {"id": 2**70}
    with pytest.raises((InvalidValue, OverflowError)):
        await database.run(lambda c: c.execute(text("INSERT INTO zones VALUES (:id, '')"), wide))
    assert await count(database) == 0


async def test_a_server_that_stands_still_is_not_waited_for_for_ever(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.database.database._STUCK_S", 0.1)
    async with proxy_of(url) as proxy:
        database = Database(Config(tmp_path, proxy.url))
        await count(database)
        proxy.is_frozen = proxy.is_away = True
        async with asyncio.timeout(20):
            with pytest.raises(DatabaseUnavailable) as raised:
                await write(database, 1)
            assert not raised.value.is_doubtful  # nothing was to be committed yet
            proxy.is_frozen = proxy.is_away = False
            monkeypatch.undo()  # a busy machine may take as long
            await write(database, 1)
        assert await count(database) == 1
        await database.aclose()


async def test_each_call_after_the_close_fails_at_once(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await write(database, 1)
    await database.aclose()
    async with asyncio.timeout(30):
        for _ in range(2):
            with pytest.raises(RuntimeError, match="after shutdown"):
                await count(database)


async def test_what_is_urgent_goes_before_what_waits_already(database: Database) -> None:
    await count(database)
    held, said = threading.Event(), list[str]()
    first = asyncio.create_task(database.run(lambda _: held.wait(10)))
    await asyncio.sleep(0.01)
    others = [database.run(lambda _: said.append("other")) for _ in range(70)]
    urgent = [database.run(lambda _: said.append("urgent"), is_urgent=True) for _ in range(60)]
    waiting = [asyncio.create_task(work) for work in (*others, *urgent)]
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, *waiting)
    # Some of the others go with each batch, so that they are not put off for ever.
    assert said[:64] == ["urgent"] * 56 + ["other"] * 8
    assert said[64:68] == ["urgent"] * 4
    assert len(said) == 130


async def test_a_commit_waits_for_the_disk_of_a_server_unless_all_of_it_may_lag(
    url: str, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, url))
    read = lambda c: c.execute(text("SHOW synchronous_commit")).scalar()  # noqa: E731
    assert await database.run(read, may_lag=True) == "off"
    assert await database.run(read) == "on"
    assert await database.run(read, may_lag=True, is_durable=True) == "on"
    await database.aclose()
