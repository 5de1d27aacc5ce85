"""Runs handlers, and writes their outcomes to the ledger."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import Connection

from connectors.database.database import Database, Work
from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler.job import (
    ClaimLost,
    Job,
    Outcome,
    Parked,
    Retry,
    Settled,
    to_json,
)
from connectors.local_scheduler.kinds import Kind, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.retries import CLOSING, Again, Retries, delay
from connectors.local_scheduler.rows import row_of
from connectors.local_scheduler.running import Running
from connectors.recorder import UNRECORDED, Event, Recorder
from connectors.shared import exponential_backoff

log = logging.getLogger(__name__)

LOST = "%s %s: the claim was lost"
TOO_LONG = "%s %s was ended: it took longer than %.0f minutes"


class Worker:
    """The jobs that run in this process. Each run ends in one fenced write, or in none."""

    def __init__(
        self,
        ledger: Ledger,
        database: Database,
        kinds: Mapping[str, Kind],
        pace: Pace,
        *,
        now: Callable[[], datetime],
        on_free_slot: Callable[[str], None],
        on_due_soon: Callable[[], None],
        recorder: Recorder = UNRECORDED,
    ) -> None:
        self._ledger = ledger
        self._database = database
        self._kinds = kinds
        self._pace = pace
        self._now = now
        self._retries = Retries(pace, now)
        self._on_free_slot = on_free_slot
        self._on_due_soon = on_due_soon
        self._recorder = recorder
        self._running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Started by run_now: they take no slot.
        self._urgent: set[str] = set()
        self._is_closing = False
        # Jobs whose outcome could not be written.
        self.unwritten: set[str] = set()

    def running(self) -> list[Running]:
        return list(self._running.values())

    def in_slots(self, kind: str | None = None) -> list[Running]:
        """Return the jobs that take a slot: of one kind, or of all."""
        urgent, running = self._urgent, self._running.values()
        return [r for r in running if kind in (None, r.kind) and r.id not in urgent]

    def room(self, kind: str) -> int:
        return 0 if self._is_closing else self._kinds[kind].slots - len(self.in_slots(kind))

    def share_left(self, running: Running) -> int:
        """Return how many more jobs of its kind and group may run beside others."""
        kind = self._kinds[running.kind]
        if kind.share >= kind.slots:
            return kind.slots
        return kind.share - sum(r.group == running.group for r in self.in_slots(running.kind))

    def start(self, running: Running) -> None:
        known = self._running.get(running.id)
        if known is not None and known.attempts > running.attempts:
            return  # it was held for longer than its lease, and is claimed here again
        self._urgent.add(running.id)
        self._running[running.id] = running
        self._tasks.add(asyncio.create_task(self.run(running), name=running.kind))

    def lose(self, job_id: str) -> None:
        if job_id in self._running:
            self._running[job_id].claim.lose()

    async def run(self, running: Running) -> None:
        """Run a job, and return once its outcome is written."""
        if self._running.get(running.id) is not running:
            self.lose(running.id)  # an earlier claim of ours
        self._running[running.id] = running
        task = asyncio.current_task()
        self._tasks |= {task} if task else set()
        try:
            if await self._may_start(running):
                self._record(running)
                outcome = await self._outcome(running)
                if outcome is not None:
                    await self._write(running, outcome)
        except DatabaseUnavailable:
            self.unwritten.add(running.id)
            log.warning(
                "%s %s: the outcome was not saved; the job will run again", running.kind, running.id
            )
        except asyncio.CancelledError:
            if not (self._is_closing or running.claim.is_lost):
                raise
            # Cut off before its outcome was written: APScheduler would take that for a failure.
            if running.claim.may_have_acted:
                self.unwritten.add(running.id)
        except Exception:
            # Nobody awaits what ``start`` began, and APScheduler says less of it.
            self.unwritten.add(running.id)
            log.exception(
                "%s %s: its outcome could not be written; it runs again", running.kind, running.id
            )
        finally:
            if self._running.get(running.id) is running:
                del self._running[running.id]
                self._urgent.discard(running.id)
            self._tasks -= {task} if task else set()
            self._on_free_slot(running.kind)

    async def aclose(self, grace_s: float) -> None:
        """Wait ``grace_s`` for running jobs; then cancel them, for another process to take over."""
        self._is_closing = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _may_start(self, running: Running) -> bool:
        # It waited until it was due; meanwhile it may have been cancelled elsewhere.
        if running.claim.age_s > self._pace.ahead_s / 4:
            await running.claim.confirm()
        return running.claim.lasts()

    def _record(self, running: Running) -> None:
        """Record how late the first attempt is at what was due at a time of its own."""
        if running.attempts <= 1 and running.id not in self._urgent:
            late_s = (self._now() - running.next_run).total_seconds()
            self._recorder.observe(Event.JOB_LATE_S, max(late_s, 0.0), running.kind)

    async def _outcome(self, running: Running) -> Outcome | Again | None:
        """Return the outcome to write, or None if the claim is lost and nothing may be written."""
        running.claim.task = asyncio.current_task()
        limit = asyncio.timeout(self._pace.run_s)
        try:
            async with limit:
                return await self._kinds[running.kind].run(running)
        except ClaimLost:
            if not running.claim.is_lost and running.claim.lasts():
                # Only in doubt for a moment: the ledger says whose it is.
                return Retry(0.0, "it was not certain that this process may act")
            log.info(LOST, running.kind, running.id)
            return None
        except asyncio.CancelledError:
            if running.claim.is_lost:
                log.info(LOST, running.kind, running.id)
                return None
            if self._is_closing:
                return CLOSING
            return self._retries.after_bug(running, "cancelled")
        except Exception as error:
            if limit.expired():
                log.error(TOO_LONG, running.kind, running.id, self._pace.run_s / 60)
                return self._retries.after_bug(running, "it took too long")
            return self._retries.after(running, error)
        finally:
            # The outcome is written even if the claim is lost from here on.
            running.claim.task = None

    async def _write(self, running: Running, outcome: Outcome | Again) -> None:
        outcome = self._retries.bounded(running, outcome)
        if isinstance(outcome, Settled):
            outcome = await self._settle(running, outcome)
        elif not isinstance(outcome, Parked):
            await self._postpone(running, outcome)
        if isinstance(outcome, Parked):
            await self.park(running, outcome.reason)

    async def _postpone(self, running: Running, again: Retry | Again) -> None:
        is_undone = isinstance(again, Retry) and not running.claim.may_have_acted
        work = partial(
            self._ledger.postpone,
            fence=running.claim.fence,
            delay=delay(again),
            draft=running.claim.draft_json(),
            reason=again.reason,
            is_failure=isinstance(again, Again) and again.is_failure,
            is_undone=is_undone,
        )
        if is_undone:
            # Once only: the next claim has the same number, and a second write would undo it.
            await self._database.run(work)
        else:
            await self._keep_trying(running, work)
        self._on_due_soon()

    async def _settle(self, running: Running, settled: Settled) -> Settled | Parked:
        """Write that a job is done. Return Parked if its next occurrence cannot be computed."""
        if settled.message_id is not None:
            running.claim.merge({"message_id": settled.message_id})
        try:
            next_run = self._next_run(running)
            payload = None if settled.payload is None else to_json(settled.payload)
        except Exception as error:
            problem = "done, but its next occurrence could not be computed"
            log.exception("%s %s is %s", running.kind, running.id, problem)
            return Parked(f"{problem}: {type(error).__name__}")
        work = partial(
            self._ledger.settle,
            fence=running.claim.fence,
            draft=running.claim.draft_json(),
            payload=payload,
            next_run=next_run,
            others=settled.others,
        )
        await self._keep_trying(running, work)
        if next_run is not None:
            self._on_due_soon()
        return settled

    def _next_run(self, job: Job) -> datetime | None:
        next_run = self._kinds[job.kind].next_run
        # A clock that was set back must not bring the same occurrence again.
        return next_run(job, max(self._now(), job.next_run)) if next_run is not None else None

    async def park(self, running: Running, reason: str) -> None:
        """Park a job, and store its kind's notice of that."""
        draft = running.claim.draft_json() if running.is_readable else None
        log.warning("%s %s is parked: %s", running.kind, running.id, reason)
        notice = self.notice(running, reason)

        def write(connection: Connection) -> bool:
            held = self._ledger.park(connection, running.claim.fence, reason, draft=draft)
            if held and notice is not None:
                self._ledger.insert(connection, notice)
                self._ledger.notify(connection)
            return held

        await self._keep_trying(running, write)
        if notice is not None:
            self._on_due_soon()

    def notice(self, parked: Job, reason: str) -> dict[str, Any] | None:
        """Return the row of the job that tells somebody that this one is parked."""
        notice = self._kinds[parked.kind].notice
        if notice is None:
            return None
        try:
            job = notice(parked, reason)
            return None if job is None else row_of(job, self._now())
        except Exception:  # the job must be parked all the same
            log.exception("%s %s: nobody is told that it is parked", parked.kind, parked.id)
            return None

    async def _keep_trying(self, running: Running, work: Work[bool]) -> bool:
        """Write, however long the database is unavailable: the effect has happened."""
        for attempt in count():
            try:
                held = await self._database.run(work)
            except DatabaseUnavailable:
                if self._is_closing:
                    raise
                await asyncio.sleep(exponential_backoff(attempt, 200, 5_000) / 1000)
            else:
                if not held:
                    log.info("%s %s: the claim was lost before the end", running.kind, running.id)
                    running.claim.lose()
                return held
        raise AssertionError("count() has no end")
