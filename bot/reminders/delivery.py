"""Delivery of due reminders: in their channel, or else as a direct message."""

from collections.abc import Collection
from contextlib import aclosing
from datetime import datetime
from functools import partial

from bot.reminders import texts
from bot.reminders.buttons import button_row, is_of
from bot.reminders.job import ReminderPayload
from bot.schedules.occurrences import utc_now
from bot.schedules.posting import post
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, codes, is_closed
from connectors.local_scheduler import Outcome, Parked, Running, Settled

FILTERED = (codes.BLOCKED_BY_AUTOMOD, codes.TITLE_BLOCKED_BY_AUTOMOD)
# Parts of an occurrence, each with a nonce of its own.
PART_CHANNEL, PART_DM, PART_LIST = range(3)


async def deliver(
    running: Running, rest: DiscordRest, *, now: datetime | None = None, takes_dms: bool = True
) -> Outcome:
    """Post a due reminder in its channel, else as a direct message that says why, else park it.

    An owner who is known to take no direct messages is not tried again. Raises ConnectorError for
    what may pass, and UnreadablePayload.
    """
    post_in = partial(_post, running, rest, ReminderPayload.of(running), now or utc_now())
    channel_id, is_filtered, why_here = running.channel_id, False, ""
    if channel_id is not None:
        try:
            # A server's filter is not evaded with a file while there is another place to try.
            return await post_in(channel_id, PART_CHANNEL, final=FILTERED)
        except ConnectorError as error:
            is_filtered = error.provider_code in FILTERED
            if not (is_filtered or is_closed(error)):
                raise
            why = texts.FILTERED if is_filtered else texts.MAY_NOT_POST
            why_here = texts.CHANNEL_GONE if error.status == 404 else why.format(channel_id)
    if takes_dms:
        try:
            dm_id = await rest.create_dm(running.owner_id)
            return await post_in(dm_id, PART_DM, why_here)
        except ConnectorError as error:
            if not is_closed(error):
                raise
    if channel_id is not None and is_filtered:
        return await post_in(channel_id, PART_CHANNEL)
    return Parked(texts.NO_DM)


async def _post(
    running: Running,
    rest: DiscordRest,
    payload: ReminderPayload,
    now: datetime,
    channel_id: int | str,
    part: int,
    why_here: str = "",
    final: Collection[str] = (),
) -> Outcome:
    if found := await find_message(running, rest, channel_id):
        return Settled(found)
    body = MessageBody(
        texts.due(running, payload, now, why_here),
        components=button_row(running, texts.BUTTONS),
        nonce=running.nonce(part),
        allow_user=running.owner_id,
    )
    intro = texts.DUE_WITHOUT_TEXT.format(running.owner_id) + why_here
    posted = await post(running, rest, channel_id, body, intro, final=final)
    return Settled(posted or None)


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
