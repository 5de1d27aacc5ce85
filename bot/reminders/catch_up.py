"""Reminders missed for a day or more, delivered in one list instead of a flood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.reminders import texts
from bot.reminders.buttons import button_row
from bot.reminders.delivery import PART_LIST, deliver, find_message
from bot.reminders.job import KIND, TEXT_LIMIT, ReminderPayload
from bot.schedules.notice import new_notice
from bot.schedules.occurrences import Clock, next_run, utc_now
from bot.schedules.posting import post
from bot.text.formatting import excerpt
from connectors import ConnectorError
from connectors.discord import DiscordRest, File, MessageBody, is_closed
from connectors.local_scheduler import Job, NewJob, Outcome, Retry, Running, Settled, State

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler

LONG = timedelta(hours=24)
WAIT_S = 5.0
# Long enough for the rest of the list, short enough for an owner who allows direct messages and
# resumes the reminders.
REFUSED_FOR = timedelta(minutes=1)


def register(scheduler: LocalScheduler, rest: DiscordRest) -> None:
    handler = CatchUp(scheduler, rest).deliver
    scheduler.handler(KIND, handler, next_run=next_run, notice=notice_of_parking)


def notice_of_parking(job: Job, reason: str) -> NewJob | None:
    """Return the notice to the owner of a parked reminder, unless they take no direct messages."""
    if reason == texts.NO_DM:
        return None
    intro = texts.PARKED.format(reason.rstrip("."))
    content = f"{intro}\n>>> {excerpt(texts.text_of(job), TEXT_LIMIT)}"
    return new_notice(job.owner_id, content, intro, job, f"reminder parked {job.attempts}")


class CatchUp:
    """Deliver reminders; those that an owner missed for long, if there are several, as a list."""

    def __init__(
        self, scheduler: LocalScheduler, rest: DiscordRest, *, clock: Clock = utc_now
    ) -> None:
        self._scheduler = scheduler
        self._rest = rest
        self._clock = clock
        self._refused_until: dict[int, datetime] = {}

    async def deliver(self, running: Running) -> Outcome:
        """Deliver a due reminder: alone, or with the others its owner missed if it is the first."""
        now, owner_id = self._clock(), running.owner_id
        alone = partial(deliver, running, self._rest, now=now)
        missed = await self._missed(owner_id, now) if _is_missed(running, now) else []
        if len(missed) < 2:
            return await alone()
        if now < self._refused_until.get(owner_id, now):
            return await alone(takes_dms=False)
        if missed[0].id != running.id:
            return Retry(WAIT_S, "waiting to be listed with other missed reminders")
        try:
            message_id = await self._post_list(running, missed)
        except ConnectorError as error:
            if not is_closed(error):
                raise
            self._refused_until[owner_id] = now + REFUSED_FOR
            return await alone(takes_dms=False)
        for job in missed[1:]:
            if later := next_run(job, now):
                await self._scheduler.change(job.id, owner_id=owner_id, next_run=later)
            else:
                await self._scheduler.end(job.id, owner_id=owner_id, reason="delivered in a list")
        return Settled(message_id or None)

    async def _missed(self, owner_id: int, now: datetime) -> list[Job]:
        stored = await self._scheduler.owned_by(owner_id, kind=KIND)
        active = [job for job in stored if job.state in (State.ACTIVE, State.RUNNING)]
        return [job for job in active if _is_missed(job, now)]

    async def _post_list(self, running: Running, missed: Sequence[Job]) -> str:
        channel_id = await self._rest.create_dm(running.owner_id)
        if found := await find_message(running, self._rest, channel_id):
            return found
        content, is_whole = texts.missed_list(missed)
        data = texts.missed_file(missed).encode(errors="replace")
        file = File("reminders.txt", data, "text/plain; charset=utf-8")
        body = MessageBody(
            content,
            components=button_row(running, {"done": texts.BUTTONS["done"]}),
            files=() if is_whole else (file,),
            nonce=running.nonce(PART_LIST),
            allow_user=running.owner_id,
        )
        intro = texts.MISSED.format(running.owner_id, len(missed))
        return await post(running, self._rest, channel_id, body, f"{intro}.")


def _is_missed(job: Job, now: datetime) -> bool:
    """Return whether a list can hold a reminder; an unreadable one is parked on its own."""
    return now - job.next_run > LONG and ReminderPayload.try_of(job) is not None
