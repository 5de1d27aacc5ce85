"""The network of one process: the sandbox's Discord and a model, without sockets, with faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import Context
from email import message_from_bytes
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import httpx
import msgspec

from bot.answers.texts import TITLE
from bot.conversations.summary import INSTRUCTIONS as SUMMARISE
from bot.digests.prompt import instructions
from bot.sandbox import chat_completions as wire
from bot.sandbox.discord_server import Attachment, DiscordServer, Request
from bot.sandbox.discord_server.faults import CLOUDFLARE_PAGE
from bot.sandbox.discord_server.faults import Fault as Answered
from bot.sandbox.discord_server.rest.api import _response
from bot.sandbox.script import Reply
from tests.simulation.clocks import Place
from tests.simulation.faults import Fault, Faults

DISCORD = "discord.test"
PREFIX = "/api/v10"
WAY_S = 0.03  # in one direction
_ASKED = re.compile(r"ask(\d+)x")
# How requests begin that the bot makes for itself: for titles, summaries and digests.
OUR_OWN = tuple(text[:40] for text in (TITLE, SUMMARISE, instructions(None)))
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?]+")


class Network(httpx.AsyncBaseTransport):
    """Carries the requests of one process to Discord or to the model."""

    def __init__(
        self, discord: DiscordServer, model: Model, faults: Faults, place: Place, outside: Context
    ) -> None:
        self._discord = discord
        self._model = model
        self._faults = faults
        self._place = place
        self._outside = outside

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_discord = request.url.host == DISCORD
        path = _TOKEN.sub(r"\1*", request.url.path.removeprefix(PREFIX))
        subject = f"{request.method} {path}"
        layer = "discord" if is_discord else "model"
        fault = self._faults.strike(layer, self._place.index, subject)
        what = fault.what if fault else ""
        if what == "is refused":
            raise aiohttp.ClientConnectionError
        await asyncio.sleep(WAY_S + (fault.delay_s if fault and what == "is slow" else 0.0))
        if what == "is lost":
            raise aiohttp.ServerDisconnectedError
        if fault is not None and what == "dies":
            await self._die(fault)
        body = await request.aread()
        if fault is not None and what == "is answered":
            response = _answer(fault)
        elif is_discord:
            response = self._outside.copy().run(_ask_discord, self._discord, request, body)
        else:
            response = self._model.answer(request, body, fault)
        if what == "is lost unheard":
            raise aiohttp.ServerDisconnectedError
        if fault is not None and what == "dies unheard":
            await self._die(fault)
        await asyncio.sleep(WAY_S + (fault.delay_s if fault and what == "is answered late" else 0))
        return response

    async def _die(self, fault: Fault) -> None:
        self._place.die(fault.delay_s)
        await asyncio.sleep(0)  # from which nothing returns


class LibrarySession:
    """A stand-in for discord.py's session of aiohttp: its requests go by the same network."""

    closed = False

    def __init__(self, network: Network) -> None:
        self._network = network

    @asynccontextmanager
    async def request(
        self, method: str, url: str, *, data: Any = None, **more: Any
    ) -> AsyncIterator[LibraryResponse]:
        more = {key: more[key] for key in ("headers", "params") if more.get(key)}
        sent = httpx.Request(method, url, content=data, **more)
        yield LibraryResponse(await self._network.handle_async_request(sent))

    async def close(self) -> None:
        self.closed = True


class LibraryResponse:
    def __init__(self, response: httpx.Response) -> None:
        self.status, self.headers = response.status_code, response.headers
        self.reason = response.reason_phrase
        self._response = response

    async def text(self, encoding: str = "utf-8") -> str:
        return (await self._response.aread()).decode(encoding)


def _answer(fault: Fault) -> httpx.Response:
    if fault.code == -1:
        return httpx.Response(fault.status, text=CLOUDFLARE_PAGE)
    said = Answered(
        status=fault.status,
        retry_after=fault.retry_after,
        json=None if fault.status == 429 else {"message": "no", "code": fault.code or 0},
    )
    status, headers, body = said.answer()
    return httpx.Response(status, headers=headers, json=body)


def _ask_discord(server: DiscordServer, sent: httpx.Request, body: bytes) -> httpx.Response:
    request = Request(
        method=sent.method,
        path=sent.url.path.removeprefix(PREFIX),
        query=dict(parse_qsl(sent.url.query.decode())),
        headers={name.title(): value for name, value in sent.headers.items()},
        body=body,
        time=server.clock(),
    )
    if sent.headers.get("content-type", "").startswith("multipart/"):
        _read_parts(request, sent.headers["content-type"], body)
    answered = _response(server.api._answer(request, Answered(), is_whole=True), request)
    server.api._remember(request)
    headers = dict(answered.headers) | {"Date": formatdate(server.clock(), usegmt=True)}
    return httpx.Response(answered.status, headers=headers, content=request.answer)


def _read_parts(request: Request, content_type: str, body: bytes) -> None:
    whole = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    for part in whole.get_payload():
        data = part.get_payload(decode=True)  # type: ignore[union-attr]
        if (name := part.get_filename()) is None:  # type: ignore[union-attr]
            request.body = data  # type: ignore[assignment]
        else:
            kind = part.get_content_type()  # type: ignore[union-attr]
            request.files.append(Attachment(name, data, content_type=kind))  # type: ignore[arg-type]


class Model:
    """A model whose every word is written once: ``w<question>.<request>.<number>``."""

    def __init__(self) -> None:
        self.requests = 0
        self.words = 30
        self.word_s = 0.1
        self.asked: Callable[[list[str]], None] = lambda _: None  # with the marks of a question

    def answer(self, request: httpx.Request, body: bytes, fault: Fault | None) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"object": "list", "data": [wire.model_json("tiny")]})
        asked = msgspec.json.decode(body)
        self.requests += 1
        said = " ".join(text for _, text in wire.turns(asked))
        spoken = " ".join(text for role, text in wire.turns(asked) if role != "system")
        found = _ASKED.findall(spoken)  # the name of a thread may hold one, too
        if said.startswith(OUR_OWN):  # its words are nobody's answer
            number = "0"
        else:
            number = found[-1] if found else "0"
            self.asked([f"ask{n}x" for n in found])
        question = spoken.rpartition(f"ask{number}x")[2]
        words = self.words * (8 if "long" in question else 1)
        chunks = [f"w{number}.{self.requests}.{n} " for n in range(words)]
        reply = Reply(chunks=chunks)
        if not asked.get("stream"):
            return httpx.Response(200, json=wire.completion(asked, reply))
        stream = _Stream(self._pieces(asked, reply, fault))
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=stream)

    async def _pieces(
        self, asked: Mapping[str, Any], reply: Reply, fault: Fault | None
    ) -> AsyncIterator[bytes]:
        cut_at = len(reply.chunks) // 2 if fault and fault.what == "is cut off" else -1
        for number, chunk in enumerate(reply.chunks):
            if number == cut_at:
                raise aiohttp.ClientPayloadError
            await asyncio.sleep(self.word_s)
            yield wire.delta(asked, {"content": chunk})
        yield wire.ending(asked, reply)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces
