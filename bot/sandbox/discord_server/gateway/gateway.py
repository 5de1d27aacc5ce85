"""The gateway: sessions, shards, heartbeats, resumes and the dispatch of events."""

import asyncio
from collections import deque
from typing import Protocol

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.discord_server.gateway.compression import STREAMS
from bot.sandbox.discord_server.gateway.events import members_chunk_json, ready_json
from bot.sandbox.discord_server.gateway.session import Connection, Session, encode
from bot.sandbox.discord_server.objects import JSON, Channel
from bot.sandbox.discord_server.rules.intents import (
    GUILDS,
    KNOWN_INTENTS,
    MESSAGE_CONTENT,
    PRIVILEGED,
    granted_flags,
)
from bot.sandbox.discord_server.rules.permissions import can_see
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.render import guild_create_json
from bot.sandbox.discord_server.world.world import World

HEARTBEAT_MS = 41_250
# discord.py notes when it sent a heartbeat after it has; an answer that is there before that looks
# a whole interval late to it (gateway.py, KeepAliveHandler).
ACK_AFTER_S = 0.05
PAYLOAD_BYTES = 4096


class OnPayload(Protocol):
    """Hears of each payload of the gateway, uncompressed."""

    def __call__(self, raw: bytes, *, is_from_bot: bool) -> None: ...


