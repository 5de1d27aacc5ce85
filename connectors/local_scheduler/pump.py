"""Claims jobs that are due soon, renews leases, and writes drafts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy import Connection

from connectors.database.database import Database
from connectors.database.errors import DatabaseUnavailable, NewerDatabase
from connectors.local_scheduler.job import Fence, Job
from connectors.local_scheduler.job_store import LedgerJobStore
from connectors.local_scheduler.kinds import Kind, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.running import Claim, Running, clocks
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from connectors.local_scheduler.presence import Presence
    from connectors.local_scheduler.worker import Worker

log = logging.getLogger(__name__)

_SHORTEST_WAIT_S = 0.1
# A clock that is set, or a timer that is lost, delays jobs no longer than this.
_LONGEST_WAIT_S = 60.0
# So many drafts are written in one statement, and encoded in one turn of the event loop.
_DRAFTS = 32
_NONE: Final[Mapping[int, int]] = {}


class Pump:
    """Two loops that run until they are cancelled: one claims, one renews and writes."""

    def __init__(
        self,
        ledger: Ledger,
        database: Database,
        kinds: Mapping[str, Kind],
        pace: Pace,
        *,
        scheduler: BaseScheduler,
        store: LedgerJobStore,
        worker: Worker,
        presence: Presence,
        is_listening: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._database = database
        self._kinds = kinds
        self._pace = pace
        self._scheduler = scheduler
        self._store = store
        self._worker = worker
        self._presence = presence
        self._is_listening = is_listening
        self._woken = asyncio.Event()
        # Kinds of which a group has more jobs than its share.
        self._crowded: set[str] = set()
        # Kinds of which more jobs may be due than could be claimed.
        self._full: set[str] = set()
        # Why the database is unavailable; empty while it answers.
        self._trouble = ""

    def wake(self) -> None:
        self._woken.set()

    def on_free_slot(self, kind: str) -> None:
        """Start jobs that wait for a slot, and claim more once that is worth a round trip."""
        if any(running.kind == kind for running in self._store.held()):
            self._scheduler.wakeup()
        if self._has_much_room(kind) or kind in self._crowded:
            self.wake()

    async def claim_forever(self) -> None:
        failures = 0
        while True:
            self._woken.clear()
            try:
                wait_s = await self._claim()
                failures = self._recovered()
            except NewerDatabase:
                raise  # waiting does not help
            except Exception as error:
                self.report(error)
                await asyncio.sleep(exponential_backoff(failures, 200, 5_000) / 1000)
                failures, wait_s = failures + 1, 0.0
            if self._store.held():
                self._scheduler.wakeup()
            await self._wait(wait_s)

    async def renew_forever(self) -> None:
        renewed_s = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(self._pace.checkpoint_s)
            now_s = asyncio.get_running_loop().time()
            try:
                await self._write_drafts()
                if now_s - renewed_s >= self._pace.renew_s:
                    await self._renew()
                    renewed_s = now_s
            except Exception as error:
                self.report(error)

    async def begin(self) -> None:
        """Make this process known, before it claims anything. Raises DatabaseUnavailable."""
        self._ledger.worker = await self._presence.begin()

    async def release(self) -> None:
        """Give back every unused claim, also those of a claim that was cut off."""
        self._store.remove_all_jobs()
        await self._database.run(self._release)

    def _release(self, connection: Connection) -> None:
        self._ledger.release(connection, self._worker.unwritten)
        self._ledger.notify(connection)

    async def _give_back(self, *, older_than_s: float) -> None:
        waiting = [r for r in self._store.held() if r.claim.age_s >= older_than_s]
        if not waiting:
            return
        for running in waiting:
            self._store.remove_job(running.id)
        fences = [running.claim.fence for running in waiting]
        await self._database.run(lambda c: self._give_back_in(c, fences))
        kinds = {running.kind for running in waiting}
        self._full |= kinds
        # A slot may have come free while they were still claimed: nobody else would look for long.
        if any(self._worker.room(kind) > 0 for kind in kinds):
            self.wake()

    def _give_back_in(self, connection: Connection, fences: Iterable[Fence]) -> None:
        for fence in fences:
            self._ledger.give_back(connection, fence)
        self._ledger.notify(connection)

    async def _claim(self) -> float:
        """Claim jobs that are due soon, as far as there is room; return how long to wait."""
        await self.begin()
        ours = self._claimed_here()
        rooms = {kind: room for kind in self._kinds if (room := self._room(kind, ours)) > 0}
        asked_at = clocks()
        besides = {kind: self._groups_with_enough(kind, ours) for kind in rooms}
        self._crowded = {kind for kind, groups in besides.items() if groups}
        claimed, next_in = await self._database.run(lambda c: self._claim_kinds(c, rooms, besides))
        self._full = {k for k in self._kinds if len(claimed.get(k, ())) >= rooms.get(k, 0)}
        for job in (job for jobs in claimed.values() for job in jobs):
            await self._take(job, asked_at)
        ours = self._claimed_here() if self._full else {}
        if any(self._room(kind, ours) > 0 for kind in self._full):
            return 0.0  # for groups other than those just claimed for
        poll_s = self._pace.listening_poll_s if self._is_listening() else self._pace.poll_s
        if next_in is None:
            return poll_s
        return min(max(next_in.total_seconds(), _SHORTEST_WAIT_S), poll_s)

    def _claim_kinds(
        self,
        connection: Connection,
        rooms: Mapping[str, int],
        besides: Mapping[str, Collection[int]],
    ) -> tuple[dict[str, list[Job]], timedelta | None]:
        """Claim of the kinds of which something is due: one look tells for all of them."""
        ahead = timedelta(seconds=self._pace.ahead_s)
        due, waits = self._look(connection, rooms.keys() - self._crowded, ahead)
        claimed: dict[str, list[Job]] = {}
        wanted = {name: room for name, room in rooms.items() if name in due | self._crowded}
        lapsed = self._ledger.lapsed(connection) if wanted else []
        living = self._presence.living(connection, lapsed) if lapsed else []
        for name, room in wanted.items():
            version, others = self._kinds[name].version, besides[name]
            claimed[name] = self._ledger.claim(
                connection, name, version, room, ahead, others, living
            )
            waits.pop(name, None)
        left = {name for name, jobs in claimed.items() if len(jobs) < rooms[name]}
        waits |= self._look(connection, left - self._crowded, ahead)[1]
        for name in left & self._crowded:
            version, others = self._kinds[name].version, besides[name]
            wait = self._ledger.next_visible_in(connection, name, version, ahead, others)
            waits |= {} if wait is None else {name: wait}
        return claimed, min(waits.values(), default=None)

    def _look(
        self, connection: Connection, names: Collection[str], ahead: timedelta
    ) -> tuple[set[str], dict[str, timedelta]]:
        if not names:
            return set(), {}
        return self._ledger.look(connection, {n: self._kinds[n].version for n in names}, ahead)

    async def _take(self, job: Job, asked_at: tuple[float, float]) -> None:
        running = self.claimed(job, asked_at)
        if not job.is_readable:
            await self._worker.park(running, "its payload or draft is not a JSON object")
        elif job.crashes > self._pace.crashes:
            await self._worker.park(running, f"{job.crashes} processes ended while it ran")
        else:
            self._store.hold(running)

    def claimed(self, job: Job, asked_at: tuple[float, float]) -> Running:
        """Return a job with its claim, which was requested at ``asked_at``."""
        claim = Claim(
            Fence(job.id, self._ledger.worker, job.attempts),
            self._ledger,
            self._database,
            asked_at=asked_at,
            lease_s=self._pace.lease_s,
            draft=job.draft,
            presence=self._presence,
        )
        return Running.of(job, claim)

    def _has_much_room(self, kind: str) -> bool:
        if kind not in self._full:
            return False
        # At the end of a rush, no process should hold much more than another.
        return 4 * self._room(kind, self._claimed_here()) >= self._kinds[kind].slots

    def _room(self, kind: str, ours: Mapping[str, Counter[int]]) -> int:
        most = 2 * self._kinds[kind].share
        claimed = sum(min(number, most) for number in ours.get(kind, _NONE).values())
        return 2 * self._kinds[kind].slots - claimed

    def _groups_with_enough(self, kind: str, ours: Mapping[str, Counter[int]]) -> list[int]:
        """Return the groups of which enough is claimed to fill their shares for a while."""
        share = self._kinds[kind].share
        if share >= self._kinds[kind].slots:
            return []
        return [group for group, number in ours.get(kind, _NONE).items() if number >= 2 * share]

    def _claimed_here(self) -> Mapping[str, Counter[int]]:
        """Return of each kind how many jobs of each group wait here for a slot or have one."""
        claimed: dict[str, Counter[int]] = {}
        for running in (*self._store.held(), *self._worker.in_slots()):
            claimed.setdefault(running.kind, Counter())[running.group] += 1
        return claimed

    async def _write_drafts(self) -> None:
        """Write every changed draft."""
        changed = [r.claim for r in self._worker.running() if r.claim.has_changed]
        for start in range(0, len(changed), _DRAFTS):
            # Some may have been written, or have ended, while the others were.
            some = [claim for claim in changed[start : start + _DRAFTS] if claim.has_changed]
            if some:
                await self._write(some)

    async def _write(self, claims: Sequence[Claim]) -> None:
        """Write some drafts, in one statement."""
        drafts, asked_at = {claim.fence: claim.draft_json() for claim in claims}, clocks()
        try:
            held = await self._database.run(lambda c: self._ledger.save_drafts(c, drafts))
        except DatabaseUnavailable:
            for claim in claims:
                claim.merge({})
            raise
        for claim in claims:
            claim.saved(asked_at, is_held=claim.fence in held)

    async def _renew(self) -> None:
        claims = [r.claim for r in self._worker.running() if not r.claim.is_lost]
        if claims:
            asked_at = clocks()
            held = await self._database.run(
                lambda c: self._ledger.renew(c, [claim.fence for claim in claims])
            )
            for claim in claims:
                claim.learn(asked_at, held)
        await self._give_back(older_than_s=self._pace.renew_s)

    async def _wait(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(min(wait_s, _LONGEST_WAIT_S)):
                await self._woken.wait()
        except TimeoutError:
            return

    def _recovered(self) -> int:
        if self._trouble:
            self._trouble = ""
            log.warning("the database is available again")
        return 0

    def report(self, error: Exception) -> None:
        if not isinstance(error, DatabaseUnavailable):
            log.error("unexpected error in the scheduler; it keeps running", exc_info=error)
        elif self._trouble != error.summary:
            self._trouble = error.summary
            log.warning("%s; retrying", error.summary)
