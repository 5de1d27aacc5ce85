"""Deletion of everything about a person, or for a server: a job, so that it is finished."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from bot.errors import Refused
from bot.privacy import texts
from bot.privacy.overview import receipt
from bot.privacy.request import Progress, Request, Tell, places_of, show
from bot.schedules.occurrences import Clock, utc_now
from bot.storage.holdings import Census
from connectors import ConnectorError
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import Outcome, Retry, Running, Settled, State

if TYPE_CHECKING:
    from bot.storage.holdings import Extent
    from bot.storage.personal import PersonalData
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import Job, LocalScheduler

log = logging.getLogger(__name__)

ANSWER = "answer"  # the kind of the rows of answers
SOON_S, LATER_S = 0.5, 30.0
# How long the files may be in use elsewhere before the receipt says that they still are.
CLEAN_WITHIN_S = 60.0


class Stop(Protocol):
    """Ends an answer, whichever process is writing it."""

    async def __call__(self, answer_id: str, *, user_id: int, is_moderator: bool) -> None:
        """Raise Refused if it has ended, or DatabaseUnavailable."""


class Deletion:
    """Ends answers that are being written, deletes, and tells whoever waits what was deleted."""

    def __init__(
        self,
        scheduler: LocalScheduler,
        rest: DiscordRest,
        data: PersonalData,
        stop: Stop,
        tell: Tell,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._tell = tell
        self._scheduler = scheduler
        self._rest = rest
        self._data = data
        self._stop = stop
        self._clock = clock

    async def run(self, running: Running) -> Outcome:
        """Delete everything. Raises ConnectorError to be run again."""
        request, progress = Request.of(running), Progress.of(running)
        if progress.is_told:
            return Settled(None, {})
        if request.has_left and await self._is_back(request.subject_id):
            return Settled(None, {})
        places = await places_of(self._rest, request.subject_id, is_server=request.is_server)
        extent = request.extent(running, places)
        if progress.found is None:  # nothing is left to be counted after a crash
            progress = replace(progress, found=await self._data.count(extent))
            await running.save_draft(msgspec.to_builtins(progress))
        progress = await self._end_answers(running, request, progress)
        if not await self._is_erased(extent):
            await show(self._rest, request, texts.STILL_WRITING)
            return Retry(self._wait_s(running), "answers are still being written")
        is_clean = await self._is_clean()
        if not is_clean and self._age_s(running) < CLEAN_WITHIN_S:
            return Retry(self._wait_s(running), "the files are in use")
        found = progress.found or Census()
        said = receipt(found, is_server=request.is_server, is_clean=is_clean)
        await self._tell(running, self._rest, request, said)
        await running.save_draft(msgspec.to_builtins(Progress(is_told=True)))
        return Settled(None, {})

    async def _end_answers(
        self, running: Running, request: Request, progress: Progress
    ) -> Progress:
        """End the answers that are being written, each once."""
        for job in await self._written(request):
            is_meant = job.created_at <= running.created_at and job.id not in progress.stopped
            if is_meant and job.state in (State.ACTIVE, State.RUNNING):
                with suppress(Refused):
                    await self._stop(job.id, user_id=job.owner_id, is_moderator=True)
                progress = replace(progress, stopped=(*progress.stopped, job.id))
                await running.save_draft(msgspec.to_builtins(progress))
        return progress

    async def _written(self, request: Request) -> list[Job]:
        if request.is_server:
            return await self._scheduler.of_guild(request.subject_id, kind=ANSWER)
        return await self._scheduler.owned_by(request.subject_id, kind=ANSWER)

    async def _is_erased(self, extent: Extent) -> bool:
        """Delete what can be deleted, and return whether nothing is left."""
        if not await self._data.erase(extent):
            return False
        left = await self._data.count(extent)
        return left.is_empty(is_server=extent.is_server)

    async def _is_clean(self) -> bool:
        try:
            await self._data.rewrite()
        except DatabaseUnavailable as error:
            log.error("what was deleted may still be in the files: %s", error)
            return False
        return True

    async def _is_back(self, guild_id: int) -> bool:
        """Return whether the bot is a member of a server that it had left."""
        try:
            await self._rest.guild(guild_id)
        except ConnectorError as error:
            if error.retryable:
                raise
            return False
        return True

    def _age_s(self, running: Running) -> float:
        return (self._clock() - running.created_at).total_seconds()

    def _wait_s(self, running: Running) -> float:
        return min(max(self._age_s(running) / 4, SOON_S), LATER_S)
