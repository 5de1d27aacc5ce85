"""Discord's REST API over httpx: buckets, nonces, no gateway."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
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
    Timeout,
    any_env_is_set,
    calculate_retry_delay,
    env_is_set,
)

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

API_URL = "https://discord.com/api/v10"
TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = "DISCORD_API_URL"
USER_AGENT = (
    "DiscordBot (https://pypi.org/project/abi, 0.1)"  # Cloudflare refuses requests without one
)
EPHEMERAL = 1 << 6
ATTEMPTS = 4

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
        raise MissingApiKey("discord", summary=f"no token is set; set {TOKEN_ENV[1]}")
    url = environ[URL_ENV].strip() if env_is_set(URL_ENV, environ) else API_URL
    return Config(Secret(environ[name].strip(), provider="discord"), url.rstrip("/"))


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
        client: "httpx.AsyncClient",
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._config = config
        self._client = client
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
        import httpx

        await self._limits.turn(route)
        try:
            response = await self._client.send(self._build(route, body))
        except httpx.TimeoutException as error:
            raise Timeout("discord") from error
        except httpx.HTTPError as error:
            raise ApiRequestFailed("discord", reason="unavailable") from error
        self._limits.learn(route, response.headers)
        if response.is_success:
            return response.content
        error = _failure(response)
        if isinstance(error, RateLimitExceeded) and response.headers.get("x-ratelimit-global"):
            self._limits.pause(error.retry_after or 1.0)
        raise error

    def _build(self, route: Route, body: MessageBody | Mapping[str, Any] | None) -> "httpx.Request":
        headers = {"user-agent": USER_AGENT}
        if not route.is_interaction:
            headers["authorization"] = f"Bot {self._config.token.reveal()}"
        url = self._config.api_url + route.path
        if body is None:
            return self._client.build_request(route.method, url, headers=headers)
        payload = msgspec.json.encode(body.json() if isinstance(body, MessageBody) else body)
        if isinstance(body, MessageBody) and body.file:
            files = {
                "payload_json": (None, payload, "application/json"),
                "files[0]": (body.file.name, body.file.data, body.file.content_type),
            }
            return self._client.build_request(route.method, url, headers=headers, files=files)
        headers["content-type"] = "application/json"
        return self._client.build_request(route.method, url, headers=headers, content=payload)


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


def _failure(response: "httpx.Response") -> ConnectorError:
    """Return the error for an answer that is no success; a body of any shape is survived."""
    try:
        body = msgspec.json.decode(response.content, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = _ErrorBody()
    status = response.status_code
    facts: dict[str, Any] = {
        "status": status,
        "provider_code": str(body.code) if body.code else None,
        "detail": body.message,
    }
    if status == 429:
        wait = body.retry_after if body.retry_after is not None else _seconds(response.headers)
        return RateLimitExceeded("discord", retry_after=wait, **facts)
    reasons = {401: "auth", 403: "permission", 404: "not_found", 413: "too_large"}
    reason = "server" if status >= 500 else reasons.get(status, "bad_request")
    return ApiRequestFailed("discord", reason=reason, **facts)


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        return float(headers["retry-after"])
    except (KeyError, ValueError):
        return None


def _message(content: bytes) -> Message:
    return _decode(content, Message)


def _decode(content: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidResponse("discord", reason="server", detail="unreadable answer") from error
