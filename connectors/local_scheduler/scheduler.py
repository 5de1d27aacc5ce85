"""LocalScheduler: jobs that any process alive runs when they are due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from connectors.database.config import Config
from connectors.database.database import Database, Work
from connectors.database.engine import Clock
from connectors.database.schema import jobs
from connectors.database.values import checked
from connectors.local_scheduler.care import Care
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.group_insert import GroupInsert
from connectors.local_scheduler.job import (
    ClaimLost,
    Job,
    KeptElsewhere,
    Limit,
    NewJob,
    State,
    microseconds,
    to_json,
)
from connectors.local_scheduler.kinds import Handler, Kind, NextRun, Notice, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.owners import Owners
from connectors.local_scheduler.presence import new_name
from connectors.local_scheduler.rows import job_of, row_of, stored_job
from connectors.local_scheduler.runner import Runner, UntilClosed
from connectors.local_scheduler.running import Running, clocks
from connectors.recorder import UNRECORDED, Recorder

_SOON = timedelta(seconds=60)  # what is due later is found by every process in time


class LocalScheduler:
    """Jobs in a ledger that processes share. Each runs until its handler returns an outcome.

    Every method that uses the database raises DatabaseUnavailable.
    """

    def __init__(
        self,
        config: Config,
        *,
        database: Database | None = None,
        pace: Pace | None = None,
        clock: Clock = time.time,
        upkeep: Sequence[Work[bool | None]] = (),
        recorder: Recorder = UNRECORDED,
    ) -> None:
        """Open a database of its own, unless it is given one, which the caller closes.

        ``upkeep`` is done once an hour, each as often as it returns True.
        """
        worker, dialect, pace = new_name(), dialect_for(config.address), pace or Pace()
        self._kinds: dict[str, Kind] = {}
        self._clock = clock
        self._is_shared = database is not None
        opened = database or Database(config, clock=clock)
        self._database = UntilClosed(opened)
        self._ledger = Ledger(dialect, worker, lease=timedelta(seconds=pace.lease_s))
        self._held = GroupInsert(self._database, self._ledger)
        self._owners = Owners(dialect)
        owned = opened, self._ledger, Care(dialect)
        self._runner = Runner(config, *owned, self._kinds, pace, self._now, upkeep, recorder)

    def handler(
        self,
        kind: str,
        run: Handler,
        *,
        next_run: NextRun | None = None,
        notice: Notice | None = None,
        version: int = 1,
        slots: int = 25,
        share: int | None = None,
    ) -> None:
        """Make this process run the jobs of a kind, up to a version of its payload.

        ``next_run(job, now)`` returns the next occurrence of a settled job, or None if it is over.
        ``notice(job, reason)`` returns a job that is stored in the transaction that parks this one.
        At most ``slots`` run at once, and ``share`` of one server, or of one person outside of any.
        """
        self._kinds[kind] = Kind(run, next_run, notice, version, slots, share or slots)

    async def enlist(self) -> str:
        """Return this process's name, once the others can learn of its death."""
        await self._runner.may_claim()
        return self._ledger.worker

    async def start(self) -> list[asyncio.Task[None]]:
        """Start to run due jobs, and return the tasks that do so, which only ``aclose`` ends."""
        return await self._runner.start()

    async def aclose(self, *, grace_s: float = 5.0, beside: Awaitable[None] | None = None) -> None:
        """Wait ``grace_s`` for running jobs and for what ends ``beside`` them, then close."""
        await asyncio.gather(self._runner.aclose(grace_s), *filter(None, [beside]))
        await self._database.aclose(keep_open=self._is_shared)

    async def add(self, job: NewJob, *, at_most: Limit | None = None) -> Job:
        """Store a job so that it survives a power cut, and return its row.

        One of this id that is there already is returned as it is, settled ones included.
        Raises LimitReached if its owner has ``at_most`` others, in whichever process.
        """
        values = row_of(job, self._now())
        is_soon = values["next_run"] <= microseconds(self._now() + _SOON)
        new = job_of(values)

        def insert(connection: Connection) -> Job:
            if not self._ledger.insert(connection, values):
                return self._owners.get(connection, new.id) or new
            if at_most is not None:
                self._owners.ensure_room(connection, new, at_most)
            if is_soon:
                self._ledger.notify(connection)
            return new

        added = await self._database.run(insert, is_durable=True)
        if is_soon:
            self._runner.wake()
        return added

    async def run_now(self, job: NewJob) -> Job:
        """Store a job and start it here; another process goes on if this one ends."""
        self.begin(held := await self.hold(job))
        return held

    async def hold(self, job: NewJob) -> Running:
        """Store a job that this process will ``begin`` within half a minute.

        Raises KeptElsewhere if it is stored already, by another process or another call of this.
        """
        if job.kind not in self._kinds:
            raise ValueError(f"no handler for {job.kind}")
        await self._runner.may_claim()
        values = row_of(job, self._now(), worker=self._ledger.worker)
        asked_at, job_id = clocks(), values["id"]
        if not await self._held.add(values):
            raise KeptElsewhere(job_id)
        return self._runner.claimed(stored_job(values, job), asked_at)

    def begin(self, held: Running) -> None:
        """Start a job that was held; it needs no free slot."""
        self._runner.begin(held)

    async def get(self, job_id: str) -> Job | None:
        """Return a job, settled ones included, or None if there is none."""
        return await self._database.run(lambda c: self._owners.get(c, job_id))

    async def owned_by(self, owner_id: int, *, kind: str | None = None) -> list[Job]:
        """Return a person's unsettled jobs, the next one first."""
        return await self._database.run(lambda c: self._owners.owned_by(c, owner_id, kind))

    async def of_guild(self, guild_id: int, *, kind: str) -> list[Job]:
        """Return the unsettled jobs of a guild, whoever owns them, the next one first."""
        return await self._database.run(lambda c: self._owners.of_guild(c, guild_id, kind))

    async def decide(
        self, running: Running, choose: Callable[[list[Job]], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Save the draft that ``choose`` returns, given all its owner's jobs of this kind.

        Of one person's jobs only one decides at a time. Raises ClaimLost and what ``choose`` does.
        """

        def work(connection: Connection) -> tuple[Mapping[str, Any], bool]:
            self._owners.lock(connection, running.owner_id)
            draft = choose(self._owners.owned_by(connection, running.owner_id, running.kind))
            fence, text = running.claim.fence, to_json(draft)
            return draft, self._ledger.save_draft(connection, fence, text)

        draft, is_held = await self._database.run(work)
        if not is_held:
            running.claim.lose()
            raise ClaimLost(running.id)
        running.checkpoint(draft)
        return draft

    async def run_early(
        self, job_id: str, *, owner_id: int, payload: Mapping[str, Any]
    ) -> Job | None:
        """Run a job now, besides its rule; None if it is not waiting for its first attempt."""
        new, now = to_json(payload), self._now()
        moved = await self._database.run(
            lambda c: self._notified(c, self._owners.run_early(c, job_id, owner_id, new, now)),
            is_durable=True,
        )
        self._runner.wake()
        return moved

    async def cancel(self, job_id: str, *, owner_id: int) -> bool:
        """End a job, even while it runs; False if it is not theirs or has ended."""
        return await self.end(job_id, owner_id=owner_id, reason="cancelled")

    async def end(self, job_id: str, *, owner_id: int, reason: str, erases: bool = False) -> bool:
        """Settle a job; whoever runs it loses its claim. False if it is not theirs or has ended.

        If it ``erases``, what a job was about is deleted, also of one that has ended.
        """
        done = await self._database.run(
            lambda c: self._owners.end(c, job_id, owner_id, reason, erases=erases)
        )
        if done:
            self._runner.drop(job_id)
        return done

    async def drop(
        self, job_id: str, *, owner_id: int, payload: Mapping[str, Any] | None = None
    ) -> None:
        """Cancel a job that is held here, or else one that has this very ``payload``."""
        text = None if payload is None else to_json(payload)
        await self._database.run(
            lambda c: (
                self._ledger.holds(c, job_id, payload=text)
                and self._owners.end(c, job_id, owner_id, "cancelled")
            )
        )

    async def forget(self, owner_id: int) -> int:
        """Delete all of a person's jobs, running and settled ones included; return how many."""
        forgotten = await self._database.run(
            lambda c: self._owners.forget(c, owner_id), is_durable=True, is_erasing=True
        )
        for job_id in forgotten:
            self._runner.drop(job_id)
        return len(forgotten)

    async def pause(self, job_id: str, *, owner_id: int) -> bool:
        """Pause a job until it is resumed; if it runs, it may end. False if it cannot be paused."""
        done = await self._database.run(lambda c: self._owners.pause(c, job_id, owner_id))
        if done and (waiting := self._runner.take_waiting(job_id)) is not None:
            fence = waiting.claim.fence
            await self._database.run(lambda c: self._ledger.give_back(c, fence))
        return done

    async def resume(
        self, job_id: str, *, owner_id: int, next_run: datetime | None = None
    ) -> Job | None:
        """Resume a paused or parked job, at its next occurrence; None if it is neither."""
        job = await self.get(job_id)
        if job is None or job.owner_id != owner_id:
            return None
        if next_run is None and job.state is State.PAUSED and job.next_run < self._now():
            kind = self._kinds.get(job.kind)
            next_run = kind.next_run(job, self._now()) if kind and kind.next_run else None
        resumed = await self._database.run(
            lambda c: self._notified(c, self._owners.resume(c, job_id, owner_id, next_run)),
            is_durable=True,
        )
        self._runner.wake()
        return resumed

    async def change(
        self,
        job_id: str,
        *,
        owner_id: int,
        next_run: datetime | None = None,
        payload: Mapping[str, Any] | None = None,
        at_most: Limit | None = None,
        was: Mapping[str, Any] | None = None,
        **columns: str | int | None,
    ) -> Job | None:
        """Change a job's time, payload, ``rule``, ``zone``, ``wall_time`` or ``channel_id``.

        Return None if it is not theirs. A new time also ends the claim on it. Raises LimitReached
        if its owner has ``at_most`` others. With ``was``, its payload must still be that, and a
        settled job runs once more.
        """
        if unknown := columns.keys() - {"rule", "zone", "wall_time", "channel_id"}:
            raise TypeError(f"a job has no {', '.join(sorted(unknown))} to change")
        new = {} if payload is None else {"payload": to_json(payload)}
        values: dict[str, Any] = columns | new
        checked(jobs, values)
        if not values and next_run is None:
            raise TypeError("no change was given")
        asked = job_id, owner_id, values, next_run, at_most, None if was is None else to_json(was)
        changed = await self._database.run(
            lambda c: self._notified(c, self._owners.change(c, *asked)), is_durable=True
        )
        if changed is not None and next_run is not None:
            self._runner.drop(job_id)
            self._runner.wake()
        return changed

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _notified(self, connection: Connection, job: Job | None) -> Job | None:
        if job is not None:
            self._ledger.notify(connection)
        return job
