"""Connections of aiohttp through the proxies of the environment, also for discord.py."""

import base64
import functools
import ssl
from typing import Any, Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from connectors.http.proxies import Proxies, from_env

NETWORK_ERRORS: Final = (aiohttp.ClientError, OSError)


class ProxyConnector(aiohttp.TCPConnector):
    """Connections without a limit, each through the proxy for its host.

    Unlike aiohttp's ``trust_env`` it reads no ``.netrc``, knows networks in NO_PROXY, and needs no
    thread.
    """

    def __init__(
        self, tls: ssl.SSLContext | bool = True, *, proxies: Proxies | None = None
    ) -> None:
        super().__init__(limit=0, ssl=tls)
        self._proxies = from_env() if proxies is None else proxies
        self._proxy_of = functools.lru_cache(maxsize=256)(self._proxies.of)

    @property
    def has_proxies(self) -> bool:
        return bool(self._proxies)

    async def connect(self, req: aiohttp.ClientRequest, *rest: Any, **more: Any) -> Any:
        if self._proxies and req.proxy is None:
            proxy = self._proxy_of(req.url.scheme, req.url.host or "", req.url.port)
            if proxy is not None:
                _lead_through(req, URL(proxy))
        return await super().connect(req, *rest, **more)


def _lead_through(req: aiohttp.ClientRequest, proxy: URL) -> None:
    """Send a request through a proxy; errors show its address, so credentials are taken out."""
    headers: CIMultiDict[str] = CIMultiDict()
    if proxy.user is not None:
        pair = f"{proxy.user}:{proxy.password or ''}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    req.update_proxy(proxy.with_user(None), None, headers)
    if not req.is_ssl():  # no CONNECT comes before: the request itself is for the proxy
        req.headers.update(headers)
