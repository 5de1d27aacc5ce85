"""aiohttp's connections behind httpx's interface: httpx.Request in, httpx.Response out, no AsyncClient between."""

from __future__ import annotations

import base64
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import aiohttp
import httpx
from multidict import CIMultiDict
from yarl import URL

from connectors.http.proxies import Proxies, from_env

NETWORK_ERRORS: Final = (aiohttp.ClientError, OSError)


class ProxyConnector(aiohttp.TCPConnector):
    """Any number of connections; which proxy leads to a host is looked up when it is connected to.

    Unlike aiohttp's ``trust_env`` it reads no ``.netrc``, knows networks in NO_PROXY, and asks no thread.
    """

    def __init__(
        self, tls: ssl.SSLContext | bool = True, *, proxies: Proxies | None = None
    ) -> None:
        super().__init__(limit=0, ssl=tls)
        self._proxies = from_env() if proxies is None else proxies
        self._proxy_of = functools.lru_cache(maxsize=256)(self._proxies.of)

    async def connect(self, req: aiohttp.ClientRequest, *rest: Any, **more: Any) -> Any:
        """Return a connection for a request."""
        if self._proxies and req.proxy is None:
            proxy = self._proxy_of(req.url.scheme, req.url.host or "", req.url.port)
            if proxy is not None:
                _lead_through(req, URL(proxy))
        return await super().connect(req, *rest, **more)


class Sockets(httpx.AsyncBaseTransport):
    """A pool of connections, opened on first use; it raises aiohttp's errors, which are finer than httpx's.

    The one setting that is read from a request is the connect timeout: whoever sends bounds the rest.
    """

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response as soon as its headers are here; its stream is a SocketStream."""
        if self._session is None:
            self._session = _session(self._tls())
        response = await self._session.request(
            request.method,
            str(request.url),
            headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
            data=_body(request),
            allow_redirects=False,
            timeout=_timeout(request.extensions["timeout"]["connect"]),
        )
        return httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=SocketStream(response),
            request=request,
        )

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class SocketStream(httpx.AsyncByteStream):
    """The body of a response; ``read`` returns all bytes that are here, waits for the first, and is empty at the end."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.read: Callable[[], Awaitable[bytes]] = response.content.readany
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.read():
            yield piece

    async def aclose(self) -> None:
        """Give the connection back after a whole body; close it otherwise."""
        self._response.release()
        await self._response.wait_for_close()


def _session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=ProxyConnector(tls),
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


@functools.lru_cache(maxsize=16)
def _timeout(connect_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect_s)


def _lead_through(req: aiohttp.ClientRequest, proxy: URL) -> None:
    """Let a request go through a proxy; who to be there is taken out of its address, which errors show."""
    headers: CIMultiDict[str] = CIMultiDict()
    if proxy.user is not None:
        pair = f"{proxy.user}:{proxy.password or ''}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    req.update_proxy(proxy.with_user(None), None, headers)
    if not req.is_ssl():  # no CONNECT comes before: the request itself is for the proxy
        req.headers.update(headers)
