"""Digests as a server's managers see them: added, listed, run at once, paused, removed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.digests import texts
from bot.digests.job import GUILD_LIMIT, KIND, DigestPayload, NewDigest, Requester, new_job
from bot.digests.permissions import DigestPermissions
from bot.errors import Refused
from bot.schedules.occurrences import is_waiting, next_run
from bot.schedules.service import Schedules
from bot.storage.rules import RulesOf, no_rules, zone_of
from bot.times.recurrence import When
from bot.times.when import NotUnderstood
from connectors import ConnectorError
from connectors.discord import DiscordRest
from connectors.local_scheduler import Job, State, id_from

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from connectors.local_scheduler import LocalScheduler

SHORTEST_PERIOD = timedelta(hours=1)


class Digests:
    """The digests of servers. Every method raises Refused for what cannot be done."""

    def __init__(
        self,
        scheduler: LocalScheduler,
        rest: DiscordRest,
        schedules: Schedules,
        rules: RulesOf = no_rules,
    ) -> None:
        self._scheduler = scheduler
        self._permissions = DigestPermissions(rest, rules)
        self._schedules = schedules
        self._rules = rules

    async def preview(self, phrase: str, user_id: int, guild_id: int | None = None) -> str:
        """Return what a phrase that is still being typed means so far, in 100 characters."""
        zone = await self._servers_zone(guild_id)
        try:
            readings = await self._schedules.read(phrase, user_id, zone=zone)
        except NotUnderstood:
            return await self._schedules.preview(phrase, user_id, zone)
        refusals = filter(None, map(_refusal, readings.options))
        return next(refusals, "")[:100] or await self._schedules.preview(phrase, user_id, zone)

    async def needs_zone(self, phrase: str, user_id: int, guild_id: int | None = None) -> bool:
        """Return whether what a phrase means depends on a zone, and none is known."""
        self._schedules.check_storage()
        zone = await self._servers_zone(guild_id)
        try:
            return not (await self._schedules.read(phrase, user_id, zone=zone)).options
        except NotUnderstood:
            return False

    async def zone_for(self, user_id: int, guild_id: int) -> ZoneInfo:
        """Return the zone of a person, or of the server, or UTC."""
        return await self._schedules.zone_of(user_id, await self._servers_zone(guild_id))

    async def _servers_zone(self, guild_id: int | None) -> ZoneInfo | None:
        return zone_of(await self._rules(guild_id))

    async def read(self, phrase: str, user_id: int, guild_id: int | None = None) -> When:
        self._schedules.check_storage()
        zone = await self._servers_zone(guild_id)
        when = await self._schedules.read_one(phrase, user_id, zone)
        if refusal := _refusal(when):
            raise Refused(refusal)
        return when

    async def add(self, digest: NewDigest, when: When, interaction_id: int | None = None) -> Job:
        """Store a digest, once for each interaction, if it could be posted right now."""
        stored = interaction_id and await self._scheduler.get(id_from(interaction_id))
        if stored and stored.state is State.SETTLED:
            raise Refused(texts.FORGOTTEN)
        if stored:
            return stored
        if len(await self.of(digest.guild_id)) >= GUILD_LIMIT:
            raise Refused(texts.TOO_MANY)
        places = digest.guild_id, digest.owner_id, digest.source_id, digest.target_id
        try:
            obstacle = await self._permissions.obstacle(*places)
            if obstacle is None and not await self._permissions.sees_content():
                obstacle = texts.NO_CONTENT
        except ConnectorError as error:
            raise Refused(texts.NO_DISCORD) from error
        if obstacle is not None:
            raise Refused(obstacle)
        new = new_job(digest, when, self._schedules.now(), interaction_id)
        return await self._scheduler.add(new)

    async def of(self, guild_id: int) -> list[Job]:
        """Return a server's digests, the next one first."""
        return await self._scheduler.of_guild(guild_id, kind=KIND)

    async def get(self, job_id: str | None, guild_id: int) -> Job:
        """Return one of a server's digests; None means the only one."""
        jobs = await self.of(guild_id)
        found = [job for job in jobs if job_id in (None, job.id)]
        if len(found) > 1:
            raise Refused(texts.WHICH)
        if not found:
            raise Refused(texts.UNKNOWN)
        return found[0]

    async def run_now(self, job_id: str | None, guild_id: int, requester: Requester) -> None:
        """Run a digest at once, as the same job, so that no second one posts the same messages."""
        job = await self.get(job_id, guild_id)
        payload = _payload(job)
        if payload.is_for(requester):
            return
        if is_waiting(job):
            raise Refused(texts.WAITS)
        new = payload.requested_by(requester).json()
        if await self._scheduler.run_early(job.id, owner_id=job.owner_id, payload=new):
            return
        if not _payload(await self.get(job.id, guild_id)).is_for(requester):
            raise Refused(texts.BUSY)

    async def pause(self, job_id: str, guild_id: int) -> Job:
        job = await self.get(job_id, guild_id)
        if not await self._scheduler.pause(job.id, owner_id=job.owner_id):
            raise Refused(texts.WAITS)
        return job

    async def resume(self, job_id: str, guild_id: int) -> Job:
        """Resume a paused or parked digest with its next occurrence."""
        job = await self.get(job_id, guild_id)
        if not is_waiting(job):
            raise Refused(texts.GOES_ON)
        payload, later = _payload(job).after_run().json(), next_run(job, self._schedules.now())
        await self._scheduler.change(job.id, owner_id=job.owner_id, payload=payload)
        resumed = await self._scheduler.resume(job.id, owner_id=job.owner_id, next_run=later)
        if resumed is None:
            raise Refused(texts.UNKNOWN)
        return resumed

    async def remove(self, job_id: str, guild_id: int) -> Job:
        job = await self.get(job_id, guild_id)
        if not await self._scheduler.cancel(job.id, owner_id=job.owner_id):
            raise Refused(texts.UNKNOWN)
        return job


def _payload(job: Job) -> DigestPayload:
    payload = DigestPayload.try_of(job)
    if payload is None:
        raise Refused(texts.UNREADABLE)
    return payload


def _refusal(when: When) -> str:
    """Return why a time is none for a digest, or nothing."""
    if when.period is None:
        return texts.ONCE
    return texts.TOO_OFTEN if when.period < SHORTEST_PERIOD else ""
