"""The limit of requests a second that Discord sets for a bot, and who goes first when many wait."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from typing import Final

import msgspec

from connectors.discord.routes import MAX_WAIT_S, PROVIDER, Priority
from connectors.shared import RateLimitExceeded

# Interaction endpoints do not count. Source: topics/rate-limits.
GLOBAL_PER_S: Final = 50
WINDOW_S: Final = 1.0
# A request is counted until its reply, and then for a second more, but not for ever.
LONGEST_DOUBT_S, LONGEST_FLIGHT_S = 1.0, 3.0
# The quickest reply is learned slowly from below: until then, Discord may have counted late. It is
# the way there and back, so a crowd that is answered slowly for a moment must not change it.
FORGETS: Final = 0.01
# The quickest is a little slower than the quickest there can be.
CERTAIN: Final = 0.75
# After Discord has refused for the global limit, less is sent for a while.
SLOWED, SLOWED_S = 0.75, 60.0
LEAST_PER_S: Final = 0.05
A_MOMENT_S: Final = 0.02
# So often the one who waits longest goes first, whatever it is for.
OLDEST_EVERY: Final = 4
# What was used at most is forgotten by half in this time.
HALVES_IN_S: Final = 5.0


class Slot(msgspec.Struct, eq=False):
    """One request, counted until ``free_at``, or even ``soonest_at`` if its reply comes by then."""

    sent_at: float
    soonest_at: float
    free_at: float


class Waiting(msgspec.Struct, eq=False):
    """A request that waits, in the order of their numbers."""

    number: int
    slot: asyncio.Future[Slot]


class GlobalLimit:
    """Lets ``share()`` requests go in any second, as Discord counts them.

    Discord counts a request some time between its start and its reply. The quickest reply of its
    kind is taken for the way there and back, so only what took longer than that is in doubt.
    ``on_short`` is called when a request has to wait for the share.
    """

    def __init__(
        self,
        share: Callable[[], float] = lambda: GLOBAL_PER_S,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        self.share = share
        self.on_short: Callable[[], None] = lambda: None
        self._clock, self._sleep, self._max_wait_s = clock, sleep, max_wait_s
        self._slots: deque[Slot] = deque()
        self._waiting: tuple[deque[Waiting], ...] = tuple(deque() for _ in Priority)
        self._numbers, self._granted = count(), 0
        self._granting: asyncio.Task[None] | None = None
        self._paused_until = self._slowed_until = 0.0
        self._quickest_s: dict[str, float] = {}
        self._most, self._most_at = 0.0, 0.0
        self._was_short = False

    async def turn(self, priority: Priority = Priority.FIRST) -> Slot:
        """Wait until a request may be sent, and count it.

        Raise RateLimitExceeded if Discord has asked for a longer wait than the longest.
        """
        if not self.is_short:
            return self._take()
        self._check(self._paused_until - self._clock())
        waiting = Waiting(next(self._numbers), asyncio.get_running_loop().create_future())
        self._waiting[priority].append(waiting)
        if self._granting is None:
            self._granting = asyncio.create_task(self._grant())
        self._note_short()
        return await waiting.slot

    def answered(self, slot: Slot, kind: str) -> None:
        """Note that the reply has come, so that its request has been counted by now."""
        took_s = max(self._clock() - slot.sent_at, 0.0)
        known_s = self._quickest_s.get(kind, 0.0)
        self._quickest_s[kind] = quickest_s = min(took_s, known_s + FORGETS * (took_s - known_s))
        doubt_s = min(took_s - CERTAIN * quickest_s, LONGEST_DOUBT_S)
        slot.free_at = slot.soonest_at = slot.sent_at + self._counts_s() + doubt_s

    def lost(self, slot: Slot) -> None:
        """Note that no reply will come: the request has been counted by now, if at all."""
        slot.free_at = slot.soonest_at = min(slot.free_at, self._clock() + self._counts_s())

    def give_back(self, slot: Slot) -> None:
        """Do not count a request that was not sent."""
        slot.free_at = slot.soonest_at = slot.sent_at

    def pause(self, seconds: float) -> None:
        """Send nothing for that time, and less for a while: Discord has refused a request."""
        now = self._clock()
        self._paused_until = max(self._paused_until, now + seconds)
        self._slowed_until = self._paused_until + SLOWED_S
        self.look()

    def look(self) -> None:
        """Look again who may go, because the share has changed."""
        if self._granting is not None:
            self._granting.cancel()
            self._granting = asyncio.create_task(self._grant())

    def wait_s(self, priority: Priority) -> float:
        """Return how long a request would wait that is not in line yet.

        Ahead of others it is best in line at once: there they would go first again and again.
        """
        ahead = sum(map(len, self._waiting[: priority + 1]))
        if any(self._waiting) and not ahead:
            return max(self._paused_until - self._clock(), 0.0)
        return max(self._next_s(), 0.0) + ahead / max(self._limit(), 1)

    @property
    def is_short(self) -> bool:
        """True if another request would have to wait."""
        return any(self._waiting) or self._next_s() > 0

    def wanted(self) -> float:
        """Return how many a second were sent at most lately; infinity if some had to wait."""
        is_short, self._was_short = self._was_short or any(self._waiting), False
        return float("inf") if is_short else self._used(self._clock())

    def _take(self) -> Slot:
        now = self._clock()
        soonest_at = now + self._counts_s()
        slot = Slot(now, soonest_at, soonest_at + LONGEST_FLIGHT_S)
        self._slots.append(slot)
        self._most, self._most_at = max(self._used(now), float(len(self._slots))), now
        return slot

    def _used(self, now: float) -> float:
        return float(self._most * 0.5 ** ((now - self._most_at) / HALVES_IN_S))

    def _limit(self) -> float:
        share = self.share()
        return share * SLOWED if self._clock() < self._slowed_until else share

    def _counts_s(self) -> float:
        """Return for how long a request counts: for longer than Discord's if less than 1 a s."""
        return WINDOW_S / min(max(self._limit(), LEAST_PER_S), 1.0)

    def _next_s(self) -> float:
        """Return in how many seconds the next request may be sent; negative if it might already."""
        now = self._clock()
        self._slots = deque(slot for slot in self._slots if slot.free_at > now)
        return self._until(slot.free_at for slot in self._slots)

    def _until(self, ends: Iterable[float]) -> float:
        """Return in how many seconds another request may be sent if those sent count until then."""
        ends, now = sorted(ends), self._clock()
        excess = len(ends) - max(int(self._limit()), 1)
        return max(self._paused_until, ends[excess] if excess >= 0 else now) - now

    def _note_short(self) -> None:
        if not self._was_short and self._clock() >= self._paused_until:
            self._was_short = True
            self.on_short()

    def _check(self, wait_s: float) -> None:
        if wait_s > self._max_wait_s:
            raise RateLimitExceeded(
                PROVIDER, 429, retry_after=wait_s, summary="a rate limit asks for a long wait"
            )

    async def _grant(self) -> None:
        """Release those who wait, one by one, until nobody does."""
        while (waiting := self._next()) is not None:
            wait_s = self._next_s()
            if wait_s <= 0:
                waiting.slot.set_result(self._take())
                self._granted += 1
            elif wait_s > self._max_wait_s:
                self._refuse(waiting, wait_s)
            else:
                soonest_s = self._until(slot.soonest_at for slot in self._slots)
                await self._sleep(max(soonest_s, A_MOMENT_S))
        self._granting = None

    def _next(self) -> Waiting | None:
        """Return whose turn it is, without those that have given up."""
        for line in self._waiting:
            while line and line[0].slot.done():
                line.popleft()
        lines = [line for line in self._waiting if line]
        if not lines:
            return None
        is_for_oldest = self._granted % OLDEST_EVERY == OLDEST_EVERY - 1
        line = min(lines, key=lambda line: line[0].number) if is_for_oldest else lines[0]
        return line[0]

    def _refuse(self, waiting: Waiting, wait_s: float) -> None:
        try:
            self._check(wait_s)
        except RateLimitExceeded as error:
            waiting.slot.set_exception(error)
