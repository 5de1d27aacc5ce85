"""The gateway of the lean Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from bench.scale.guild import JSON, Guild, user_json
from bench.scale.world import snowflake
from bot.sandbox.discord_server.gateway.compression import STREAMS, Compress

BOT_ID = 123456789012345678
BOT = user_json(BOT_ID, "abi") | {"bot": True, "discriminator": "0000"}
HEARTBEAT, IDENTIFY, HELLO, ACK = 1, 2, 10, 11
HEARTBEAT_MS = 41_250


class Shard:
    """The connection of one shard. It ``has_guilds`` once the bot has read them all."""

    def __init__(self, socket: web.WebSocketResponse, compress: Compress | None) -> None:
        self.number = (0, 1)
        self.has_guilds = False
        self._socket = socket
        self._compress = compress
        self._seq = 0
        self._last_guild: int | None = None

    def sees(self, guild_id: int) -> bool:
        index, count = self.number
        return (guild_id >> 22) % count == index

    async def send(self, op: int, data: Any = None) -> None:
        await self._send(msgspec.json.encode({"op": op, "d": data, "s": None, "t": None}))

    async def dispatch(self, event: str, data: bytes) -> None:
        self._seq += 1
        await self._send(b'{"op":0,"t":"%b","s":%d,"d":%b}' % (event.encode(), self._seq, data))

    async def ask_whether_read(self) -> None:
        """Ask for a heartbeat, which the bot answers once it has read what was sent before."""
        self._last_guild = self._seq
        await self.send(HEARTBEAT)

    def beats(self, read: int | None) -> None:
        """Note a heartbeat, which names the last event that the bot has read."""
        if self._last_guild is not None and (read or 0) >= self._last_guild:
            self.has_guilds = True

    async def _send(self, payload: bytes) -> None:
        if self._compress is None:
            await self._socket.send_str(payload.decode())
        else:
            await self._socket.send_bytes(self._compress(payload))


class Gateway:
    """Its shards, of the ``count`` that bots are told to connect."""

    def __init__(self, guilds: Sequence[Guild], count: int) -> None:
        self.count = count
        self.shards: list[Shard] = []
        self.address = ""
        self._guilds = guilds

    async def dispatch(self, event: str, events: Sequence[tuple[int, bytes]]) -> None:
        """Send the events of guilds, each to those shards that see its guild."""
        for guild_id, data in events:
            for shard in self.shards:
                if shard.sees(guild_id):
                    await shard.dispatch(event, data)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, timeout=2.0)
        await socket.prepare(request)
        stream = STREAMS.get(request.query.get("compress", ""))
        shard = Shard(socket, stream() if stream else None)
        await shard.send(HELLO, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        try:
            async for frame in socket:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._receive(shard, msgspec.json.decode(frame.data))
        finally:
            if shard in self.shards:
                self.shards.remove(shard)
        return socket

    async def _receive(self, shard: Shard, payload: JSON) -> None:
        if payload["op"] == HEARTBEAT:
            shard.beats(payload["d"])
            # discord.py notes when it sent a heartbeat after it has.
            await asyncio.sleep(0.05)
            await shard.send(ACK)
        elif payload["op"] == IDENTIFY:
            shard.number = tuple(payload["d"].get("shard") or (0, 1))
            await self._welcome(shard)

    async def _welcome(self, shard: Shard) -> None:
        guilds = [guild for guild in self._guilds if shard.sees(guild.id)]
        ready = {
            "v": 10,
            "user": BOT,
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": str(snowflake()),
            "resume_gateway_url": f"ws://{self.address}/gateway",
            "shard": shard.number,
            "application": {"id": str(BOT_ID), "flags": 0},
        }
        await shard.dispatch("READY", msgspec.json.encode(ready))
        for guild in guilds:
            await shard.dispatch("GUILD_CREATE", guild.create_json(BOT_ID))
        await shard.ask_whether_read()
        self.shards.append(shard)
