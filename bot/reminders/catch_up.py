"""Reminders missed for a day or more, delivered in one list instead of a flood."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

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
from connectors.local_scheduler import (
    Job,
    NewJob,
    Other,
    Outcome,
    Retry,
    Running,
    Settled,
    State,
    UnreadablePayload,
)

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler

# How many are delivered at once, and how many of one server: Discord may have them wait.
SLOTS, SHARE = 25, 18
LONG = timedelta(hours=24)
SKEW = timedelta(minutes=5)  # between our clock and the database's, at most
WAIT_S, SHORT_WAIT_S = 5.0, 1.0
# Keys of the draft of a missed reminder: the ids of the others in its list, or that it is alone.
LIST, ALONE = "list", "alone"
# Long enough for the rest of the list, short enough for an owner who allows direct messages and
# resumes the reminders.
REFUSED_FOR = timedelta(minutes=1)


def register(scheduler: LocalScheduler, rest: DiscordRest, *, clock: Clock = utc_now) -> None:
    handler = CatchUp(scheduler, rest, clock=clock).deliver
    scheduler.handler(
        KIND, handler, next_run=next_run, notice=notice_of_parking, slots=SLOTS, share=SHARE
    )


def notice_of_parking(job: Job, reason: str) -> NewJob | None:
    """Return the notice to the owner of a parked reminder, unless they take no direct messages."""
    if reason == texts.NO_DM:
        return None
    intro = texts.PARKED.format(reason.rstrip("."))
    content = f"{intro}\n>>> {excerpt(texts.text_of(job), TEXT_LIMIT)}"
    return new_notice(job.owner_id, content, intro, job, f"reminder parked {job.attempts}")


class _Waits(Exception):
    """Another reminder of the same owner has to begin first."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class CatchUp:
    """Deliver reminders; those that an owner missed for long, if there are several, as a list.

    The oldest of them is delivered as the list, and the others are settled with it. Its draft
    names them before the list is posted, so that whoever goes on after a crash knows them.
    """

    def __init__(
        self, scheduler: LocalScheduler, rest: DiscordRest, *, clock: Clock = utc_now
    ) -> None:
        self._scheduler = scheduler
        self._rest = rest
        self._clock = clock
        self._refused_until: dict[int, datetime] = {}

    async def deliver(self, running: Running) -> Outcome:
        """Deliver a due reminder: alone, or with the others its owner missed if it is the first."""
        now = self._clock()
        if not (_is_missed(running, now) or LIST in running.draft):
            return await deliver(running, self._rest, now=now)
        try:
            draft = await self._scheduler.decide(running, partial(self._plan, running, now))
        except _Waits as waits:
            return Retry(waits.seconds, "waiting to be listed with other missed reminders")
        if LIST in draft:
            return await self._deliver_list(running, draft[LIST], now)
        takes_dms = not self._is_refused(running.owner_id, now)
        return await deliver(running, self._rest, now=now, takes_dms=takes_dms)

    def _plan(self, running: Running, now: datetime, stored: Sequence[Job]) -> dict[str, Any]:
        """Return the draft of a missed reminder. Raise _Waits if it is for another one to begin.

        One that may have been posted is never listed.
        """
        if decided := running.draft.keys() & {LIST, ALONE}:
            return {key: running.draft[key] for key in decided}
        due = [job for job in stored if job.state in (State.ACTIVE, State.RUNNING)]
        listed = {job_id for job in due for job_id in job.draft.get(LIST, ())}
        if running.id in listed:
            raise _Waits(WAIT_S)
        others = [
            job
            for job in due
            if job.id not in {running.id} | listed and _is_untried(job) and _is_missed(job, now)
        ]
        is_refused = self._is_refused(running.owner_id, now)
        if is_refused or not (others and _is_untried(running)):
            return {ALONE: True}
        if _order(others[0]) < _order(running):
            raise _Waits(WAIT_S)
        if any(job.state is State.RUNNING for job in others):
            raise _Waits(SHORT_WAIT_S)  # until their processes have given them back
        return {LIST: [job.id for job in others]}

    async def _deliver_list(
        self, running: Running, members: Collection[str], now: datetime
    ) -> Outcome:
        stored = await self._scheduler.owned_by(running.owner_id, kind=KIND)
        others = [job for job in stored if job.id in members and _is_missed(job, now)]
        try:
            message_id = await self._post_list(running, [running, *others])
        except ConnectorError as error:
            if not is_closed(error):
                raise
            self._refused_until[running.owner_id] = now + REFUSED_FOR
            await running.save_draft({ALONE: True})
            return await deliver(running, self._rest, now=now, takes_dms=False)
        settled = tuple(
            Other(job.id, job.next_run, next_run(job, now), "delivered in a list") for job in others
        )
        return Settled(message_id or None, others=settled)

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
        intro = texts.missed(running.owner_id, len(missed))
        return await post(running, self._rest, channel_id, body, f"{intro}.")

    def _is_refused(self, owner_id: int, now: datetime) -> bool:
        return now < self._refused_until.get(owner_id, now)


def _order(job: Job) -> tuple[datetime, str]:
    return job.next_run, job.id


def _is_untried(job: Job) -> bool:
    """Return whether nothing can have been posted for an occurrence.

    One that was missed when it was first claimed has a draft before anything is posted.
    """
    tries = job.attempts - (job.state is State.RUNNING)
    claimed_at = job.first_claimed_at or job.next_run
    return not job.draft and (tries <= 0 or claimed_at - job.next_run > LONG + SKEW)


def _is_missed(job: Job, now: datetime) -> bool:
    """Return whether a list can hold a reminder; an unreadable one is parked on its own."""
    if now - job.next_run <= LONG or ReminderPayload.try_of(job) is None:
        return False
    try:
        next_run(job, now)
    except UnreadablePayload:
        return False
    return True
