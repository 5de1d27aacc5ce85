"""Notifications of PostgreSQL that another process has added a job due soon."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

import psycopg

from connectors.database import DatabaseUnavailable
from connectors.local_scheduler.dialects import CHANNEL
from connectors.local_scheduler.hearing import notices

log = logging.getLogger(__name__)

_RETRY_S = 10.0
# A pooler that keeps no sessions still keeps none some seconds later.
_DEAF_RETRY_S = 900.0
_PROBE_EVERY_S = 20.0
_HEARD_WITHIN_S = 2.0


class Notices:
    """A connection that only listens. While it hears nothing, ``is_listening`` is False.

    ``send`` notifies all processes, this one included, on another connection: behind a transaction
    pooler LISTEN succeeds, and nothing is ever heard.
    """

    def __init__(
        self,
        address: str,
        worker: str,
        on_notice: Callable[[], None],
        send: Callable[[], Awaitable[None]],
    ) -> None:
        self._address = address
        self._worker = worker
        self._on_notice = on_notice
        self._send = send
        self.is_listening = False

    async def listen_forever(self) -> None:
        while True:
            retry_s = _RETRY_S
            try:
                retry_s = await self._listen()
            except (psycopg.Error, OSError, DatabaseUnavailable) as error:
                log.debug("not listening: %s", type(error).__name__)
            finally:
                self.is_listening = False
            self._on_notice()  # there may have been some meanwhile
            await asyncio.sleep(retry_s)

    async def _listen(self) -> float:
        """Pass notifications on until none are heard; return in how many seconds to try again."""
        connection = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            while await self._hears(connection):
                self.is_listening = True
                self._on_notice()  # whoever stops to listen for one loses those that came with it
                async for notice in notices(connection, _PROBE_EVERY_S):
                    self._pass_on(notice)
            if self.is_listening:
                return _RETRY_S
            log.info("Notifications do not arrive, as behind a pooler; polling instead.")
            with suppress(psycopg.Error):  # the session may be another client's next
                await connection.execute("UNLISTEN *")
            return _DEAF_RETRY_S

    async def _hears(self, connection: psycopg.AsyncConnection) -> bool:
        """Return whether a notification of another session arrives here."""
        await self._send()
        async with aclosing(notices(connection, _HEARD_WITHIN_S)) as heard:
            async for notice in heard:
                self._pass_on(notice)
                if notice.payload == self._worker:
                    return True
        return False

    def _pass_on(self, notice: psycopg.Notify) -> None:
        if notice.payload != self._worker:
            self._on_notice()
