"""Notifications of PostgreSQL that another process has added a job due soon."""

import asyncio
import logging
from collections.abc import Callable

import psycopg

from connectors.local_scheduler.dialects import CHANNEL

log = logging.getLogger(__name__)

_RETRY_S = 10.0


class Notices:
    """A connection that only listens. While it cannot, ``is_listening`` is False."""

    def __init__(self, address: str, worker: str, on_notice: Callable[[], None]) -> None:
        self._address = address
        self._worker = worker
        self._on_notice = on_notice
        self.is_listening = False

    async def listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.debug("not listening: %s", type(error).__name__)
            finally:
                self.is_listening = False
            self._on_notice()  # there may have been some meanwhile
            await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.is_listening = True
            self._on_notice()
            async for notice in connection.notifies():
                if notice.payload != self._worker:
                    self._on_notice()
