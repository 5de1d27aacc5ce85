"""Discord's REST API over httpx: buckets, nonces, no gateway."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from connectors.provider import Secret
from connectors.rate_limits import RateLimits, Route
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    RateLimitExceeded,
    any_env_is_set,
    calculate_retry_delay,
    env_is_set,
    is_success_status,
)

if TYPE_CHECKING:
    from connectors.transport import Transport

log = logging.getLogger(__name__)

PROVIDER = "discord"
API_URL = "https://discord.com/api/v10"
TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = "DISCORD_API_URL"
USER_AGENT = (
    "DiscordBot (https://pypi.org/project/abi, 0.1)"  # Cloudflare refuses requests without one
)
EPHEMERAL = 1 << 6
ATTEMPTS = 4

T = TypeVar("T")
Component = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment to upload."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class MessageBody:
    """What a message shows: content of at most 2,000 characters, component rows, perhaps a file.

    Nobody is ever pinged by it: ``allowed_mentions`` is sent empty.
    """

    content: str
    components: tuple[Component, ...] = ()
    file: File | None = None
    ephemeral: bool = False
    nonce: str | None = None

    def json(self) -> dict[str, Any]:
        """Return the request body."""
        body: dict[str, Any] = {
            "content": self.content,
            "components": list(self.components),
            "allowed_mentions": {"parse": []},
        }
        if self.file:
            body["attachments"] = [{"id": 0, "filename": self.file.name}]
        if self.ephemeral:
            body["flags"] = EPHEMERAL
        if self.nonce:
            body |= {"nonce": self.nonce, "enforce_nonce": True}
        return body


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of Discord's message object that we read."""

    id: str
    channel_id: str
    content: str = ""
    application_id: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The bot's token and the address of the API."""

    token: Secret
    api_url: str = API_URL

    def close(self) -> None:
        """Wipe the token."""
        self.token.close()

    def __enter__(self) -> "Config":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration. Raises MissingApiKey without a token."""
    name = next((name for name in TOKEN_ENV if env_is_set(name, environ)), None)
    if name is None:
        raise MissingApiKey(PROVIDER, summary=f"no token is set; set {TOKEN_ENV[1]}")
    url = environ[URL_ENV].strip() if env_is_set(URL_ENV, environ) else API_URL
    return Config(Secret(environ[name].strip(), provider=PROVIDER), url.rstrip("/"))


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration, or None without a token."""
    return load_from_env(environ) if is_available(environ) else None


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a token is set."""
    return any_env_is_set(TOKEN_ENV, environ)


class DiscordRest:
    """Discord's REST API as the bot uses it. Every method raises only ConnectorError.

    A 429 is obeyed and tried again, up to four tries; a 5xx or a lost connection is tried again only where
    the method or a nonce makes that safe.
    """

    def __init__(
        self,
        config: Config,
        transport: "Transport",
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        from connectors.transport import Waits

        self._config = config
        self._transport = transport
        self._waits = Waits(connect_s=10.0, first_byte_s=30.0, between_s=30.0)
        self._sleep = sleep
        self._limits = RateLimits(clock=clock, sleep=sleep)

    async def edit_original(
        self, application_id: int, token: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Replace the first response of an interaction, also a deferred one."""
        return await self.edit_followup(application_id, token, "@original", body, attempts=attempts)

    async def edit_followup(
        self,
        application_id: int,
        token: str,
        message_id: str,
        body: MessageBody,
        *,
        attempts: int = ATTEMPTS,
    ) -> Message:
        """Replace a message that an interaction made."""
        route = _interaction(
            "PATCH", "/messages/{message}", f"/messages/{message_id}", application_id, token
        )
        return _message(await self._send(route, body, attempts))

    async def create_followup(
        self, application_id: int, token: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Add a message to an interaction."""
        route = _interaction("POST", "", "?wait=true", application_id, token)
        return _message(await self._send(route, body, attempts))

    async def create_message(
        self, channel_id: int, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Post to a channel; with a nonce, the same message is made only once."""
        return _message(await self._send(_channel("POST", channel_id, "/messages"), body, attempts))

    async def edit_message(
        self, channel_id: int, message_id: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Replace one of the bot's own messages."""
        route = _channel("PATCH", channel_id, "/messages/{message}", f"/messages/{message_id}")
        return _message(await self._send(route, body, attempts))

    async def messages(self, channel_id: int, *, after: str, limit: int = 50) -> list[Message]:
        """Return at most limit messages of a channel that are newer than ``after``, newest first."""
        query = f"/messages?limit={limit}&after={after}"
        content = await self._send(_channel("GET", channel_id, "/messages", query), None, ATTEMPTS)
        return _decode(content, list[Message])

    async def create_dm(self, user_id: int) -> int:
        """Return the id of the channel with one user."""
        route = Route("POST", "/users/@me/channels", "/users/@me/channels", "")
        channel = _decode(await self._send(route, {"recipient_id": str(user_id)}, ATTEMPTS), _Id)
        return int(channel.id)

    async def _send(
        self, route: Route, body: MessageBody | Mapping[str, Any] | None, attempts: int
    ) -> bytes:
        safe = route.is_repeatable or (isinstance(body, MessageBody) and body.nonce is not None)
        for attempt in range(attempts):
            try:
                return await self._send_once(route, body)
            except RateLimitExceeded as error:
                if attempt + 1 >= attempts:
                    raise
                await self._sleep(error.retry_after or 1.0)
            except ConnectorError as error:
                if attempt + 1 >= attempts or not (error.retryable and safe):
                    raise
                await self._sleep(calculate_retry_delay(attempt, 500, 8_000) / 1000)
        raise AssertionError("attempts is at least 1")

    async def _send_once(self, route: Route, body: MessageBody | Mapping[str, Any] | None) -> bytes:
        await self._limits.turn(route)
        content, content_type = _encode(body)
        reply = await self._transport.send(
            PROVIDER,
            route.method,
            self._config.api_url + route.path,
            headers=lambda: self._headers(route, content_type),
            body=content,
            waits=self._waits,
        )
        try:
            self._limits.learn(route, reply.headers)
            answer = await reply.read_all()
        finally:
            await reply.aclose()
        if is_success_status(reply.status):
            return answer
        failure = _failure(reply.status, reply.headers, answer)
        if reply.status == 429 and "x-ratelimit-global" in reply.headers:
            self._limits.pause(failure.retry_after or 1.0)
        raise failure

    def _headers(self, route: Route, content_type: str | None) -> dict[str, str]:
        headers = {"user-agent": USER_AGENT}
        if content_type:
            headers["content-type"] = content_type
        if not route.is_interaction:  # its token is in the path
            headers["authorization"] = f"Bot {self._config.token.reveal()}"
        return headers


class _Id(msgspec.Struct):
    id: str


class _ErrorBody(msgspec.Struct):
    message: str = ""
    code: int | str | None = None
    retry_after: float | None = None


def _interaction(method: str, template: str, path: str, application_id: int, token: str) -> Route:
    prefix = f"/webhooks/{application_id}/{quote(token, safe='')}"
    return Route(
        method, "/webhooks/{id}/{token}" + template, prefix + path, token, is_interaction=True
    )


def _channel(method: str, channel_id: int, template: str, path: str | None = None) -> Route:
    path = template if path is None else path
    return Route(
        method, "/channels/{id}" + template, f"/channels/{channel_id}{path}", str(channel_id)
    )


def _encode(body: MessageBody | Mapping[str, Any] | None) -> tuple[bytes | None, str | None]:
    """Return the bytes of a request and their content type: JSON, or multipart around a file."""
    if body is None:
        return None, None
    payload = msgspec.json.encode(body.json() if isinstance(body, MessageBody) else body)
    if not isinstance(body, MessageBody) or body.file is None:
        return payload, "application/json"
    import httpx

    file = (body.file.name, body.file.data, body.file.content_type)
    parts = {"payload_json": (None, payload, "application/json"), "files[0]": file}
    request = httpx.Request("POST", API_URL, files=parts)
    return request.read(), request.headers["content-type"]


def _failure(status: int, headers: Mapping[str, str], answer: bytes) -> ConnectorError:
    """Return the error for an answer that is no success; a body of any shape is survived."""
    try:
        body = msgspec.json.decode(answer, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = _ErrorBody()
    facts: dict[str, Any] = {
        "status": status,
        "provider_code": str(body.code) if body.code else None,
        "detail": body.message,
    }
    if status == 429:
        wait = body.retry_after if body.retry_after is not None else _seconds(headers)
        return RateLimitExceeded(PROVIDER, retry_after=wait, **facts)
    reasons = {401: "auth", 403: "permission", 404: "not_found", 413: "too_large"}
    reason = "server" if status >= 500 else reasons.get(status, "bad_request")
    return ApiRequestFailed(PROVIDER, reason=reason, **facts)


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        return float(headers["retry-after"])
    except (KeyError, ValueError):
        return None


def _message(content: bytes) -> Message:
    return _decode(content, Message)


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidResponse(PROVIDER, reason="server", detail="unreadable answer") from error
