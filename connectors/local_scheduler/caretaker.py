"""The upkeep of the ledger: once an hour, beside everything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.local_scheduler.care import PAUSED, START, Care
from connectors.local_scheduler.job import Job, State
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.database import Database, Work
    from connectors.local_scheduler.kinds import Kind, Pace
    from connectors.local_scheduler.ledger import Ledger

log = logging.getLogger(__name__)

NO_PROCESS = "parked a job of kind %s: no process handles this kind"


class Caretaker:
    """A loop that runs until it is cancelled. Each slice of its work is a transaction of its own.

    ``upkeep`` is what others have to do each time; who returns True is called again.
    """

    def __init__(
        self,
        care: Care,
        ledger: Ledger,
        database: Database,
        kinds: Mapping[str, Kind],
        pace: Pace,
        *,
        upkeep: Sequence[Work[bool | None]],
        notice: Callable[[Job, str], dict[str, Any] | None],
        on_due_soon: Callable[[], None],
        report: Callable[[Exception], None],
    ) -> None:
        self._care = care
        self._ledger = ledger
        self._database = database
        self._kinds = kinds
        self._pace = pace
        self._upkeep = upkeep
        self._notice = notice
        self._on_due_soon = on_due_soon
        self._report = report

    async def keep_up_forever(self) -> None:
        failures = 0
        while True:
            try:
                await self.keep_up()
                failures, pause_s = 0, self._pace.orphan_s
            except Exception as error:
                self._report(error)
                pause_s = exponential_backoff(failures, 1_000, 60_000) / 1000
                failures += 1
            await asyncio.sleep(pause_s)

    async def keep_up(self) -> None:
        """Do everything once. Raises DatabaseUnavailable."""
        known = {name: kind.version for name, kind in self._kinds.items()}
        if await self._often(partial(self._care.adopt, kinds=known)):
            self._on_due_soon()
        keep = timedelta(seconds=self._pace.keep_s)
        for state in (State.SETTLED, State.PARKED):
            await self._often(partial(self._care.purge, state=state, age=keep))
        for work in self._upkeep:
            await self._often(work)
        if await self._often(partial(self._park_paused, kinds=known, age=keep)):
            self._on_due_soon()
        await self._park_orphans(timedelta(seconds=self._pace.orphan_s))
        await self._database.run(lambda _: None, is_erasing=True)

    async def _often(self, work: Work[bool | None]) -> bool:
        """Do something until nothing is left to do. Return whether there was anything."""
        has_done = False
        while await self._database.run(work):
            has_done = True
        return has_done

    def _park_paused(
        self, connection: Connection, *, kinds: Mapping[str, int], age: timedelta
    ) -> bool:
        parked = self._care.park_paused(connection, kinds, age)
        for job in parked:
            if notice := self._notice(job, PAUSED):
                self._ledger.insert(connection, notice)
        return bool(parked)

    async def _park_orphans(self, overdue: timedelta) -> None:
        for name in await self._database.run(self._care.waiting_kinds):
            if name in self._kinds:
                has_parked = await self._park_newer(name, self._kinds[name].version, overdue)
            else:
                park = partial(self._care.park_unknown, kind=name, overdue=overdue)
                has_parked = await self._often(park)
            if has_parked:
                log.warning(NO_PROCESS, name)

    async def _park_newer(self, kind: str, version: int, overdue: timedelta) -> bool:
        has_parked, place = False, START
        while True:
            step = partial(self._care.park_newer, kind=kind, version=version, overdue=overdue)
            some, after = await self._database.run(partial(step, after=place))
            has_parked |= some
            if after is None:
                return has_parked
            place = after
