"""/privacy: what is stored, and what people want done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bot.privacy.deletion import Deletion, Stop
from bot.privacy.export import Export
from bot.privacy.request import DELETION, EXPORT, Asker, Request, new_job, notice_of_parking
from bot.privacy.telling import tell
from bot.schedules.occurrences import Clock, utc_now
from bot.storage.holdings import Extent, OptOut
from connectors.local_scheduler import id_of

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.storage.holdings import Census
    from bot.storage.stored import Stored
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import LocalScheduler

_EVERYTHING = 2**63 - 1


class Privacy:
    """Every method raises only DatabaseUnavailable."""

    def __init__(
        self,
        scheduler: LocalScheduler,
        rest: DiscordRest,
        stored: Stored,
        stop: Stop,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._scheduler = scheduler
        self._stored = stored
        self._clock = clock
        data = stored.personal
        deletion = Deletion(scheduler, rest, data, stop, tell, clock=clock)
        scheduler.handler(DELETION, deletion.run, notice=notice_of_parking)
        export = Export(rest, data, tell, clock=clock)
        scheduler.handler(EXPORT, export.run, notice=notice_of_parking, slots=2)

    async def count(
        self, subject_id: int, *, is_server: bool = False, places: tuple[int, ...] = ()
    ) -> Census:
        """Return how much is stored about a person, or for a server."""
        extent = Extent(subject_id, is_server, _EVERYTHING, _EVERYTHING, places)
        return await self._stored.personal.count(extent)

    async def left_out_of(self, user_id: int) -> set[str]:
        """Return what a person wants to be left out of."""
        return await self._stored.opt_outs.of(user_id)

    async def leave_out(self, user_id: int, name: OptOut, *, is_out: bool) -> None:
        """Leave a person out of something, or no longer."""
        await self._stored.opt_outs.choose(user_id, name, is_out=is_out)

    async def export(self, asker: Asker) -> None:
        """Send a person everything that is stored about them."""
        request = _request(asker, asker.user_id, is_server=False)
        await self._scheduler.add(new_job(EXPORT, asker.user_id, request, asker.interaction_id))

    async def delete(self, asker: Asker, *, server_id: int | None = None) -> None:
        """Delete everything that is stored about a person, or for a server."""
        is_server = server_id is not None
        subject_id = asker.user_id if server_id is None else server_id
        request = _request(asker, subject_id, is_server=is_server)
        # Whoever presses twice asks once.
        await self._scheduler.add(new_job(DELETION, asker.user_id, request, asker.pressed))

    async def server_left(self, guild_id: int, now_id: int, after: timedelta) -> None:
        """Delete what is stored for a server some time after the bot has left it."""
        due = self._clock() + after
        request = Request(guild_id, is_server=True, until=now_id, has_left=True)
        job = new_job(DELETION, 0, request, now_id)
        job_id = id_of(DELETION, guild_id, f"{due:%Y-%m-%d}")
        await self._scheduler.add(msgspec.structs.replace(job, id=job_id, next_run=due))


def _request(asker: Asker, subject_id: int, *, is_server: bool) -> Request:
    return Request(subject_id, is_server, asker.interaction_id, asker.application_id, asker.token)
