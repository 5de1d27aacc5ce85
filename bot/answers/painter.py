"""Newest text wins: paced edits, one request in flight, and one exact, confirmed final state."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.answers.layout import Ending, Part, Rung, lay_out, next_rung
from bot.answers.waiting import STILL_THINKING
from bot.text.chunking import reopening
from connectors import ConnectorError, RateLimitExceeded
from connectors.discord import Component, MessageBody, may_be_about_content
from connectors.shared import calculate_retry_delay

log = logging.getLogger(__name__)

PREVIEW_FAILURES = (
    3  # previews are a courtesy; after so many failures the final state is all that counts
)
PATIENCE_S = (
    600.0  # how long the final state is tried while Discord is away; an interaction lives 900
)
FULL_MESSAGE_PACE = (
    0.45  # of a turn: five requests in two seconds is what Discord lets an interaction do
)
UNKNOWN_MESSAGE = "10008"
EMPTIED = "-# What stood here was not part of the answer."


class Surface(Protocol):
    """A place where messages appear one below the other. Raises only ConnectorError."""

    @property
    def lead(self) -> str:
        """What stands first here, above the text; may be empty."""

    async def create(self, body: MessageBody) -> str:
        """Show a new message and return its id."""

    async def edit(self, message_id: str, body: MessageBody) -> None:
        """Replace what a message shows."""

    async def delete(self, message_id: str) -> None:
        """Delete a message, or find it gone."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a painter leaves for the one that goes on after it.

    The ids of its messages, how many surfaces were left before, and the offsets in the text at which this surface
    begins and up to which it shows it. ``surplus`` are messages that nothing stands in any more, to be deleted.
    """

    messages: tuple[str, ...] = ()
    left: int = 0
    base: int = 0
    read: int = 0
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One request to make: which message, what it shows, how far the whole text is then on the screen."""

    place: int
    body: MessageBody
    end: int
    is_last: bool
    is_new: bool
    is_note: bool = False


