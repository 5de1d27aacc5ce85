"""Takes over what dead processes were working on, without waiting for their leases."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from connectors.database.database import Database
from connectors.local_scheduler.kinds import Kind, Pace
from connectors.local_scheduler.ledger import Ledger
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.local_scheduler.presence import Presence

log = logging.getLogger(__name__)

# While a process is dead, but not surely so yet.
_SUSPECT_S = 0.1
# While there is no other process that could die, so many times the pause. One that starts and dies
# within it has left its leases.
_ALONE = 3


class Takeover:
    """A loop that ends the leases of dead processes, and calls ``on_taken`` to have them claimed.

    It runs until it is cancelled.
    """

    def __init__(
        self,
        ledger: Ledger,
        database: Database,
        kinds: Mapping[str, Kind],
        pace: Pace,
        *,
        presence: Presence,
        on_taken: Callable[[], None],
        report: Callable[[Exception], None],
    ) -> None:
        self._ledger = ledger
        self._database = database
        self._kinds = kinds
        self._pace = pace
        self._presence = presence
        self._on_taken = on_taken
        self._report = report

    async def take_over_forever(self) -> None:
        failures = 0
        while True:
            try:
                await self._take_over()
                if failures:
                    self._on_taken()  # what waits for the database need not wait longer
                failures = 0
            except Exception as error:
                self._report(error)
                failures += 1
            backoff_s = exponential_backoff(failures, 50, 5_000) / 1000
            await asyncio.sleep(max(self._pause_s(), backoff_s))

    def _pause_s(self) -> float:
        if self._presence.suspects():
            return _SUSPECT_S
        return self._pace.look_s * (_ALONE if self._presence.is_alone else 1)

    async def _take_over(self) -> None:
        if not self._presence.knows_others():
            return
        if not await self._database.run(self._dead, only_reads=True):
            return
        # Asked again: within this transaction none of them can come back.
        dead, ended = await self._database.run(self._end_leases)
        self._presence.bury(dead)
        if ended:
            log.info("a process has ended with %d jobs in progress; taking them over", ended)
            self._on_taken()

    def _dead(self, connection: Connection) -> list[str]:
        return self._presence.dead(connection, lambda c: self._ledger.holders(c, self._kinds))

    def _end_leases(self, connection: Connection) -> tuple[list[str], int]:
        dead = self._dead(connection)
        return dead, self._ledger.expire(connection, dead) if dead else 0
