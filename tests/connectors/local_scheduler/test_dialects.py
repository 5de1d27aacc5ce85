from pathlib import Path

import psycopg
from sqlalchemy import Connection, Integer, cast, select

from connectors.database import Config
from connectors.database.database import Database
from connectors.local_scheduler.dialects import Postgres, Sqlite, dialect_for
from tests.connectors.local_scheduler.conftest import World


def test_each_database_has_its_dialect() -> None:
    assert isinstance(dialect_for(Config().address), Sqlite)
    assert isinstance(dialect_for(Config(database_url="sqlite://").address), Sqlite)
    assert isinstance(dialect_for(Config(database_url="postgresql://db/abi").address), Postgres)


async def test_sqlite_reads_the_clock_it_is_given(tmp_path: Path) -> None:
    database = Database(Config(tmp_path), clock=lambda: 12.5)
    assert await database.run(lambda c: c.execute(select(Sqlite().now())).scalar()) == 12_500_000
    await database.aclose()


async def test_an_object_of_json_is_read_as_rows(world: World) -> None:
    pairs = dialect_for(world.config.address).pairs("versions")
    asked = select(pairs.c.key, cast(pairs.c.value, Integer))
    rows = await world.run(lambda c: c.execute(asked, {"versions": '{"a b": 1, "c": 22}'}).all())
    assert [tuple(row) for row in rows] == [("a b", 1), ("c", 22)]


async def test_postgresql_counts_the_jobs_of_one_person_at_a_time(
    postgres_url: str, tmp_path: Path
) -> None:
    def free_meanwhile(connection: Connection) -> list[bool]:
        Postgres().lock(connection, 7)
        with psycopg.connect(postgres_url) as other:
            asked = "SELECT pg_try_advisory_xact_lock(7), pg_try_advisory_xact_lock(8)"
            return list(other.execute(asked).fetchone() or [])

    database = Database(Config(tmp_path, postgres_url))
    assert await database.run(free_meanwhile) == [False, True]
    await database.aclose()
