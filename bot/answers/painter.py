"""Paced edits of an answer: the newest text wins, one request at a time, an exact final state."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from bot.answers.pace import LoopTurns
from bot.answers.texts import EMPTIED
from connectors import ConnectorError, RateLimitExceeded
from connectors.discord import MessageBody, codes, may_be_about_content
from connectors.shared import calculate_retry_delay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.answers.canvas import Canvas, Step
    from bot.answers.layout import Ending
    from bot.answers.origin import Screen
    from bot.answers.pace import Lane
    from bot.answers.surfaces import Surface

log = logging.getLogger(__name__)

# Previews are a courtesy; after so many failures the final state is all that counts.
PREVIEW_FAILURES = 3
# How long the final state is tried where it cannot be shown. By then an interaction's token is
# dead, so that its channel was tried, too.
PATIENCE_S = 900.0
# Of a turn: Discord allows an interaction five requests in two seconds.
FULL_MESSAGE_PACE = 0.45
# A request waits for less by itself. What rounding leaves of a wait may pass at no moment at all.
SHORTEST_WAIT_S = 0.001


async def nothing() -> None:
    pass


class Painter:
    """Shows an answer as it grows, on the first of its surfaces that still accepts it.

    ``text`` returns the text so far whenever it is time to paint. ``changed`` never waits, so a
    slow Discord cannot slow the model down; ``finish`` waits until the final state is confirmed.
    What a dead surface shows stays there; the next one gets the rest. One that may come back is
    left only if the next one can be reached: an outage of Discord as a whole moves no answer.
    ``on_created`` is awaited after each new message; ``on_lost`` is called when no surface is left.
    """

    def __init__(
        self,
        surfaces: Sequence[Surface],
        canvas: Canvas,
        text: Callable[[], str],
        *,
        on_created: Callable[[], Awaitable[None]] = nothing,
        on_deleted: Callable[[], None] = lambda: None,
        on_lost: Callable[[], None] = lambda: None,
        pace_s: float = 1.0,
        lane: Lane | None = None,
        loop_turns: LoopTurns | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._surfaces = list(surfaces)[canvas.screen.left :]
        self._canvas = canvas
        self._text = text
        self._on_created = on_created
        self._on_deleted = on_deleted
        self._on_lost = on_lost
        self._moves_on = False
        self._pace_s = pace_s
        self._lane = lane
        self._loop_turns = loop_turns or LoopTurns()
        self._clock = clock
        self._changed = asyncio.Event()
        self._finishing = asyncio.Event()
        self._next_at = clock()
        self._failures = 0
        self._give_up_at = math.inf
        # Whether the end may be shown although Discord has not confirmed it; whether it is.
        self._may_have_ended = self._has_ended = False
        # Whether a message may stand that Discord has not confirmed.
        self._may_stand = False
        self._task: asyncio.Task[None] | None = None
        # Whether a message was deleted, or all are somebody else's from now on.
        self.deleted = self.is_abandoned = False

    @property
    def screen(self) -> Screen:
        return self._canvas.screen

    @property
    def leaves_others(self) -> bool:
        """True if a person has deleted one of several messages."""
        return self.deleted and not self.is_abandoned and len(self.screen.messages) > 1

    def changed(self) -> None:
        """Show the text soon, as it is by then. Return at once."""
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._paint())

    def retract(self, length: int) -> None:
        """Take back the text after length; call ``changed`` as well."""
        self._canvas.retract(length)

    def hold(self, note: str) -> None:
        """Show a note while there is no text."""
        self._canvas.note = note
        self.changed()

    def move_on(self, note: str) -> None:
        """Leave the first surface for the next one, and show a note there until there is more."""
        self._moves_on = len(self._surfaces) > 1
        if self._moves_on:
            self.hold(note)

    async def finish(self, ending: Ending) -> bool:
        """Show the final state. Return whether Discord confirmed it on any surface."""
        self._canvas.finish(ending)
        self._failures = 0
        self._give_up_at = self._clock() + PATIENCE_S
        self._finishing.set()
        self.changed()
        if self._task is not None:
            with nullcontext() if self._lane is None else self._lane.ending():
                await self._task
        return bool(self._surfaces)

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        # Whoever is called back holds this painter. Without the circle both are freed at once, and
        # a burst of answers leaves nothing to the garbage collector, which stops the event loop.
        self._surfaces.clear()
        self._text, self._on_created = str, nothing
        self._on_deleted = self._on_lost = lambda: None

    async def _paint(self) -> None:
        while self._surfaces and not (self.deleted or self._has_ended):
            await self._due()
            await self._loop_turns.next()
            self._changed.clear()
            if self._moves_on:
                self._leave()
            step = self._canvas.next_step(self._text(), self._surfaces[0].lead)
            if step is not None and (busy_s := self._busy_s(step)) > SHORTEST_WAIT_S:
                self._changed.set()
                await self._wait(busy_s)
            elif step is not None:
                await self._attempt(step)
            elif self._canvas.surplus:
                await self._delete(self._canvas.surplus[-1])
            elif self._finishing.is_set():
                return

    def _busy_s(self, step: Step) -> float:
        return 0.0 if self._lane is None else self._lane.busy_s(is_new=step.message_id is None)

    @property
    def _turn_s(self) -> float:
        return self._pace_s if self._lane is None else self._lane.turn_s(self._pace_s)

    async def _due(self) -> None:
        """Wait for something to show, then for its turn; the final state does not wait."""
        if self._finishing.is_set():
            return
        await self._changed.wait()
        delay = self._next_at - self._clock()
        if delay > 0:
            try:
                async with asyncio.timeout(delay):
                    await self._finishing.wait()
            except TimeoutError:
                return

    async def _attempt(self, step: Step) -> None:
        # A full message does not change any more: the next one need not wait a whole turn.
        self._next_at = self._clock() + self._turn_s * (1.0 if step.is_last else FULL_MESSAGE_PACE)
        self._changed.set()
        try:
            if step.message_id is not None:
                await self._surfaces[0].edit(step.message_id, step.body)
                self._canvas.done(step, step.message_id)
                self._failures = 0
            else:
                await self._create(step)
        except ConnectorError as error:
            await self._recover(error, step)

    async def _create(self, step: Step) -> None:
        body = self._surfaces[0].opening(step.body)
        message_id = await self._surfaces[0].create(body)
        if body == step.body:
            self._canvas.done(step, message_id)
        else:
            self._canvas.opened(step, message_id, body)
            self._next_at = self._clock()
        self._failures, self._may_stand = 0, False
        await self._on_created()

    async def _delete(self, message_id: str) -> None:
        """Delete a surplus message, or replace its text if it cannot be deleted."""
        try:
            await self._on_created()  # whoever takes over must know of it
            await self._surfaces[0].delete(message_id)
        except ConnectorError as error:
            if error.retryable and self._clock() < self._give_up_at:
                self._failures += 1
                await self._wait(error.retry_after or self._backoff_s())
                self._changed.set()
                return
            await self._empty(message_id)
        self._failures = 0
        self._canvas.surplus.remove(message_id)
        self._changed.set()

    async def _empty(self, message_id: str) -> None:
        try:
            await self._surfaces[0].edit(message_id, MessageBody(EMPTIED))
        except ConnectorError as error:
            log.warning("discord: %s; a message with retracted text could not be removed", error)

    async def _recover(self, error: ConnectorError, step: Step) -> None:
        """Handle a failed request: soften the message, wait, stop previews, or leave."""
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            self.deleted = True
            self._on_deleted()
            return
        is_refused = may_be_about_content(error)
        if is_refused:
            if self._canvas.is_retracted(step):
                return
            if self._canvas.soften(step, self._surfaces[0].lead):
                log.info("discord: %s; trying a milder form of the message", error)
                return
            self._canvas.restore()
        self._failures += not isinstance(error, RateLimitExceeded)  # which says how long to wait
        self._may_stand |= step.message_id is None and error.was_sent
        self._may_have_ended |= step.is_last and self._finishing.is_set() and error.was_sent
        if isinstance(error, RateLimitExceeded):
            await self._wait(error.retry_after or self._turn_s)
        elif not error.retryable or await self._goes_on_elsewhere(is_refused=is_refused):
            log.warning("discord: %s; the rest of the answer is shown elsewhere", error)
            self._leave(is_gone=error.provider_code == codes.UNKNOWN_CHANNEL)
        elif not self._finishing.is_set() and self._failures >= PREVIEW_FAILURES:
            log.warning("discord: %s; showing no more previews of this answer", error)
            await self._finishing.wait()
        else:
            await self._wait(self._backoff_s())

    def _leave(self, *, is_gone: bool = False) -> None:
        self._surfaces.pop(0)
        self._canvas.leave(is_gone=is_gone, is_doubtful=self._may_stand)
        self._failures = 0
        self._moves_on = self._may_have_ended = self._may_stand = False
        if not self._surfaces:
            self._on_lost()

    async def _goes_on_elsewhere(self, *, is_refused: bool) -> bool:
        """Return whether to leave a place that may come back, since the next one is there now.

        It is not left while its last message may show the end; if it does, all is done.
        """
        is_late = self._clock() > self._give_up_at
        if len(self._surfaces) == 1:
            return is_refused and is_late
        if not (is_refused or is_late):
            return False
        try:
            await self._surfaces[1].reach()
        except ConnectorError:
            return False
        try:
            self._has_ended = self._may_have_ended and await self._surfaces[0].shows_end()
        except ConnectorError as error:
            return not error.retryable
        return not self._has_ended

    def _backoff_s(self) -> float:
        return calculate_retry_delay(self._failures, 250, 15_000) / 1000

    async def _wait(self, delay_s: float) -> None:
        if self._finishing.is_set():
            await asyncio.sleep(delay_s)
        else:
            self._next_at = self._clock() + delay_s