class Gateway:
    """All sessions of the bot."""

    def __init__(self, world: World, token: str) -> None:
        self.privileged_intents = 0
        self.shards = 1
        self.max_concurrency = 16
        self.identifies = 0
        self.session_starts, self.reset_after_ms = 1000, 86_400_000
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.refusals = 0
        self.mutes_threads = False
        self.on_payload: list[OnPayload] = []
        self._world = world
        self._token = token
        self._recent_identifies: deque[tuple[float, int]] = deque()
        world.feed.dispatch = self.dispatch

    # What the world sends

    def dispatch(self, event: Event) -> None:
        """Send an event to the shard of its guild (DMs: shard 0), if it has the intent.

        An event of a channel that the bot cannot see is not sent.
        """
        if event.channel is not None and not self._hears(event.channel):
            return
        encoded: dict[bool, bytes] = {}
        for session in self.sessions.values():
            if session.sees(event.guild_id) and session.intents & event.intent == event.intent:
                is_bare = event.bare is not None and not session.intents & MESSAGE_CONTENT
                if is_bare not in encoded:
                    encoded[is_bare] = encode(event.bare if is_bare else event.data)
                session.dispatch(event.name, encoded[is_bare])

    def _hears(self, channel: Channel) -> bool:
        """Return whether the bot gets what happens in a channel."""
        bot = self._world.bot
        if self.mutes_threads and channel.is_thread and bot.id not in channel.thread_members:
            return False
        return can_see(channel, bot)

    @property
    def is_ready(self) -> bool:
        ready = {s.shard[0] for s in self.sessions.values() if s.connection is not None}
        counts = {s.shard[1] for s in self.sessions.values() if s.connection is not None}
        return len(counts) == 1 and len(ready) == counts.pop()

    # What tests do

    async def drop(self, code: int = 4000) -> None:
        """Close every connection; 1006 cuts it without a close frame."""
        for connection in list(self.connections):
            if code == 1006:
                self._abort(connection)
            else:
                await connection.close(code)

    def _abort(self, connection: Connection) -> None:
        transport = connection.socket.get_extra_info("socket")
        if transport is not None:
            transport.shutdown(2)

    async def invalidate(self, *, resumable: bool) -> None:
        if not resumable:
            self.sessions.clear()
        for connection in self.connections:
            connection.send_op(9, resumable)

    async def request_reconnect(self) -> None:
        for connection in self.connections:
            connection.send_op(7)

    async def aclose(self) -> None:
        for connection in list(self.connections):
            await connection.close(WSCloseCode.GOING_AWAY)

    # What the bot does

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket."""
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503, text="upstream connect error")
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, timeout=2.0)
        await socket.prepare(request)
        stream = STREAMS.get(request.query.get("compress", ""))
        connection = Connection(socket, stream() if stream else None, self._sent)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send_op(10, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        try:
            await self._read(connection)
        finally:
            writer.cancel()
            self._forget(connection)
        return socket

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            code = self._receive(connection, frame.data)
            if code:
                await connection.close(code)

    def _forget(self, connection: Connection) -> None:
        self.connections.discard(connection)
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            has_ended = connection.socket.close_code in (1000, 1001)
            if has_ended and not connection.is_closed_by_us:
                self.sessions.pop(session.id, None)
        self._world.feed.changed()

    def _receive(self, connection: Connection, raw: str | bytes) -> int:
        """Act on one payload; return the code to close with, or 0 to go on."""
        if connection.is_flooding(self._world.clock()):
            return 4008
        if len(raw) > PAYLOAD_BYTES:
            return 4002
        try:
            payload = msgspec.json.decode(raw)
            op, data = payload["op"], payload.get("d")
        except (msgspec.DecodeError, KeyError, TypeError):
            return 4002
        self._heard(raw if isinstance(raw, bytes) else raw.encode())
        if op == 1:
            asyncio.get_running_loop().call_later(ACK_AFTER_S, connection.send_op, 11)
        elif op == 2:
            return self._identify(connection, data)
        elif op == 6:
            return self._resume(connection, data)
        elif op not in (3, 4, 8):
            return 4001
        elif connection.session is None:
            return 4003
        elif op == 8:
            self._members_chunk(connection.session, data)
        return 0

    def _heard(self, raw: bytes) -> None:
        for hook in self.on_payload:
            hook(raw, is_from_bot=True)

    def _sent(self, raw: bytes) -> None:
        for hook in self.on_payload:
            hook(raw, is_from_bot=False)

    def _identify(self, connection: Connection, data: JSON) -> int:
        if connection.session is not None:
            return 4005
        if data.get("token", "").removeprefix("Bot ") != self._token:
            return 4004
        shard_id, count = data.get("shard") or (0, 1)
        if not 0 <= shard_id < count:
            return 4010
        intents = data.get("intents", 0)
        if intents & ~KNOWN_INTENTS:
            return 4013
        if intents & PRIVILEGED & ~self.privileged_intents:
            return 4014
        if self._identifies_too_fast(shard_id):
            connection.send_op(9, False)
            return 0
        if self.identifies >= self.session_starts:
            return self._reset_token()
        self.identifies += 1
        self._end_old((shard_id, count))
        session = Session((shard_id, count), intents)
        self._attach(session, connection)
        self.sessions[session.id] = session
        self._send_ready(session)
        self._world.feed.changed()
        return 0

    def _identifies_too_fast(self, shard_id: int) -> bool:
        """Return whether a shard may not identify yet.

        Of those with one rest of the division by ``max_concurrency``, one may in five seconds. A
        bot of a single shard may as often as all of them together, or each of its starts would
        take so long here.
        """
        now, key = self._world.clock(), shard_id % self.max_concurrency
        while self._recent_identifies and now - self._recent_identifies[0][0] >= 5.0:
            self._recent_identifies.popleft()
        same = [k for _, k in self._recent_identifies if self.shards == 1 or k == key]
        if len(same) >= (self.max_concurrency if self.shards == 1 else 1):
            return True
        self._recent_identifies.append((now, key))
        return False

    def _reset_token(self) -> int:
        """End every session, as Discord does with too many in a day, which resets the token."""
        self.sessions.clear()
        for connection in self.connections:
            connection.send_op(9, False)
        self._token = ""
        return 4004

    def _end_old(self, shard: tuple[int, int]) -> None:
        """Forget the sessions of this shard that lost their connection."""
        for session in list(self.sessions.values()):
            if session.connection is None and session.shard == shard:
                del self.sessions[session.id]

    def _attach(self, session: Session, connection: Connection) -> None:
        session.connection = connection
        connection.session = session

    def _send_ready(self, session: Session) -> None:
        guilds = [g for g in self._world.guilds.values() if g.has_bot and session.sees(g.id)]
        own = {"session_id": session.id, "shard": session.shard, "resume_gateway_url": self.url}
        flags = granted_flags(self.privileged_intents)
        session.dispatch("READY", encode(ready_json(self._world.bot, guilds, flags) | own))
        if session.intents & GUILDS:
            for guild in guilds:
                body = guild_create_json(guild, self._world.bot)
                session.dispatch("GUILD_CREATE", encode(body))

    def _resume(self, connection: Connection, data: JSON) -> int:
        if data.get("token", "").removeprefix("Bot ") != self._token:
            return 4004
        session = self.sessions.get(data.get("session_id", ""))
        seen = data.get("seq") or 0
        if session is None or not session.remembers(seen):
            connection.send_op(9, False)
            return 0
        if seen > session.seq:
            return 4007
        self._attach(session, connection)
        for seq, payload in session.history:
            if seq > seen:
                connection.send(payload)
        session.dispatch("RESUMED", encode({"_trace": []}))
        self._world.feed.changed()
        return 0

    def _members_chunk(self, session: Session, data: JSON) -> None:
        guild = self._world.guilds.get(int(data["guild_id"]))
        if guild is not None:
            session.dispatch("GUILD_MEMBERS_CHUNK", encode(members_chunk_json(guild, data)))
