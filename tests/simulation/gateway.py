"""The gateway of one process: sessions of the sandbox and parsers of discord.py, with no socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

from bot.sandbox.discord_server.gateway.session import Connection

if TYPE_CHECKING:
    from random import Random

    from aiohttp import web

    from bot.sandbox.discord_server import DiscordServer
    from bot.storage.shard import Key
    from tests.simulation.machine import Machine

EVENT_S = 0.02
AGAIN_S = 2.0  # after a session was refused
TWICE = 0.03  # how many events come twice
COMES_TWICE = ("INTERACTION_CREATE", "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE")


class Line(Connection):
    """The connection of a process, which can be cut; its session may outlive that.

    What was sent and not received when it was cut is sent again if the session goes on.
    """

    def __init__(
        self, machine: Machine, discord: DiscordServer, rng: Random, key: Key = (1, 0)
    ) -> None:
        super().__init__(cast("web.WebSocketResponse", None), None)
        self.key = key
        self._machine = machine
        self._discord = discord
        self._rng = rng
        self._session_id, self._seq = "", 0
        self._connections = 0
        self._arriving: deque[tuple[int, bytes]] = deque()
        # As a shard of discord.py and its websocket.
        self.ws = self
        self.is_cut = self.has_ended = False
        self._discord_parsers: dict[str, Any] = {}

    @property
    def open(self) -> bool:
        return self.session is not None

    async def disconnect(self) -> None:
        self.has_ended = True
        self.cut(ends=True)

    async def close(self, code: int = 1000) -> None:
        del code
        await self.disconnect()

    def connect(self) -> None:
        """Go on with the session, or begin one."""
        self.is_cut = False
        if self._machine.is_dead or self.session is not None or self.has_ended:
            return
        bot, gateway = self._machine.bot, self._discord.gateway
        assert bot is not None
        asked: dict[str, Any] = {"token": self._discord.token}
        if self._session_id:
            gateway._resume(self, asked | {"session_id": self._session_id, "seq": self._seq})
        else:
            total, number = self.key
            gateway._identify(
                self, asked | {"intents": bot.intents.value, "shard": [number, total]}
            )

    def cut(self, *, ends: bool = False) -> None:
        """Lose the connection and, if it ``ends``, the session with what was not received."""
        session, self.session = self.session, None
        self._connections += 1
        if session is not None:
            session.connection = None
            if ends:
                self._discord.gateway.sessions.pop(session.id, None)

    def send(self, payload: bytes) -> None:
        self._arriving.append((self._connections, payload))
        # Two processes never act at the very same time.
        self._later(EVENT_S + self._machine.index / 1000, self._next)
        name = payload[:40].split(b'"')[5].decode() if payload.startswith(b'{"op":0') else ""
        if name in COMES_TWICE:
            is_press = name == "INTERACTION_CREATE"
            rng = self._machine.world.faults.rng if is_press else self._rng
            if rng.random() < TWICE:
                self._later(2 * EVENT_S, self._receive, self._connections, payload)

    def _later(self, after_s: float, act: Callable[..., object], *args: Any) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(after_s, act, *args, context=self._machine.context)

    def _next(self) -> None:
        """Take the next event: timers of one time run in any order."""
        self._receive(*self._arriving.popleft())

    def _receive(self, connection: int, payload: bytes) -> None:
        bot = self._machine.bot
        if connection != self._connections or bot is None or bot.is_closed():
            return
        received = msgspec.json.decode(payload)
        if received["op"] == 9:
            self.session, self._session_id = None, ""
            self._later(AGAIN_S, self.connect)
        elif received["op"] == 0:
            self._seq = max(self._seq, received["s"])
            self._parse(received["t"], received["d"])

    def _parse(self, name: str, data: dict[str, Any]) -> None:
        machine = self._machine
        assert machine.bot is not None
        if name == "READY":
            self._session_id = data["session_id"]
            if machine.world.shards is None:  # else each one looks in its own shards only
                machine.ready_s.append(asyncio.get_running_loop().time())
                machine.world.promises.talk.looks(machine)
        if name == "RESUMED":
            data["__shard_id__"] = self.key[1]
        if not (machine.world.shards and machine.world.shards.arrived(name, data)):
            machine.world.promises.talk.heard(machine, name, data)
        parsers = self._discord_parsers or machine.bot._connection.parsers
        if (parse := parsers.get(name)) is not None:
            parse(data)
