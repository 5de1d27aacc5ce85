"""One answer from accepted to its one visible end, and all that are under way."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bot.answers.controls import Control, row
from bot.answers.painter import Ending, Painter
from bot.answers.reading import Question, Reading
from bot.answers.surfaces import (
    TOKEN_LIFE_S,
    TOKEN_MARGIN_S,
    DirectSurface,
    InteractionSurface,
    Origin,
)
from bot.catalogue import Catalogue
from bot.errors import explain, quoted, what_happened
from connectors import ConnectorError, Connectors
from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

KEPT_ANSWERS = 500  # whose buttons still know what was asked

NO_PROVIDER = (
    "No language model is set up yet. The owner of this bot can set one key, such as OPENAI_API_KEY, "
    "in `.env` and restart, or start a local server such as LM Studio."
)
STILL_THINKING = "-# The model is still thinking. Its answer will stand here."
HOLD_BEFORE_S = 30.0
DELETED = "The answer was deleted while I was writing it, so I stopped. Ask again with `/ask`."
OUR_FAULT = "I made a mistake of my own. Ask again; if it happens again, the log says what it was."


class Stopped(Enum):
    """Who ended an answer before its end."""

    BY_PERSON = "-# Stopped. Press *Continue* to let it go on."
    BY_RESTART = "⚠️ I am being restarted and had to stop here. Ask again in a minute."


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons of a finished answer need."""

    question: Question
    text: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What every answer needs. ``default`` is the provider asked when the person chose none."""

    connectors: Connectors
    catalogue: Catalogue
    rest: DiscordRest
    default: str | None = None
    pace_s: float = 1.0
    clock: Callable[[], float] = time.monotonic


class Answer:
    """One answer being written: it reads, and paints what it has read."""

    def __init__(self, question: Question, origin: Origin, tools: Tools) -> None:
        self.question = question
        self.origin = origin
        self._tools = tools
        self.reading = Reading(
            question, tools.connectors, tools.catalogue, tools.default, on_text=self._on_text
        )
        self._surface = InteractionSurface(tools.rest, origin, clock=tools.clock)
        self.painter = Painter(
            [self._surface, DirectSurface(tools.rest, origin)],
            lambda: self.reading.text,
            components=row(Control.STOP),
            on_deleted=self._stop_reading,
            pace_s=tools.pace_s,
            clock=tools.clock,
        )
        self._stopped: Stopped | None = None
        self._reader: asyncio.Task[None] | None = None

    def stop(self, why: Stopped) -> None:
        """End the answer with what there is of it."""
        self._stopped = self._stopped or why
        self._stop_reading()

    async def run(self) -> None:
        """Write the answer. Returns when its end is on the screen, or nobody can be reached."""
        # Discord calls a response that stays empty for 15 minutes a failure; a message can be edited later.
        loop, left_s = asyncio.get_running_loop(), self.origin.expires_at - self._tools.clock()
        holding = loop.call_later(left_s - HOLD_BEFORE_S, self.painter.hold, STILL_THINKING)
        try:
            broke = await self._read()
            delivered = await self.painter.finish(self._ending(broke))
        except asyncio.CancelledError:
            await self.painter.aclose()
            raise
        finally:
            holding.cancel()
        if self.reading.provider and self.reading.model and self.reading.finish_reason:
            used = self.reading.provider, self.reading.model
            self._tools.catalogue.note_use(self.origin.user_id, *used)
        if self.painter.deleted:
            await self.whisper(DELETED)
        elif not delivered:
            log.error("discord: an answer in channel %s reached nobody", self.origin.channel_id)

    async def _read(self) -> bool:
        """Read to the end, or until stopped. Return whether a mistake of ours ended it."""
        self._reader = asyncio.create_task(self.reading.read())
        try:
            await asyncio.wait({self._reader})
        finally:
            self._reader.cancel()
        mistake = None if self._reader.cancelled() else self._reader.exception()
        if mistake is not None:
            log.error("an answer could not be read", exc_info=mistake)
        return mistake is not None

    def _on_text(self) -> None:
        self.painter.changed()

    def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    async def whisper(self, text: str) -> None:
        """Tell only the person who asked, if Discord still lets us."""
        try:
            await self._surface.whisper(text)
        except ConnectorError as error:
            log.warning("could not tell the person who asked: %s", error)

    def _ending(self, broke: bool) -> Ending:
        reading = self.reading
        if broke:
            lines = [f"⚠️ {OUR_FAULT}"]
        elif self._stopped:
            lines = [self._stopped.value]
        elif reading.finish_reason is None:
            lines = [f"⚠️ {self._why_failed()}"]
        else:
            lines = self._closing_lines()
        is_whole = reading.finish_reason is not None and reading.finish_reason != "length"
        # What a restart ends nobody remembers afterwards.
        goes_on = reading.has_begun and not is_whole and self._stopped is not Stopped.BY_RESTART
        controls = [Control.CONTINUE] if goes_on else []
        controls.append(Control.AGAIN)
        if reading.reasoning.strip():
            controls.append(Control.THINKING)
        return Ending("\n".join(lines), row(*controls))

    def _why_failed(self) -> str:
        failures = self.reading.failures
        if not failures:
            return NO_PROVIDER
        first = failures[0]
        others = [what_happened(f) for f in failures if f.row is not first.row]
        return " ".join(
            [explain(failures[-1] if self.reading.has_begun else first), *dict.fromkeys(others)]
        )

    def _closing_lines(self) -> list[str]:
        reading, label = self.reading, self.reading.label
        lines = []
        if not reading.has_begun:
            lines.append(f"⚠️ {self._why_empty()}")
        elif reading.finish_reason == "length":
            lines.append(
                "⚠️ The answer reached the model's length limit. Press *Continue* for the rest."
            )
        elif reading.finish_reason == "content_filter":
            lines.append(
                f"⚠️ The content filter of {label} stopped the answer here. Ask in other words."
            )
        elif reading.finish_reason == "error":
            lines.append(f"⚠️ {label} had an error of its own here. Press *Ask again*.")
        by = f"-# {label} · {reading.model}" if reading.model else f"-# {label}"
        troubles = dict.fromkeys(what_happened(f) for f in reading.failures)
        lines.append(" ".join([by, *(["· went on after:", *troubles] if troubles else [])]))
        return lines

    def _why_empty(self) -> str:
        label, model = self.reading.label, quoted(self.reading.model)
        match self.reading.finish_reason:
            case "content_filter":
                return f"The content filter of {label} let no answer through. Ask in other words."
            case "length":
                return f"{model} spent its whole length on thinking. Ask for less, or choose another model."
            case _:
                return f"{label} sent an empty answer. Ask again, or choose another model."


class Answers:
    """All answers under way, and what the buttons of finished ones need."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._running: dict[asyncio.Task[None], Answer] = {}
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self.is_closing = False

    def accept(self, question: Question, origin: Origin) -> None:
        """Begin to answer; from here on the question reaches exactly one visible end."""
        answer = Answer(question, origin, self._tools)
        task = asyncio.create_task(self._run(answer))
        self._running[task] = answer
        task.add_done_callback(self._running.pop)

    @property
    def under_way(self) -> int:
        """How many questions have not reached their end yet."""
        return len(self._running)

    def expires_at(self) -> float:
        """When the token of an interaction that came just now must no longer be used."""
        return self._tools.clock() + TOKEN_LIFE_S - TOKEN_MARGIN_S

    def find(self, message_id: str) -> Kept | None:
        """Return what was asked and answered in a message, if that is still known."""
        return self._kept.get(message_id)

    def running(self, message_id: str) -> Answer | None:
        """Return the answer that is being written into a message."""
        return next((a for a in self._running.values() if a.painter.shows(message_id)), None)

    async def aclose(self, *, finish_s: float = 5.0, close_s: float = 4.0) -> None:
        """Let answers finish for a while, then close the rest in place; all in all within 10 s."""
        self.is_closing = True
        await self.settled(finish_s)
        for answer in list(self._running.values()):
            answer.stop(Stopped.BY_RESTART)
        await self.settled(close_s)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def settled(self, timeout_s: float) -> None:
        """Wait until every answer has reached its end, or the time is over."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=timeout_s)

    async def _run(self, answer: Answer) -> None:
        try:
            await answer.run()
        except Exception:
            log.exception("an answer in channel %s broke", answer.origin.channel_id)
            await answer.whisper(OUR_FAULT)
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        message_id = answer.painter.message_id
        if message_id is None:
            return
        text = answer.question.so_far + answer.reading.text
        self._kept[message_id] = Kept(answer.question, text, answer.reading.reasoning)
        if len(self._kept) > KEPT_ANSWERS:
            self._kept.popitem(last=False)
