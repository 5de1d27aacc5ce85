"""The HTTP server of a process's health: ``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from aiohttp import web

from bot.process.health import Health
from bot.process.metrics import CONTENT_TYPE, Metrics

log = logging.getLogger(__name__)

# A connection is closed after so long, whatever it does, and beyond so many at once at once.
CONNECTION_S = 10.0
CONNECTIONS = 64
HEADER_BYTES = 4096
# aiohttp would log what a stranger sends.
_SILENT = logging.getLogger(f"{__name__}.requests")
_SILENT.setLevel(logging.CRITICAL + 1)

Handler = Callable[[], Awaitable[web.Response]]


class HealthServer:
    """Serves the health of one process on a port of all addresses of the machine."""

    def __init__(self, *, connection_s: float = CONNECTION_S) -> None:
        self._metrics = Metrics()
        self.health = Health(self._metrics)
        self._metrics.show(self.health)
        self._connection_s = connection_s
        self._pages: dict[str, Handler] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._text,
        }
        self._server: web.Server | None = None
        self._listening: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self, port: int, host: str | None = None) -> int:
        """Listen, and return the port. Raises OSError if it is taken."""
        server = web.Server(
            self._answer,
            access_log=None,
            logger=_SILENT,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        self._server = server
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: self._connected(server), host, port)
        self._ticking = asyncio.create_task(self.health.tick())
        bound: int = self._listening.sockets[0].getsockname()[1]
        return bound

    async def aclose(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        if self._listening is not None:
            self._listening.close()
        if self._server is not None:
            await self._server.shutdown(timeout=0.5)

    def _connected(self, server: web.Server) -> asyncio.Protocol:
        """Return the protocol of a new connection, which ends in time whatever its peer does."""
        if len(server.connections) >= CONNECTIONS:
            return _Refused()
        protocol = server()
        asyncio.get_running_loop().call_later(self._connection_s, _abort, protocol)
        return protocol

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        page = self._pages.get(request.path)
        try:
            if request.method not in ("GET", "HEAD"):
                response = _plain("Only GET.\n", status=405)
            elif page is None:
                response = _plain("/healthz, /readyz or /metrics.\n", status=404)
            else:
                response = await page()
        except Exception:
            log.exception("Could not answer %s", request.path if page is not None else "a request")
            response = _plain("This is a mistake of Abi's.\n", status=500)
        response.force_close()
        return response

    async def _healthz(self) -> web.Response:
        if self.health.is_alive():
            return _plain("ok\n")
        away_s = self.health.away_s()
        return _plain(f"No connection to Discord for {away_s:.0f} s.\n", status=503)

    async def _readyz(self) -> web.Response:
        readiness = await self.health.readiness()
        body = msgspec.json.encode(readiness) + b"\n"
        status = 200 if readiness.is_ready else 503
        return web.Response(status=status, body=body, content_type="application/json")

    async def _text(self) -> web.Response:
        await self.health.readiness()  # asks the database how much it holds
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


class _Refused(asyncio.Protocol):
    """A connection that is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _plain(text: str, *, status: int = 200) -> web.Response:
    return web.Response(status=status, text=text)


def _abort(protocol: web.RequestHandler) -> None:
    with suppress(Exception):  # it is closed already
        transport = protocol.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()  # closing would wait for a peer that does not read
