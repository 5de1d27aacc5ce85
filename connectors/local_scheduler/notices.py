"""Hears from PostgreSQL that another process has added something due soon."""

import asyncio
import logging
from collections.abc import Callable

import psycopg

from connectors.local_scheduler.dialects import CHANNEL

log = logging.getLogger(__name__)

_RETRY_S = 10.0


class Notices:
    """One connection that only listens. Where it cannot, ``is_told`` is False and rows are looked for."""

    def __init__(self, address: str, worker: str, heard: Callable[[], None]) -> None:
        self._address = address
        self._worker = worker
        self._heard = heard
        self.is_told = False

    async def listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.debug("not listening: %s", type(error).__name__)
            finally:
                self.is_told = False
            self._heard()  # what was said meanwhile went unheard
            await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.is_told = True
            self._heard()
            async for notice in connection.notifies():
                if notice.payload != self._worker:
                    self._heard()
