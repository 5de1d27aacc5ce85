"""An OpenAI-compatible model that answers from a script, with faults on request."""

import asyncio
import json
import socket
import struct
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from aiohttp import web

from bot.sandbox.script import Reply, next_speech

__all__ = ["ModelServer", "Reply", "Served"]

REQUEST_LIMIT_BYTES = 64 * 1024 * 1024

_GARBAGE = b'data: {"choices": [{"delta": \xff\xfe not json\n\n'
_ERROR_CODES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("server_error", "server_is_overloaded"),
}


@dataclass(slots=True)
class Served:
    """What became of one chat request; moments are `time.monotonic()` of text pieces sent."""

    model: str
    first_at: float | None = None
    last_at: float | None = None
    pieces: int = 0
    aborted: bool = False  # the client went, or the server was closed, before the end


class ModelServer:
    """A scripted provider on a real socket; an async context manager."""

    def __init__(self) -> None:
        self.models = ["sandbox-small", "sandbox-large", "sandbox-thinking"]
        self.script: deque[Reply] = deque()
        self.open_reply: Reply | None = None  # answers every request that finds the script empty
        self.models_reply: Reply | None = None  # replaces the list of models, to make it fail
        self.api_key: str | None = None
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.log: list[Served] = []
        self.open_streams = 0
        self.base_url = ""
        self._changed = asyncio.Event()
        self._answering: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/v1/models/{id:.+}", self._get_model)
        app.router.add_get("/health", self._health)
        app.router.add_post("/v1/chat/completions", self._chat)
        # A handler is cancelled when its client goes: that is how an aborted stream is noticed.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}/v1"

    async def aclose(self) -> None:
        """Cut every open answer and stop listening."""
        for task in self._answering:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def until(self, predicate: Callable[[], bool], timeout_s: float = 10) -> None:
        """Return when `predicate()` is true; it is asked again after each change of this server.

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
        return web.json_response({"object": "list", "data": [_model(m) for m in self.models]})

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
        return web.json_response(_model(model))

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
        reply = self._next_reply(asked)
        async with self._open(served):
            await _passed(reply.first_byte)
            if reply.is_whole:
                return _whole(reply)
            if asked.get("stream"):
                return await self._stream(request, asked, reply, served)
            return await self._complete(asked, reply, served)

    def _without_messages(self) -> web.Response:
        """Refuse a request that asks nothing, as every server does; what is no chat server answers as it always does."""
        if self.open_reply is not None and self.open_reply.is_whole:
            return _whole(self.open_reply)
        return _error(400, "Missing required parameter: 'messages'.")

    def _next_reply(self, asked: Mapping[str, Any]) -> Reply:
        if self.script:
            return self.script.popleft()
        return self.open_reply or next_speech(_said(asked), model=str(asked.get("model") or ""))

    @asynccontextmanager
    async def _open(self, served: Served) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (a handler always runs in a task)
        self._answering.add(task)
        self.open_streams += 1
        self._notify()
        try:
            yield
        except (asyncio.CancelledError, ConnectionError):
            served.aborted = True
            raise
        finally:
            self._answering.discard(task)
            self.open_streams -= 1
            self._notify()

    async def _complete(
        self, asked: Mapping[str, Any], reply: Reply, served: Served
    ) -> web.StreamResponse:
        for index, _ in enumerate((*reply.reasoning, *reply.chunks)):
            await _passed(reply.gates.get(index))
        self._sent(served, len(reply.chunks))
        message: dict[str, Any] = {"role": "assistant", "content": "".join(reply.chunks)}
        if reply.reasoning:
            message["reasoning_content"] = "".join(reply.reasoning)
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
        body = _envelope("chat.completion", asked, [choice])
        if reply.usage is not None:
            body["usage"] = _usage(reply.usage)
        return web.json_response(body, headers=reply.headers)

    async def _stream(
        self, request: web.Request, asked: Mapping[str, Any], reply: Reply, served: Served
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", **reply.headers}
        )
        await response.prepare(request)
        await response.write(_delta(asked, {"role": "assistant", "content": ""}))
        await self._send_pieces(response, asked, reply, served)
        match reply.end:
            case "done":
                await response.write(_ending(asked, reply))
            case "garbage":
                await response.write(_GARBAGE)
            case "error":
                await response.write(_event({"error": dict(reply.error)}))
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
        await response.write(b"".join(_delta(asked, delta) for delta in deltas))
        self._sent(served, sum("content" in delta for delta in deltas))

    def _sent(self, served: Served, pieces: int) -> None:
        if pieces:
            served.last_at = time.monotonic()
            served.first_at = served.first_at or served.last_at
            served.pieces += pieces
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
    kind, code = _ERROR_CODES.get(status, ("server_error", None))
    error = {"message": message, "type": kind, "param": None, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is not None:
        # A linger time of 0 makes the close a RST: the client sees a reset, not an end.
        linger = struct.pack("ii", 1, 0)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1767225600, "owned_by": "sandbox"}


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    sent, received = usage
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}


def _envelope(
    kind: str, asked: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "id": "chatcmpl-sandbox",
        "object": kind,
        "created": 1767225600,
        "model": asked.get("model"),
        "choices": choices,
    }


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def _delta(
    asked: Mapping[str, Any], delta: Mapping[str, str], finish_reason: str | None = None
) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event(_envelope("chat.completion.chunk", asked, [choice]))


def _ending(asked: Mapping[str, Any], reply: Reply) -> bytes:
    ending = b"" if reply.finish_reason is None else _delta(asked, {}, reply.finish_reason)
    wants_usage = (asked.get("stream_options") or {}).get("include_usage")
    if wants_usage and reply.usage is not None:
        ending += _event(
            {**_envelope("chat.completion.chunk", asked, []), "usage": _usage(reply.usage)}
        )
    return ending + b"data: [DONE]\n\n"


def _said(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the role and the text of each message of a request."""
    return [
        (str(message.get("role")), _text(message.get("content")))
        for message in asked.get("messages") or []
    ]


def _text(content: object) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text") or "") for part in content)
    return str(content or "")
