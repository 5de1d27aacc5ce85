"""First responses to interactions: Discord waits 3 s for each, and everything else can wait."""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

# So many are under way at once: each opens a connection if none is free, and the timeouts of a
# request begin with it.
AT_ONCE = 100
# Nothing waits longer for them, so that answers are written during an endless burst, too.
LONGEST_S = 5.0
# So much of what has waited goes on in one turn of the event loop: each may compute for a while.
PER_TURN = 2


class FirstResponses:
    """Lets what is not urgent wait while first responses are expected that were not sent yet.

    So does the interpreter's search for garbage: each question that waits is a hundred objects to
    look at, and of a burst's time it took a sixth.
    """

    def __init__(self, *, at_once: int = AT_ONCE, longest_s: float = LONGEST_S) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._longest_s = longest_s
        self._unsent: set[int | str] = set()
        self._since = 0.0  # when there was none before
        self._under_way = 0
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._timer: asyncio.Handle | None = None

    @contextmanager
    def expected(self, interaction_id: int | str) -> Iterator[None]:
        """Make others wait for a first response, at most until this ends."""
        self._expect(interaction_id)
        try:
            yield
        finally:
            self._forget(interaction_id)

    def turn(self, interaction_id: int | str) -> Turn:
        """Return the turn of a first response, in the order in which they are entered."""
        return Turn(self, interaction_id)

    async def calm(self) -> None:
        """Wait until no first response is expected, after those who wait already."""
        if not (self._unsent or self._waiting):
            return
        loop = asyncio.get_running_loop()
        going_on = loop.create_future()
        self._waiting.append((loop.time() + self._longest_s, going_on))
        if self._timer is None:
            self._timer = loop.call_at(self._waiting[0][0], self._go_on)
        await going_on

    async def begin(self, interaction_id: int | str) -> None:
        self._expect(interaction_id)
        try:
            await self._slots.acquire()
            self._under_way += 1
        finally:
            self._forget(interaction_id)

    def end(self) -> None:
        self._under_way -= 1
        self._slots.release()
        self._collect_again()

    def _expect(self, interaction_id: int | str) -> None:
        now = asyncio.get_running_loop().time()
        if not (self._unsent or self._under_way):
            self._since = now
        self._unsent.add(interaction_id)
        if now < self._since + self._longest_s:
            gc.disable()
        else:
            gc.enable()

    def _forget(self, interaction_id: int | str) -> None:
        self._unsent.discard(interaction_id)
        if self._unsent:
            return
        self._collect_again()
        if self._waiting:
            self._go_on()

    def _collect_again(self) -> None:
        # It looks at all that a burst has left at once: not before the last request is answered.
        if not (self._unsent or self._under_way):
            gc.enable()

    def _go_on(self) -> None:
        """Admit a few: of all in turn, or only of those that have waited too long."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for _ in range(PER_TURN):
            if not self._waiting or (self._unsent and loop.time() < self._waiting[0][0]):
                break
            _, going_on = self._waiting.popleft()
            if not going_on.done():
                going_on.set_result(None)
        if self._waiting and self._unsent:
            self._timer = loop.call_at(self._waiting[0][0], self._go_on)
        elif self._waiting:
            self._timer = loop.call_soon(self._go_on)


class Turn:
    """An async context manager that waits until a first response may be sent."""

    __slots__ = ("_interaction_id", "_responses")

    def __init__(self, responses: FirstResponses, interaction_id: int | str) -> None:
        self._responses, self._interaction_id = responses, interaction_id

    async def __aenter__(self) -> None:
        await self._responses.begin(self._interaction_id)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._responses.end()
