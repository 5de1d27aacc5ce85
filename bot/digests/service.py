"""A server's digests: set within limits, found, asked for at once, paused, ended."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.digests.job import (
    GUILD_LIMIT,
    KIND,
    SHORTEST,
    NewDigest,
    Requester,
    asking,
    new_job,
    settled,
)
from bot.digests.permissions import NO_CONTENT, DigestPermissions
from bot.digests.runner import DigestRunner
from bot.errors import Refused
from bot.providers.generate_text import Generate
from bot.reminders.job import next_run
from bot.reminders.service import UTC_ZONE, Reminders
from bot.times.when import NotUnderstood, When
from connectors import ConnectorError
from connectors.discord import DiscordRest
from connectors.local_scheduler import PROVIDER as LEDGER
from connectors.local_scheduler import Job, State

if TYPE_CHECKING:
    from bot.storage.timezones import Timezones
    from connectors.local_scheduler import LocalScheduler

SLOTS = 4  # a model is busy with each
EXAMPLE = "every day at 18:00"
ONCE = f'A digest comes again and again, and this is one time only. Try "{EXAMPLE}".'
TOO_OFTEN = f'A digest comes once an hour at most. Try "every 6 hours" or "{EXAMPLE}".'
UNKNOWN = "There is no such digest in this server. Choose one from the list, or set one with `/digest add`."
WHICH = "This server has several digests. Choose one after `digest:`."
BUSY = "This digest is being written just now. Look into its channel in a minute."
WAITS = "This digest is paused or has stopped. Resume it with `/digest resume` first."
GOES_ON = "This digest is neither paused nor stopped: it comes by itself."
NO_DISCORD = "Discord does not tell me what I may do there. Try again in a minute."


def register(scheduler: "LocalScheduler", rest: DiscordRest, generate: Generate) -> None:
    """Let digests be done by this process."""
    scheduler.handler(KIND, DigestRunner(rest, generate).run, next_run=next_run, slots=SLOTS)


def _now() -> datetime:
    return datetime.now(UTC)


class Digests:
    """They belong to the server. Every method raises Refused for what cannot be done."""

    def __init__(
        self,
        scheduler: "LocalScheduler",
        rest: DiscordRest,
        timezones: "Timezones",
        reminders: Reminders,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._scheduler = scheduler
        self._permissions = DigestPermissions(rest)
        self._timezones = timezones
        self._reminders = reminders
        self._clock = clock

    async def preview(self, phrase: str, user_id: int) -> str:
        """Return how a phrase is read that is still being typed, in 100 characters."""
        try:
            read = await self._reminders.read(phrase, user_id)
        except NotUnderstood:
            return await self._reminders.preview(phrase, user_id)
        for when in read.readings:
            if said := _unfit(when):
                return said[:100]
        return await self._reminders.preview(phrase, user_id)

    async def needs_zone(self, phrase: str, user_id: int) -> bool:
        """Return whether a phrase means something else on each clock, and a person's is not known."""
        self._reminders.check_place()
        try:
            return not (await self._reminders.read(phrase, user_id)).readings
        except NotUnderstood:
            return False

    async def read(self, phrase: str, user_id: int) -> When:
        """Read how often a digest is to come, on a person's clock."""
        self._reminders.check_place()
        when = await self._reminders.read_one(phrase, user_id)
        if said := _unfit(when):
            raise Refused(said)
        return when

    async def add(self, digest: NewDigest, when: When, asked_in: int | None = None) -> Job:
        """Keep a digest, if the person and the bot may do now what it needs at each run.

        Once for each interaction in which it is asked for.
        """
        if len(await self.of(digest.guild_id)) >= GUILD_LIMIT:
            raise Refused(
                f"This server has {GUILD_LIMIT} digests, and more I do not keep. Remove one with `/digest remove` first."
            )
        await self._check(digest)
        return await self._scheduler.add(new_job(digest, when, self._clock(), asked_in))

    async def zone_name(self, user_id: int) -> str:
        """Return the zone in which a person reads times."""
        return (await self._timezones.of(user_id) or UTC_ZONE).key

    async def _check(self, digest: NewDigest) -> None:
        places = digest.guild_id, digest.owner_id, digest.source_id, digest.target_id
        try:
            said = await self._permissions.obstacle(*places)
            if said is None and not await self._permissions.sees_content():
                said = NO_CONTENT
        except ConnectorError as error:
            if error.provider == LEDGER:
                raise
            raise Refused(NO_DISCORD) from error
        if said is not None:
            raise Refused(said)

    async def of(self, guild_id: int) -> list[Job]:
        """Return a server's digests, the next one first."""
        return await self._scheduler.of_guild(guild_id, kind=KIND)

    async def get(self, job_id: str | None, guild_id: int) -> Job:
        """Return one of a server's digests; None means the only one."""
        jobs = await self.of(guild_id)
        found = [job for job in jobs if job_id in (None, job.id)]
        if len(found) > 1:
            raise Refused(WHICH)
        if not found:
            raise Refused(UNKNOWN)
        return found[0]

    async def now(self, job_id: str | None, guild_id: int, requester: Requester) -> None:
        """Let a digest come at once; its run answers whoever asked, and the next one begins where it ended.

        It is the same job, so that no second one can post the same messages.
        """
        job = await self.get(job_id, guild_id)
        if job.state in (State.PAUSED, State.PARKED):
            raise Refused(WAITS)
        payload = asking(job, requester)
        if await self._scheduler.run_early(job.id, owner_id=job.owner_id, payload=payload) is None:
            raise Refused(BUSY)

    async def pause(self, job_id: str, guild_id: int) -> Job:
        """Pause a digest."""
        job = await self.get(job_id, guild_id)
        if not await self._scheduler.pause(job.id, owner_id=job.owner_id):
            raise Refused(WAITS)
        return job

    async def resume(self, job_id: str, guild_id: int) -> Job:
        """Let a digest that waits for somebody come again, with its next time."""
        job = await self.get(job_id, guild_id)
        if job.state not in (State.PAUSED, State.PARKED):
            raise Refused(GOES_ON)
        owner_id = job.owner_id
        await self._scheduler.change(job.id, owner_id=owner_id, payload=settled(job))
        later = next_run(job, self._clock())
        resumed = await self._scheduler.resume(job.id, owner_id=owner_id, next_run=later)
        if resumed is None:
            raise Refused(UNKNOWN)
        return resumed

    async def remove(self, job_id: str, guild_id: int) -> Job:
        """End a digest."""
        job = await self.get(job_id, guild_id)
        if not await self._scheduler.cancel(job.id, owner_id=job.owner_id):
            raise Refused(UNKNOWN)
        return job


def _unfit(when: When) -> str:
    """Return why a time is none for a digest, or nothing."""
    if when.period is None:
        return ONCE
    return TOO_OFTEN if when.period < SHORTEST else ""
