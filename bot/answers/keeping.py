"""Accepted questions, kept in the ledger before anybody is told that they are accepted."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors import ConnectorError
from connectors.local_scheduler import ClaimLost, KeptElsewhere, Running, Settled, State
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from bot.answers.background import Background
    from bot.answers.dependencies import Memory
    from bot.answers.record import Record
    from connectors.local_scheduler import LocalScheduler, NewJob

log = logging.getLogger(__name__)

KEEP_WITHIN_S = 2.0
# Longer than a claim goes unconfirmed while something is shown, so that the process that was
# writing an answer shows nothing more of it.
TAKEN_AFTER = timedelta(seconds=2)
CANCELLED = "cancelled"  # as jobs are that were dropped


async def ending(record: Record, running: Running, memory: Memory) -> Settled:
    """Return the outcome of an answer that has ended, with what its buttons need of it."""
    if await memory.forgets(record.origin.user_id):
        running.checkpoint({})
        return Settled(record.screen.last_id, {})
    running.checkpoint(record.draft())
    return Settled(record.screen.last_id, record.closed())


class Keeping:
    """Keeps questions, or forgets what was kept of them."""

    def __init__(self, scheduler: LocalScheduler, tasks: Background) -> None:
        self._scheduler = scheduler
        self._tasks = tasks
        # In the rows that are stored here: two processes may hear a question in the same moment.
        self._mark = secrets.token_hex(4)

    def hold(self, record: Record) -> asyncio.Future[Running | None]:
        """Begin to save a new answer; the result is the claim on it, or None if that takes long.

        It is KeptElsewhere if another process has saved it, or is to find it. An answer that is
        not saved in time is written by this process only: what the ledger may have of it is
        dropped.
        """
        loop = asyncio.get_running_loop()
        held: asyncio.Future[Running | None] = loop.create_future()
        holding = loop.create_task(self._scheduler.hold(self._marked(record)))
        late = loop.call_later(KEEP_WITHIN_S, self._give_up, record, holding, held)

        def settle(_: object) -> None:
            late.cancel()
            if not held.done():
                self._settle(record, holding, held)

        holding.add_done_callback(settle)
        return held

    def _settle(
        self, record: Record, holding: asyncio.Task[Running], held: asyncio.Future[Running | None]
    ) -> None:
        """Hand on what became of a question."""
        try:
            held.set_result(holding.result())
        except ConnectorError:
            self._give_up(record, holding, held)
        except RuntimeError as error:  # the scheduler is closed, or its database already
            log.warning("a question is left to the next process, as this one stops: %s", error)
            elsewhere = KeptElsewhere(record.id)
            elsewhere.__cause__ = error
            held.set_exception(elsewhere)
        except Exception as error:
            held.set_exception(error)

    def _give_up(
        self, record: Record, holding: asyncio.Task[Running], held: asyncio.Future[Running | None]
    ) -> None:
        log.warning("the database does not respond; this answer would not survive a crash")
        self._tasks.spawn(self._drop_late(record, holding))
        if not held.done():
            held.set_result(None)

    async def drop(self, record: Record, holding: asyncio.Future[Running | None]) -> None:
        """Remove a question that Discord does not let us answer, unless another process has it.

        It may also have been begun here: Discord may take longer to say so than a claim lasts.
        """
        with suppress(ConnectorError, KeptElsewhere, ClaimLost):
            held = await holding
            if held is not None:  # else what is stored of it may be another's
                await held.ensure_claim()
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
                owner_id, payload = record.origin.user_id, self._marked(record).payload
                await self._scheduler.drop(record.id, owner_id=owner_id, payload=payload)
            except ConnectorError:
                await asyncio.sleep(exponential_backoff(failures, 200, 5_000) / 1000)
            else:
                return

    def _marked(self, record: Record) -> NewJob:
        job = record.new_job()
        return replace(job, payload={**job.payload, "stored_by": self._mark})
