"""Replies: read piece by piece, within timeouts and a size, and the errors of that."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

import aiohttp
import httpx

from connectors.http.direct import DirectReply
from connectors.http.inflate import inflated
from connectors.http.sockets import SocketStream
from connectors.http.timeouts import Timeouts
from connectors.http.timer import Timer
from connectors.shared import ConnectorError, InvalidResponse, OutOfMemory, Timeout

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

_CLOSED: Final = "Connection closed."  # aiohttp, where a reply is read that was closed meanwhile
NETWORK_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, EOFError)

_SHOWS_ADDRESS: Final = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientResponseError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    httpx.InvalidURL,
)

SomeReply = httpx.Response | DirectReply


class Reply:
    """A reply whose headers have come; ``read`` until it returns nothing, then ``aclose``.

    ``wait_s`` is the timeout of the next read; the reader changes it once text flows.
    """

    def __init__(
        self,
        provider: str,
        response: SomeReply,
        timeouts: Timeouts,
        limit_bytes: int,
        timer: Timer,
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.timeouts = timeouts
        self.wait_s = timeouts.first_byte_s
        self._provider = provider
        self._response = response
        self._next = _reader(response)
        self._timer = timer
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
        except NETWORK_ERRORS as error:
            if self._timer.has_expired:
                raise self._late(wait_s) from cause_of(error)
            raise inside_body(self._provider, error) from cause_of(error)
        except RuntimeError as error:
            if error.args != (_CLOSED,):
                raise
            raise inside_body(self._provider, error) from cause_of(error)
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise OutOfMemory(self._provider, summary="the reply is larger than allowed")
        return piece

    def _late(self, left_s: float) -> ConnectorError:
        if left_s < self.wait_s:
            return _too_slow(self._provider, self.timeouts.whole_s)
        return nothing_came(self._provider, self.wait_s)

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
        with suppress(*NETWORK_ERRORS):
            await self._response.aclose()


def without_frames(error: E) -> E:
    """Return the error and its causes without tracebacks.

    Error reporters print the locals of frames: those of aiohttp hold signed headers, ours a reply
    that may quote the key.
    """
    for seen in _with_causes(error):
        seen.__traceback__ = None
    return error


def _with_causes(error: BaseException) -> list[BaseException]:
    """Return an error and its causes: one that was raised twice may be a cause of itself."""
    found: dict[int, BaseException] = {}
    seen: BaseException | None = error
    while seen is not None and id(seen) not in found:
        found[id(seen)] = seen
        seen = seen.__cause__ or seen.__context__
    return list(found.values())


def inside_body(provider: str, error: BaseException) -> ConnectorError:
    """Return the error for a reply that could not be read to its end."""
    if isinstance(error, httpx.DecodingError):
        return InvalidResponse(provider, summary="the reply could not be decompressed")
    return InvalidResponse(provider, reason="truncated")


def cause_of(error: BaseException) -> BaseException | None:
    """Return the error without frames, or None if it shows the address, which may hold a token."""
    without_frames(error)
    is_shown = any(isinstance(seen, _SHOWS_ADDRESS) for seen in _with_causes(error))
    return None if is_shown else error


def nothing_came(provider: str, wait_s: float) -> ConnectorError:
    return Timeout(provider, summary=f"no data for {wait_s:g} s")


def _too_slow(provider: str, limit_s: float) -> ConnectorError:
    return Timeout(provider, summary=f"the reply was not whole after {limit_s:g} s")


def _reader(response: SomeReply) -> Callable[[], Awaitable[bytes]]:
    """Return a function for the next bytes of a response, none at its end."""
    if isinstance(response, DirectReply):
        read = response.read
    elif isinstance(response.stream, SocketStream):
        read = response.stream.read  # the same bytes, without a generator around each of them
    else:
        # An async request has an async stream.
        pieces: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
        read = functools.partial(anext, pieces, b"")
    if "content-encoding" not in response.headers:
        return read
    return functools.partial(anext, inflated(read, response.headers), b"")
