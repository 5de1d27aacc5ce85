"""The wishes of people to be left out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, text

from bot.storage.erasure import erase_conversations
from bot.storage.holdings import OptOut

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

    from connectors.database.database import Database


_OF: Final = text("SELECT name FROM opt_outs WHERE user_id = :user_id")
_ADD: Final = text("""
INSERT INTO opt_outs (user_id, name) VALUES (:user_id, :name) ON CONFLICT DO NOTHING
""")
_REMOVE: Final = text("DELETE FROM opt_outs WHERE user_id = :user_id AND name = :name")
_AMONG: Final = text("""
SELECT user_id FROM opt_outs WHERE name = :name AND user_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


class OptOuts:
    """Every method raises only DatabaseUnavailable."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def of(self, user_id: int) -> set[str]:
        """Return the names of what a person wants to be left out of."""
        asked = {"user_id": user_id}
        return set(
            await self._database.run(
                lambda c: c.execute(_OF, asked).scalars().all(), only_reads=True
            )
        )

    async def out_of_digests(self, user_ids: Collection[int]) -> set[int]:
        """Return those of some people who want to be left out of digests."""
        asked = {"name": OptOut.DIGESTS.value, "ids": list(user_ids)}
        return set(await self._database.run(lambda c: c.execute(_AMONG, asked).scalars().all()))

    async def choose(self, user_id: int, name: OptOut, *, is_out: bool) -> None:
        """Leave a person out of something, or no longer; out of history, forget what they said."""
        values = {"user_id": user_id, "name": name.value}
        now_us = int(self._clock() * 1e6)

        def work(connection: Connection) -> None:
            connection.execute(_ADD if is_out else _REMOVE, values)
            if is_out and name is OptOut.HISTORY:
                erase_conversations(connection, user_id, now_us)

        await self._database.run(work, is_durable=True, is_erasing=True)
