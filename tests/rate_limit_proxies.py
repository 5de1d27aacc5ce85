"""Stand-ins for two proxies that people put between their bots and Discord.

They answer as nirn-proxy (June 2024) and twilight's http-proxy (August 2023, with version 0.15 of
its rate limiter) do, by their sources. Neither holds requests back here: the tests have one client.
"""

from __future__ import annotations

import re
from typing import Self

import aiohttp
from aiohttp import web

# What twilight's proxy knows of the paths that the bot uses; others are refused.
KNOWN = re.compile(
    r"/(gateway(/bot)?|guilds/\d+(/(channels|roles|members|threads/active))?"
    r"|guilds/\d+/members/[^/]+(/roles/\d+)?|channels/\d+(/(messages|typing|threads))?"
    r"|channels/\d+/messages/(bulk-delete|\d+(/(threads|reactions(/[^/]+){0,2}))?)"
    r"|channels/\d+/thread-members/[^/]+|applications/\d+(/guilds/\d+)?/commands(/\d+)?"
    r"|interactions/\d+/[^/]+/callback|webhooks/\d+(/[^/]+(/messages/[^/]+)?)?"
    r"|oauth2/(applications/)?@me|users/[^/]+(/(channels|guilds(/\d+)?))?)"
)
UNAUTHORIZED = '{\n\t"message": "401: Unauthorized",\n\t"code": 0\n}'
LIMITED = '{"global": false, "message": "You are being rate limited.", "retry_after": 1}'


class RateLimitProxy:
    """Passes requests on to ``target``, the address of a Discord without its path."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.is_down = False  # Discord does not answer
        self.authorizations: list[str | None] = []

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        raise NotImplementedError

    async def _pass_on(self, request: web.BaseRequest, headers: dict[str, str]) -> web.Response:
        """Return Discord's reply with all its headers. Raise ClientError if there is none."""
        self.authorizations.append(headers.get("Authorization"))
        if self.is_down:
            raise aiohttp.ClientConnectionError
        headers.pop("Host", None)
        url, body = self.target + request.path_qs, await request.read()
        async with self._session.request(request.method, url, headers=headers, data=body) as reply:
            given = {k.lower(): v for k, v in reply.headers.items() if k != "Content-Length"}
            return web.Response(status=reply.status, body=await reply.read(), headers=given)


class Nirn(RateLimitProxy):
    """After one 401 it lets no signed request through, unless DISABLE_401_LOCK is set."""

    def __init__(self, target: str, *, locks: bool = True) -> None:
        super().__init__(target)
        self._locks, self._is_locked = locks, False
        self.is_slow = False
        self.limits = 0  # so many requests it refuses itself, as when its cluster changes

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        is_signed = "Authorization" in request.headers
        if self._is_locked and is_signed:
            return web.Response(status=401, text=UNAUTHORIZED)
        if self.limits:
            self.limits -= 1
            return web.Response(status=429, text=LIMITED, headers=self._limited)
        try:
            reply = await self._pass_on(request, dict(request.headers))
        except aiohttp.ClientError as error:
            return web.Response(status=500, text=f'Post "https://discord.com/…": {error}')
        if self.is_slow:
            # Discord has carried the request out all the same.
            return web.Response(status=408, text="context deadline exceeded")
        self._is_locked |= self._locks and is_signed and reply.status == 401
        return reply

    @property
    def _limited(self) -> dict[str, str]:
        own = {"generated-by-proxy": "true", "x-ratelimit-scope": "user", "retry-after": "1"}
        counts = {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-after": "1"}
        return own | counts | {"content-type": "application/json"}


class Twilight(RateLimitProxy):
    """Signs what is not signed with ``token``, and knows only the paths of its time."""

    def __init__(self, target: str, token: str) -> None:
        super().__init__(target)
        self._token = token

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        path = re.sub(r"\A/api(/v\d+)?", "", request.path)
        if not KNOWN.fullmatch(path):
            return web.Response(status=501, text="http-proxy: Failed to parse API path: …")
        headers = {"Authorization": f"Bot {self._token}"} | dict(request.headers)
        try:
            return await self._pass_on(request, headers)
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"http-proxy: Error requesting: {error}")
