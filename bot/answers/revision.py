"""Answers whose question is edited or deleted: what is shown of them is replaced, or removed."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.answers.buttons import Button, button_row
from bot.answers.fence import fenced
from bot.answers.look_back import messages_of
from bot.answers.origin import Screen
from bot.answers.surfaces import PLACES
from bot.answers.texts import STILL_THINKING
from connectors import ConnectorError
from connectors.discord import MessageBody, codes, is_closed

if TYPE_CHECKING:
    from bot.answers.record import Record
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import Running

log = logging.getLogger(__name__)


async def taken_over(rest: DiscordRest, record: Record, running: Running) -> Record:
    """Return an answer that is to be written anew, in the first message of the one it replaces.

    Its other messages are deleted. Raise ClaimLost, or ConnectorError if Discord is away.
    """
    rest, record = fenced(rest, running), replace(record, screen=reached(record.screen))
    channel_id, messages = await _place(rest, record)
    await _delete(rest, channel_id, messages[1:])
    kept = tuple(messages[:1])
    try:
        for message_id in kept:
            stop = button_row(record.id, Button.STOP)
            body = MessageBody(STILL_THINKING, stop, removes_files=True)
            await rest.edit_message(channel_id, message_id, body)
    except ConnectorError as error:
        if error.retryable:
            raise
        kept = () if error.provider_code == codes.UNKNOWN_MESSAGE else kept
    screen = Screen(kept, left=record.screen.left, behind=record.screen.behind)
    return replace(record, screen=screen, is_revised=False)


async def remove(rest: DiscordRest, record: Record) -> None:
    """Delete the messages of an answer. Raise ConnectorError if Discord is away or closed."""
    record = replace(record, screen=reached(record.screen))
    channel_id, messages = await _place(rest, record, is_strict=True)
    await _delete(rest, channel_id, messages, is_strict=True)
    behind = [behind.message_id for behind in record.screen.behind[:1] if behind.message_id]
    await _delete(rest, record.origin.channel_id, behind, is_strict=True)


def reached(screen: Screen) -> Screen:
    """Return where an answer stands that no place took to its end: the last one that shows it."""
    if screen.left < PLACES:
        return screen
    for place, behind in reversed(list(enumerate(screen.behind))):
        if behind.message_id:
            return Screen((behind.message_id,), left=place, behind=screen.behind[:place])
    return Screen()


async def _place(
    rest: DiscordRest, record: Record, *, is_strict: bool = False
) -> tuple[int, list[str]]:
    """Return where an answer stands, and its messages: also one that was not recorded."""
    origin, screen = record.origin, record.screen
    channel_id = await rest.create_dm(origin.user_id) if screen.left else origin.channel_id
    known = dict.fromkeys((*screen.messages, *screen.surplus))
    after = screen.last_id or str(origin.interaction_id)
    try:
        async with aclosing(
            messages_of(rest, channel_id, origin.interaction_id, record.id, after)
        ) as found:
            known |= dict.fromkeys([message.id async for message in found])
    except ConnectorError as error:
        if error.retryable or (is_strict and is_closed(error)):
            raise
        log.warning("discord: %s; a message of an answer may be left", error)
    return channel_id, list(known)


async def _delete(
    rest: DiscordRest, channel_id: int, messages: list[str], *, is_strict: bool = False
) -> None:
    for message_id in messages:
        try:
            await rest.delete_message(channel_id, message_id)
        except ConnectorError as error:
            if error.retryable or (is_strict and is_closed(error)):
                raise
            log.warning("discord: %s; a message of an answer is left", error)
