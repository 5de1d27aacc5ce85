"""Conversations: what was said before a question, and the request rebuilt from it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.storage.turn import Extras, Turn
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversations.context import Context
    from bot.providers.preferences import Place
    from bot.providers.question import Prepared, Progress, Question
    from bot.storage.turn import Deleted
    from bot.storage.turns import Turns

log = logging.getLogger(__name__)

UNSAVED = 500  # answers, while the database is away
KNOWN = 2_000  # messages: people mostly reply to what was said lately
FOLLOW_WITHIN_S = 1.0  # Discord waits 3 s for the response to a command

Unsaved = tuple[Turn, list[int]]  # a turn, and the ids of its answer's messages


class Conversations:
    """Remembers turns by Discord's ids: a tree, in which each turn follows its parent."""

    def __init__(self, turns: Turns, context: Context) -> None:
        self._turns = turns
        self._context = context
        self._unsaved: OrderedDict[int, Unsaved] = OrderedDict()
        self._failed: set[int] = set()  # those of them that nobody is saving
        self._known: OrderedDict[int, tuple[int, int]] = OrderedDict()  # as ``of_message`` finds it

    async def parent(
        self, place: Place, message_id: int, *, reply_to: int | None = None, goes_on: bool = False
    ) -> int:
        """Return the turn that a message follows, or 0. Raise DatabaseUnavailable.

        That is the one it replies to, else the last one before it where a conversation ``goes_on``
        without replies: in a thread, or in direct messages.
        """
        if reply_to is not None:
            replied = await self.turn_of_message(place, reply_to)
            if replied:
                return replied
        if not goes_on:
            return 0
        last = await self._turns.last_before(place.channel_id, message_id)
        return last or await self.turn_of_message(place, place.channel_id)

    async def follow(
        self,
        place: Place,
        question: Question,
        *,
        reply_to: int | None = None,
        goes_on: bool = False,
    ) -> Question:
        """Return a question that follows what was said before; alone if that is not known in time.

        What it quotes is left out if that belongs to the conversation itself.
        """
        try:
            async with asyncio.timeout(FOLLOW_WITHIN_S):
                if reply_to is not None:
                    replied = await self.turn_of_message(place, reply_to)
                    if replied:
                        return replace(question, parent=replied, quote=None)
                question = await self._without_hidden(question)
                parent = await self.parent(place, question.turn, goes_on=goes_on)
        except (DatabaseUnavailable, TimeoutError) as error:
            log.warning("a question stands alone: %s", error)
            return question
        return replace(question, parent=parent)

    async def _without_hidden(self, question: Question) -> Question:
        """Leave out what somebody else wrote who wants nothing remembered."""
        quote = question.quote
        if quote is None or quote.author_id == question.author_id:
            return question
        if not await self._turns.forgets(quote.author_id):
            return question
        return replace(question, quote=replace(quote, text="", attachments=()))

    async def turn_of_message(self, place: Place, message_id: int) -> int:
        """Return the turn whose question or answer a message of this channel is, or 0.

        A thread counts as a message: its id is that of the message it was started from.
        """
        # What is said there is read in any case; here it is enough to know where.
        found = self._known.get(message_id) or self._unsaved_turn_of(message_id)
        found = found or await self._turns.of_message(message_id)
        if found is None:
            return 0
        turn_id, channel_id = found
        if turn_id not in self._unsaved:
            self._know(message_id, *found)
        return turn_id if channel_id == place.channel_id or message_id == place.channel_id else 0

    def _unsaved_turn_of(self, message_id: int) -> tuple[int, int] | None:
        for turn_id in self._failed:
            turn, messages = self._unsaved[turn_id]
            if message_id == turn_id or message_id in messages:
                return turn_id, turn.channel_id
        return None

    async def author_of(self, thread_id: int) -> int | None:
        """Return who asked what a thread goes on from. Raise DatabaseUnavailable."""
        return await self._turns.author_of(thread_id)

    async def adopt(self, turn_id: int, thread_id: int) -> None:
        """Store that a thread goes on from a turn. Raise DatabaseUnavailable."""
        await self._turns.adopt(turn_id, thread_id)

    async def delete(self, message_id: int) -> Deleted | None:
        """Forget what a deleted message said. Raise DatabaseUnavailable.

        Return what to do about the answer if it was a question.
        """
        deleted = await self._turns.delete(message_id)
        if deleted is not None:
            for known in (deleted.turn, *deleted.messages):
                self._known.pop(known, None)
        return deleted

    def hide(self, message_id: int) -> None:
        """Send a question that was deleted to no model from now on: to forget it takes a while."""
        self._context.hide(message_id)

    async def forget(self, message_id: int) -> bool | None:
        """Forget a message; return whether its answer was replied to, None if it asked nothing.

        Raise DatabaseUnavailable.
        """
        deleted = await self.delete(message_id)
        return None if deleted is None else deleted.has_replies

    async def begin(self, place: Place, question: Question) -> None:
        """Remember a question that was accepted."""
        try:
            await self.revise(place, question)
        except DatabaseUnavailable as error:  # it is kept with its answer
            log.warning("a question is not remembered yet: %s", error)

    async def revise(self, place: Place, question: Question) -> None:
        """Remember a question that was edited, in its old place. Raise DatabaseUnavailable."""
        if question.turn:
            await self._turns.begin(_turn_of(place, question))

    async def prepare(
        self, place: Place, question: Question, provider: str, model: str | None
    ) -> Prepared:
        """Return the request for a question, with the turns before it."""
        if self._failed:
            await self._save()
        return await self._context.prepare(place, question, provider, model)

    async def answered(
        self, place: Place, question: Question, progress: Progress, messages: Sequence[str]
    ) -> None:
        """Remember the answer so far and the ids of its messages, in place of an earlier one.

        While the database is away, it is remembered here until the next question.
        """
        if question.turn:
            turn = _turn_of(place, question, progress)
            unsaved = self._unsaved[turn.id] = turn, list(map(int, messages))
            if len(self._unsaved) > UNSAVED:
                self._failed.discard(self._unsaved.popitem(last=False)[0])
            if await self._is_saved(unsaved) and self._failed:
                await self._save()

    async def disown(self, messages: Sequence[str]) -> None:
        """Remember messages no longer as part of an answer: the bot itself deletes them."""
        if messages:
            gone = list(map(int, messages))
            for message_id in gone:
                self._known.pop(message_id, None)
            try:
                await self._turns.disown(gone)
            except DatabaseUnavailable as error:
                log.warning("an answer may be forgotten: %s", error)

    async def recovered(
        self, place: Place, question: Question, progress: Progress, messages: Sequence[str]
    ) -> None:
        """Remember an answer as its process has left it, unless more of it is remembered."""
        if question.turn:
            try:
                turn = _turn_of(place, question, progress)
                await self._turns.recover(turn, list(map(int, messages)))
            except DatabaseUnavailable as error:
                log.warning("the end of an answer is not remembered: %s", error)

    async def forgets(self, user_id: int) -> bool:
        """Return whether a person is known to want nothing remembered."""
        try:
            return await self._turns.forgets(user_id)
        except DatabaseUnavailable:  # what is stored of their answers is deleted within an hour
            return False

    async def _save(self) -> None:
        """Save the answers that could not be saved, if the database is there."""
        for turn_id in [turn_id for turn_id in self._unsaved if turn_id in self._failed]:
            unsaved = self._unsaved.get(turn_id)
            if unsaved is not None and not await self._is_saved(unsaved):
                return

    async def _is_saved(self, unsaved: Unsaved) -> bool:
        """Save an answer. Return whether the database was there."""
        turn, messages = unsaved
        is_saved = False
        try:
            if await self._turns.answer(turn, messages):
                for message_id in (turn.id, *messages):
                    self._know(message_id, turn.id, turn.channel_id)
            is_saved = True
        except DatabaseUnavailable as error:
            log.warning("an answer is not saved yet: %s", error)
        finally:  # also if nobody waits any longer
            self._note(unsaved, is_saved=is_saved)
        return is_saved

    def _note(self, unsaved: Unsaved, *, is_saved: bool) -> None:
        turn_id = unsaved[0].id
        if self._unsaved.get(turn_id) is not unsaved:  # a newer one is being saved
            return
        if is_saved:
            del self._unsaved[turn_id]
            self._failed.discard(turn_id)
        else:
            self._failed.add(turn_id)

    def _know(self, message_id: int, turn_id: int, channel_id: int) -> None:
        self._known[message_id] = turn_id, channel_id
        self._known.move_to_end(message_id)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)


def _turn_of(place: Place, question: Question, progress: Progress | None = None) -> Turn:
    return Turn(
        id=question.turn,
        parent=question.parent,
        guild_id=place.guild_id,
        channel_id=place.channel_id,
        author_id=question.author_id or place.user_id,
        author=question.author,
        prompt=question.prompt,
        extras=Extras(question.quote, question.attachments),
        answer=question.so_far + progress.text if progress else "",
        provider=progress.provider if progress else None,
        model=progress.model if progress else None,
    )
