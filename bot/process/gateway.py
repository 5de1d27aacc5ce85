"""The events of the gateway: read fast, in bursts that let other tasks run, or not at all."""

import asyncio
import json
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import discord
import msgspec
from aiohttp import WSMsgType
from discord.gateway import DiscordClientWebSocketResponse

from connectors.http.timer import Timer

# For so long events are handled without a break: not shorter, because each break may take long
# while much else is done, and an interaction that waits here expires after 3 s.
AT_A_STRETCH_S = 0.01


class GatewaySocket(DiscordClientWebSocketResponse):
    """A socket of discord.py whose ``receive`` gives way even while it need not wait.

    discord.py handles all events that have arrived before anything else: without this, no
    acknowledgement of a burst would be sent before its last event was read.
    """

    clock: Callable[[], float] = staticmethod(time.perf_counter)
    _gave_way_at = 0.0
    _timer: Timer | None = None
    _closed_with: int | None = None

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's
        # Before the wait for an event: none is lost if this task is cancelled meanwhile.
        if self.clock() - self._gave_way_at > AT_A_STRETCH_S:
            await asyncio.sleep(0)
            self._gave_way_at = self.clock()
        if timeout is None:
            message = await super().receive()
        else:
            if self._timer is None:
                self._timer = Timer()
            with self._timer(timeout):  # aiohttp would make one for each event
                message = await super().receive()
        if message.type is WSMsgType.CLOSE:
            self._closed_with = message.data
        return message

    @property
    def close_code(self) -> int | None:
        """The code that Discord closed with, if it has.

        aiohttp replaces that by 1006 if it can no longer answer (client_ws.py, ``close``), and
        discord.py would then resume what Discord has refused for good.
        """
        return super().close_code if self._closed_with is None else self._closed_with


def use_own_reading() -> None:
    """Make discord.py read as this module does: there is no argument for either."""
    discord.http.DiscordClientWebSocketResponse = GatewaySocket  # type: ignore[attr-defined]
    discord.utils._from_json = read_json  # noqa: SLF001 - which is orjson's where that is there


def leave_out_edits_by_bots(parsers: MutableMapping[str, Callable[[Any], Any]]) -> None:
    """Have discord.py drop edits of bots: nobody reads them, and each answer here makes several."""
    read = parsers["MESSAGE_UPDATE"]

    def read_of_people(data: Any) -> None:
        if not data.get("author", {}).get("bot"):
            read(data)

    parsers["MESSAGE_UPDATE"] = read_of_people


def read_json(text: str | bytes) -> Any:
    """Return what a JSON text says, in a fraction of the time of ``json``. Raise ValueError."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # also for half of a surrogate pair, which ``json`` takes
        return json.loads(text)
