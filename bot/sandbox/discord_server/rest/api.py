"""One REST request from arrival to answer: record, faults, token, limits, handler."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, web

from bot.sandbox.discord_server.core import Core
from bot.sandbox.discord_server.faults import Fault, Faults
from bot.sandbox.discord_server.objects import JSON, Attachment, Channel, Guild, Message
from bot.sandbox.discord_server.rules.errors import DiscordError, form_error
from bot.sandbox.discord_server.rules.limits import Bucket, Limits
from bot.sandbox.discord_server.rules.permissions import require
from bot.sandbox.discord_server.world.feed import Feed

log = logging.getLogger(__name__)

KEPT_REQUESTS = 5_000


@dataclass(slots=True, eq=False)
class Request:
    """A REST request as it came, and what was answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    time: float
    files: list[Attachment] = field(default_factory=list)
    status: int = 0
    answer: bytes = b""

    @property
    def json(self) -> Any:
        """Return the decoded body (of a multipart request: its payload_json), or None."""
        return decoded(self.body)

    @property
    def response(self) -> Any:
        """Return the decoded answer, or None."""
        return decoded(self.answer)


def decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return None


@dataclass(slots=True)
class Call:
    """What a handler gets: the parts of the server and of the request."""

    core: Core
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Attachment]
    authorization: str = ""

    @property
    def form(self) -> JSON:
        """Return the body when it is an object, or raise 50035."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            text = "Only dictionaries may be used in a DictType"
            raise form_error((), "DICT_TYPE_CONVERT", text)
        return self.body

    def id(self, name: str) -> int:
        return snowflake(self.params[name], name)

    def channel(self, needed: int = 0) -> Channel:
        """Return the channel if the bot may do what is needed there; raise 10003, 50001, 50013."""
        channel = self.core.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise DiscordError(10003)
        require(channel, self.core.bot, needed)
        return channel

    def message(self, channel: Channel) -> Message:
        """Return a message of the channel; ephemeral ones do not exist here."""
        message = channel.messages.get(self.id("message_id"))
        if message is None or message.ephemeral:
            raise DiscordError(10008)
        return message

    def guild(self) -> Guild:
        """Return the guild if the bot is in it; raise 10004."""
        guild = self.core.world.guilds.get(self.id("guild_id"))
        if guild is None or not guild.has_bot:
            raise DiscordError(10004)
        return guild


def snowflake(value: object, name: str) -> int:
    """Return an id from a string or a number, or raise 50035 as Discord words it."""
    text = str(value)
    if not text.isascii() or not text.isdecimal():
        raise form_error((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's answer with a status of its own."""

    status: int
    body: Any = None


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; a handler that returns None answers 204."""

    method: str
    path: str
    handle: Handler
    bucket: Bucket | None = None
    needs_token: bool = True

    @property
    def limits(self) -> Bucket:
        return self.bucket or Bucket(f"{self.method} {self.path}", 50, 1.0)


class Router:
    """Finds the route of a path by its method and number of parts."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes: dict[int, list[tuple[list[str], Route, Bucket]]] = {}
        for route in routes:
            parts = route.path.split("/")
            self._routes.setdefault(len(parts), []).append((parts, route, route.limits))

    def find(self, method: str, path: str) -> tuple[Route, Bucket, dict[str, str]]:
        """Return the route, its bucket and the values in its path; raise 404 or 405."""
        given = path.split("/")
        is_known = False
        for parts, route, bucket in self._routes.get(len(given), ()):
            params = _match(parts, given)
            if params is not None:
                if route.method == method:
                    return route, bucket, params
                is_known = True
        raise DiscordError(405 if is_known else 0)


def _match(parts: list[str], given: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{"):
            params[part[1:-1]] = value
        elif part != value:
            return None
    return params


@dataclass(slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    headers: dict[str, str]
    body: Any = None


class Api:
    """Answers REST requests and remembers them."""

    def __init__(
        self, core: Core, feed: Feed, limits: Limits, token: str, routes: Sequence[Route]
    ) -> None:
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.on_request: list[Callable[[Request], None]] = []
        self.faults = Faults()
        self._core = core
        self._feed = feed
        self._limits = limits
        self._authorization = f"Bot {token}"
        self._router = Router(routes)

    async def handle(self, incoming: web.Request) -> web.StreamResponse:
        request, is_whole = await self._read(incoming)
        fault = self.faults.take(request.method, request.path)
        self._feed.changed()
        if fault is not None and not fault.after_effect:
            await fault.held()
        answer = self._answer(request, fault, is_whole=is_whole)
        response = _response(answer, request)
        self._remember(request)
        if fault is not None and fault.after_effect:
            await fault.held()
        if fault is not None and fault.drop and incoming.transport is not None:
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
        self._feed.changed()

    def _answer(self, request: Request, fault: Fault | None, *, is_whole: bool) -> Answer:
        is_faulty = fault is not None and fault.replaces_answer
        if not is_faulty or (fault is not None and fault.after_effect):
            answer = self._real_answer(request, is_whole=is_whole)
            if not is_faulty:
                answer.headers |= {} if fault is None else dict(fault.headers or {})
                return answer
        assert fault is not None  # noqa: S101 - is_faulty says so, mypy cannot see it
        return Answer(*fault.answer())

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
        except DiscordError as error:
            return Answer(error.status, headers, error.body())

    def _handled(
        self, route: Route, params: dict[str, str], request: Request, headers: dict[str, str]
    ) -> Answer:
        call = Call(self._core, params, request.query, _body(request), request.files)
        call.authorization = request.headers.get("Authorization", "")
        try:
            result = route.handle(call)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.exception("%s %s: a body of the wrong shape", request.method, request.path)
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
    """Return the top-level resource that shares a bucket: a channel, a guild or a webhook."""
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
    headers = {"Content-Type": "application/json"} | answer.headers
    if answer.status == 204:
        body = b""
        del headers["Content-Type"]
    elif isinstance(answer.body, str):
        body = answer.body.encode()
    else:
        body = msgspec.json.encode(answer.body)
    request.status, request.answer = answer.status, body
    return web.Response(status=answer.status, body=body, headers=headers)
