"""Sending of requests: paced, signed, and repeated only if that is safe."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from connectors.discord.bodies import Payload, payload_of
from connectors.discord.condition import ALWAYS, Condition, nothing_async
from connectors.discord.failures import decode, failure, is_cloudflare, is_refused
from connectors.discord.first_responses import FirstResponses
from connectors.discord.global_limit import GLOBAL_PER_S, GlobalLimit
from connectors.discord.guard import Guard
from connectors.discord.rate_limits import RateLimits, Turn
from connectors.discord.routes import PROVIDER, Priority, Route
from connectors.discord.server_clock import ServerClock
from connectors.discord.shared_replies import SharedReplies
from connectors.http.timeouts import Timeouts
from connectors.recorder import NO_REPLY, Event
from connectors.shared import (
    ConnectorError,
    MissingApiKey,
    RateLimitExceeded,
    calculate_retry_delay,
    is_success_status,
)

if TYPE_CHECKING:
    from connectors.http.reply import Reply
    from connectors.http.transport import Transport

log = logging.getLogger(__name__)

T = TypeVar("T")

# Cloudflare refuses requests without one. Source: reference, "User Agent".
USER_AGENT = "DiscordBot (https://pypi.org/project/abi, 0.1)"
ATTEMPTS = 4
SCOPES = ("user", "global", "shared")
# If Cloudflare does not say how long.
BAN_S = 60.0


class Sender:
    """Sends requests with one credential, which ``sign`` returns for each.

    A 429 is retried after its wait, up to four tries; a 5xx or a lost connection only if the method
    or a nonce makes that safe. ``processes`` share the credential and this address.
    """

    def __init__(
        self,
        api_url: str,
        transport: Transport,
        *,
        sign: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        processes: int = 1,
        per_s: float = GLOBAL_PER_S,
    ) -> None:
        self.api_url = api_url
        self.transport = transport
        self._sign = sign
        self._timeouts = Timeouts(connect_s=10.0, first_byte_s=30.0, between_s=30.0, whole_s=120.0)
        share = max(per_s // processes, 1)
        self.global_limit = GlobalLimit(lambda: share, clock=clock, sleep=sleep)
        self._limits = RateLimits(self.global_limit, clock=clock, sleep=sleep)
        self._guard = Guard(clock=clock, processes=processes)
        self.server_clock = ServerClock(transport.clock)
        self.first_responses = FirstResponses()
        self.is_closed = False
        self.shared = SharedReplies(self.send, self.global_limit, clock)

    def wait_s(self, route: Route) -> float:
        """Return how long a request would wait by now for rate limits."""
        return self._limits.wait_s(route)

    async def send(
        self,
        route: Route,
        payload: Payload | None = None,
        *,
        attempts: int = ATTEMPTS,
        condition: Condition = ALWAYS,
        timeouts: Timeouts | None = None,
        is_background: bool = False,
    ) -> bytes:
        """Return the reply's body; empty if an error says that the request was carried out before.

        What the ``condition`` raises is raised.
        All others are sent before one that ``is_background``.
        An error's ``was_sent`` says whether any of the tries may have been carried out.
        """
        if self.is_closed or self.transport.is_closed:
            raise MissingApiKey(PROVIDER, summary="the client is closed")
        if not route.is_first_response:
            await self.first_responses.calm()
        payload = self._with_files(payload)
        is_safe = route.is_repeatable or (payload is not None and payload.has_nonce)
        priority = Priority.LATER if is_background else route.priority
        was_lost = False
        for attempt in range(attempts):
            turn = await self._turn(route, priority, condition, was_lost=was_lost)
            try:
                return await self._exchange(turn, payload, condition, timeouts or self._timeouts)
            except ConnectorError as error:
                self._count(route, error.status)
                if route.is_done_by(error.provider_code, was_lost=was_lost):
                    return b""
                was_lost |= error.was_sent and not is_refused(error)
                if attempt + 1 >= attempts or not _may_be_repeated(error, is_safe=is_safe):
                    error.was_sent = was_lost
                    raise
                self.transport.recorder.count(Event.RETRY, PROVIDER)
                # The bucket knows the wait after a 429: the next turn takes it.
                if not isinstance(error, RateLimitExceeded):
                    log.info("discord: %s failed, trying again: %s", route.name, error)
                    delay_ms = calculate_retry_delay(attempt, 500, 8_000)
                    await self.transport.sleep(delay_ms / 1000)
        raise AssertionError("attempts is at least 1")

    def _count(self, route: Route, status: int | None) -> None:
        # The name is a template, without anybody's id.
        status_text = NO_REPLY if status is None else str(status)
        self.transport.recorder.count(Event.DISCORD_REQUEST, route.name, status_text)

    async def _turn(
        self, route: Route, priority: Priority, condition: Condition, *, was_lost: bool
    ) -> Turn:
        """Wait until a request may be sent; raise if that is not to be waited for."""
        try:
            await condition.ensure()
            self._guard.check(route)
            turn = await self._limits.turn(route, priority)
            try:
                await condition.ensure()  # the turn is kept: others might take the next ones
            except BaseException:
                self._limits.done(turn)
                raise
        except ConnectorError as error:
            error.was_sent = was_lost
            raise
        return turn

    async def _exchange(
        self,
        turn: Turn,
        payload: Payload | None,
        condition: Condition,
        timeouts: Timeouts,
    ) -> bytes:
        route = turn.route
        try:
            condition.check()
            reply = await self._begun(route, payload, timeouts)
            try:
                self.server_clock.learn(reply.headers)
                is_success = is_success_status(reply.status)
                self._limits.answered(turn, reply.headers, is_success=is_success)
                answer = await reply.read_all()
            finally:
                await reply.aclose()
            if is_success:
                self._guard.accept(route)
                self._count(route, reply.status)
                return answer
            raise self._failed(turn, reply.status, reply.headers, answer)
        finally:
            self._limits.done(turn)

    async def _begun(self, route: Route, payload: Payload | None, timeouts: Timeouts) -> Reply:
        asked = PROVIDER, route.method, self.api_url + route.path
        headers = partial(self._headers, route, payload)
        body = None if payload is None else payload.content
        # Of the others, aiohttp repeats itself what a connection that was closed has lost.
        if body is not None and route.method in ("POST", "PATCH"):
            return await self.transport.send_short(
                *asked, headers=headers, body=body, timeouts=timeouts
            )
        return await self.transport.send(*asked, headers=headers, body=body, timeouts=timeouts)

    def _failed(
        self, turn: Turn, status: int, headers: Mapping[str, str], answer: bytes
    ) -> ConnectorError:
        """Return the error of a reply.

        Not where it is raised: its traceback and a name for it there would hold each other.
        """
        error = failure(status, headers, answer, has_body=turn.route.has_body)
        self._learn(turn, error, headers, answer)
        return error

    def _learn(
        self, turn: Turn, error: ConnectorError, headers: Mapping[str, str], answer: bytes
    ) -> None:
        """Slow down, or hold back, the requests that follow an error."""
        scope = headers.get("x-ratelimit-scope", "")
        scope = scope if scope in SCOPES else ""
        self._guard.learn(turn.route, error, is_shared=scope == "shared")
        if error.status != 429:
            return
        if is_cloudflare(answer):
            scope = "cloudflare"
            self._limits.ban(BAN_S if error.retry_after is None else error.retry_after)
        else:
            wait_s = 1.0 if error.retry_after is None else error.retry_after
            self._limits.block(turn, wait_s)
            if scope == "global" or "x-ratelimit-global" in headers:
                self.global_limit.pause(wait_s)
        log.warning(
            "discord: 429 on %s, scope %s, retry_after=%s",
            turn.route.name,
            scope or "unknown",
            error.retry_after,
        )

    def _with_files(self, payload: Payload | None) -> Payload | None:
        """Return a payload with its files encoded as multipart/form-data."""
        if payload is None or not payload.files:
            return payload
        content, content_type = self.transport.multipart(payload.parts)
        return Payload(content, content_type, has_nonce=payload.has_nonce)

    def _headers(self, route: Route, payload: Payload | None) -> dict[str, str]:
        headers = {"user-agent": USER_AGENT}
        if payload is not None:
            headers["content-type"] = payload.content_type
        if route.is_signed:
            headers["authorization"] = self._sign()
        return headers


def _may_be_repeated(error: ConnectorError, *, is_safe: bool) -> bool:
    """Return whether to send a request again at once; a refusal that may pass takes longer."""
    if isinstance(error, RateLimitExceeded):
        return True
    return is_safe and error.retryable and not is_refused(error)


class Resource:
    """Methods of one resource of the API are built on this: it sends, and decodes replies."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._condition = ALWAYS
        self._is_background = False

    def background(self) -> Self:
        """Return a client for what nobody waits for: where limits are short, others go first."""
        background = copy.copy(self)
        background._is_background = True  # noqa: SLF001 - a copy of this object
        return background

    def fenced(
        self, check: Callable[[], None], *, ensure: Callable[[], Awaitable[None]] = nothing_async
    ) -> Self:
        """Return a client that sends requests only on this ``Condition``.

        What either function raises is raised, and nothing is sent. Limits and connections are
        shared.
        """
        fenced = copy.copy(self)
        fenced._condition = Condition(check, ensure)  # noqa: SLF001 - a copy of this object
        return fenced

    async def _send(
        self,
        route: Route,
        body: object = None,
        *,
        attempts: int = ATTEMPTS,
        timeouts: Timeouts | None = None,
    ) -> bytes:
        """Send a JSON body, a payload or nothing, and return the reply's body."""
        return await self._sender.send(
            route,
            payload_of(body),
            attempts=attempts,
            condition=self._condition,
            timeouts=timeouts,
            is_background=self._is_background,
        )

    async def _get(
        self, kind: type[T], route: Route, body: object = None, *, attempts: int = ATTEMPTS
    ) -> T:
        return decode(await self._send(route, body, attempts=attempts), kind)

    async def _get_shared(self, kind: type[T], route: Route) -> T:
        """Like ``_get``, for what many jobs need at the same time."""
        if self._condition is not ALWAYS:
            return await self._get(kind, route)
        return decode(await self._sender.shared.get(route, is_background=self._is_background), kind)
