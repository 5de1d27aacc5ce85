"""A ledger of each kind, and a clock that the tests set."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import text

from connectors.database.config import Config
from connectors.database.database import Database, Work
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import Fence, Job, NewJob
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.owners import Owners
from connectors.local_scheduler.rows import row_of
from tests.databases import make_database, new_file
from tests.plans import no_statement_reads_a_large_table_whole

__all__ = ["no_statement_reads_a_large_table_whole"]

T = TypeVar("T")

LEASE = timedelta(seconds=45)
AHEAD = timedelta(seconds=2)


@dataclass(slots=True)
class World:
    """One database and any number of processes, as far as the ledger can tell them apart."""

    config: Config
    database: Database
    owners: Owners
    ledgers: dict[str, Ledger] = field(default_factory=dict)

    def of(self, worker: str) -> Ledger:
        if worker not in self.ledgers:
            self.ledgers[worker] = Ledger(dialect_for(self.config.address), worker, lease=LEASE)
        return self.ledgers[worker]

    async def run(self, work: Work[T]) -> T:
        return await self.database.run(work)

    async def add(self, due_in_s: float = 0.0, **facts: Any) -> str:
        now = datetime.now(UTC)
        due = now + timedelta(seconds=due_in_s)
        asked: dict[str, Any] = {"kind": "reminder", "owner_id": 1, "next_run": due}
        return await self.put(NewJob(**asked | facts))

    async def put(self, new: NewJob) -> str:
        values = row_of(new, datetime.now(UTC))
        await self.run(lambda c: self.of("anybody").insert(c, values))
        return str(values["id"])

    async def claim(self, worker: str, limit: int = 50, *, version: int = 1) -> list[Job]:
        return await self.run(lambda c: self.of(worker).claim(c, "reminder", version, limit, AHEAD))

    async def passes(self, seconds: float) -> None:
        """Move the time on for every row."""
        await self.run(
            lambda c: c.execute(
                text(
                    "UPDATE jobs SET visible_at = visible_at - :us, next_run = next_run - :us,"
                    " first_claimed_at = first_claimed_at - :us"
                ),
                {"us": round(seconds * 1e6)},
            )
        )

    async def get(self, job_id: str) -> Job:
        job = await self.run(lambda c: self.owners.get(c, job_id))
        assert job is not None
        return job

    async def sql(self, statement: str, **values: Any) -> None:
        await self.run(lambda c: c.execute(text(statement), values))


def fence(worker: str, job: Job) -> Fence:
    return Fence(job.id, worker, job.attempts)


@pytest.fixture(scope="session")
def ledger_url(postgres_url: str) -> str:
    """Give the address of a database whose table is there already: making one takes long."""
    return make_database(postgres_url, "ledger")


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """Say where an empty ledger is, once on each database."""
    if request.param == "sqlite":
        return new_file(tmp_path)
    url: str = request.getfixturevalue("ledger_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM jobs")
    return Config(tmp_path, url)


@pytest.fixture
async def world(config: Config) -> AsyncIterator[World]:
    database = Database(config)
    yield World(config, database, Owners(dialect_for(config.address)))
    await database.aclose()
