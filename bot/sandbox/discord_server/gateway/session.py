"""Sessions of shards, and the websockets they use."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.discord_server.gateway.compression import Compress

EVENTS_PER_MINUTE = 120
HISTORY = 2000

encode = msgspec.json.encode


class Session:
    """One shard's session, which outlives its connection until it is invalidated."""

    def __init__(self, shard: tuple[int, int], intents: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.seq = 0
        self.history: deque[tuple[int, bytes]] = deque(maxlen=HISTORY)
        self.connection: Connection | None = None

    def sees(self, guild_id: int | None) -> bool:
        shard_id, count = self.shard
        return shard_id == (0 if guild_id is None else (guild_id >> 22) % count)

    def remembers(self, seq: int) -> bool:
        """Return whether all events after seq can be replayed."""
        return not self.history or self.history[0][0] <= seq + 1

    def dispatch(self, event: str, encoded: bytes) -> None:
        self.seq += 1
        payload = b'{"op":0,"t":"%b","s":%d,"d":%b}' % (event.encode(), self.seq, encoded)
        self.history.append((self.seq, payload))
        if self.connection is not None:
            self.connection.send(payload)


class Connection:
    """One websocket, with a queue that one task writes from."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        compress: Compress | None,
        on_sent: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.is_closed_by_us = False
        self._compress = compress
        self._on_sent = on_sent
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._received: deque[float] = deque(maxlen=EVENTS_PER_MINUTE + 1)

    def send(self, payload: bytes) -> None:
        self._queue.put_nowait(payload)

    def send_op(self, op: int, data: Any = None) -> None:
        self.send(encode({"op": op, "d": data, "s": None, "t": None}))

    async def close(self, code: int) -> None:
        self.is_closed_by_us = True
        await self.socket.close(code=code)

    async def write(self) -> None:
        while True:
            payload = await self._queue.get()
            self._on_sent(payload)
            try:
                if self._compress is None:
                    await self.socket.send_str(payload.decode())
                else:
                    await self.socket.send_bytes(self._compress(payload))
            except (ConnectionError, RuntimeError):
                return

    def is_flooding(self, now: float) -> bool:
        self._received.append(now)
        is_full = len(self._received) > EVENTS_PER_MINUTE
        return is_full and now - self._received[0] < 60.0
