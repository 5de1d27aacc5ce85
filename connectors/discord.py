"""Discord's REST API over httpx: buckets, nonces, no gateway."""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from connectors.provider import Secret
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    RateLimitExceeded,
    Timeout,
    calculate_retry_delay,
)

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

API_URL = "https://discord.com/api/v10"
TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = ("DISCORD_API_URL",)
USER_AGENT = "DiscordBot (https://pypi.org/project/abi, 0.1)"  # Cloudflare refuses requests without one
EPHEMERAL = 1 << 6
GLOBAL_PER_S = 50  # requests of a bot; interaction endpoints do not count. Source: topics/rate-limits
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
    token = next((value for name in TOKEN_ENV if (value := environ.get(name, "").strip())), None)
    if token is None:
        raise MissingApiKey("discord", reason="auth", detail=f"{TOKEN_ENV[1]} is not set")
    url = next((value for name in URL_ENV if (value := environ.get(name, "").strip())), API_URL)
    return Config(Secret(token), url.rstrip("/"))


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration, or None without a token."""
    return load_from_env(environ) if is_available(environ) else None


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a token is set."""
    return any(environ.get(name, "").strip() for name in TOKEN_ENV)


class Bucket:
    """What Discord's headers said last about one rate limit."""

    __slots__ = ("limit", "remaining", "reset_at")

    def __init__(self) -> None:
        self.limit = 1
        self.remaining: int | None = None  # unknown until the first answer
        self.reset_at = 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until a request may be sent."""
        if self.remaining is not None and now >= self.reset_at:
            self.remaining = self.limit
        return self.reset_at - now if self.remaining == 0 else 0.0

    def take(self) -> None:
        """Count a request that is sent now."""
        if self.remaining:
            self.remaining -= 1

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take over what an answer says; requests still under way stay counted."""
        try:
            limit, remaining = int(headers["x-ratelimit-limit"]), int(headers["x-ratelimit-remaining"])
            reset_at = now + float(headers["x-ratelimit-reset-after"])
        except (KeyError, ValueError):
            return
        same_window = self.remaining is not None and now < self.reset_at
        self.limit = limit
        self.remaining = min(self.remaining or 0, remaining) if same_window else remaining
        self.reset_at = reset_at


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; ``major`` is the resource that Discord counts by (channel, webhook and token)."""

    method: str
    template: str
    path: str
    major: str
    is_interaction: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.method != "POST"


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
        self._clock = clock
        self._sleep = sleep
        self._bucket_of: dict[tuple[str, str], str] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._recent: deque[float] = deque(maxlen=GLOBAL_PER_S)
        self._global_until = 0.0

    async def edit_original(
        self, application_id: int, token: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Replace the first response of an interaction, also a deferred one."""
        return await self.edit_followup(application_id, token, "@original", body, attempts=attempts)

    async def edit_followup(
        self, application_id: int, token: str, message_id: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Replace a message that an interaction made."""
        route = _interaction("PATCH", "/messages/{message}", f"/messages/{message_id}", application_id, token)
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

    async def _send(self, route: Route, body: MessageBody | Mapping[str, Any] | None, attempts: int) -> bytes:
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

        bucket = await self._turn(route)
        try:
            response = await self._client.send(self._build(route, body))
        except httpx.TimeoutException as error:
            raise Timeout("discord", reason="timeout", retryable=True) from error
        except httpx.HTTPError as error:
            raise ApiRequestFailed("discord", reason="unavailable", retryable=True) from error
        self._learn(route, bucket, response.headers)
        if response.is_success:
            return response.content
        error = _failure(response)
        if isinstance(error, RateLimitExceeded) and response.headers.get("x-ratelimit-global"):
            self._global_until = self._clock() + (error.retry_after or 1.0)
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

    async def _turn(self, route: Route) -> Bucket:
        """Wait until neither the route's bucket nor the global limit forbids a request, and count it."""
        while True:
            bucket = self._bucket(route)
            now = self._clock()
            wait_s = max(bucket.wait_s(now), 0.0 if route.is_interaction else self._global_wait_s(now))
            if wait_s <= 0:
                break
            await self._sleep(wait_s)
        bucket.take()
        if not route.is_interaction:
            self._recent.append(now)
        return bucket

    def _global_wait_s(self, now: float) -> float:
        full = len(self._recent) == GLOBAL_PER_S and now - self._recent[0] < 1.0
        return max(self._global_until - now, self._recent[0] + 1.0 - now if full else 0.0)

    def _bucket(self, route: Route) -> Bucket:
        name = self._bucket_of.get((route.method, route.template), f"{route.method} {route.template}")
        key = (name, route.major)
        if key not in self._buckets:
            self._forget_spent_buckets()
            self._buckets[key] = Bucket()
        return self._buckets[key]

    def _forget_spent_buckets(self) -> None:
        # One bucket an interaction: without this the table would grow with every question.
        if len(self._buckets) >= 1000:
            now = self._clock()
            self._buckets = {k: b for k, b in self._buckets.items() if b.reset_at > now}

    def _learn(self, route: Route, bucket: Bucket, headers: Mapping[str, str]) -> None:
        bucket.learn(headers, self._clock())
        if name := headers.get("x-ratelimit-bucket"):
            self._bucket_of[route.method, route.template] = name
            self._buckets[name, route.major] = bucket


class _Id(msgspec.Struct):
    id: str


class _ErrorBody(msgspec.Struct):
    message: str = ""
    code: int | str | None = None
    retry_after: float | None = None


def _interaction(method: str, template: str, path: str, application_id: int, token: str) -> Route:
    prefix = f"/webhooks/{application_id}/{quote(token, safe='')}"
    return Route(method, "/webhooks/{id}/{token}" + template, prefix + path, token, is_interaction=True)


def _channel(method: str, channel_id: int, template: str, path: str | None = None) -> Route:
    path = template if path is None else path
    return Route(method, "/channels/{id}" + template, f"/channels/{channel_id}{path}", str(channel_id))


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
        return RateLimitExceeded("discord", reason="rate_limit", retryable=True, retry_after=wait, **facts)
    reasons = {401: "auth", 403: "permission", 404: "not_found", 413: "too_large"}
    reason = "server" if status >= 500 else reasons.get(status, "bad_request")
    return ApiRequestFailed("discord", reason=reason, retryable=status >= 500, **facts)


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
