"""Who waits for the world to change: tests with `until`, pages with `subscribe`."""

import asyncio
from collections.abc import Callable

from bot.sandbox.discord_server.objects import JSON


class Subscription:
    """An endless async iterator of events, from the moment it was made."""

    def __init__(self, feed: "Feed") -> None:
        self.queue: asyncio.Queue[JSON] = asyncio.Queue()
        self._feed = feed

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> JSON:
        return await self.queue.get()

    async def aclose(self) -> None:
        self._feed.subscriptions.discard(self)


class Feed:
    """Wakes those who wait."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self._waiting: set[asyncio.Future[None]] = set()

    def subscribe(self) -> Subscription:
        subscription = Subscription(self)
        self.subscriptions.add(subscription)
        return subscription

    def publish(self, event: JSON) -> None:
        """Tell pages what happened, and let every `until` look again."""
        for subscription in self.subscriptions:
            subscription.queue.put_nowait(event)
        self.changed()

    @property
    def is_watched(self) -> bool:
        return bool(self.subscriptions)

    def changed(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], object], timeout_s: float) -> bool:
        """Return True as soon as condition holds, False when timeout_s has passed before."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    waiting = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiting)
                    await waiting
        except TimeoutError:
            return bool(condition())
        return True
