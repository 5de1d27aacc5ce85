"""The request for a question: who is asked, what was said before, and the question itself."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from bot.conversations import texts
from bot.conversations.attachments import IMAGES, TEXT_LIMIT
from bot.conversations.instructions import system_prompt
from bot.conversations.material import Material
from bot.conversations.summary import Complete, summarise
from bot.conversations.tokens import Corrections
from bot.conversations.window import Frame, Window, fitting, newest
from bot.conversations.wording import alternating, asked, clipped, names_of
from bot.errors import Refused
from bot.providers.context_lengths import LEAST
from bot.providers.question import Prepared, Where
from bot.providers.tokens import CHARS_PER_TOKEN, tokens_in
from bot.storage.rules import RulesOf, no_rules, zone_of
from bot.storage.turn import Chain, Extras
from connectors import ChatMessage, Role
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversations.attachments import Attachments
    from bot.providers.context_lengths import ContextLengths
    from bot.providers.preferences import Place
    from bot.providers.question import Question
    from bot.storage.personas import Personas
    from bot.storage.timezones import Timezones
    from bot.storage.turn import Turn
    from bot.storage.turns import Turns
    from connectors import Usage

log = logging.getLogger(__name__)

# However much a model takes: what is sent is paid for with each question.
MOST: Final = 128_000
RESERVE: Final = 16_384  # for the answer, at most, and at most a quarter of the whole
LEAST_TEXT: Final = 400  # characters, however little room there is
TURNS_WITH_FILES: Final = 2  # of a conversation: pictures cost as much each time they are sent
HIDDEN: Final = 1_000  # questions that were deleted lately
RETRY_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)  # the database is away


Load = Callable[..., Awaitable[Material]]


class Known(msgspec.Struct, frozen=True):
    """The stored facts about a place, and the turns in it. ``is_whole`` if it could be read."""

    chain: Chain = Chain()
    persona: str = ""
    zone: tzinfo = UTC
    language: str | None = None
    is_whole: bool = True


class Context:
    """Prepares requests. What was said is read from the database each time."""

    def __init__(
        self,
        turns: Turns,
        attachments: Attachments,
        lengths: ContextLengths,
        complete: Complete,
        *,
        personas: Personas,
        timezones: Timezones,
        rules: RulesOf = no_rules,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[tzinfo], datetime] = datetime.now,
    ) -> None:
        self._turns = turns
        self._attachments = attachments
        self._lengths = lengths
        self._complete = complete
        self._personas = personas
        self._timezones = timezones
        self._rules = rules
        self._sleep = sleep
        self._now = now
        self._corrections = Corrections()
        self._summarising: dict[int, asyncio.Lock] = {}
        self._hidden: OrderedDict[int, None] = OrderedDict()

    def hide(self, turn_id: int) -> None:
        """Leave a turn out from now on, as if it were deleted in the database already."""
        self._hidden[turn_id] = None
        if len(self._hidden) > HIDDEN:
            self._hidden.popitem(last=False)

    async def prepare(
        self, place: Place, question: Question, provider: str, model: str | None
    ) -> Prepared:
        """Return the request, within what the model takes. Raise Refused if nothing is asked.

        A plain question is only itself and its files.
        """
        question, hidden = _readable(question)
        known = await self._known(place, question)
        is_plain = question.is_plain and not (known.persona or known.language)
        system = [] if is_plain else [self._system(place, question, known)]
        length = await self._length(provider, model)
        room = _room(length) - tokens_in(system)
        load = partial(self._attachments.load, provider=provider, model=model, person=place.user_id)
        material = await self._material(question, load, room)
        names = _names(place, question, known.chain)
        name = names[question.author_id or place.user_id] if len(names) > 1 else None
        text = material.around(question.prompt)
        said = ChatMessage(
            Role.USER, text if is_plain else asked(text, question.quote, name), material.urls
        )
        # The estimate is high: the question alone may use what is left for the answer, at first.
        has_refused = self._lengths.has_refused(provider, model)
        said, note = _within(said, room if has_refused else length - tokens_in(system))
        pictures = IMAGES - len(material.images)
        files = await self._materials(known.chain.turns, load, room // 2, pictures)
        frame = Frame(provider, model, room - tokens_in([said]), names, files)
        window = await self._window(place, question, known.chain, frame)
        missing = () if known.is_whole else (texts.NOT_READ,)
        notes = (*hidden, *missing, *window.notes, *material.notes, *note)
        return self._prepared(
            [*system, *alternating([*frame.messages_in(window), said])], frame, notes
        )

    def _prepared(
        self, messages: Sequence[ChatMessage], frame: Frame, notes: tuple[str, ...]
    ) -> Prepared:
        key = frame.provider, frame.model

        def learn(usage: Usage) -> None:
            self._corrections.learn(*key, tokens_in(messages), usage)

        shrink = partial(self._shrink, *key, messages)
        return Prepared(messages, notes, len(messages) - 1, learn, shrink)

    async def _shrink(
        self, provider: str, model: str | None, messages: Sequence[ChatMessage]
    ) -> bool:
        """Assume that a model takes less than these messages; False if they are few already."""
        tokens = tokens_in(messages)
        while tokens > LEAST:
            if tokens > _room(await self._length(provider, model)):
                return True
            await self._lengths.refused(provider, model)
        return False

    async def _material(self, question: Question, load: Load, room: int) -> Material:
        """Return what the files of a question hold. Raise Refused if that is nothing, and all."""
        quote = question.quote
        files = Extras(quote, question.attachments).files
        if not files:
            return Material()
        material = await load(files, text_limit=_characters(room))
        if material.is_empty and not question.prompt.strip() and not (quote and quote.text):
            raise Refused("\n".join(material.notes))
        return material

    async def _materials(
        self, turns: Sequence[Turn], load: Load, room: int, pictures: int
    ) -> dict[int, Material]:
        """Return what the files of the last turns hold, by turn; those of others are only named.

        Of their ``pictures``, so many are sent, the newest first.
        """
        last = [turn for turn in turns if turn.extras.files][-TURNS_WITH_FILES:]
        limit = _characters(room // TURNS_WITH_FILES)
        loads = (load(turn.extras.files, text_limit=limit) for turn in last)
        loaded = await asyncio.gather(*loads)
        found: dict[int, Material] = {}
        for turn, material in zip(reversed(last), reversed(loaded), strict=True):
            found[turn.id] = material.with_pictures(pictures)
            pictures -= len(found[turn.id].images)
        return found

    def _system(self, place: Place, question: Question, known: Known) -> ChatMessage:
        where = question.where or Where()
        is_direct = place.guild_id is None and not where.channel
        now = self._now(known.zone)
        said = partial(system_prompt, is_direct=is_direct, language=known.language)
        return ChatMessage(Role.SYSTEM, said(known.persona, where, now))

    async def _length(self, provider: str, model: str | None) -> int:
        """Return how many tokens, as we estimate them, a request and its answer may have."""
        length = min(await self._lengths.of(provider, model), MOST)
        return int(length / self._corrections.of(provider, model))

    async def _known(self, place: Place, question: Question) -> Known:
        """Return what is stored; what cannot be read in time is left out, and said so."""
        for wait_s in (*RETRY_S, None):
            try:
                return await self._read(place, question)
            except DatabaseUnavailable as error:
                if not question.parent or wait_s is None:
                    log.warning("a conversation cannot be read: %s", error)
                    break
            await self._sleep(wait_s)
        return Known(is_whole=not question.parent)

    async def _read(self, place: Place, question: Question) -> Known:
        rules = await self._rules(place.guild_id)
        if question.is_plain:
            persona = await self._persona(place, question.where)
            return Known(persona=persona, language=rules.language)
        chain, persona, zone = await asyncio.gather(
            self._turns.chain(question.parent, place),
            self._persona(place, question.where),
            self._timezones.of(place.user_id),
        )
        hidden = self._hidden
        if any(turn.id in hidden for turn in chain.turns):
            turns = (replace(t, is_deleted=True) if t.id in hidden else t for t in chain.turns)
            chain = replace(chain, turns=tuple(turns))
        return Known(chain, persona, zone or zone_of(rules) or UTC, rules.language)

    async def _persona(self, place: Place, where: Where | None) -> str:
        if place.is_away:
            return ""
        parent_id = where.parent_id if where else 0
        found = await self._personas.at(place.channel_id, place.guild_id, parent_id)
        return found[0].prompt if found else ""

    async def _window(self, place: Place, question: Question, chain: Chain, frame: Frame) -> Window:
        """Return what fits; the oldest turns are summarised if they do not, once for all."""
        window = fitting(chain, frame)
        if window is not None:
            return window
        root = chain.turns[0].id
        lock = self._summarising.setdefault(root, asyncio.Lock())
        try:
            async with lock:
                with suppress(DatabaseUnavailable):  # another answer may have done it meanwhile
                    chain = await self._turns.chain(question.parent, place)
                return fitting(chain, frame) or await self._summarised(place, chain, frame)
        finally:
            if not lock.locked():
                self._summarising.pop(root, None)

    async def _summarised(self, place: Place, chain: Chain, frame: Frame) -> Window:
        """Summarise all but the newest turns, which may fill half of the room."""
        kept = newest(chain.turns, frame, frame.room // 2)
        old = chain.turns[: len(chain.turns) - len(kept)]
        complete = partial(self._complete, place, frame.provider, frame.model)
        room = _room(await self._length(frame.provider, frame.model))
        summary = await summarise(complete, chain.summary, old, frame.names, room=room)
        if summary is None:
            return Window(kept, chain.summary, (texts.LEFT_OUT.format(count=len(old)),))
        with suppress(DatabaseUnavailable):  # it is made again for the next question
            await self._turns.summarise(old[-1].id, summary)
        return Window(kept, summary, (texts.SUMMARISED,))


def _readable(question: Question) -> tuple[Question, tuple[str, ...]]:
    """Return a question without a quote of which nothing may be read, and a sentence about that."""
    quote = question.quote
    if quote is None or quote.text or quote.attachments:
        return question, ()
    question = replace(question, quote=None)
    if question.is_empty:
        raise Refused(texts.HIDDEN)
    return question, (texts.HIDDEN,)


def _names(place: Place, question: Question, chain: Chain) -> dict[int, str]:
    speakers = [(turn.author_id, turn.author) for turn in chain.turns if not turn.is_deleted]
    return names_of([*speakers, (question.author_id or place.user_id, question.author)])


def _room(length: int) -> int:
    """Return how much of a length a request may have."""
    return length - min(length // 4, RESERVE)


def _characters(room: int) -> int:
    """Return how much text of files may fill the larger part of so many tokens."""
    return min(max(int(room * CHARS_PER_TOKEN * 0.8), LEAST_TEXT), TEXT_LIMIT)


def _within(said: ChatMessage, room: int) -> tuple[ChatMessage, tuple[str, ...]]:
    """Return the question, clipped if it does not fit, and a sentence about that."""
    tokens = tokens_in([said])
    if tokens <= room or not said.content:
        return said, ()
    limit = int(len(said.content) * max(room, 0) / tokens * 0.9)
    return replace(said, content=clipped(said.content, max(limit, LEAST_TEXT))), (texts.CLIPPED,)