class Painter:
    """Shows one answer as it grows, on the first of its surfaces that still takes it.

    After ``retract`` the text may be shorter: messages that it no longer needs are deleted.

    text is asked for what there is so far whenever it is time to paint. ``changed`` never waits, so a slow Discord
    cannot slow the reader of the model; ``finish`` waits until the final state is confirmed. What a dead surface
    still shows stays there; the next one gets the rest. ``on_created`` is awaited after each new message.
    ``so_far`` stands elsewhere: the text goes on from there, in the same code block or quote.
    """

    def __init__(
        self,
        surfaces: Sequence[Surface],
        text: Callable[[], str],
        *,
        components: tuple[Component, ...] = (),
        on_deleted: Callable[[], None] = lambda: None,
        on_created: Callable[[], Awaitable[None]] | None = None,
        screen: Screen = Screen(),
        so_far: str = "",
        pace_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._surfaces = list(surfaces)[screen.left :]
        self._components = components
        self._on_deleted = on_deleted
        self._on_created = on_created
        self._pace_s = pace_s
        self._clock = clock
        self._sleep = sleep
        self._text = text
        self._ending: Ending | None = None
        self._note: str | None = ""  # None: Discord refuses it
        self._changed = asyncio.Event()
        self._finishing = asyncio.Event()
        self._next_at = clock()
        # What somebody else has shown is not known exactly, so it is shown anew.
        self._shown: list[tuple[str, MessageBody | None]] = [(m, None) for m in screen.messages]
        self._read = screen.read  # the text up to here is on the screen, whole
        self._base = screen.base  # the text before this stands on an earlier surface
        self._left = screen.left
        self._surplus = list(screen.surplus)
        self._kept = math.inf  # how much of the text of the step under way has not been retracted
        self._so_far = so_far
        self._rungs: dict[int, Rung] = {}
        self._failures = 0
        self._give_up_at = math.inf
        self._task: asyncio.Task[None] | None = None
        self.deleted = False

    @property
    def message_id(self) -> str | None:
        """The id of the message shown last, the one with the buttons."""
        return self._shown[-1][0] if self._shown else None

    @property
    def screen(self) -> Screen:
        """What a later painter needs to go on in the same messages."""
        messages = tuple(m for m, _ in self._shown)
        return Screen(messages, self._left, self._base, self._read, tuple(self._surplus))

    def changed(self) -> None:
        """Let the text as it is then be shown soon. Returns at once."""
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._paint())

    def retract(self, length: int) -> None:
        """Take back the text behind length: what comes now stands in its place. ``changed`` is to be called as well."""
        self._kept = min(self._kept, length)
        self._read, self._base = min(self._read, length), min(self._base, length)
        self._rungs = {}

    def hold(self, note: str) -> None:
        """Let note be shown for as long as there is no text."""
        self._note = note
        self.changed()

    async def finish(self, ending: Ending) -> bool:
        """Show the final state. Return whether Discord confirmed it; False if nobody could be reached."""
        self._ending = ending
        self._rungs = {}  # what was refused half written may be taken whole
        self._failures = 0
        self._give_up_at = self._clock() + PATIENCE_S
        self._finishing.set()
        self.changed()
        if self._task is not None:
            await self._task
        return bool(self._surfaces)

    async def aclose(self) -> None:
        """Stop painting where it stands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _paint(self) -> None:
        while self._surfaces and not self.deleted:
            await self._due()
            step = self._next_step()
            if step is not None:
                await self._attempt(step)
            elif self._surplus:
                await self._delete(self._surplus[-1])
            elif self._ending is not None:
                return

    async def _due(self) -> None:
        """Wait for something to show, then for its turn; the final state needs no turn."""
        if self._ending is not None:
            return
        await self._changed.wait()
        delay = self._next_at - self._clock()
        if delay > 0:
            try:
                async with asyncio.timeout(delay):
                    await self._finishing.wait()
            except TimeoutError:
                return

    def _next_step(self) -> Step | None:
        """Return what mends the first message that is not yet as it should be."""
        self._changed.clear()
        self._kept = math.inf
        whole = self._text()
        text = whole[self._base :] if self._left else whole
        parts = []
        if text.strip() or self._ending is not None:
            parts = lay_out(
                text,
                self._ending,
                self._components,
                lead=self._surfaces[0].lead,
                opened=reopening(self._so_far + whole[: self._base], text),
                rungs=self._rungs,
            )
        note = self._note
        if note == "" and self._shown and self._ending is None:
            note = STILL_THINKING
        is_note = bool(not parts and note)
        if is_note:
            parts = [Part(MessageBody(note or "", self._components), 0)]
        for i, part in enumerate(parts):
            if i >= len(self._shown) or self._shown[i][1] != part.body:
                offset = len(whole) - len(text)
                is_last, is_new = i == len(parts) - 1, i == len(self._shown)
                return Step(i, part.body, offset + part.end, is_last, is_new, is_note)
        if parts and len(parts) < len(self._shown):
            self._surplus += [message_id for message_id, _ in self._shown[len(parts) :]]
            del self._shown[len(parts) :]
        return None

    async def _attempt(self, step: Step) -> None:
        # A message that is full stays as it is: the one after it need not wait a whole turn.
        self._next_at = self._clock() + self._pace_s * (1.0 if step.is_last else FULL_MESSAGE_PACE)
        self._changed.set()
        try:
            if not step.is_new:
                message_id = self._shown[step.place][0]
                await self._surfaces[0].edit(message_id, step.body)
                self._shown[step.place] = (message_id, step.body)
            else:
                message_id = await self._surfaces[0].create(step.body)
                self._shown.append((message_id, step.body))
            self._read = int(min(step.end, self._kept))
            self._failures = 0
            if step.is_new and self._on_created is not None:
                await self._on_created()
        except ConnectorError as error:
            await self._recover(error, step)

    async def _delete(self, message_id: str) -> None:
        """Delete a message that nothing stands in any more; what cannot be deleted says so."""
        try:
            if self._on_created is not None:
                await self._on_created()  # whoever goes on must not miss it, or look for it
            await self._surfaces[0].delete(message_id)
        except ConnectorError as error:
            if error.retryable and self._clock() < self._give_up_at:
                self._failures += 1
                backoff_s = calculate_retry_delay(self._failures, 250, 15_000) / 1000
                await self._wait(error.retry_after or backoff_s)
                self._changed.set()
                return
            await self._empty(message_id)
        self._failures = 0
        self._surplus.remove(message_id)
        self._changed.set()

    async def _empty(self, message_id: str) -> None:
        try:
            await self._surfaces[0].edit(message_id, MessageBody(EMPTIED))
        except ConnectorError as error:
            log.warning("discord: %s; a message stays that shows what a model thought", error)

    async def _recover(self, error: ConnectorError, step: Step) -> None:
        """Decide after a failed request: say it in another form, wait, give the previews up, or go on elsewhere."""
        if error.provider_code == UNKNOWN_MESSAGE:
            self.deleted = True
            self._on_deleted()
            return
        if may_be_about_content(error) and self._kept < step.end:
            return  # the refused text has been retracted meanwhile
        if may_be_about_content(error) and self._rungs.get(step.place) is not Rung.NOTHING:
            log.info("discord: %s; an answer goes on in a milder form", error)
            self._soften(step)
            return
        self._failures += 1
        if isinstance(error, RateLimitExceeded):
            await self._wait(error.retry_after or self._pace_s)
        elif not error.retryable or (self._clock() > self._give_up_at and len(self._surfaces) > 1):
            log.warning("discord: %s; the rest of the answer goes elsewhere", error)
            self._leave_surface()
        elif self._ending is None and self._failures >= PREVIEW_FAILURES:
            log.warning("discord: %s; no more previews of this answer", error)
            await self._finishing.wait()
        else:
            await self._wait(calculate_retry_delay(self._failures, 250, 15_000) / 1000)

    def _soften(self, step: Step) -> None:
        """Let a milder form of a refused message be shown; a note has none."""
        if step.is_note:
            self._note = None
        else:
            rung = self._rungs.get(step.place, Rung.WHOLE)
            lead = self._surfaces[0].lead if step.place == 0 else ""
            self._rungs[step.place] = next_rung(rung, step.body.content, lead)

    async def _wait(self, delay_s: float) -> None:
        if self._ending is not None:
            await self._sleep(delay_s)
        else:
            self._next_at = self._clock() + delay_s

    def _leave_surface(self) -> None:
        self._surfaces.pop(0)
        self._base = self._read
        self._left += 1
        self._shown, self._surplus = [], []
        self._rungs = {}
        self._failures = 0
