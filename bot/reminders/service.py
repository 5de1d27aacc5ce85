"""Everybody's reminders: taken within limits, found, changed, put off, ended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.errors import Refused
from bot.reminders.catch_up import CatchUp
from bot.reminders.delivery import notify_parked
from bot.reminders.job import (
    ACTIVE_LIMIT,
    KIND,
    RECURRING_LIMIT,
    TEXT_LIMIT,
    NewReminder,
    new_job,
    next_run,
)
from bot.times.describe import DESCRIPTION_LIMIT, describe_readings
from bot.times.when import NotUnderstood, When, describe, describe_phrase, parse
from connectors.discord import DiscordRest
from connectors.local_scheduler import Job, Limit, LimitReached, NewJob, State

if TYPE_CHECKING:
    from bot.storage.timezones import Timezones
    from connectors.local_scheduler import LocalScheduler

NOT_LASTING = (
    "I cannot keep a promise here: my files are deleted whenever I am restarted. "
    "Whoever runs me has to give me a place that stays; my log says how."
)
NO_TEXT = "There is nothing to remind you of. Type it after `text:`."
FORGOTTEN = "I no longer know this reminder. Set a new one with `/remind`."
NO_ZONE = "I do not know what your clock shows. Set it with `/timezone`, then try again."
NOT_YOURS = "This reminder is somebody else's. Set one of your own with `/remind`."
UTC_ZONE = ZoneInfo("UTC")
LIMIT = Limit(ACTIVE_LIMIT, RECURRING_LIMIT)
# A time that is the same in both is so everywhere: nobody needs to be asked for their zone.
_PROBES = (ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns"))


def register(scheduler: "LocalScheduler", rest: DiscordRest) -> None:
    """Let reminders be done by this process."""
    scheduler.handler(
        KIND,
        CatchUp(scheduler, rest).deliver,
        next_run=next_run,
        on_parked=partial(notify_parked, rest=rest),
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A phrase in a person's zone; without one that is needed, there are no readings."""

    readings: tuple[When, ...]
    zone: ZoneInfo | None

    def labels(self) -> list[str]:
        """Return what tells the readings apart, in words that the grammar reads back."""
        return [describe(reading, zone=self.zone or UTC_ZONE) for reading in self.readings]


def _now() -> datetime:
    return datetime.now(UTC)


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refused(NO_TEXT)
    if len(text) > TEXT_LIMIT:
        raise Refused(
            f"The text has {len(text):,} characters, and I can keep {TEXT_LIMIT:,}. Shorten it."
        )


def _too_many(error: LimitReached) -> Refused:
    have = (
        f"{RECURRING_LIMIT} reminders that repeat"
        if error.is_recurring
        else f"{ACTIVE_LIMIT} reminders"
    )
    return Refused(f"You have {have}, and more I do not keep. Cancel one in `/reminders` first.")


def _parse_or_error(phrase: str, now: datetime, zone: ZoneInfo) -> When | NotUnderstood:
    try:
        return parse(phrase, now=now, zone=zone)
    except NotUnderstood as error:
        return error


