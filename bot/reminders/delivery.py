"""Delivery of due reminders: in their channel, or else as a direct message."""

from collections.abc import Collection
from contextlib import aclosing
from datetime import datetime
from functools import partial

import msgspec

from bot.reminders import texts
from bot.reminders.buttons import button_row, is_of
from bot.reminders.job import ReminderPayload
from bot.schedules.occurrences import utc_now
from bot.schedules.posting import post
from bot.schedules.rights import rights_in
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, codes, is_closed
from connectors.local_scheduler import Outcome, Parked, Running, Settled

FILTERED = (codes.BLOCKED_BY_AUTOMOD, codes.TITLE_BLOCKED_BY_AUTOMOD)
# Parts of an occurrence, each with a nonce of its own.
PART_CHANNEL, PART_DM, PART_LIST = range(3)
# Key of the draft of an occurrence that goes to the direct messages instead of its channel.
TO_DM = "dm"


async def deliver(
    running: Running, rest: DiscordRest, *, now: datetime | None = None, takes_dms: bool = True
) -> Outcome:
    """Post a due reminder in its channel, else as a direct message that says why, else park it.

    The bot posts only where the owner can still post. An owner who is known to take no direct
    messages is not tried again. Raises ConnectorError for what may pass, and UnreadablePayload.
    """
    payload, channel_id = ReminderPayload.of(running), running.channel_id
    if running.is_takeover and (found := await _find_anywhere(running, rest)):
        return Settled(found)
    post_in = partial(_post, running, rest, payload, now or utc_now())
    is_filtered, why_dm = False, await _lost_right(running, rest)
    if channel_id is not None and not why_dm:
        try:
            # A server's filter is not evaded with a file while there is another place to try.
            return await post_in(channel_id, PART_CHANNEL, final=FILTERED)
        except ConnectorError as error:
            is_filtered = error.provider_code in FILTERED
            if not (is_filtered or is_closed(error)):
                raise
            why_dm = _why_dm(error).format(channel_id)
    if takes_dms:
        if channel_id is not None:
            await running.add_to_draft({TO_DM: True})
        try:
            return await post_in(await rest.create_dm(running.owner_id), PART_DM, why_dm)
        except ConnectorError as error:
            if not is_closed(error):
                raise
    if channel_id is not None and is_filtered:
        return await post_in(channel_id, PART_CHANNEL)
    return Parked(texts.NO_DM)


def _why_dm(error: ConnectorError) -> str:
    if error.provider_code in FILTERED:
        return texts.FILTERED
    return texts.CHANNEL_GONE if error.status == 404 else texts.MAY_NOT_POST


async def _lost_right(running: Running, rest: DiscordRest) -> str:
    """Return why the owner can no longer have the bot post in the channel, or nothing."""
    if running.channel_id is None or running.guild_id is None:
        return ""
    place = running.guild_id, running.channel_id
    rights = await rights_in(rest, *place, running.owner_id)
    if rights is None or rights.can_post:
        return ""  # where the bot cannot look, it cannot post either
    if not rights.is_member:
        return texts.NO_LONGER_MEMBER.format(running.channel_id)
    ours = await rights_in(rest, *place, int((await rest.current_user()).id))
    is_closed_to_both = ours is None or not ours.can_post
    text = texts.MAY_NOT_POST if is_closed_to_both else texts.NO_LONGER_ALLOWED
    return text.format(running.channel_id)


async def _post(
    running: Running,
    rest: DiscordRest,
    payload: ReminderPayload,
    now: datetime,
    channel_id: int | str,
    part: int,
    why_dm: str = "",
    final: Collection[str] = (),
) -> Outcome:
    """Post a reminder; one that repeats says only once why it comes as a direct message."""
    news = "" if why_dm == payload.why_dm else why_dm
    body = MessageBody(
        texts.due(running, payload, now, news),
        components=button_row(running, texts.BUTTONS),
        nonce=running.nonce(part),
        allow_user=running.owner_id,
    )
    intro = texts.DUE_WITHOUT_TEXT.format(running.owner_id) + news
    posted = await post(running, rest, channel_id, body, intro, final=final)
    changed = msgspec.structs.replace(payload, why_dm=why_dm)
    is_new = running.rule is not None and changed != payload
    return Settled(posted or None, changed.json() if is_new else None)


async def _find_anywhere(running: Running, rest: DiscordRest) -> str | None:
    """Return the id of this occurrence's message in its channel or in the direct messages."""
    channel_id = running.channel_id
    try:
        if channel_id and (found := await find_message(running, rest, channel_id)):
            return found
        # Opening direct messages is what Discord limits most.
        if channel_id and TO_DM not in running.draft:
            return None
        return await find_message(running, rest, await rest.create_dm(running.owner_id))
    except ConnectorError as error:
        if not is_closed(error):
            raise
        return None


async def find_message(running: Running, rest: DiscordRest, channel_id: int | str) -> str | None:
    """Return the id of this occurrence's message if an earlier try has posted it."""
    if running.first_claimed_at is None or not running.is_takeover:
        return None
    after = rest.lowest_id(running.first_claimed_at)
    try:
        async with aclosing(rest.messages_after(channel_id, after)) as messages:
            async for message in messages:
                if is_of(running, message.components):
                    return message.id
    except ConnectorError as error:
        if not is_closed(error):
            raise
        # It may not be read: better twice than never.
    return None
