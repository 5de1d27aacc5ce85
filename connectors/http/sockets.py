"""aiohttp's connections behind httpx's transport interface, without an AsyncClient."""

import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import httpx

from connectors.http.direct import connect_timeout


class Sockets(httpx.AsyncBaseTransport):
    """A pool of connections, opened on first use; its errors are aiohttp's, which say more.

    Only the connect timeout is read from a request; the caller bounds the rest.
    """

    def __init__(self, connector: Callable[[], aiohttp.BaseConnector]) -> None:
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response as soon as its headers are here; its stream is a SocketStream."""
        response = await self._opened().request(
            request.method,
            str(request.url),
            headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
            data=_body(request),
            allow_redirects=False,
            timeout=connect_timeout(request.extensions["timeout"]["connect"]),
        )
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=SocketStream(response),
            request=request,
        )

    def pool(self) -> aiohttp.BaseConnector:
        """Return the pool of connections itself."""
        connector = self._opened().connector
        if connector is None:
            raise aiohttp.ClientConnectionError("the session is closed")
        return connector

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = _session(self._connector())
        return self._session

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class SocketStream(httpx.AsyncByteStream):
    """The body of a response.

    ``read`` waits for bytes, returns all that have come, and none at the end.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.read: Callable[[], Awaitable[bytes]] = response.content.readany
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.read():
            yield piece

    async def aclose(self) -> None:
        """Return the connection to the pool after a whole body; close it otherwise."""
        self._response.release()
        await self._response.wait_for_close()


def tls_context() -> ssl.SSLContext | bool:
    """Return True for aiohttp's own context, which discord.py uses too; SSL_CERT_FILE is obeyed.

    Another one takes 50 ms and 1 MiB. It is made only if the system has no certificates, of
    certifi's.
    """
    paths = ssl.get_default_verify_paths()
    has_some = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    if has_some or sys.platform == "win32":
        return True
    return httpx.create_ssl_context(trust_env=False)


def _session(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        auto_decompress=False,
        trust_env=False,
    )


def _body(request: httpx.Request) -> bytes | AsyncIterator[bytes] | None:
    try:
        return request.content or None
    except httpx.RequestNotRead:
        return aiter(request.stream)  # type: ignore[arg-type]  # an async request's stream is async
