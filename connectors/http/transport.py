"""The connection pool of the process: requests, replies within timeouts and a size, and errors.

httpx's requests and replies over aiohttp's sockets, without an httpx.AsyncClient: it logs the
address of every request, which may hold a token of Discord's. Proxies of the environment are used.
``.netrc`` is ignored and redirects are not followed, so a key goes only to the configured address.
"""

from __future__ import annotations

import asyncio
import functools
import random as _random
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Final

import aiohttp
import httpx

from connectors.http.connections import ProxyConnector
from connectors.http.direct import Direct
from connectors.http.reply import (
    NETWORK_ERRORS,
    Reply,
    SomeReply,
    cause_of,
    nothing_came,
    without_frames,
)
from connectors.http.sockets import Sockets, tls_context
from connectors.http.timeouts import Timeouts
from connectors.http.timer import Timer
from connectors.recorder import UNRECORDED, Recorder
from connectors.shared import (
    HOST_NOT_FOUND,
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    Timeout,
)

REPLY_LIMIT_BYTES: Final = 32 * 1024 * 1024
# A body of more than 1 MiB in one piece blocks the loop, and aiohttp warns of it.
PIECE_BYTES: Final = 256 * 1024
_url = functools.lru_cache(maxsize=256)(httpx.URL)


class Transport:
    """One pool for all providers, opened on first use in the event loop that uses it.

    ``http`` replaces the sockets. Retries use ``sleep``, ``random`` and ``clock``, in seconds since
    the epoch.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncBaseTransport | None = None,
        tls: Callable[[], ssl.SSLContext | bool] = tls_context,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = _random.random,
        clock: Callable[[], float] = time.time,
        reply_limit_bytes: int = REPLY_LIMIT_BYTES,
        recorder: Recorder = UNRECORDED,
    ) -> None:
        self.sleep = sleep
        self.random = random
        self.clock = clock
        self.recorder = recorder  # for whoever sends
        self._sockets = Sockets(lambda: ProxyConnector(tls()))
        self._http = http or self._sockets
        self._direct = Direct(self._pool) if http is None else None
        self._reply_limit_bytes = reply_limit_bytes
        self.is_closed = False

    async def send(
        self,
        provider: str,
        method: str,
        url: str,
        *,
        headers: Callable[[], dict[str, str]],
        body: bytes | None = None,
        timeouts: Timeouts,
    ) -> Reply:
        """Return the reply as soon as its headers have come, whatever its status.

        ``headers`` is called to sign the request, so that no frame keeps the key.
        Raises only ConnectorError.
        """
        return await self._begun(
            provider, timeouts, lambda: self._by_httpx(method, url, headers(), body, timeouts)
        )

    async def send_short(
        self,
        provider: str,
        method: str,
        url: str,
        *,
        headers: Callable[[], dict[str, str]],
        body: bytes,
        timeouts: Timeouts,
    ) -> Reply:
        """Do as ``send`` for a small body, in a third of the time where no proxy is on the way.

        Nothing is sent twice, also if a connection that was kept open has been closed meanwhile.
        """
        direct = self._direct
        if direct is None or len(body) > PIECE_BYTES:
            return await self.send(
                provider, method, url, headers=headers, body=body, timeouts=timeouts
            )

        async def begin() -> SomeReply:
            reply = await direct.send(method, url, headers(), body, timeouts.connect_s)
            return reply or await self._by_httpx(method, url, headers(), body, timeouts)

        return await self._begun(provider, timeouts, begin)

    async def _begun(
        self, provider: str, timeouts: Timeouts, begin: Callable[[], Awaitable[SomeReply]]
    ) -> Reply:
        """Return a reply in time. Raise only ConnectorError."""
        if self.is_closed:
            raise _unsent(_unreachable(provider, "its connections are closed", retryable=False))
        timer = Timer()
        try:
            with timer(timeouts.first_byte_s):
                reply = await begin()
        except asyncio.CancelledError as error:
            raise without_frames(error)  # noqa: B904 - the same error, without its frames
        except NETWORK_ERRORS as error:
            if timer.has_expired:
                raise nothing_came(provider, timeouts.first_byte_s) from cause_of(error)
            raise before_headers(provider, error) from cause_of(error)
        return Reply(provider, reply, timeouts, self._reply_limit_bytes, timer)

    async def _by_httpx(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeouts: Timeouts,
    ) -> httpx.Response:
        request = httpx.Request(
            method,
            _url(url),
            headers={**headers, **_length(body)},
            content=body if body is None or len(body) <= PIECE_BYTES else _cut(body),
            extensions={"timeout": {"connect": timeouts.connect_s}},
        )
        return await self._http.handle_async_request(request)

    def _pool(self) -> aiohttp.BaseConnector | None:
        """Return the pool of connections, or None if a proxy may be on the way."""
        pool = self._sockets.pool()
        return None if isinstance(pool, ProxyConnector) and pool.has_proxies else pool

    @staticmethod
    def multipart(parts: Sequence[tuple[str, tuple[str | None, bytes, str]]]) -> tuple[bytes, str]:
        """Return the bytes and content type of a form of (name, (file name, bytes, type))."""
        form = httpx.Request("POST", "", files=parts)
        return form.read(), form.headers["content-type"]

    async def aclose(self) -> None:
        """Close all connections; whoever sends after that gets an error."""
        self.is_closed = True
        await self._http.aclose()


def _length(body: bytes | None) -> dict[str, str]:
    # Without it a body in pieces is sent chunked, which MLX refuses (411).
    return {} if body is None else {"content-length": str(len(body))}


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), PIECE_BYTES):
        yield body[start : start + PIECE_BYTES]


def before_headers(provider: str, error: BaseException) -> ConnectorError:
    """Return the error for a request that got no reply."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return _unsent(Timeout(provider, summary="could not connect in time"))
        case aiohttp.ClientProxyConnectionError():
            summary = "the proxy that HTTPS_PROXY names cannot be reached"
            return _unsent(_unreachable(provider, summary))
        case aiohttp.ClientHttpProxyError():
            summary = f"the proxy that HTTPS_PROXY names refused the connection ({error.status})"
            return _unsent(_unreachable(provider, summary, retryable=error.status >= 500))
        case aiohttp.ClientConnectorDNSError():
            return _unsent(_unreachable(provider, HOST_NOT_FOUND))
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return _unreachable(provider, "its certificate or TLS was refused", retryable=False)
        case aiohttp.ClientConnectorError():
            return _unsent(_unreachable(provider, "it does not accept connections"))
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError() | httpx.InvalidURL():
            summary = "the address is invalid"
            return ApiRequestFailed(provider, reason="bad_request", summary=summary)
        case aiohttp.ClientConnectionError() | OSError() | EOFError() | httpx.NetworkError():
            return _unreachable(provider, "it dropped the connection before answering")
    return InvalidResponse(provider, summary="the reply is not HTTP")


def _unsent(error: ConnectorError) -> ConnectorError:
    error.was_sent = False
    return error


def _unreachable(provider: str, summary: str, *, retryable: bool = True) -> ConnectorError:
    return ApiRequestFailed(provider, reason="unavailable", retryable=retryable, summary=summary)
