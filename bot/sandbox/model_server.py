"""An OpenAI-compatible model server that answers from a script, with faults on request."""

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from aiohttp import web

from bot.sandbox import chat_completions as wire
from bot.sandbox.listener import Listener
from bot.sandbox.script import Reply, next_speech

__all__ = ["ModelServer", "Reply", "Served"]

REQUEST_LIMIT_BYTES = 64 * 1024 * 1024

_GARBAGE = b'data: {"choices": [{"delta": \xff\xfe not json\n\n'


@dataclass(slots=True)
class Served:
    """The log of one chat request.

    ``first_at`` and ``last_at`` are the ``time.monotonic()`` of the first and last text sent.
    ``aborted`` is set if the client or the server closed the connection before the end.
    ``said`` is the text sent so far.
    """

    model: str
    first_at: float | None = None
    last_at: float | None = None
    pieces: int = 0
    aborted: bool = False
    status: int = 200
    said: list[str] = field(default_factory=list)


class ModelServer:
    """A scripted provider on a real socket; an async context manager.

    ``script`` is used up first, then ``open_reply`` answers, then the built-in speech.
    ``models_reply`` replaces the list of models. ``alter`` may change each reply before it is sent,
    and ``on_served`` hears of each request when its reply has ended.
    """

    def __init__(self) -> None:
        self.models = ["sandbox-small", "sandbox-large", "sandbox-thinking"]
        self.script: deque[Reply] = deque()
        self.open_reply: Reply | None = None
        self.models_reply: Reply | None = None
        self.alter: Callable[[Reply], Reply] = lambda reply: reply
        self.on_served: list[Callable[[Mapping[str, Any], Served], None]] = []
        self.api_key: str | None = None
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.log: list[Served] = []
        self.open_streams = 0
        self.base_url = ""
        self._changed = asyncio.Event()
        self._listener = Listener()
        self.aclose = self._listener.aclose

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/v1/models/{id:.+}", self._get_model)
        app.router.add_get("/health", self._health)
        app.router.add_post("/v1/chat/completions", self._chat)
        self.base_url = f"http://{await self._listener.start(app, host, (port,))}/v1"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def until(self, predicate: Callable[[], bool], timeout_s: float = 10) -> None:
        """Wait until predicate holds; it is checked after every change of this server.

        Raises TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            while not predicate():
                await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        if self.models_reply is not None:
            await _passed(self.models_reply.first_byte)
            return _whole(self.models_reply)
        return web.json_response(
            {"object": "list", "data": [wire.model_json(m) for m in self.models]}
        )

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response()

    async def _get_model(self, request: web.Request) -> web.Response:
        model = request.match_info["id"]
        if refusal := self._refusal(request):
            return refusal
        if model not in self.models:
            return _error(
                404, f"The model `{model}` does not exist or you do not have access to it."
            )
        return web.json_response(wire.model_json(model))

    def _refusal(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("Authorization")
        self.keys.append(key)
        self._notify()
        if self.api_key is None or key == f"Bearer {self.api_key}":
            return None
        return _error(401, "Incorrect API key provided.")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        asked = await request.json()
        if not asked.get("messages"):
            return self._without_messages()
        served = Served(model=str(asked.get("model", "")))
        self.requests.append(asked)
        self.log.append(served)
        reply = self.alter(self._next_reply(asked))
        served.status = reply.status
        with self._open(asked, served):
            await _passed(reply.first_byte)
            if reply.is_whole:
                return _whole(reply)
            if asked.get("stream"):
                return await self._stream(request, asked, reply, served)
            return await self._complete(asked, reply, served)

    def _without_messages(self) -> web.Response:
        """Refuse a request without messages, unless ``open_reply`` is a body or a status."""
        if self.open_reply is not None and self.open_reply.is_whole:
            return _whole(self.open_reply)
        return _error(400, "Missing required parameter: 'messages'.")

    def _next_reply(self, asked: Mapping[str, Any]) -> Reply:
        if self.script:
            return self.script.popleft()
        return self.open_reply or next_speech(
            wire.turns(asked), model=str(asked.get("model") or "")
        )

    @contextmanager
    def _open(self, asked: Mapping[str, Any], served: Served) -> Iterator[None]:
        self.open_streams += 1
        self._notify()
        try:
            with self._listener.open():
                yield
        except (asyncio.CancelledError, ConnectionError):
            served.aborted = True
            raise
        finally:
            self.open_streams -= 1
            for hook in self.on_served:
                hook(asked, served)
            self._notify()

    async def _complete(
        self, asked: Mapping[str, Any], reply: Reply, served: Served
    ) -> web.StreamResponse:
        for index, _ in enumerate((*reply.reasoning, *reply.chunks)):
            await _passed(reply.gates.get(index))
        self._sent(served, reply.chunks)
        return web.json_response(wire.completion(asked, reply), headers=reply.headers)

    async def _stream(
        self, request: web.Request, asked: Mapping[str, Any], reply: Reply, served: Served
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", **reply.headers}
        )
        await response.prepare(request)
        await response.write(wire.delta(asked, {"role": "assistant", "content": ""}))
        await self._send_pieces(response, asked, reply, served)
        match reply.end:
            case "done":
                await response.write(wire.ending(asked, reply))
            case "garbage":
                await response.write(_GARBAGE)
            case "error":
                await response.write(wire.event({"error": dict(reply.error)}))
            case "hang":
                await asyncio.Event().wait()
            case "reset":
                _reset(request)
            case "close":
                pass
        return response

    async def _send_pieces(
        self, response: web.StreamResponse, asked: Mapping[str, Any], reply: Reply, served: Served
    ) -> None:
        deltas = [{"reasoning_content": text} for text in reply.reasoning]
        deltas += [{"content": text} for text in reply.chunks]
        held: list[dict[str, str]] = []
        for index, delta in enumerate(deltas):
            gate = reply.gates.get(index)
            if held and (gate is not None or len(held) >= reply.coalesce):
                await self._send_deltas(response, asked, held, served)
                held = []
                if reply.delay_s:
                    await asyncio.sleep(reply.delay_s)
            await _passed(gate)
            held.append(delta)
        if held:
            await self._send_deltas(response, asked, held, served)

    async def _send_deltas(
        self,
        response: web.StreamResponse,
        asked: Mapping[str, Any],
        deltas: Sequence[dict[str, str]],
        served: Served,
    ) -> None:
        await response.write(b"".join(wire.delta(asked, delta) for delta in deltas))
        self._sent(served, [delta["content"] for delta in deltas if "content" in delta])

    def _sent(self, served: Served, pieces: Sequence[str]) -> None:
        if pieces:
            served.last_at = time.monotonic()
            served.first_at = served.first_at or served.last_at
            served.pieces += len(pieces)
            served.said += pieces
        self._notify()


async def _passed(gate: asyncio.Event | None) -> None:
    if gate is not None:
        await gate.wait()


def _whole(reply: Reply) -> web.Response:
    if reply.body is None:
        return _error(reply.status, HTTPStatus(reply.status).phrase, reply.headers)
    given = {name.lower(): value for name, value in reply.headers.items()}
    headers = {"content-type": "application/json"} | given
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(wire.error_json(status, message), status=status, headers=headers)


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is not None:
        # With a linger time of 0, closing sends a RST: the client sees a reset, not an end.
        linger = struct.pack("ii", 1, 0)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
