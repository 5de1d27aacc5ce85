"""Rate limits: buckets, learned from headers, beside the global limit."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from connectors.discord.routes import LONGEST_BLOCK_S, MAX_WAIT_S, PROVIDER, Priority, Route
from connectors.shared import RateLimitExceeded

if TYPE_CHECKING:
    from connectors.discord.global_limit import GlobalLimit, Slot

KEPT_BUCKETS = 1000
UNLIMITED = 1 << 30
SAME_WINDOW_S = 1.0
A_MOMENT_S = 0.05

Template = tuple[str, str]


class Bucket:
    """One rate limit as the last headers described it, and its requests under way.

    Discord may or may not have counted those in ``remaining``. They are subtracted all the same, so
    that the error is a wait and never a 429. Times come from Reset-After only, as Reset is in
    Discord's clock, not ours.
    """

    __slots__ = (
        "blocked_until",
        "changed",
        "later",
        "limit",
        "queue",
        "remaining",
        "reset_at",
        "turns",
    )

    def __init__(self, limit: int | None = None) -> None:
        # None until the first reply: one request at a time.
        self.limit = limit
        self.remaining = limit or 0
        self.reset_at = 0.0
        self.blocked_until = 0.0
        self.turns: set[Turn] = set()
        self.queue, self.later = asyncio.Lock(), asyncio.Lock()
        self.changed = asyncio.Event()

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until a request may be sent; None if only a reply can tell."""
        if now < self.blocked_until:
            return self.blocked_until - now
        if self.limit is None:
            return None if self.turns else 0.0
        if now >= self.reset_at:
            self.remaining = self.limit
        if self.remaining > len(self.turns):
            return 0.0
        return self.reset_at - now if now < self.reset_at else None

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Take over the headers of a reply; within one window the lowest ``remaining`` counts."""
        known = _numbers(headers)
        if known is None:
            return
        limit, remaining, reset_after_s = known
        reset_at = now + reset_after_s
        later_s = reset_at - self.reset_at
        is_new = (
            self.limit is None
            or now >= self.reset_at
            or later_s > min(SAME_WINDOW_S, reset_after_s / 2)
        )
        self.limit = limit
        self.remaining = remaining if is_new else min(self.remaining, remaining)
        self.reset_at = reset_at if is_new else max(self.reset_at, reset_at)

    def lose(self) -> None:
        """Count a request without a reply: Discord may have counted it."""
        self.remaining = max(0, self.remaining - 1)

    def is_spent(self, now: float) -> bool:
        is_idle = not (self.turns or self.queue.locked() or self.later.locked())
        return is_idle and now >= max(self.reset_at, self.blocked_until)


class Turn(msgspec.Struct, eq=False):
    """A request that may be sent now, or is under way, and the bucket it counts in."""

    route: Route
    bucket: Bucket
    slot: Slot | None


def _numbers(headers: Mapping[str, str]) -> tuple[int, int, float] | None:
    try:
        limit = int(headers["x-ratelimit-limit"])
        remaining = int(headers["x-ratelimit-remaining"])
        reset_after_s = float(headers["x-ratelimit-reset-after"])
    except (KeyError, ValueError):
        return None
    is_sane = limit > 0 and math.isfinite(reset_after_s) and reset_after_s >= 0
    return (limit, remaining, min(reset_after_s, LONGEST_BLOCK_S)) if is_sane else None


class RateLimits:
    """The rate limits of one bot: await ``turn``, send, then call ``answered`` and ``done``.

    ``overall`` is the limit that all buckets share.
    """

    def __init__(
        self,
        overall: GlobalLimit,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._max_wait_s = max_wait_s
        self._name_of: dict[Template, str] = {}
        self._limit_of: dict[str, int] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._sweep_at = KEPT_BUCKETS
        self._overall = overall
        self._banned_until = 0.0

    async def turn(self, route: Route, priority: Priority = Priority.FIRST) -> Turn:
        """Wait until a request may be sent, first come, first served, and count it.

        Raise RateLimitExceeded at once if that would take longer than the longest wait.
        """
        while True:
            bucket = self._bucket(route)
            async with bucket.later if priority is Priority.LATER else bucket.queue:
                while bucket is self._bucket(route):
                    wait_s = self._wait_s(bucket)
                    if wait_s != 0:
                        await self._wait(bucket, wait_s)
                    elif (turn := await self._take(route, bucket, priority)) is not None:
                        return turn

    def wait_s(self, route: Route) -> float:
        """Return how long a request would wait by now, or a moment if only a reply can tell."""
        wait_s = self._wait_s(self._bucket(route))
        if wait_s is None:
            return A_MOMENT_S
        return wait_s if route.is_interaction else max(wait_s, self._overall.wait_s(route.priority))

    def answered(self, turn: Turn, headers: Mapping[str, str], *, is_success: bool) -> None:
        """Take over the headers of a reply, which may name another bucket for its route."""
        name = headers.get("x-ratelimit-bucket")
        if name:
            if numbers := _numbers(headers):
                self._limit_of[name] = numbers[0]
            self._rename(turn.route, name)
        if turn.slot is not None:
            self._overall.answered(turn.slot, turn.route.name)
        turn.bucket.turns.discard(turn)
        turn.bucket.learn(headers, self._clock())
        if is_success and turn.bucket.limit is None:
            # Some routes have no limit of their own.
            turn.bucket.limit = UNLIMITED

    def done(self, turn: Turn) -> None:
        """End a turn; one without a reply stays counted in its window."""
        if turn in turn.bucket.turns:
            turn.bucket.turns.discard(turn)
            turn.bucket.lose()
            if turn.slot is not None:
                self._overall.lost(turn.slot)
        turn.bucket.changed.set()

    def block(self, turn: Turn, seconds: float) -> None:
        """Send nothing in the turn's bucket for that time."""
        turn.bucket.blocked_until = max(turn.bucket.blocked_until, self._clock() + seconds)

    def ban(self, seconds: float) -> None:
        """Send nothing at all for that time: Cloudflare has banned this address."""
        self._banned_until = max(self._banned_until, self._clock() + seconds)

    async def _take(self, route: Route, bucket: Bucket, priority: Priority) -> Turn | None:
        """Return a turn once the global limit admits it, or None if the bucket does no more."""
        slot = None if route.is_interaction else await self._overall.turn(priority)
        if slot is not None and (bucket is not self._bucket(route) or self._wait_s(bucket) != 0):
            self._overall.give_back(slot)
            return None
        turn = Turn(route, bucket, slot)
        bucket.turns.add(turn)
        return turn

    async def _wait(self, bucket: Bucket, wait_s: float | None) -> None:
        if wait_s is None:
            bucket.changed.clear()
            await bucket.changed.wait()
        elif wait_s > self._max_wait_s:
            raise RateLimitExceeded(
                PROVIDER, 429, retry_after=wait_s, summary="a rate limit asks for a long wait"
            )
        else:
            await self._sleep(wait_s)

    def _wait_s(self, bucket: Bucket) -> float | None:
        now = self._clock()
        wait_s = bucket.wait_s(now)
        return None if wait_s is None else max(wait_s, self._banned_until - now, 0.0)

    def _bucket(self, route: Route) -> Bucket:
        name = self._name_of.get((route.method, route.template), route.name)
        return self._named(name, route.major)

    def _named(self, name: str, major: str) -> Bucket:
        if (name, major) not in self._buckets:
            self._forget_spent_buckets()
            self._buckets[name, major] = Bucket(self._limit_of.get(name))
        return self._buckets[name, major]

    def _rename(self, route: Route, name: str) -> None:
        """Count a route in another bucket from now on, and move its requests under way there."""
        template = (route.method, route.template)
        old = self._name_of.get(template, route.name)
        if old == name:
            return
        self._name_of[template] = name
        for (bucket_name, major), bucket in list(self._buckets.items()):
            if bucket_name != old:
                continue
            target = self._named(name, major)
            for turn in [t for t in bucket.turns if (t.route.method, t.route.template) == template]:
                bucket.turns.discard(turn)
                target.turns.add(turn)
                turn.bucket = target
            target.blocked_until = max(target.blocked_until, bucket.blocked_until)
            bucket.changed.set()

    def _forget_spent_buckets(self) -> None:
        # Each interaction has its own bucket, so the table would grow with every question.
        if len(self._buckets) >= self._sweep_at:
            now = self._clock()
            self._buckets = {k: b for k, b in self._buckets.items() if not b.is_spent(now)}
            # In a burst hardly any is spent, and all were looked at for each new one.
            self._sweep_at = max(KEPT_BUCKETS, 2 * len(self._buckets))
