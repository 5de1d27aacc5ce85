"""How fast Discord lets us ask: buckets learned from its headers, and the global limit."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

GLOBAL_PER_S = (
    50  # requests of a bot; interaction endpoints do not count. Source: topics/rate-limits
)
KEPT_BUCKETS = 1000


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; ``major`` is the resource that Discord counts by (channel, webhook and token)."""

    method: str
    template: str
    path: str
    major: str
    is_interaction: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return self.method != "POST"


class Bucket:
    """What Discord's headers said last about one rate limit."""

    __slots__ = ("limit", "remaining", "reset_at")

    def __init__(self) -> None:
        self.limit = 1
        self.remaining: int | None = None  # unknown until the first answer
        self.reset_at = 0.0

    def wait_s(self, now: float) -> float:
        """Seconds until a request may be sent."""
        if self.remaining is not None and now >= self.reset_at:
            self.remaining = self.limit
        return self.reset_at - now if self.remaining == 0 else 0.0

    def take(self) -> None:
        """Count a request that is sent now."""
        if self.remaining:
            self.remaining -= 1

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take over what an answer says; requests still under way stay counted."""
        try:
            limit, remaining = (
                int(headers["x-ratelimit-limit"]),
                int(headers["x-ratelimit-remaining"]),
            )
            reset_at = now + float(headers["x-ratelimit-reset-after"])
        except (KeyError, ValueError):
            return
        same_window = self.remaining is not None and now < self.reset_at
        self.limit = limit
        self.remaining = min(self.remaining or 0, remaining) if same_window else remaining
        self.reset_at = reset_at


class RateLimits:
    """The buckets of one bot. ``turn`` waits until a request may be sent; ``learn`` reads the answer."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._name_of: dict[tuple[str, str], str] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._sent: deque[float] = deque(maxlen=GLOBAL_PER_S)
        self._paused_until = 0.0

    async def turn(self, route: Route) -> None:
        """Wait until neither the bucket of route nor the global limit forbids a request, and count it."""
        while (wait_s := self._wait_s(route)) > 0:
            await self._sleep(wait_s)
        self._bucket(route).take()
        if not route.is_interaction:
            self._sent.append(self._clock())

    def learn(self, route: Route, headers: Mapping[str, str]) -> None:
        """Take over what an answer says about the bucket of route."""
        bucket = self._bucket(route)
        bucket.learn(headers, self._clock())
        if name := headers.get("x-ratelimit-bucket"):
            self._name_of[route.method, route.template] = name
            self._buckets[name, route.major] = bucket

    def pause(self, seconds: float) -> None:
        """Send nothing but interaction answers for so long: the global limit was hit."""
        self._paused_until = self._clock() + seconds

    def _wait_s(self, route: Route) -> float:
        now = self._clock()
        wait_s = self._bucket(route).wait_s(now)
        if route.is_interaction:
            return wait_s
        is_full = len(self._sent) == GLOBAL_PER_S and now - self._sent[0] < 1.0
        return max(wait_s, self._paused_until - now, self._sent[0] + 1.0 - now if is_full else 0.0)

    def _bucket(self, route: Route) -> Bucket:
        name = self._name_of.get((route.method, route.template), f"{route.method} {route.template}")
        key = (name, route.major)
        if key not in self._buckets:
            self._forget_spent_buckets()
            self._buckets[key] = Bucket()
        return self._buckets[key]

    def _forget_spent_buckets(self) -> None:
        # An interaction has a bucket of its own: without this the table would grow with every question.
        if len(self._buckets) >= KEPT_BUCKETS:
            now = self._clock()
            self._buckets = {k: b for k, b in self._buckets.items() if b.reset_at > now}
