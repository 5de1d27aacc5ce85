"""Accepted questions, kept in the ledger before anybody is told that they are accepted."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from connectors import ConnectorError
from connectors.local_scheduler import KeptElsewhere, Running, State
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from bot.answers.background import Background
    from bot.answers.record import Record
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)

KEEP_WITHIN_S = 2.0
# Longer than a claim goes unconfirmed while something is shown, so that the process that was
# writing an answer shows nothing more of it.
TAKEN_AFTER = timedelta(seconds=2)
CANCELLED = "cancelled"  # as jobs are that were dropped


class Keeping:
    """Keeps questions, or forgets what was kept of them."""

    def __init__(self, scheduler: LocalScheduler, tasks: Background) -> None:
        self._scheduler = scheduler
        self._tasks = tasks

    async def hold(self, record: Record) -> Running | None:
        """Return the claim on a new answer, or None if it is not saved in time.

        Raise KeptElsewhere if another process has saved it, or is to find it. An answer that is
        not saved in time is written by this process only: what the ledger may have of it is
        dropped.
        """
        holding = asyncio.create_task(self._scheduler.hold(record.new_job()))
        await asyncio.wait({holding}, timeout=KEEP_WITHIN_S)
        try:
            if holding.done():
                return await holding
        except ConnectorError:
            pass
        except RuntimeError as error:  # the scheduler is closed, or its database already
            log.warning("a question is left to the next process, as this one stops: %s", error)
            raise KeptElsewhere(record.id) from error
        log.warning("the database does not respond; this answer would not survive a crash")
        self._tasks.spawn(self._drop_late(record, holding))
        return None

    async def drop(self, record: Record, holding: asyncio.Task[Running | None]) -> None:
        """Remove a question that Discord does not let us answer, unless another process has it."""
        with suppress(ConnectorError, KeptElsewhere):
            await holding
            await self._scheduler.drop(record.id, owner_id=record.origin.user_id)

    async def is_elsewhere(self, record: Record) -> bool:
        """Return whether the process that has saved an answer is still going to write it."""
        with suppress(ConnectorError):
            job = await self._scheduler.get(record.id)
            if job is None or (job.state is State.SETTLED and job.reason == CANCELLED):
                return False
        return True

    async def _drop_late(self, record: Record, holding: asyncio.Task[Running]) -> None:
        """Drop what the database saves too late, or has saved although it said nothing.

        Others may have claimed it since; what they have saved themselves is left to them.
        """
        with suppress(ConnectorError, KeptElsewhere):
            await holding
        for failures in count():
            try:
                owner_id = record.origin.user_id
                await self._scheduler.drop(record.id, owner_id=owner_id, payload=record.payload())
            except ConnectorError:
                await asyncio.sleep(exponential_backoff(failures, 200, 5_000) / 1000)
            else:
                return
