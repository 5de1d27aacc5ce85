"""Everything that is stored about a person, or for a server: counted, listed and deleted."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.storage import census, erasure, listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.storage.holdings import Census, Extent
    from bot.storage.usage import Usage
    from connectors.database.database import Database, Work


class PersonalData:
    """Every method raises only DatabaseUnavailable."""

    def __init__(
        self, database: Database, usage: Usage, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._usage = usage
        self._clock = clock

    async def count(self, extent: Extent) -> Census:
        """Return how much is stored."""
        return await self._database.run(lambda connection: census.count(connection, extent))

    async def rows(self, extent: Extent) -> dict[str, list[dict[str, Any]]]:
        """Return what is stored about a person, as JSON objects, without any token."""
        return await self._database.run(lambda connection: listing.rows(connection, extent))

    async def erase(self, extent: Extent) -> bool:
        """Delete what can be deleted by now, and return whether that is everything.

        The rest belongs to answers that are still being written.
        """
        now_us = int(self._clock() * 1e6)
        if extent.is_server:
            await self._usage.forget_server(extent.subject_id)
            while await self._erase(partial(erasure.erase_some_turns, extent=extent)):
                pass
        else:
            await self._usage.forget(extent.subject_id)
        return await self._erase(partial(erasure.erase, extent=extent, now_us=now_us))

    async def _erase(self, work: Work[bool]) -> bool:
        return await self._database.run(work, is_durable=True, is_erasing=True)

    async def rewrite(self) -> None:
        """Remove every trace of what was deleted from the files."""
        await self._database.rewrite()
