"""The feed of changes: to the gateway, to open pages and to ``until``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.discord_server.objects import JSON, Channel

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Event:
    """A gateway event for sessions with ``intent``.

    ``bare`` is sent instead to those without MESSAGE_CONTENT, if they get less. If ``channel`` is
    set, the bot gets the event only if it can see that channel.
    """

    name: str
    data: JSON
    guild_id: int | None = None
    intent: int = 0
    bare: JSON | None = None
    channel: Channel | None = None


class Subscription:
    """An endless async iterator of the events from now on."""

    def __init__(self, feed: Feed) -> None:
        self.queue: asyncio.Queue[JSON] = asyncio.Queue()
        self._feed = feed

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> JSON:
        return await self.queue.get()

    async def aclose(self) -> None:
        self._feed.subscriptions.discard(self)


class Feed:
    """Passes changes on. ``dispatch`` sends an event to the bot; the gateway sets it."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self.dispatch: Callable[[Event], None] = lambda _: None
        self._waiting: set[asyncio.Future[None]] = set()

    def subscribe(self) -> Subscription:
        subscription = Subscription(self)
        self.subscriptions.add(subscription)
        return subscription

    @property
    def is_watched(self) -> bool:
        return bool(self.subscriptions)

    def publish(self, event: JSON) -> None:
        """Send an event to all subscribers, and wake every ``until``."""
        for subscription in self.subscriptions:
            subscription.queue.put_nowait(event)
        self.changed()

    def changed(self) -> None:
        """Wake every ``until``."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], object], timeout_s: float) -> bool:
        """Return whether condition came to hold within timeout_s."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    waiting = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiting)
                    # What a bot does in itself changes nothing here.
                    await asyncio.wait([waiting], timeout=_LOOK_S)
        except TimeoutError:
            return bool(condition())
        return True
