"""A Discord that does the least a bot can be measured with, fast enough for thousands at once.

The sandbox's Discord checks what a bot sends; this one only counts. It enforces the 3 s of a first
response, and refuses a late one as Discord does. It is a model provider, too.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from bench.scale.gateway import BOT, BOT_ID, Gateway
from bench.scale.guild import JSON, Guild, user_json
from bench.scale.world import Asked, chatter_json, interaction_json, message_json, snowflake

DEADLINE_S = 3.0
LOADING = 1 << 7
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.bench.bench"
APPLICATION: JSON = {
    "id": str(BOT_ID),
    "name": "abi",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "owner": user_json(BOT_ID + 1, "owner"),
    "flags": 0,
}
UNKNOWN_INTERACTION = 404, {"message": "Unknown interaction", "code": 10062}
ACKNOWLEDGED = 400, {"message": "Interaction has already been acknowledged.", "code": 40060}
NOT_FOUND = 404, {"message": "404: Not Found", "code": 0}
# Of a webhook; it is not enforced.
LIMIT = {
    "X-RateLimit-Limit": "5",
    "X-RateLimit-Remaining": "4",
    "X-RateLimit-Reset-After": "2.000",
    "X-RateLimit-Bucket": "webhook",
}

GLOBAL_PER_S, UNCOUNTED = 50, ("interactions", "webhooks")
REFUSED = {"message": "You are being rate limited.", "retry_after": 0.5, "global": True}

encode = msgspec.json.encode
Answer = tuple[int, Any]


class LeanDiscord:
    """Its guilds are there from the first identify on; ``asked`` are all questions, by token.

    Bots are told to connect so many ``shards``. The model answers after ``model_s`` with ``words``;
    while it does, ``asking`` requests wait.
    """

    def __init__(self, guilds: Sequence[Guild], shards: int = 1) -> None:
        self.guilds = list(guilds)
        self.gateway = Gateway(self.guilds, shards)
        self.commands: list[JSON] = []
        self.asked: dict[str, Asked] = {}
        self.posted: deque[tuple[float, int, str]] = deque()  # when, in which channel, what
        self.counted: deque[float] = deque()
        self.refused = 0  # for the global limit
        self.deadline_s = DEADLINE_S
        self.model_s = 0.0
        self.words = "word000 is here."
        self.asking = self.most_asking = self.model_count = 0
        self.connections = 0  # of clients that are open
        self.address = ""
        self._runner: web.ServerRunner | None = None

    @property
    def is_read(self) -> bool:
        """True if all shards are connected, and their bots know all guilds."""
        has_guilds = [shard.has_guilds for shard in self.gateway.shards]
        return len(has_guilds) == self.gateway.count and all(has_guilds)

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=4096).start()
        self.address = self.gateway.address = f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def aclose(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"http://{self.address}/api/v10"

    @property
    def model_url(self) -> str:
        return f"http://{self.address}/model"

    async def ask(self, count: int) -> list[Asked]:
        """Use ``/ask`` so many times in one instant, each by somebody else."""
        [command_id] = [c["id"] for c in self.commands if c["name"] == "ask"]
        asked, events = [], []
        for number in range(count):
            guild = self.guilds[number % len(self.guilds)]
            new_id = snowflake()
            channel_id = guild.channel_id(number // len(self.guilds))
            one = Asked(new_id, f"token-{new_id}", guild.id, channel_id, 0.0)
            asked.append(one)
            events.append((guild.id, interaction_json(one, command_id, BOT_ID, number)))
        at = time.monotonic()
        for one in asked:
            one.at = at
            self.asked[one.token] = one
        await self.gateway.dispatch("INTERACTION_CREATE", events)
        return asked

    async def chat(self, count: int) -> None:
        """Have people write so many messages that are not for the bot."""
        guilds = [self.guilds[n % len(self.guilds)] for n in range(count)]
        await self.gateway.dispatch(
            "MESSAGE_CREATE", [(g.id, chatter_json(g, n)) for n, g in enumerate(guilds)]
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/gateway"):
            return await self.gateway.serve(request)
        if path.startswith("/model"):
            return await self._model(request)
        parts = path.removeprefix("/api/v10/").split("/")
        body = await request.read()
        if parts[0] not in UNCOUNTED and not self._admits():
            return web.json_response(REFUSED, status=429, headers={"X-RateLimit-Global": "true"})
        status, answer = self._answer(request.method, parts, body)
        headers = LIMIT if parts[0] == "webhooks" else {}
        return web.Response(
            status=status, body=encode(answer), content_type="application/json", headers=headers
        )

    def _admits(self) -> bool:
        """Count a request, and return whether it is one of 50 in the last second."""
        now = time.monotonic()
        while self.counted and self.counted[0] <= now - 1.0:
            self.counted.popleft()
        if len(self.counted) >= GLOBAL_PER_S:
            self.refused += 1
            return False
        self.counted.append(now)
        return True

    def _answer(self, method: str, parts: list[str], body: bytes) -> Answer:
        match method, parts:
            case "POST", ["interactions", _, token, "callback"]:
                return self._callback(token)
            case (("PATCH" | "GET" | "POST"), ["webhooks", _, token, *_]):
                return self._message(token, body)
            case "POST", ["channels", channel_id, "messages"]:
                said = msgspec.json.decode(body).get("content", "")
                self.posted.append((time.monotonic(), int(channel_id), said))
                return 200, message_json(snowflake(), int(channel_id), BOT, said)
            case "GET", ["channels", _, "messages"]:
                return 200, []
            case "GET", ["users", "@me"]:
                return 200, BOT
            case "GET", [("oauth2" | "applications"), *_, "@me"]:
                return 200, APPLICATION
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 16}
                url = f"ws://{self.address}/gateway"
                return 200, {
                    "url": url,
                    "shards": self.gateway.count,
                    "session_start_limit": limit,
                }
            case "GET", ["applications", _, "commands"]:
                return 200, self.commands
            case "PUT", ["applications", _, "commands"]:
                own = {"application_id": str(BOT_ID), "version": "1"}
                given = msgspec.json.decode(body)
                self.commands = [c | own | {"id": str(snowflake())} for c in given]
                return 200, self.commands
        return NOT_FOUND

    def _callback(self, token: str) -> Answer:
        asked, now = self.asked[token], time.monotonic()
        if now - asked.at > self.deadline_s:
            asked.is_late = True
            return UNKNOWN_INTERACTION
        if asked.acknowledged_at is not None:
            return ACKNOWLEDGED
        asked.acknowledged_at = now
        message = message_json(asked.id + 1, asked.channel_id, BOT, "") | {"flags": LOADING}
        shown = {
            "id": str(asked.id),
            "type": 2,
            "response_message_id": message["id"],
            "response_message_loading": True,
            "response_message_ephemeral": False,
        }
        return 200, {"interaction": shown, "resource": {"type": 5, "message": message}}

    def _message(self, token: str, body: bytes) -> Answer:
        asked, now = self.asked.get(token), time.monotonic()
        if asked is None or asked.acknowledged_at is None:  # perhaps it is of an earlier run
            return 404, {"message": "Unknown Webhook", "code": 10015}
        said = msgspec.json.decode(body) if body else {}
        content = said.get("content") or ""
        has_words = self.words.split()[0] in content
        if has_words:
            asked.words_at = asked.words_at or now
        elif content:
            asked.line_at = asked.line_at or now
        is_whole = any("abi:again" in str(row) for row in said.get("components") or ())
        if is_whole or content == self.words:
            asked.ended_at = asked.ended_at or now
        is_loading = asked.words_at is None and asked.line_at is None
        flags = {"flags": LOADING if is_loading else 0}
        return 200, message_json(asked.id + 1, asked.channel_id, BOT, content) | flags

    async def _model(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            models = {"data": [{"id": "bench", "object": "model"}]}
            return web.Response(body=encode(models), content_type="application/json")
        await request.read()
        self.asking += 1
        self.model_count += 1
        self.most_asking = max(self.most_asking, self.asking)
        try:
            await asyncio.sleep(self.model_s)
        finally:
            self.asking -= 1
        pieces: list[JSON] = [
            {"delta": {"content": self.words}},
            {"delta": {}, "finish_reason": "stop"},
        ]
        lines = [b"data: %b\n\n" % encode({"choices": [{"index": 0, **p}]}) for p in pieces]
        body = b"".join([*lines, b"data: [DONE]\n\n"])
        return web.Response(body=body, content_type="text/event-stream")
