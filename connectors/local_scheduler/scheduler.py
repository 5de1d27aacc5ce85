"""LocalScheduler: promises are made here, and kept by whichever process is alive."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from connectors.database.address import File
from connectors.database.database import Database
from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import (
    Job,
    KeptElsewhere,
    Limit,
    NewJob,
    State,
    microseconds,
    to_json,
)
from connectors.local_scheduler.job_store import LedgerJobStore
from connectors.local_scheduler.kinds import Handler, Kind, NextRun, OnParked, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.owners import Owners
from connectors.local_scheduler.pump import Pump
from connectors.local_scheduler.rows import job_of, row_of
from connectors.local_scheduler.running import Running, clocks
from connectors.local_scheduler.worker import Worker

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.config import Config
    from connectors.database.engine import Clock
    from connectors.local_scheduler.notices import Notices

log = logging.getLogger(__name__)

_SOON = timedelta(seconds=60)  # later than that every process looks by itself in time


class LocalScheduler:
    """Keeps jobs in a ledger that processes share; each is run until its handler says how it ended.

    Every method that asks the database raises DatabaseUnavailable when it does not answer.
    """

    def __init__(
        self,
        config: Config,
        *,
        database: Database | None = None,
        pace: Pace | None = None,
        clock: Clock = time.time,
    ) -> None:
        """Open a database of its own, unless it is given one that others share.

        A shared database is the caller's to close.
        """
        worker = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        dialect = dialect_for(config)
        self._pace = pace or Pace()
        self._kinds: dict[str, Kind] = {}
        self._clock = clock
        self._is_shared = database is not None
        self._database = database or Database(config, clock=clock)
        self._ledger = Ledger(dialect, worker, lease=timedelta(seconds=self._pace.lease_s))
        self._owners = Owners(dialect)
        self._worker = Worker(
            self._ledger,
            self._database,
            self._kinds,
            self._pace,
            now=self._now,
            on_room=self._on_room,
            on_soon=self._wake,
        )
        self._store = LedgerJobStore(self._worker.room, self._worker.run)
        self._apscheduler = AsyncIOScheduler(timezone=UTC)
        self._notices = _notices_for(config, worker, self._wake)
        self._pump = Pump(
            self._ledger,
            self._database,
            self._kinds,
            self._pace,
            scheduler=self._apscheduler,
            store=self._store,
            worker=self._worker,
            is_told=lambda: self._notices is not None and self._notices.is_told,
        )
        self._loops: list[asyncio.Task[None]] = []

    def handler(
        self,
        kind: str,
        run: Handler,
        *,
        next_run: NextRun | None = None,
        on_parked: OnParked | None = None,
        version: int = 1,
        slots: int = 25,
    ) -> None:
        """Let run do the jobs of a kind whose payload is of this version or an older one, slots at once.

        ``next_run(job, now)`` returns when a settled job is due again, after now, or None when it is over.
        ``on_parked(job, reason)`` is called once when a job is parked; what it raises is only logged.
        """
        self._kinds[kind] = Kind(run, next_run, on_parked, version, slots)

    async def start(self) -> list[asyncio.Task[None]]:
        """Begin to run what is due. A database that is gone is waited for.

        Returns the tasks that do it: they end only by ``aclose``, and one that ends otherwise is a fault.
        """
        # All modules are loaded by now and stay: a full collection that walks through them stops the
        # event loop for some 50 ms each time, and one that does not for 2.
        gc.freeze()
        # APScheduler tells of every single run.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._apscheduler.add_executor(AsyncIOExecutor(), "default")
        self._apscheduler.add_jobstore(self._store, "default")
        self._apscheduler.start()
        loops = [self._pump.claim_for_ever, self._pump.keep_for_ever]
        if self._notices is not None:
            loops.append(self._notices.listen_for_ever)
        self._loops = [asyncio.create_task(loop(), name=loop.__name__) for loop in loops]
        return list(self._loops)

    async def aclose(self, *, grace_s: float = 5.0) -> None:
        """Let what runs end within grace_s, give the rest to whoever is alive, and close the database."""
        await _stop(self._loops[:1])  # no more claims; what runs keeps its lease
        await self._worker.aclose(grace_s)
        with suppress(DatabaseUnavailable):
            await self._pump.release()
        await _stop(self._loops)
        if self._apscheduler.running:
            self._apscheduler.shutdown(wait=False)
        if not self._is_shared:
            await self._database.aclose()
        gc.unfreeze()

    async def add(self, job: NewJob, *, at_most: Limit | None = None) -> Job:
        """Return the job once nothing but its own end can end it: also a power cut does not.

        Raises LimitReached when its owner has at_most already, whichever process took those.
        """
        values = row_of(job, self._now())
        is_soon = values["next_run"] <= microseconds(self._now() + _SOON)
        added = job_of(values)

        def insert(connection: Connection) -> None:
            if at_most is not None:
                self._owners.ensure_room(connection, added, at_most)
            self._ledger.insert(connection, values)
            if is_soon:
                self._ledger.notify(connection)

        await self._database.run(insert, is_durable=True)
        if is_soon:
            self._wake()
        return added

    async def run_now(self, job: NewJob) -> Job:
        """Return the job once it is kept and begins here; should this process end, another one goes on."""
        held = await self.hold(job)
        self.begin(held)
        return held

    async def hold(self, job: NewJob) -> Running:
        """Return the job once it is kept, for this process to ``begin`` within half a minute.

        Raises KeptElsewhere when another process has kept it.
        """
        if job.kind not in self._kinds:
            raise ValueError(f"no handler for {job.kind}")
        values = row_of(job, self._now(), worker=self._ledger.worker)
        asked_at = clocks()
        job_id = values["id"]
        is_ours = await self._database.run(
            # Work that is run twice finds the row of the first time.
            lambda c: self._ledger.insert(c, values) or self._ledger.holds(c, job_id)
        )
        if not is_ours:
            raise KeptElsewhere(job_id)
        return self._pump.claimed(job_of(values), asked_at)

    def begin(self, held: Running) -> None:
        """Run a job that is held, whatever else runs."""
        self._worker.start(held)

    async def get(self, job_id: str) -> Job | None:
        """Return a job, also one that is settled, until it is forgotten."""
        return await self._database.run(lambda c: self._owners.get(c, job_id))

    async def owned_by(self, owner_id: int, *, kind: str | None = None) -> list[Job]:
        """Return what is not settled yet, the next one first."""
        return await self._database.run(lambda c: self._owners.owned_by(c, owner_id, kind))

    async def of_guild(self, guild_id: int, *, kind: str) -> list[Job]:
        """Return what is not settled yet in a guild, whoever owns it, the next one first."""
        return await self._database.run(lambda c: self._owners.of_guild(c, guild_id, kind))

    async def run_early(
        self, job_id: str, *, owner_id: int, payload: Mapping[str, Any]
    ) -> Job | None:
        """Let a job be due now, once more than its rule says; None when it runs, was begun, or waits for a person."""
        new, now = to_json(payload), self._now()
        moved = await self._database.run(
            lambda c: self._notified(c, self._owners.run_early(c, job_id, owner_id, new, now)),
            is_durable=True,
        )
        self._wake()
        return moved

    async def cancel(self, job_id: str, *, owner_id: int) -> bool:
        """End a job undone, also while it runs; False when it is not theirs or ended already."""
        return await self.end(job_id, owner_id=owner_id, reason="cancelled")

    async def end(self, job_id: str, *, owner_id: int, reason: str) -> bool:
        """Settle a job that this process does not run, since what it is for was done otherwise.

        Whoever runs it loses it. False when it is not theirs or ended already.
        """
        done = await self._database.run(lambda c: self._owners.end(c, job_id, owner_id, reason))
        if done:
            self._drop(job_id)
        return done

    async def forget(self, owner_id: int) -> int:
        """Delete all of a person's jobs, also what runs and what is settled, and return how many."""
        forgotten = await self._database.run(lambda c: self._owners.forget(c, owner_id))
        for job_id in forgotten:
            self._drop(job_id)
        return len(forgotten)

    async def pause(self, job_id: str, *, owner_id: int) -> bool:
        """Let a job not begin until it is resumed; what runs may end. False when it cannot be paused."""
        done = await self._database.run(lambda c: self._owners.pause(c, job_id, owner_id))
        waiting = next((r for r in self._store.held() if r.id == job_id), None)
        if done and waiting is not None:
            self._store.remove_job(job_id)
            await self._database.run(lambda c: self._ledger.give_back(c, waiting.claim.fence))
        return done

    async def resume(
        self, job_id: str, *, owner_id: int, next_run: datetime | None = None
    ) -> Job | None:
        """Go on with a paused or parked job, a recurring one with its next occurrence; None if it is neither."""
        job = await self.get(job_id)
        if job is None or job.owner_id != owner_id:
            return None
        if next_run is None and job.state is State.PAUSED and job.next_run < self._now():
            next_run = self._after(job)
        resumed = await self._database.run(
            lambda c: self._notified(c, self._owners.resume(c, job_id, owner_id, next_run)),
            is_durable=True,
        )
        self._wake()
        return resumed

    async def change(
        self,
        job_id: str,
        *,
        owner_id: int,
        next_run: datetime | None = None,
        payload: Mapping[str, Any] | None = None,
        at_most: Limit | None = None,
        **columns: str | int | None,
    ) -> Job | None:
        """Change one's own job: when, what, and ``rule zone wall_time channel_id``; None when it is not theirs.

        Another time also takes it from whoever runs it. Raises LimitReached when its owner has at_most others.
        """
        if unknown := columns.keys() - {"rule", "zone", "wall_time", "channel_id"}:
            raise TypeError(f"a job has no {', '.join(sorted(unknown))} to change")
        values: dict[str, Any] = dict(columns)
        if payload is not None:
            values["payload"] = to_json(payload)
        if not values and next_run is None:
            raise TypeError("nothing to change was given")
        changed = await self._database.run(
            lambda c: self._notified(
                c, self._owners.change(c, job_id, owner_id, values, next_run, at_most)
            ),
            is_durable=True,
        )
        if changed is not None and next_run is not None:
            self._drop(job_id)
            self._wake()
        return changed

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _after(self, job: Job) -> datetime | None:
        kind = self._kinds.get(job.kind)
        return kind.next_run(job, self._now()) if kind is not None and kind.next_run else None

    def _notified(self, connection: Connection, job: Job | None) -> Job | None:
        if job is not None:
            self._ledger.notify(connection)
        return job

    def _drop(self, job_id: str) -> None:
        """Know here what the ledger knows already: the job is no longer ours."""
        self._store.remove_job(job_id)
        self._worker.lose(job_id)

    def _on_room(self, kind: str) -> None:
        self._pump.has_room(kind)

    def _wake(self) -> None:
        self._pump.wake()


def _notices_for(config: Config, worker: str, wake: Callable[[], None]) -> Notices | None:
    """Return what listens to the other processes; None for SQLite, where nobody tells."""
    if isinstance(config.address, File):
        return None
    # Imported here, because psycopg takes 11 MiB.
    from connectors.local_scheduler.notices import Notices

    return Notices(config.address.url, worker, wake)


async def _stop(loops: list[asyncio.Task[None]]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
