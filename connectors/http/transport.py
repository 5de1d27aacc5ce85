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
from contextlib import suppress
from typing import Final, TypeVar

import aiohttp
import httpx

from connectors.http.connections import ProxyConnector
from connectors.http.inflate import inflated
from connectors.http.sockets import Sockets, SocketStream, tls_context
from connectors.http.timeouts import Timeouts
from connectors.http.timer import Timer
from connectors.recorder import UNRECORDED, Recorder
from connectors.shared import (
    HOST_NOT_FOUND,
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    OutOfMemory,
    Timeout,
)

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

REPLY_LIMIT_BYTES: Final = 32 * 1024 * 1024
# A body of more than 1 MiB in one piece blocks the loop, and aiohttp warns of it.
PIECE_BYTES: Final = 256 * 1024
_url = functools.lru_cache(maxsize=256)(httpx.URL)
_CLOSED: Final = "Connection closed."  # aiohttp, where a reply is read that was closed meanwhile
_NETWORK_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, EOFError)

_SHOWS_ADDRESS: Final = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientResponseError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    httpx.InvalidURL,
)


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
        self._http = http or Sockets(lambda: ProxyConnector(tls()))
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
        if self.is_closed:
            raise _unsent(_unreachable(provider, "its connections are closed", retryable=False))
        try:
            async with asyncio.timeout(timeouts.first_byte_s) as scope:
                request = httpx.Request(
                    method,
                    _url(url),
                    headers=headers() | _length(body),
                    content=body if body is None or len(body) <= PIECE_BYTES else _cut(body),
                    extensions={"timeout": {"connect": timeouts.connect_s}},
                )
                response = await self._http.handle_async_request(request)
        except asyncio.CancelledError as error:
            raise without_frames(error)  # noqa: B904 - the same error, without its frames
        except _NETWORK_ERRORS as error:
            if scope.expired():
                raise _nothing_came(provider, timeouts.first_byte_s) from _cause(error)
            raise before_headers(provider, error) from _cause(error)
        return Reply(provider, response, timeouts, self._reply_limit_bytes)

    @staticmethod
    def multipart(parts: Sequence[tuple[str, tuple[str | None, bytes, str]]]) -> tuple[bytes, str]:
        """Return the bytes and content type of a form of (name, (file name, bytes, type))."""
        form = httpx.Request("POST", "", files=parts)
        return form.read(), form.headers["content-type"]

    async def aclose(self) -> None:
        """Close all connections; whoever sends after that gets an error."""
        self.is_closed = True
        await self._http.aclose()


class Reply:
    """A reply whose headers have come; ``read`` until it returns nothing, then ``aclose``.

    ``wait_s`` is the timeout of the next read; the reader changes it once text flows.
    """

    def __init__(
        self, provider: str, response: httpx.Response, timeouts: Timeouts, limit_bytes: int
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.timeouts = timeouts
        self.wait_s = timeouts.first_byte_s
        self._provider = provider
        self._response = response
        self._next = _reader(response)
        self._timer = Timer()
        self._ends_at = asyncio.get_running_loop().time() + timeouts.whole_s
        self._left_bytes = limit_bytes

    async def read(self) -> bytes:
        """Return the next bytes, or none at the end.

        Raises Timeout, OutOfMemory, or InvalidResponse when the reply breaks off.
        """
        wait_s = self._ends_at - asyncio.get_running_loop().time()
        if wait_s <= 0:
            raise _too_slow(self._provider, self.timeouts.whole_s)
        try:
            with self._timer(min(wait_s, self.wait_s)):
                piece = await self._next()
        except asyncio.CancelledError as error:
            raise without_frames(error)  # noqa: B904 - the same error, without its frames
        except _NETWORK_ERRORS as error:
            if self._timer.has_expired:
                raise self._late(wait_s) from _cause(error)
            raise inside_body(self._provider, error) from _cause(error)
        except RuntimeError as error:
            if error.args != (_CLOSED,):
                raise
            raise inside_body(self._provider, error) from _cause(error)
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise OutOfMemory(self._provider, summary="the reply is larger than allowed")
        return piece

    def _late(self, left_s: float) -> ConnectorError:
        if left_s < self.wait_s:
            return _too_slow(self._provider, self.timeouts.whole_s)
        return _nothing_came(self._provider, self.wait_s)

    async def read_all(self) -> bytes:
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
            self.wait_s = self.timeouts.between_s
        return b"".join(pieces)

    async def read_as(self, parse: Callable[[bytes], T]) -> T | ConnectorError:
        """Return what ``parse`` makes of the body, or its error without frames that hold it."""
        body = await self.read_all()
        try:
            return parse(body)
        except ConnectorError as error:
            return without_frames(error)

    async def drain(self) -> None:
        """Read the end mark of a whole answer, if it has come, to reuse the connection."""
        self.wait_s = 0.05
        with suppress(ConnectorError):
            await self.read()

    async def aclose(self) -> None:
        """Return the connection to the pool after a whole reply; close it otherwise."""
        self._timer.close()
        with suppress(*_NETWORK_ERRORS):
            await self._response.aclose()


def without_frames(error: E) -> E:
    """Return the error and its causes without tracebacks.

    Error reporters print the locals of frames: those of aiohttp hold signed headers, ours a reply
    that may quote the key.
    """
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen = seen.__cause__ or seen.__context__
    return error


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


def inside_body(provider: str, error: BaseException) -> ConnectorError:
    """Return the error for a reply that could not be read to its end."""
    if isinstance(error, httpx.DecodingError):
        return InvalidResponse(provider, summary="the reply could not be decompressed")
    return InvalidResponse(provider, reason="truncated")


def _cause(error: BaseException) -> BaseException | None:
    """Return the error without frames, or None if it shows the address, which may hold a token."""
    seen: BaseException | None = without_frames(error)
    while seen is not None:
        if isinstance(seen, _SHOWS_ADDRESS):
            return None
        seen = seen.__cause__ or seen.__context__
    return error


def _unsent(error: ConnectorError) -> ConnectorError:
    error.was_sent = False
    return error


def _unreachable(provider: str, summary: str, *, retryable: bool = True) -> ConnectorError:
    return ApiRequestFailed(provider, reason="unavailable", retryable=retryable, summary=summary)


def _nothing_came(provider: str, wait_s: float) -> ConnectorError:
    return Timeout(provider, summary=f"no data for {wait_s:g} s")


def _too_slow(provider: str, limit_s: float) -> ConnectorError:
    return Timeout(provider, summary=f"the reply was not whole after {limit_s:g} s")


def _reader(response: httpx.Response) -> Callable[[], Awaitable[bytes]]:
    """Return a function for the next bytes of a response, none at its end."""
    if isinstance(response.stream, SocketStream):
        read = response.stream.read  # the same bytes, without a generator around each of them
    else:
        # An async request has an async stream.
        pieces: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
        read = functools.partial(anext, pieces, b"")
    if "content-encoding" not in response.headers:
        return read
    return functools.partial(anext, inflated(read, response.headers), b"")
