"""Handling of REST requests: faults, rate limits, authorization, the handler, the log."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, web

from bot.sandbox.discord_server.faults import Fault, Faults
from bot.sandbox.discord_server.objects import Attachment
from bot.sandbox.discord_server.rest.call import Call, Reply, Request, Route, Router
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Limits, RateLimited, refusal

if TYPE_CHECKING:
    from bot.sandbox.discord_server.core import Core

log = logging.getLogger(__name__)

KEPT_REQUESTS = 5_000


@dataclass(slots=True)
class Answer:
    """A response before it is encoded."""

    status: int
    headers: dict[str, str]
    body: Any = None


class Api:
    """Answers REST requests and remembers them."""

    def __init__(self, core: Core, limits: Limits, token: str, routes: Sequence[Route]) -> None:
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.on_request: list[Callable[[Request], None]] = []
        self.faults = Faults()
        self._core = core
        self._limits = limits
        self._authorization = f"Bot {token}"
        self._router = Router(routes)

    async def handle(self, incoming: web.Request) -> web.StreamResponse:
        request, is_whole = await self._read(incoming)
        fault = self.faults.take(request.method, request.path)
        self._core.world.feed.changed()
        if not fault.after_effect:
            await fault.held()
        answer = self._answer(request, fault, is_whole=is_whole)
        response = _response(answer, request)
        self._remember(request)
        if fault.after_effect:
            await fault.held()
        if fault.drop and incoming.transport is not None:
            incoming.transport.close()
        return response

    async def _read(self, incoming: web.Request) -> tuple[Request, bool]:
        """Return the request, and whether its body was small enough to be read."""
        request = Request(
            method=incoming.method,
            path="/" + incoming.match_info["path"],
            query=dict(incoming.query),
            headers=incoming.headers,
            body=b"",
            time=self._core.world.clock(),
        )
        try:
            if incoming.content_type == "multipart/form-data":
                await _read_parts(incoming, request)
            else:
                request.body = await incoming.read()
        except web.HTTPRequestEntityTooLarge:
            return request, False
        return request, True

    def _remember(self, request: Request) -> None:
        self.requests.append(request)
        for hook in self.on_request:
            hook(request)
        self._core.world.feed.changed()

    def _answer(self, request: Request, fault: Fault, *, is_whole: bool) -> Answer:
        if fault.replaces_answer and not fault.after_effect:
            return Answer(*fault.answer())
        answer = self._real_answer(request, is_whole=is_whole)
        if fault.replaces_answer:
            return Answer(*fault.answer())
        answer.headers |= fault.headers or {}
        return answer

    def _real_answer(self, request: Request, *, is_whole: bool) -> Answer:
        headers: dict[str, str] = {}
        try:
            route, bucket, params = self._router.find(request.method, request.path)
            resource = _resource(params)
            counted = not request.path.startswith(("/interactions/", "/webhooks/"))
            verdict = self._limits.take(bucket, resource, counts_globally=counted)
            headers = verdict.headers
            if verdict.is_limited:
                return Answer(429, headers, verdict.body)
            if route.needs_token and request.headers.get("Authorization") != self._authorization:
                raise DiscordError(40001)
            if not is_whole:
                raise DiscordError(40005)
            return self._handled(route, params, request, headers)
        except RateLimited as limited:
            refused = refusal(limited.retry_after, scope="shared")
            return Answer(429, headers | refused.headers, refused.body)
        except DiscordError as error:
            return Answer(error.status, headers, error.body())

    def _handled(
        self, route: Route, params: dict[str, str], request: Request, headers: dict[str, str]
    ) -> Answer:
        call = Call(self._core, self._limits, params, request.query, _body(request), request.files)
        call.authorization = request.headers.get("Authorization", "")
        try:
            result = route.handle(call)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.exception("%s %s: malformed body", request.method, request.path)
            raise DiscordError(50035) from error
        if isinstance(result, Reply):
            return Answer(result.status, headers, result.body)
        return Answer(204 if result is None else 200, headers, result)


def _body(request: Request) -> Any:
    """Return a form as a dict and everything else as JSON, or raise 50109."""
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode(errors="replace")))
    body = request.json
    if request.body and body is None and request.body != b"null":
        raise DiscordError(50109)
    return body


def _resource(params: Mapping[str, str]) -> str:
    """Return the top-level resource of a bucket: a webhook, a channel or a guild."""
    webhook = params.get("webhook_token") or params.get("interaction_token")
    return webhook or params.get("channel_id") or params.get("guild_id") or ""


async def _read_parts(incoming: web.Request, request: Request) -> None:
    async for part in await incoming.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        if part.name == "payload_json":
            request.body = data
        elif part.filename is not None:
            kind = part.headers.get("Content-Type", "")
            request.files.append(Attachment(part.filename, data, content_type=kind))


def _response(answer: Answer, request: Request) -> web.Response:
    date = formatdate(request.time, usegmt=True)
    headers = {"Content-Type": "application/json", "Date": date} | answer.headers
    if answer.status == 204:
        body = b""
        del headers["Content-Type"]
    elif isinstance(answer.body, str):
        body = answer.body.encode()
    else:
        body = msgspec.json.encode(answer.body)
    request.status, request.answer = answer.status, body
    return web.Response(status=answer.status, body=body, headers=headers)
