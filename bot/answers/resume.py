"""An answer that another process began: what stands on the screen of it, from which it goes on."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.buttons import Button, buttons_in
from bot.answers.layout import lay_out
from bot.answers.surfaces import TOKEN_IS_DEAD
from bot.answers.texts import PAUSED, REFUSES
from bot.answers.waiting import without_note
from bot.text.chunking import reopening
from bot.text.marks import SPOILER
from bot.text.window import CLOSING
from connectors import ConnectorError
from connectors.discord import codes

if TYPE_CHECKING:
    from bot.answers.record import Record
    from connectors.discord import DiscordRest, Message

log = logging.getLogger(__name__)

_NO_LETTERS = re.compile(r"[\W_]+")


class AnswerEnded(Exception):
    """The answer has its end already, or a person has deleted it: nothing is left to do."""

    def __init__(self, *, deleted: bool) -> None:
        super().__init__("deleted" if deleted else "ended")
        self.deleted = deleted


async def look(rest: DiscordRest, record: Record) -> Record:
    """Return the answer with what its screen shows. Raises AnswerEnded; ConnectorError for what may pass."""
    if record.screen.left:  # as much as is known of a direct message
        return record
    try:
        last = await _last_message(rest, record)
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            raise AnswerEnded(deleted=True) from error
        if error.retryable:
            raise
        log.warning("discord: %s; an answer goes on as far as it is known", error)
        return record
    if last is None:
        return record
    shown = buttons_in(record.id, last.components)
    if not shown and record.screen.messages:
        await _remove_unknown(rest, record, after=last.id)
    elif Button.AGAIN in shown:
        raise AnswerEnded(deleted=False)
    return _with_shown(record, last) if Button.STOP in shown else record


async def _last_message(rest: DiscordRest, record: Record) -> Message | None:
    """Return the last message that is known, by the token or in the channel; None where there may be none."""
    origin, messages = record.origin, record.screen.messages
    if time.time() < origin.expires_at:
        try:
            wanted = messages[-1] if messages else "@original"
            return await rest.followup(origin.application_id, origin.token, wanted)
        except ConnectorError as error:
            if error.provider_code not in TOKEN_IS_DEAD:
                raise
    if not messages or origin.private:
        return None
    return await rest.message(origin.channel_id, messages[-1])


async def _remove_unknown(rest: DiscordRest, record: Record, *, after: str) -> None:
    """Take away a message that was made in the last moment, so that nothing stands there twice.

    Only the last message of an answer has buttons, and so has it. Raises AnswerEnded when it is the end.
    """
    if record.origin.private:
        return
    try:
        found = await rest.messages(record.origin.channel_id, after=after, limit=100)
        for message in found:
            shown = buttons_in(record.id, message.components)
            if Button.AGAIN in shown:
                raise AnswerEnded(deleted=False)
            if shown:
                await rest.delete_message(record.origin.channel_id, message.id)
    except ConnectorError as error:
        log.warning("discord: %s; a message may stand there twice", error)


def _with_shown(record: Record, last: Message) -> Record:
    """Return the answer with what its last message says beyond what was kept."""
    text, messages = record.progress.text, record.screen.messages or (last.id,)
    lead, opened = record.origin.lead, reopening(record.question.so_far, text)
    parts = lay_out(text, None, lead=lead, opened=opened) if text.strip() else []
    known, said = parts[-1].body.content if parts else lead + opened, last.content
    if _is_thought(said.removeprefix(lead), record.progress.reasoning):
        return replace(record, screen=replace(record.screen, messages=messages))
    if REFUSES in said:  # what it stands for is known from the ledger only
        said = known
    said = without_note(said.removesuffix(PAUSED))
    # Where a code block is open, what closes it on the screen is no part of the text.
    if len(messages) == max(len(parts), 1) and said.startswith(known) and said != known:
        shown = text.rstrip() + said[len(known) :]  # a message shows no space at its end
        text = _without_closing(shown, said, lead, opened)
    progress = replace(record.progress, text=text)
    screen = replace(record.screen, messages=messages, read=len(text))
    return replace(record, progress=progress, screen=screen)


def _is_thought(said: str, reasoning: str) -> bool:
    """Return whether a message still shows what turned out to be thinking, whatever markup it adds."""
    said, reasoning = (_NO_LETTERS.sub("", text) for text in (without_note(said), reasoning))
    return said != "" and said in reasoning


def _without_closing(text: str, said: str, lead: str, opened: str) -> str:
    """Return text without what only the screen adds at its end, where a spoiler or a code block is still open."""
    for closing in (SPOILER, CLOSING):
        shorter = text.removesuffix(closing)
        parts = lay_out(shorter, None, lead=lead, opened=opened) if shorter != text else []
        if parts and parts[-1].body.content == said:
            text = shorter
    return text
