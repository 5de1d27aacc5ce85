"""The APScheduler job store: claimed jobs, until the second they are due."""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.job import Job as Entry
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.triggers.date import DateTrigger

from connectors.local_scheduler.running import Running

Run = Callable[[Running], Awaitable[None]]


def _no_limit(_running: Running) -> int:
    return sys.maxsize


class LedgerJobStore(BaseJobStore):  # type: ignore[misc]  # APScheduler 3 ships no types
    """Claims in memory. Their rows stay in the ledger, whatever APScheduler removes here.

    No method raises: APScheduler 3.11.3 never sets its timer again after a store has (its #1132).
    ``ahead`` returns how far the clock by which jobs are due is ahead of the machine's, which is
    the one that APScheduler reads.
    """

    def __init__(
        self,
        room: Callable[[str], int],
        run: Run,
        share_left: Callable[[Running], int] = _no_limit,
        ahead: Callable[[], timedelta] = timedelta,
    ) -> None:
        super().__init__()
        self._room = room
        self._share_left = share_left
        self._run = run
        self._ahead = ahead
        self._held: dict[str, Running] = {}

    def hold(self, running: Running) -> None:
        self._held[running.id] = running

    def held(self) -> list[Running]:
        return list(self._held.values())

    def get_due_jobs(self, now: datetime) -> list[Entry]:
        """Return the claims that are due and may start; the others stay due."""
        taken: Counter[object] = Counter()
        due, ahead = [], self._ahead()
        for running in self._in_order():
            kind, share = running.kind, (running.kind, running.group)
            has_room = self._room(kind) > taken[kind] and self._share_left(running) > taken[share]
            if running.next_run <= now + ahead and has_room:
                taken[kind] += 1
                taken[share] += 1
                due.append(self._entry(running, ahead))
        return due

    def get_next_run_time(self) -> datetime | None:
        """Return when the next claim that may start is due; a freed slot wakes the scheduler."""
        due = next((r.next_run for r in self._in_order() if self._may_start(r)), None)
        return None if due is None else due - self._ahead()

    def get_all_jobs(self) -> list[Entry]:
        ahead = self._ahead()
        return [self._entry(running, ahead) for running in self._in_order()]

    def lookup_job(self, job_id: str) -> Entry | None:
        held = self._held.get(job_id)
        return None if held is None else self._entry(held, self._ahead())

    def add_job(self, job: Entry) -> None:
        """Do nothing: claims come from the ledger alone."""

    def update_job(self, job: Entry) -> None:
        """Do nothing: a claim is for one occurrence, which does not change."""

    def remove_job(self, job_id: str) -> None:
        """Remove a claim. APScheduler calls this when a job starts, not when it is done."""
        self._held.pop(job_id, None)

    def remove_all_jobs(self) -> None:
        self._held.clear()

    def _may_start(self, running: Running) -> bool:
        return self._room(running.kind) > 0 and self._share_left(running) > 0

    def _in_order(self) -> list[Running]:
        return sorted(self._held.values(), key=lambda running: running.next_run)

    def _entry(self, running: Running, ahead: timedelta) -> Entry:
        # Made when it is due: at 0.1 ms each, a full claim of them would block the event loop.
        due = running.next_run - ahead
        return Entry(
            self._scheduler,
            id=running.id,
            name=running.kind,
            func=self._run,
            args=(running,),
            kwargs={},
            trigger=DateTrigger(due),
            executor="default",
            # However late it is, it runs.
            misfire_grace_time=None,
            coalesce=True,
            # The lease, not APScheduler, keeps a job from running twice.
            max_instances=10,
            next_run_time=due,
        )
