"""REST requests, the routes to their handlers, and the calls that handlers get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from bot.sandbox.discord_server.objects import JSON, Attachment, Channel, Guild, Message, User
from bot.sandbox.discord_server.rules.errors import DiscordError, form_error
from bot.sandbox.discord_server.rules.limits import Bucket, Limits
from bot.sandbox.discord_server.rules.permissions import require

if TYPE_CHECKING:
    from bot.sandbox.discord_server.core import Core
    from bot.sandbox.discord_server.world.world import World


@dataclass(slots=True, eq=False)
class Request:
    """A REST request and its answer."""

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
    """The argument of a handler: the server's parts and the request's."""

    core: Core
    limits: Limits
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Attachment]
    authorization: str = ""

    @property
    def world(self) -> World:
        return self.core.world

    @property
    def bot(self) -> User:
        return self.core.world.bot

    @property
    def form(self) -> JSON:
        """Return the body, or raise 50035 if it is not an object."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            text = "Only dictionaries may be used in a DictType"
            raise form_error((), "DICT_TYPE_CONVERT", text)
        return self.body

    def id(self, name: str) -> int:
        return snowflake(self.params[name], name)

    def channel(self, needed: int = 0) -> Channel:
        """Return the channel; raise 10003, 50001 or 50013 if the bot lacks permissions."""
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise DiscordError(10003)
        require(channel, self.bot, needed)
        return channel

    def message(self, channel: Channel) -> Message:
        """Return a message of the channel, or raise 10008; ephemeral ones count as unknown."""
        message = channel.messages.get(self.id("message_id"))
        if message is None or message.ephemeral:
            raise DiscordError(10008)
        return message

    def guild(self) -> Guild:
        """Return the guild, or raise 10004 if the bot is not in it."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or not guild.has_bot:
            raise DiscordError(10004)
        return guild


def snowflake(value: object, name: str) -> int:
    """Return an id from a string or a number, or raise 50035."""
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
    """Finds routes by method and path."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes: dict[int, list[tuple[list[str], Route, Bucket]]] = {}
        for route in routes:
            parts = route.path.split("/")
            self._routes.setdefault(len(parts), []).append((parts, route, route.limits))

    def find(self, method: str, path: str) -> tuple[Route, Bucket, dict[str, str]]:
        """Return the route, its bucket and the path's parameters, or raise 404 or 405."""
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
