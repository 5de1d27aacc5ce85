"""An aiohttp application that listens on this machine."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aiohttp import web


class Listener:
    """Serves one application at a time, to programs and pages that address it by its own name.

    Any page in a browser on this machine can reach the port, by a name of its own that leads here.
    """

    def __init__(self) -> None:
        self._open: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None
        self._hosts: frozenset[str] = frozenset()

    async def start(
        self,
        app: web.Application,
        host: str,
        ports: Sequence[int] = (0,),
        *,
        cancels_handlers: bool = True,
    ) -> str:
        """Listen on the first free port and return its address, such as ``127.0.0.1:8420``.

        With ``cancels_handlers`` a handler is cancelled when its client disconnects.
        Raises OSError if no port is free.
        """
        app.middlewares.insert(0, self._guard)
        self._runner = web.AppRunner(
            app, handler_cancellation=cancels_handlers, access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        for port in ports:
            try:
                await web.TCPSite(self._runner, host, port).start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or port == ports[-1]:
                    raise
            else:
                break
        bound = self._runner.addresses[0][1]
        self._hosts = frozenset(f"{name}:{bound}" for name in (host, "127.0.0.1", "localhost"))
        return f"{host}:{bound}"

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse a request for another host, or of another page."""
        origin = request.headers.get("Origin")
        is_ours = origin is None or origin.removeprefix("http://") in self._hosts
        if not self._is_own_host(request.host) or not is_ours:
            return web.Response(status=403, text="This server answers only at its own address.\n")
        return await handler(request)

    def _is_own_host(self, host: str) -> bool:
        # Proxies are tested with names in .invalid. No page has one: they never lead anywhere.
        # Source: RFC 6761, section 6.4.
        return host in self._hosts or host.partition(":")[0].endswith(".invalid")

    @contextmanager
    def open(self) -> Iterator[None]:
        """Make ``aclose`` cancel the running handler instead of waiting for it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a handler always runs in a task
        self._open.add(task)
        try:
            yield
        finally:
            self._open.discard(task)

    async def aclose(self) -> None:
        """Cancel the open handlers and stop listening."""
        for task in self._open:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
