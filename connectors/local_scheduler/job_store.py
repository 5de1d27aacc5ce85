"""The APScheduler job store: what this process has claimed, until the second it is due."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from apscheduler.job import Job as Entry
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.date import DateTrigger

from connectors.local_scheduler.running import Running

log = logging.getLogger(__name__)

Run = Callable[[Running], Awaitable[None]]


class LedgerJobStore(BaseJobStore):  # type: ignore[misc]  # APScheduler 3 ships no types
    """Holds claims in memory; their rows stay in the ledger whatever APScheduler removes here.

    No method raises: APScheduler 3.11.3 never arms its timer again after an exception of a store (its #1132).
    """

    def __init__(self, room: Callable[[str], int]) -> None:
        super().__init__()
        self._room = room
        self._entries: dict[str, Entry] = {}

    def hold(self, scheduler: BaseScheduler, running: Running, run: Run) -> None:
        """Keep a claim until it is due."""
        entry = Entry(
            scheduler,
            id=running.id,
            name=running.kind,
            func=run,
            args=(running,),
            kwargs={},
            trigger=DateTrigger(running.next_run),
            executor="default",
            misfire_grace_time=None,  # however late, it is run
            coalesce=True,
            max_instances=10,  # the lease, not APScheduler, keeps a job from running twice
            next_run_time=running.next_run,
        )
        self.add_job(entry)

    def held(self) -> list[Running]:
        """Return what waits here."""
        return [entry.args[0] for entry in self._entries.values()]

    def get_due_jobs(self, now: datetime) -> list[Entry]:
        """Return what is due and has room to run; the rest stays due."""
        taken: dict[str, int] = {}
        due = []
        for entry in self._in_order():
            if entry.next_run_time <= now and self._room(entry.name) > taken.get(entry.name, 0):
                taken[entry.name] = taken.get(entry.name, 0) + 1
                due.append(entry)
        return due

    def get_next_run_time(self) -> datetime | None:
        """Return when to look again; whoever makes room wakes the scheduler up."""
        times = (e.next_run_time for e in self._in_order() if self._room(e.name) > 0)
        return next(times, None)

    def get_all_jobs(self) -> list[Entry]:
        return self._in_order()

    def lookup_job(self, job_id: str) -> Entry | None:
        return self._entries.get(job_id)

    def add_job(self, job: Entry) -> None:
        self._entries[job.id] = job

    def update_job(self, job: Entry) -> None:
        self._entries[job.id] = job

    def remove_job(self, job_id: str) -> None:
        """Hold it no longer: APScheduler calls this when it starts a job, not when the job is done."""
        self._entries.pop(job_id, None)

    def remove_all_jobs(self) -> None:
        self._entries.clear()

    def _in_order(self) -> list[Entry]:
        return sorted(self._entries.values(), key=_next_run_time)


def _next_run_time(entry: Any) -> datetime:
    next_run_time: datetime = entry.next_run_time
    return next_run_time
