"""Replies that many need at the same time, such as those about a server and its members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from connectors.discord.global_limit import GlobalLimit
    from connectors.discord.routes import Route

    Send = Callable[..., Coroutine[Any, Any, bytes]]

# While requests wait for the global limit, the background makes do with replies of this age.
FRESH_S: Final = 30.0
KEPT: Final = 2000


class SharedReplies:
    """Sends each GET once for all who ask at the same time."""

    def __init__(self, send: Send, limit: GlobalLimit, clock: Callable[[], float]) -> None:
        self._send, self._limit, self._clock = send, limit, clock
        self._asking: dict[str, asyncio.Task[bytes]] = {}
        self._replies: dict[str, tuple[float, bytes]] = {}

    async def get(self, route: Route, *, is_background: bool = False) -> bytes:
        """Return the reply's body. One that was lost, or an error, is the same for all, too."""
        if is_background and self._limit.is_short and (kept := self._kept(route.path)) is not None:
            return kept
        request = self._asking.get(route.path)
        if request is None:
            sending = self._send(route, is_background=is_background)
            request = self._asking[route.path] = asyncio.create_task(sending)
            request.add_done_callback(lambda done: self._learn(route.path, done))
        return await asyncio.shield(request)

    def _kept(self, path: str) -> bytes | None:
        came_at, reply = self._replies.get(path, (0.0, None))
        return reply if self._clock() - came_at < FRESH_S else None

    def _learn(self, path: str, request: asyncio.Task[bytes]) -> None:
        del self._asking[path]
        self._replies.pop(path, None)
        if not request.cancelled() and request.exception() is None:  # whoever asked may have left
            self._replies[path] = self._clock(), request.result()
            if len(self._replies) > KEPT:
                del self._replies[next(iter(self._replies))]
