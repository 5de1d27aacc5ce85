"""Reminders as their owners see them: set, listed, changed, snoozed, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.job import KIND, LIMIT, TEXT_LIMIT, NewReminder, ReminderPayload, new_job
from bot.schedules.occurrences import columns, is_waiting
from bot.schedules.service import Schedules
from bot.times.recurrence import When, absolute
from connectors.local_scheduler import Job, LimitReached

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler


class Reminders:
    """Everybody's reminders. Every method raises Refused for what cannot be done."""

    def __init__(self, scheduler: LocalScheduler, schedules: Schedules) -> None:
        self._scheduler = scheduler
        self._schedules = schedules
        self._snoozing = asyncio.Lock()

    def check(self, reminder: NewReminder) -> None:
        """Raise Refused for what cannot be kept, whatever its time is."""
        self._schedules.check_storage()
        _check_text(reminder.text)

    async def add(
        self, reminder: NewReminder, when: When, owner_id: int, interaction_id: int | None = None
    ) -> Job:
        """Store a reminder, once for each interaction."""
        new = new_job(reminder, when, owner_id, interaction_id)
        with _within_limit():
            return await self._scheduler.add(new, at_most=LIMIT)

    async def of(self, owner_id: int) -> list[Job]:
        """Return a person's reminders that are still to come, the next one first."""
        return await self._scheduler.owned_by(owner_id, kind=KIND)

    async def get(self, job_id: str, owner_id: int) -> Job:
        """Return a person's own reminder, also one that is done."""
        job = await self._scheduler.get(job_id)
        if job is None or job.kind != KIND:
            raise Refused(texts.FORGOTTEN)
        if job.owner_id != owner_id:
            raise Refused(texts.NOT_YOURS)
        return job

    async def change(self, job_id: str, owner_id: int, when: When | None, text: str) -> Job:
        """Change a reminder's text and, unless ``when`` is None, its time."""
        _check_text(text)
        stored = ReminderPayload.try_of(await self.get(job_id, owner_id))
        payload = msgspec.structs.replace(stored or ReminderPayload(text), text=text).json()
        change = partial(self._scheduler.change, job_id, owner_id=owner_id, payload=payload)
        with _within_limit():
            return _found(await (change(**columns(when), at_most=LIMIT) if when else change()))

    async def cancel(self, job_id: str, owner_id: int) -> Job:
        job = await self.get(job_id, owner_id)
        if not await self._scheduler.cancel(job_id, owner_id=owner_id):
            raise Refused(texts.IS_DONE)
        return job

    async def pause(self, job_id: str, owner_id: int) -> Job:
        if not await self._scheduler.pause(job_id, owner_id=owner_id):
            raise Refused(texts.NOT_PAUSED)
        return await self.get(job_id, owner_id)

    async def resume(self, job_id: str, owner_id: int) -> Job:
        """Resume a paused or parked reminder; one that was due meanwhile is delivered at once."""
        return _found(await self._scheduler.resume(job_id, owner_id=owner_id))

    async def snooze(self, job_id: str, occurrence: str, owner_id: int, until: datetime) -> Job:
        """Deliver one occurrence of a reminder once more, however often this is called for it."""
        job = await self.get(job_id, owner_id)
        told, snoozed = ReminderPayload.of(job), f"{job_id}:{occurrence}"
        again = NewReminder("", told.text, job.channel_id, job.guild_id, told.link, snoozed)
        # Of two presses at once, the second must find what the first has added.
        async with self._snoozing:
            for stored in await self.of(owner_id):
                payload = ReminderPayload.try_of(stored)
                if payload is not None and payload.snoozed == snoozed:
                    return stored
            return await self.add(again, absolute(until), owner_id)

    async def move(self, job_id: str, owner_id: int, until: datetime) -> Job:
        """Put off a reminder that is not delivered yet."""
        is_stopped = is_waiting(await self.get(job_id, owner_id))
        move = self._scheduler.resume if is_stopped else self._scheduler.change
        return _found(await move(job_id, owner_id=owner_id, next_run=until))


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refused(texts.NO_TEXT)
    if len(text) > TEXT_LIMIT:
        raise Refused(texts.TOO_LONG.format(len(text), TEXT_LIMIT))


@contextmanager
def _within_limit() -> Iterator[None]:
    try:
        yield
    except LimitReached as error:
        raise Refused(texts.too_many(is_recurring=error.is_recurring)) from error


def _found(job: Job | None) -> Job:
    if job is None:
        raise Refused(texts.FORGOTTEN)
    return job
