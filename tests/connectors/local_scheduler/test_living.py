import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from connectors.local_scheduler import Config, LocalScheduler, NewJob
from connectors.local_scheduler.living import is_in_use


async def test_a_scheduler_that_runs_uses_its_database(
    tmp_path: Path, database_url: str | None
) -> None:
    config = Config(tmp_path, database_url)
    # A server is used from other machines, too.
    seen = Config(tmp_path / "elsewhere", database_url) if database_url else config
    assert not is_in_use(seen)
    scheduler = LocalScheduler(config)
    await scheduler.start()
    await scheduler.add(NewJob(kind="reminder", owner_id=1))
    await scheduler._runner.may_claim()
    assert is_in_use(seen)
    await scheduler.aclose()
    async with asyncio.timeout(30):  # a server takes a moment to end a session that hung up
        while is_in_use(seen):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def test_a_lease_that_has_not_ended_is_a_sign_of_use(tmp_path: Path) -> None:
    config = Config(tmp_path)
    scheduler = LocalScheduler(config)
    job = await scheduler.add(NewJob(kind="reminder", owner_id=1))
    await scheduler.aclose()
    for until, is_used in ((1 << 62, True), (0, False)):
        with closing(sqlite3.connect(tmp_path / "abi.db")) as connection, connection:
            sql = "UPDATE jobs SET state = 'running', visible_at = ? WHERE id = ?"
            connection.execute(sql, [until, job.id])
        assert is_in_use(config) is is_used


def test_a_damaged_file_is_in_nobodys_use(tmp_path: Path) -> None:
    (tmp_path / "abi.db").write_bytes(b"this is no database, and it is long enough" * 100)
    assert not is_in_use(Config(tmp_path))
