"""One answer, from its question to its visible end."""

import asyncio
import logging
import math
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot.answers import alternatives, counting, footer, texts, waiting
from bot.answers.buttons import Button, button_row, closed_row
from bot.answers.canvas import Canvas
from bot.answers.dependencies import Dependencies
from bot.answers.fence import ensure_held, fenced, save
from bot.answers.forgetting import Forgetting
from bot.answers.handover import HandedOver
from bot.answers.layout import Ending
from bot.answers.origin import Origin
from bot.answers.pace import Lane
from bot.answers.painter import Painter
from bot.answers.record import Record
from bot.answers.surfaces import surfaces_of, whisper
from bot.errors import OUR_FAULT, Refused
from bot.providers.generation import Generation
from bot.providers.reader import Reader
from connectors.local_scheduler import Running

log = logging.getLogger(__name__)

# How long before the token expires a note is shown for good, so that the response is not empty.
HOLD_BEFORE_S = 30.0


class Answer:
    """An answer being written: generates its text and paints it.

    ``running`` is its claim in the ledger; without one it is lost when this process ends.
    """

    def __init__(
        self,
        record: Record,
        dependencies: Dependencies,
        running: Running | None,
        *,
        is_resumed: bool = False,
    ) -> None:
        self._record = record
        self._dependencies = dependencies
        self.running = running
        self._is_resumed = is_resumed and not record.progress.finish_reason
        self._stopped: str | None = None
        self._is_leaving = False
        self._began_s = time.monotonic()
        self._generating: asyncio.Task[None] | None = None
        memory, place, user_id = dependencies.memory, record.origin.place, record.origin.user_id
        self._forgetting = Forgetting(
            partial(memory.prepare, place), partial(memory.forgets, user_id)
        )
        self._generation = self._generation_of(record)
        stop = button_row(record.id, Button.STOP)
        traffic, origin = dependencies.traffic, record.origin
        is_shared = traffic is not None and origin.message_id
        lane = Lane(traffic, origin.channel_id) if traffic and is_shared else None
        self._uncounted_lane, self._while_writing = lane, ExitStack()
        rest = fenced(dependencies.rest, running, self._stop_generating)
        self._painter = Painter(
            surfaces_of(rest, origin, record.screen.last_id, lambda: self._painter.screen),
            Canvas(record.screen, components=stop, so_far=record.question.so_far),
            lambda: self._generation.text,
            on_created=self._keep,
            on_deleted=self._stop_generating,
            on_lost=self._lose,
            pace_s=dependencies.pace_s,
            lane=lane,
            loop_turns=dependencies.loop_turns,
        )

    @property
    def id(self) -> str:
        return self._record.id

    @property
    def record(self) -> Record:
        progress, screen = self._generation.progress, self._painter.screen
        return replace(self._record, progress=progress, screen=screen)

    def stop(self, why: str) -> None:
        """End the answer with the text so far and this line below it."""
        self._stopped = self._stopped or why
        self._stop_generating()

    def hand_over(self) -> None:
        """Make ``run`` raise HandedOver as soon as possible."""
        self._is_leaving = True
        self._stop_generating()

    def abandon(self) -> None:
        """Show nothing more of the answer, not even its end."""
        self._painter.deleted = self._painter.is_abandoned = True
        self._stop_generating()

    async def run(self) -> None:
        """Write the answer. Return when its end is shown, or when it cannot be shown anywhere.

        Raise HandedOver, or ClaimLost when another process has taken it over.
        """
        with self._while_writing:
            await self._write()
        origin = self._record.origin
        if self._painter.deleted and not origin.message_id:
            await whisper(self._dependencies.rest, origin, texts.DELETED)

    async def _write(self) -> None:
        notes = [asyncio.create_task(note) for note in self._notes(self._record.origin)]
        try:
            broke = await self._run_generation()
            if self._is_leaving and self._is_cut_off():
                await self._leave()
            remembering = asyncio.create_task(self._remember())
            ending = self._ending(broke, is_kept=not await self._forgetting.is_wanted())
            delivered = await self._painter.finish(ending)
            await remembering
        finally:
            for note in notes:
                note.cancel()
            self._forgetting.cancel()
            await self._painter.aclose()
        self._note_end(is_shown=delivered)
        if not delivered:  # by now others may show it
            await ensure_held(self.running, self._draft)
        if not self._painter.deleted:
            await self._dependencies.tidy(self.record, None if delivered else ending)
        elif self._painter.leaves_others and not self._record.origin.is_hidden:  # with a button
            left = replace(self.record, screen=self._painter.screen.left_behind())
            await self._dependencies.tidy(left, None)

    def _notes(self, origin: Origin) -> Iterator[Coroutine[Any, Any, None]]:
        """Yield what shows, until the first word, that an answer is to come."""
        # Discord shows a response that stays empty for 15 minutes as failed.
        left_s = origin.expires_at - time.time() - HOLD_BEFORE_S
        left_s = math.inf if origin.message_id or origin.is_hidden else left_s
        yield waiting.tell(
            self._painter.hold,
            lambda: self._generation,
            left_s=left_s,
            place=lambda: self._generation.place_in_line,
        )
        if origin.is_hidden:
            yield self._move_on(origin.expires_at - time.time())
        typing = self._dependencies.typing
        if typing is not None and origin.message_id:
            yield typing.show(origin.channel_id, lambda: self._painter.screen.messages)

    async def _run_generation(self) -> bool:
        """Generate to the end, or until stopped. Return whether a bug of ours ended it."""
        if self._generation.finish_reason or self._stopped or self._is_leaving:
            return False
        self._generating = asyncio.create_task(self._generate())
        try:
            await asyncio.wait({self._generating})
        finally:
            self._generating.cancel()
        error = None if self._generating.cancelled() else self._generating.exception()
        if isinstance(error, Refused):
            self._stopped = f"⚠️ {error}"
        elif error is not None:
            log.error("generating an answer failed", exc_info=error)
            return True
        return False

    async def _generate(self) -> None:
        asked, place = self._record.question, self._record.origin.place
        route = await self._dependencies.routing.route(place, *asked.asks)
        question = replace(asked, provider=route.chosen, model=route.model)
        asking = replace(self._record, question=question)
        if asked.instead is None:  # else it is asked as it was wanted the next time
            self._record = asking
        self._generation = self._generation_of(asking)
        await self._generation.run(route)

    def _generation_of(self, record: Record) -> Generation:
        dependencies = self._dependencies
        return Generation(
            record.question,
            dependencies.connectors,
            dependencies.catalog,
            on_text=self._on_text,
            outlet=dependencies.routing.outlet(record.origin.place),
            progress=record.progress,
            on_retract=lambda length: self._painter.retract(length),
            prepare=self._forgetting.prepare,
            person=record.origin.user_id,
        )

    def _on_text(self) -> None:
        if self._uncounted_lane is not None:  # until now it took nothing of what others need
            self._while_writing.enter_context(self._uncounted_lane.writing())
            self._uncounted_lane = None
        self._painter.changed()
        if self.running is not None:
            self.running.checkpoint(self._draft)

    def _draft(self) -> Mapping[str, Any]:
        return self.record.draft()

    async def _keep(self) -> None:
        """Save the id of a new message at once, so that no other process posts it again."""
        remembering = asyncio.create_task(self._remember())
        await save(self.running, self._draft)
        await remembering
        screen = self._painter.screen
        await self._dependencies.memory.disown(screen.surplus)
        if self._record.origin.is_hidden and screen.left and len(screen.messages) == 1:
            await self._dependencies.tidy(self.record, None)

    async def _remember(self) -> None:
        record, running = self.record, self.running
        is_ours = running is None or running.holds_claim()  # else another one remembers more of it
        if is_ours and not self._painter.deleted:
            said = record.origin.place, record.question, record.progress
            await self._dependencies.memory.answered(*said, record.screen.messages)

    async def _move_on(self, left_s: float) -> None:
        """Go on in direct messages, whatever is shown by then, while the token may still say so."""
        await asyncio.sleep(max(left_s, 0.0))
        self._painter.move_on(texts.STILL_TO_COME)

    def _lose(self) -> None:
        """Stop while the token may still show why, where nobody can see more of the answer."""
        if self._record.origin.is_hidden:
            self.stop(texts.NO_WAY_ON)

    def _is_cut_off(self) -> bool:
        """Return whether the generation was only ended by handing over."""
        is_done = self._generating is not None and not self._generating.cancelled()
        return not (
            is_done or self._generation.finish_reason or self._stopped or self._painter.deleted
        )

    def _stop_generating(self) -> None:
        if self._generating is not None:
            self._generating.cancel()

    async def _leave(self) -> None:
        if self._generation.has_begun:
            stop = button_row(self._record.id, Button.STOP)
            await self._painter.finish(Ending(texts.PAUSED, stop))
        raise HandedOver

    def _ending(self, broke: bool, *, is_kept: bool) -> Ending:
        generation = self._generation
        if broke:
            lines = [f"⚠️ {OUR_FAULT}"]
        elif self._stopped == texts.STOPPED and not generation.has_begun:
            lines = [texts.STOPPED_EARLY]
        elif self._stopped:
            lines = [self._stopped]
        elif generation.finish_reason is None:
            lines = [f"⚠️ {self._why_failed()}"]
        else:
            is_instead = self._record.question.instead is not None
            lines = footer.closing_lines(
                generation, is_resumed=self._is_resumed, is_instead=is_instead
            )
        lines = [*footer.notes_above(generation), *lines]
        if not is_kept:
            return Ending("\n".join(footer.without_presses(lines)), closed_row(self._record.id))
        buttons = footer.buttons_below(generation)
        if self._stopped == texts.CUT_OFF:  # the question is forgotten when this process ends
            buttons = [button for button in buttons if button is not Button.CONTINUE]
        else:
            buttons += footer.ways_on(self._record.origin, self._record.question)
        buttons += [Button.WHY] if self._record.reasons else []
        components = button_row(self._record.id, *buttons)
        others = alternatives.below(self._record, generation, self._dependencies.routing)
        return Ending("\n".join(lines), (*components, *others))

    def _why_failed(self) -> str:
        """Return why it failed; what only some may read is kept for a button where all see it."""
        generation, origin = self._generation, self._record.origin
        is_owner = self._dependencies.is_owner(origin.user_id)
        reader = Reader.of(is_owner=is_owner, manages=origin.manages)
        if origin.is_seen_by_one or not generation.failures:
            return footer.why_failed(generation, reader)
        self._record = replace(self._record, reasons=footer.withheld(generation, reader))
        return footer.why_failed(generation)

    def _note_end(self, *, is_shown: bool) -> None:
        how = "stopped" if self._stopped else "" if is_shown else "undelivered"
        how = "deleted" if self._painter.deleted else how
        took_s = None if self._is_resumed else time.monotonic() - self._began_s
        catalog, user_id = self._dependencies.catalog, self._record.origin.user_id
        counting.note_end(catalog, self._generation, user_id, how, took_s)
