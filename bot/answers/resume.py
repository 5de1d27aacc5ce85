"""The state of an answer that another process began, from the ledger and from its messages."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.answers.buttons import Button, buttons_in
from bot.answers.layout import lay_out
from bot.answers.look_back import messages_of
from bot.answers.origin import Screen
from bot.answers.record import Record
from bot.answers.surfaces import PLACES, TOKEN_IS_DEAD, whisper
from bot.answers.texts import CRASHED, CRASHED_EARLY, DELETED, PAUSED, REFUSES, STOPPED
from bot.answers.waiting import without_note
from bot.errors import Refused
from bot.text.chunking import reopening
from bot.text.marks import SPOILER
from bot.text.window import CLOSING
from connectors import ConnectorError
from connectors.discord import DiscordRest, Message, codes
from connectors.local_scheduler import Running

if TYPE_CHECKING:
    from bot.answers.dependencies import Dependencies

log = logging.getLogger(__name__)

TOO_OLD = timedelta(hours=1)
TOO_MANY_CRASHES = 3
LOOK_WITHIN_S = 1.0  # a button is acknowledged only after it
_NO_LETTERS = re.compile(r"[\W_]+")


class AnswerEnded(Exception):
    """The answer has ended already, or a person has deleted it.

    ``found`` is the id of the message that ends it, if nobody has stored that yet.
    """

    def __init__(self, *, deleted: bool, found: str | None = None) -> None:
        super().__init__("deleted" if deleted else "ended")
        self.deleted = deleted
        self.found = found


class EndIsShown(Refused):
    """An answer cannot be stopped, since its end can be seen already."""


def why_stopped(record: Record, running: Running) -> str:
    """Return the line that ends an answer which is not continued, or ""."""
    if record.stopped:
        return STOPPED
    age = datetime.now(UTC) - running.created_at
    is_over = record.progress.finish_reason is not None  # and only waits to be shown
    if running.crashes < TOO_MANY_CRASHES and (is_over or age <= TOO_OLD):
        return ""
    return CRASHED if record.progress.text else CRASHED_EARLY


async def has_ended(rest: DiscordRest, record: Record) -> bool:
    """Return whether an answer is known to show its end, which may not be stored yet."""
    try:
        async with asyncio.timeout(LOOK_WITHIN_S):
            last = None if record.is_revised else await _last_message(rest, record)
    except (ConnectorError, TimeoutError):
        return False
    return last is not None and Button.AGAIN in buttons_in(record.id, last.components)


async def look(rest: DiscordRest, record: Record) -> Record:
    """Return the answer with what its messages show. Raise AnswerEnded or ConnectorError."""
    screen = record.screen
    stands = screen.messages or any(behind.message_id for behind in screen.behind)
    if screen.left >= PLACES and not stands:
        record = replace(record, screen=Screen())  # nobody could be reached yet
    if record.screen.left:
        behind_id = record.screen.behind_id if record.origin.is_direct else None
        await _look_in_direct_messages(rest, record, after=record.screen.last_id or behind_id)
        return record
    try:
        return await _look_in_its_place(rest, record)
    except ConnectorError as error:
        if error.retryable:
            raise
        log.warning("discord: %s; resuming an answer from the ledger alone", error)
    if not record.origin.is_direct:
        await _look_in_direct_messages(rest, record)
    return record


async def _look_in_its_place(rest: DiscordRest, record: Record) -> Record:
    origin = record.origin
    try:
        last = await _last_message(rest, record)
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            raise AnswerEnded(deleted=True) from error
        raise
    shown = buttons_in(record.id, last.components) if last else set()
    if Button.AGAIN in shown:
        raise AnswerEnded(deleted=False)
    if not shown and origin.message_id:
        return await _with_unrecorded(rest, record)
    if not shown and not origin.is_hidden:
        await _remove_unknown(rest, record, origin.channel_id, after=last.id if last else None)
    if last is None and origin.is_hidden:
        await _look_in_direct_messages(rest, record)
    return _with_shown(record, last) if last and Button.STOP in shown else record


async def _look_in_direct_messages(
    rest: DiscordRest, record: Record, *, after: str | None = None
) -> None:
    """Delete what was sent just before the crash: what it says is not read, but none is sent twice.

    It goes on there if its own place cannot be reached, which may not have been saved. Raise
    AnswerEnded if its end is there, and ConnectorError if Discord is away.
    """
    try:
        channel_id = await rest.create_dm(record.origin.user_id)
        await _remove_unknown(rest, record, channel_id, after=after)
    except ConnectorError as error:
        if error.retryable:
            raise
        log.warning("discord: %s; a message may be shown twice", error)


async def conclude(record: Record, ended: AnswerEnded, dependencies: Dependencies) -> None:
    """Do what the process that has ended an answer may have had no time for."""
    await dependencies.tidy(record, None)
    if not ended.deleted:
        messages = [*record.screen.messages, *filter(None, [ended.found])]
        said = record.origin.place, record.question, record.progress
        await dependencies.memory.recovered(*said, messages)
    elif not record.origin.message_id:
        await whisper(dependencies.rest, record.origin, DELETED)
    await dependencies.settle(*record.bill)


async def _last_message(rest: DiscordRest, record: Record) -> Message | None:
    """Return the last known message, by the token or in the channel; None if there may be none."""
    origin, messages = record.origin, record.screen.messages
    if time.time() < origin.expires_at:
        try:
            return await rest.followup(*origin.webhook, record.screen.last_id or "@original")
        except ConnectorError as error:
            if error.provider_code not in TOKEN_IS_DEAD:
                raise
    if not messages or origin.is_hidden:
        return None
    return await rest.message(origin.channel_id, messages[-1])


async def _with_unrecorded(rest: DiscordRest, record: Record) -> Record:
    """Return the answer with a message that was posted just before the crash.

    It is not deleted and posted anew: the nonce of the new one would be that of the deleted one.
    """
    origin, screen = record.origin, record.screen
    after = screen.last_id or str(origin.message_id)
    found = messages_of(rest, origin.channel_id, origin.message_id, record.id, after)
    async with aclosing(found):
        async for message in found:
            if Button.AGAIN in buttons_in(record.id, message.components):
                raise AnswerEnded(deleted=False, found=message.id)
            messages = (*screen.messages, message.id)
            record = replace(record, screen=replace(screen, messages=messages))
            return record if screen.messages else _with_shown(record, message)
    return record


async def _remove_unknown(
    rest: DiscordRest, record: Record, channel_id: int, *, after: str | None
) -> None:
    """Delete a message that was posted just before the crash, so that no text is shown twice.

    Raise AnswerEnded if it is the end, and ConnectorError.
    """
    interaction_id = record.origin.interaction_id
    after = after or str(interaction_id)
    async with aclosing(messages_of(rest, channel_id, interaction_id, record.id, after)) as found:
        async for message in found:
            if Button.AGAIN in buttons_in(record.id, message.components):
                raise AnswerEnded(deleted=False, found=message.id)
            await rest.delete_message(channel_id, message.id)


def _with_shown(record: Record, last: Message) -> Record:
    """Return the answer with the text that its last message shows beyond the saved draft."""
    text, messages = record.progress.text, record.screen.messages or (last.id,)
    lead, opened = record.origin.lead, reopening(record.question.so_far, text)
    parts = lay_out(text, None, lead=lead, opened=opened) if text.strip() else []
    known, said = parts[-1].body.content if parts else lead + opened, last.content
    if _is_thought(said.removeprefix(lead), record.progress.reasoning):
        return replace(record, screen=replace(record.screen, messages=messages))
    if REFUSES in said:  # the text it replaces is in the ledger only
        said = known
    said = without_note(said.removesuffix(PAUSED))
    # Where a code block is open, the fence that closes it is not part of the text.
    if len(messages) == max(len(parts), 1) and said.startswith(known) and said != known:
        shown = text.rstrip() + said[len(known) :]  # Discord strips trailing space
        text = _without_closing(shown, said, lead, opened)
    progress = replace(record.progress, text=text)
    screen = replace(record.screen, messages=messages, read=len(text))
    return replace(record, progress=progress, screen=screen)


def _is_thought(said: str, reasoning: str) -> bool:
    """Return whether a message shows text that turned out to be thinking, apart from markup."""
    said, reasoning = (_NO_LETTERS.sub("", text) for text in (without_note(said), reasoning))
    return said != "" and said in reasoning


def _without_closing(text: str, said: str, lead: str, opened: str) -> str:
    """Return text without what only closes its open spoiler or code block on the screen."""
    for closing in (SPOILER, CLOSING):
        shorter = text.removesuffix(closing)
        parts = lay_out(shorter, None, lead=lead, opened=opened) if shorter != text else []
        if parts and parts[-1].body.content == said:
            text = shorter
    return text
