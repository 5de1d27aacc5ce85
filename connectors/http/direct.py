"""Short requests, written straight to aiohttp's connections.

A ClientSession and httpx's types are three quarters of what such a request costs.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

# aiohttp and h11 refuse them, too: what follows one would be another header, or another request.
_UNSAFE: Final = re.compile(r"[\r\n\0]")
# What httpx sends as it is.
_PLAIN: Final = re.compile(r"[\w./~@%?&=:+,;!$*'()-]+", re.ASCII)


class Direct:
    """Requests with a small body, over the connections of a pool.

    ``pool`` returns None if a proxy may be on the way. Nothing is repeated, also if a connection
    that was kept open turns out to be closed.
    """

    def __init__(self, pool: Callable[[], aiohttp.BaseConnector | None]) -> None:
        self._pool = pool
        self._origins: dict[str, aiohttp.ClientRequest] = {}

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        connect_s: float,
    ) -> DirectReply | None:
        """Return the reply once its headers have come, or None if it must be sent otherwise.

        That is so if there is no pool for it, and for an address with a password or with what has
        to be encoded. Raise what a ClientSession raises.
        """
        pool = self._pool()
        if pool is None or not url.isascii():
            return None
        origin, target = _split(url)
        if "@" in origin or not _PLAIN.fullmatch(target):
            return None
        head = _head(method, origin, target, headers, len(body))
        try:
            connection = await pool.connect(self._request(origin), [], connect_timeout(connect_s))
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("no connection in time") from error
        try:
            return await _answered(connection, head + body)
        except BaseException:
            connection.close()
            raise

    def _request(self, origin: str) -> aiohttp.ClientRequest:
        """Return a request by which the pool knows where to connect to."""
        if origin not in self._origins:
            loop = asyncio.get_running_loop()
            self._origins[origin] = aiohttp.ClientRequest("POST", URL(origin), loop=loop)
        return self._origins[origin]


class DirectReply:
    """A reply whose headers have come. ``read`` returns all bytes that have come, none at the end.

    ``aclose`` returns the connection to the pool after a whole body, and closes it otherwise.
    """

    __slots__ = ("_connection", "_content", "headers", "read", "status_code")

    def __init__(
        self,
        connection: Connection,
        status_code: int,
        headers: Mapping[str, str],
        content: aiohttp.StreamReader,
    ) -> None:
        self.status_code, self.headers = status_code, headers
        self._connection, self._content = connection, content
        self.read: Callable[[], Awaitable[bytes]] = content.readany

    async def aclose(self) -> None:
        if self._content.is_eof():
            self._connection.release()
        else:
            self._connection.close()


async def _answered(connection: Connection, request: bytes) -> DirectReply:
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise aiohttp.ServerDisconnectedError
    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
    transport.write(request)
    try:
        return await _reply(connection, protocol)
    except HttpProcessingError as error:
        raise aiohttp.ClientPayloadError("the reply is not HTTP") from error


async def _reply(connection: Connection, protocol: ResponseHandler) -> DirectReply:
    while True:
        message, content = await protocol.read()
        if not 100 <= message.code < 200:
            return DirectReply(connection, message.code, message.headers, content)


@functools.lru_cache(maxsize=16)
def connect_timeout(connect_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect_s)


def _split(url: str) -> tuple[str, str]:
    """Return the origin of an address, and what is asked for there."""
    start = url.index("/", url.index("//") + 2)
    return url[:start], url[start:]


def _head(method: str, origin: str, target: str, headers: Mapping[str, str], length: int) -> bytes:
    """Return a request up to its body. Raise ValueError for what cannot stand in it."""
    host = origin[origin.index("//") + 2 :]
    lines = [f"{name}: {value}" for name, value in headers.items()]
    values = "".join((method, target, *lines))
    if _UNSAFE.search(values) or " " in target:
        raise ValueError("a header or the address holds what cannot be sent")
    rest = f"host: {host}", *lines, f"content-length: {length}"
    return "\r\n".join((f"{method} {target} HTTP/1.1", *rest, "", "")).encode("latin-1")
