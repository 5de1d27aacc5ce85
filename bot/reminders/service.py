"""Reminders as their owners see them: set, listed, changed, snoozed, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.buttons import occurrence_of
from bot.reminders.job import KIND, LIMIT, TEXT_LIMIT, NewReminder, ReminderPayload, new_job
from bot.schedules.notice import new_notice
from bot.schedules.occurrences import columns, is_waiting, next_run
from bot.schedules.service import Schedules
from bot.times.recurrence import When, absolute
from connectors.local_scheduler import (
    Job,
    LimitReached,
    NewJob,
    State,
    id_from,
    id_of,
)

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler


CANCELLED, MODERATED = "cancelled", "ended by a moderator"
DELIVERED = "delivered"


class Reminders:
    """Everybody's reminders. Every method raises Refused for what cannot be done."""

    def __init__(self, scheduler: LocalScheduler, schedules: Schedules) -> None:
        self._scheduler = scheduler
        self._schedules = schedules

    def check(self, reminder: NewReminder) -> None:
        """Raise Refused for what cannot be kept, whatever its time is."""
        self._schedules.check_storage()
        _check_text(reminder.text)

    async def add(
        self, reminder: NewReminder, when: When, owner_id: int, interaction_id: int | None = None
    ) -> Job:
        """Store a reminder, once for each interaction; return the one that is stored."""
        job_id = None if interaction_id is None else id_from(interaction_id)
        return await self._add(new_job(reminder, when, owner_id, job_id))

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
        """Cancel a reminder, also one that was cancelled before."""
        job = await self.get(job_id, owner_id)
        if not await self._scheduler.end(job_id, owner_id=owner_id, reason=CANCELLED):
            job = await self.get(job_id, owner_id)
            if job.reason != CANCELLED:
                raise Refused(texts.IS_DONE)
        return job

    async def pause(self, job_id: str, owner_id: int) -> Job:
        job = await self.get(job_id, owner_id)
        if is_waiting(job):
            return job
        if not await self._scheduler.pause(job_id, owner_id=owner_id):
            raise Refused(texts.NOT_PAUSED)
        return msgspec.structs.replace(job, state=State.PAUSED)

    async def resume(self, job_id: str, owner_id: int) -> Job:
        """Resume a paused or parked reminder; one that was due meanwhile is delivered at once."""
        resumed = await self._scheduler.resume(job_id, owner_id=owner_id)
        return resumed or _unless_done(await self.get(job_id, owner_id))

    async def done(self, job_id: str, occurrence: str, owner_id: int) -> Job:
        """Return a reminder of which a person has seen an occurrence, which is settled from now on.

        Its message loses its buttons, so whoever could not note that it was posted would not find
        it any more, and post it again.
        """
        job = await self.get(job_id, owner_id)
        is_open = job.attempts > 0 and job.state not in (State.SETTLED, State.PAUSED)
        if not is_open or occurrence_of(job) != f"{job_id}:{occurrence}":
            return job
        following = next_run(job, max(self._schedules.now(), job.next_run))
        if following is None:
            await self._scheduler.end(job_id, owner_id=owner_id, reason=DELIVERED)
        else:
            await self._scheduler.change(job_id, owner_id=owner_id, next_run=following)
        return job

    async def snooze(self, job_id: str, occurrence: str, owner_id: int, until: datetime) -> Job:
        """Deliver one occurrence of a reminder once more, however often this is called for it."""
        job = await self.done(job_id, occurrence, owner_id)
        told = ReminderPayload.of(job)
        snoozed = f"{job_id}:{occurrence}"
        again = NewReminder("", told.text, job.channel_id, job.guild_id, told.link, snoozed)
        new = new_job(again, absolute(until), owner_id, id_of("snooze", job_id, occurrence))
        return await self._add(new)

    async def _add(self, new: NewJob) -> Job:
        with _within_limit():
            return _unless_done(await self._scheduler.add(new, at_most=LIMIT))

    async def in_channel(self, guild_id: int, channel_id: int) -> list[Job]:
        """Return everybody's reminders that are posted in a channel, the next one first."""
        jobs = await self._scheduler.of_guild(guild_id, kind=KIND)
        return [job for job in jobs if job.channel_id == channel_id]

    async def end(self, job_id: str, channel_id: int) -> Job:
        """End a reminder of a channel for its moderators, and let its owner know."""
        job = await self._scheduler.get(job_id)
        if job is None or (job.kind, job.channel_id) != (KIND, channel_id):
            raise Refused(texts.NOT_THERE)
        is_ended = await self._scheduler.end(job_id, owner_id=job.owner_id, reason=MODERATED)
        if not is_ended and job.reason != MODERATED:
            raise Refused(texts.NOT_THERE)
        intro, content = texts.ended(job)
        await self._scheduler.add(new_notice(job.owner_id, content, intro, job, "reminder ended"))
        return job

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


def _unless_done(job: Job) -> Job:
    if job.state is State.SETTLED:
        is_ended = job.reason in (CANCELLED, MODERATED)
        # What was set may be asked for again by the same request, after an outage.
        raise Refused(texts.IS_DONE if is_ended else texts.delivered(job))
    return job


def _found(job: Job | None) -> Job:
    if job is None:
        raise Refused(texts.FORGOTTEN)
    return job