class Reminders:
    """Every method raises Refused for what a person may not do, or what nobody can."""

    def __init__(
        self,
        scheduler: "LocalScheduler",
        timezones: "Timezones",
        *,
        is_lasting: bool,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._scheduler = scheduler
        self._timezones = timezones
        self._is_lasting = is_lasting
        self.clock = clock
        self._snoozing = asyncio.Lock()

    def check_place(self) -> None:
        """Refuse everything where nothing lasts."""
        if not self._is_lasting:
            raise Refused(NOT_LASTING)

    def check(self, draft: NewReminder) -> None:
        """Refuse what cannot be taken, whatever its time is."""
        self.check_place()
        _check_text(draft.text)

    async def read(self, phrase: str, owner_id: int, now: datetime | None = None) -> Read:
        """Read a phrase on a person's clock. Raises NotUnderstood."""
        now = now or self.clock()
        zone = await self._timezones.of(owner_id)
        if zone is not None:
            return Read(parse(phrase, now=now, zone=zone).readings, zone)
        found = [_parse_or_error(phrase, now, probe) for probe in _PROBES]
        errors = [read for read in found if isinstance(read, NotUnderstood)]
        if len(errors) == len(found):
            raise errors[0]
        here, there = found  # a time may be past in one zone only
        if isinstance(here, NotUnderstood) or here != there:
            return Read((), None)
        return Read(here.readings, None)

    async def preview(self, phrase: str, owner_id: int) -> str:
        """Return how a phrase is read that is still being typed, in 100 characters."""
        zone = await self._timezones.of(owner_id)
        now = self.clock()
        said = describe_phrase(phrase, now=now, zone=zone or UTC_ZONE)
        if zone is not None:
            return said
        try:
            read = await self.read(phrase, owner_id, now)
            readings = read.readings or parse(phrase, now=now, zone=UTC_ZONE).readings
        except NotUnderstood:
            return said
        clock = " UTC" if read.readings else " on your own clock"
        room = DESCRIPTION_LIMIT - len(clock)
        return describe_readings(readings, zone=UTC_ZONE, limit=room) + clock

    async def read_surely(self, phrase: str, owner_id: int, now: datetime) -> Read:
        """Read a phrase, with at least one reading, where nobody can be asked for another or for a zone."""
        try:
            read = await self.read(phrase, owner_id, now)
        except NotUnderstood as error:
            raise Refused(str(error)) from error
        if not read.readings:
            raise Refused(NO_ZONE)
        return read

    async def read_one(self, phrase: str, owner_id: int) -> When:
        """Read a phrase where nobody can be asked what it means."""
        read = await self.read_surely(phrase, owner_id, self.clock())
        if len(read.readings) > 1:
            both = " or ".join(f'"{label}"' for label in read.labels())
            raise Refused(f"This may mean two times. Write {both}.")
        return read.readings[0]

    async def add(
        self, draft: NewReminder, when: When, owner_id: int, asked_in: int | None = None
    ) -> Job:
        """Keep a reminder, once for each interaction in which it is asked for."""
        return await self._add(new_job(draft, when, owner_id, asked_in))

    async def of(self, owner_id: int) -> list[Job]:
        """Return a person's reminders that are not done, the next one first."""
        return await self._scheduler.owned_by(owner_id, kind=KIND)

    async def get(self, job_id: str, owner_id: int) -> Job:
        """Return one's own reminder, also one that is done."""
        job = await self._scheduler.get(job_id)
        if job is None or job.kind != KIND:
            raise Refused(FORGOTTEN)
        if job.owner_id != owner_id:
            raise Refused(NOT_YOURS)
        return job

    async def change(self, job_id: str, owner_id: int, when: When | None, text: str) -> Job:
        """Change one's own reminder; without a time only what it says."""
        _check_text(text)
        job = await self.get(job_id, owner_id)
        payload = {**job.payload, "text": text}
        if when is None:
            changed = await self._scheduler.change(job_id, owner_id=owner_id, payload=payload)
            return self._there(changed)
        try:
            changed = await self._scheduler.change(
                job_id,
                owner_id=owner_id,
                next_run=when.first,
                payload=payload,
                zone=when.zone.key,
                rule=when.rule,
                wall_time=when.wall_time.isoformat(),
                at_most=LIMIT,
            )
        except LimitReached as error:
            raise _too_many(error) from error
        return self._there(changed)

    async def cancel(self, job_id: str, owner_id: int) -> Job:
        """End one's own reminder."""
        job = await self.get(job_id, owner_id)
        if not await self._scheduler.cancel(job_id, owner_id=owner_id):
            raise Refused("This reminder is done already.")
        return job

    async def pause(self, job_id: str, owner_id: int) -> Job:
        """Let a reminder not come until it is resumed."""
        if not await self._scheduler.pause(job_id, owner_id=owner_id):
            raise Refused("This reminder cannot be paused. Look at `/reminders` again.")
        return await self.get(job_id, owner_id)

    async def resume(self, job_id: str, owner_id: int) -> Job:
        """Let a paused or parked reminder come; what was due meanwhile comes at once."""
        return self._there(await self._scheduler.resume(job_id, owner_id=owner_id))

    async def snooze(self, job_id: str, occurrence: str, owner_id: int, until: datetime) -> Job:
        """Let a delivered reminder come once more; pressed twice, it still does once."""
        job = await self.get(job_id, owner_id)
        origin = f"{job_id}:{occurrence}"
        again = NewJob(
            kind=KIND,
            owner_id=owner_id,
            next_run=until,
            guild_id=job.guild_id,
            channel_id=job.channel_id,
            zone="UTC",
            wall_time=until.replace(tzinfo=None).isoformat(),
            payload={**job.payload, "snoozed": origin},
        )
        async with self._snoozing:  # or both of two presses would find nothing
            for kept in await self.of(owner_id):
                if kept.payload.get("snoozed") == origin:
                    return kept
            return await self._add(again)

    async def move(self, job_id: str, owner_id: int, until: datetime) -> Job:
        """Put a reminder off that is not delivered yet."""
        job = await self.get(job_id, owner_id)
        if job.state in (State.PAUSED, State.PARKED):
            return self._there(
                await self._scheduler.resume(job_id, owner_id=owner_id, next_run=until)
            )
        return self._there(await self._scheduler.change(job_id, owner_id=owner_id, next_run=until))

    async def _add(self, job: NewJob) -> Job:
        try:
            return await self._scheduler.add(job, at_most=LIMIT)
        except LimitReached as error:
            raise _too_many(error) from error

    def _there(self, job: Job | None) -> Job:
        if job is None:
            raise Refused(FORGOTTEN)
        return job
