"""The parts that run jobs in one process: the pump, the timer, the worker, and notifications."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from connectors.database.address import File
from connectors.database.config import Config
from connectors.database.database import Database, Work
from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler.care import Care
from connectors.local_scheduler.caretaker import Caretaker
from connectors.local_scheduler.job import Job
from connectors.local_scheduler.job_store import LedgerJobStore
from connectors.local_scheduler.kinds import Kind, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.presence import FileLock
from connectors.local_scheduler.pump import Pump
from connectors.local_scheduler.running import Running
from connectors.local_scheduler.takeover import Takeover
from connectors.local_scheduler.worker import Worker
from connectors.recorder import Recorder

if TYPE_CHECKING:
    from connectors.local_scheduler.notices import Notices
    from connectors.local_scheduler.presence import Presence

T = TypeVar("T")

# The event loop of Windows that runs processes cannot wait for a connection of psycopg. So there
# the ledger is polled, and the leases alone tell who is dead.
IS_WINDOWS = sys.platform == "win32"
RELEASE_WITHIN_S = 5.0
CLOSED = "the scheduler was called after shutdown"


class UntilClosed:
    """The database of a scheduler; ``run`` raises RuntimeError once the scheduler is closed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_closed = False

    async def run(
        self,
        work: Work[T],
        *,
        is_durable: bool = False,
        is_erasing: bool = False,
        is_urgent: bool = False,
    ) -> T:
        if self._is_closed:
            raise RuntimeError(CLOSED)
        return await self._database.run(
            work, is_durable=is_durable, is_erasing=is_erasing, is_urgent=is_urgent
        )

    async def aclose(self, *, keep_open: bool) -> None:
        """Close the database too, unless others share it."""
        self._is_closed = True
        if not keep_open:
            await self._database.aclose()


class Runner:
    """Runs the jobs of ``kinds`` between ``start`` and ``aclose``."""

    def __init__(
        self,
        config: Config,
        database: Database,
        ledger: Ledger,
        care: Care,
        kinds: Mapping[str, Kind],
        pace: Pace,
        now: Callable[[], datetime],
        upkeep: Sequence[Work[bool | None]],
        recorder: Recorder,
    ) -> None:
        self._worker = Worker(
            ledger,
            database,
            kinds,
            pace,
            now=now,
            on_free_slot=lambda kind: self._pump.on_free_slot(kind),
            on_due_soon=self.wake,
            recorder=recorder,
        )
        self._store = LedgerJobStore(
            self._worker.room, self._worker.run, self._worker.share_left, lambda: _ahead(now())
        )
        self._timer = AsyncIOScheduler(timezone=UTC)
        self._notices = _notices_for(
            config, ledger.worker, self.wake, lambda: database.run(ledger.notify)
        )
        self._presence = _presence_for(config, ledger.worker, lambda: bool(self._worker.running()))
        self._pump = Pump(
            ledger,
            database,
            kinds,
            pace,
            scheduler=self._timer,
            store=self._store,
            worker=self._worker,
            presence=self._presence,
            is_listening=lambda: self._notices is not None and self._notices.is_listening,
        )
        self._caretaker = Caretaker(
            care,
            ledger,
            database,
            kinds,
            pace,
            upkeep=upkeep,
            notice=self._worker.notice,
            on_due_soon=self.wake,
            report=self._pump.report,
        )
        self._takeover = Takeover(
            ledger,
            database,
            kinds,
            pace,
            presence=self._presence,
            on_taken=self.wake,
            report=self._pump.report,
        )
        self._loops: list[asyncio.Task[None]] = []
        self._is_closed = False

    async def start(self) -> list[asyncio.Task[None]]:
        """Return the tasks of the loops. They end only with ``aclose``; any other end is a bug."""
        self._ensure_open()
        # All modules are loaded by now. A full collection that includes them blocks the event loop
        # for about 50 ms, and one that does not for 2 ms.
        gc.freeze()
        # APScheduler logs every run.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._timer.add_executor(AsyncIOExecutor(), "default")
        self._timer.add_jobstore(self._store, "default")
        self._timer.start()
        loops = [
            self._pump.claim_forever,
            self._pump.renew_forever,
            self._takeover.take_over_forever,
            self._caretaker.keep_up_forever,
            self._presence.keep_forever,
        ]
        if self._notices is not None:
            loops.append(self._notices.listen_forever)
        self._loops = [asyncio.create_task(loop(), name=loop.__name__) for loop in loops]
        return list(self._loops)

    async def aclose(self, grace_s: float) -> None:
        """Wait ``grace_s`` for running jobs, cancel the others, and give back every claim.

        Claims that a database does not take back in time end with their leases.
        """
        await _stop(self._loops[:1])  # no more claims; running jobs keep their leases
        await self._worker.aclose(grace_s)
        with suppress(DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(RELEASE_WITHIN_S):
                await self._pump.release()
        await _stop(self._loops)
        self._presence.end()
        if self._timer.running:
            self._timer.shutdown(wait=False)
        gc.unfreeze()
        self._is_closed = True

    async def may_claim(self) -> None:
        """Wait until others can learn of this process's death. Raises DatabaseUnavailable."""
        self._ensure_open()
        await self._pump.begin()

    def _ensure_open(self) -> None:
        if self._is_closed:
            raise RuntimeError(CLOSED)

    def claimed(self, job: Job, asked_at: tuple[float, float]) -> Running:
        """Return a job with the claim on it that was requested at ``asked_at``."""
        return self._pump.claimed(job, asked_at)

    def begin(self, running: Running) -> None:
        self._worker.start(running)

    def take_waiting(self, job_id: str) -> Running | None:
        """Remove and return a claimed job that has not started; None if there is none."""
        waiting = next((r for r in self._store.held() if r.id == job_id), None)
        self._store.remove_job(job_id)
        return waiting

    def drop(self, job_id: str) -> None:
        """Drop a job that the ledger has taken from this process."""
        self._store.remove_job(job_id)
        self._worker.lose(job_id)

    def wake(self) -> None:
        self._pump.wake()


def _ahead(now: datetime) -> timedelta:
    """Return how far a clock is ahead of the machine's, in whole milliseconds."""
    return timedelta(milliseconds=round((now - datetime.now(UTC)) / timedelta(milliseconds=1)))


def _notices_for(
    config: Config,
    worker: str,
    on_notice: Callable[[], None],
    send: Callable[[], Awaitable[None]],
) -> Notices | None:
    """Return the notifications of other processes; None for SQLite, which has none."""
    if isinstance(config.address, File) or IS_WINDOWS:
        return None
    # Imported here, because psycopg takes 11 MiB.
    from connectors.local_scheduler.notices import Notices

    return Notices(config.address.url, worker, on_notice, send)


def _presence_for(config: Config, worker: str, works: Callable[[], bool]) -> Presence:
    file = config.file
    if isinstance(config.address, File):
        return FileLock(None if file is None else Path(f"{file}-processes"), worker)
    if IS_WINDOWS:
        return FileLock(None, worker)
    # Imported here, because psycopg takes 11 MiB.
    from connectors.local_scheduler.session import Session

    lock = FileLock(config.data_dir / "processes", worker)
    return Session(config.address, worker, lock, works)


async def _stop(loops: list[asyncio.Task[None]]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
