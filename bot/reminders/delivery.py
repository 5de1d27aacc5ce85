"""Delivery of due reminders: in their channel, or else as a direct message."""

from datetime import datetime
from functools import partial

from bot.fallbacks import fallbacks, send_first_accepted, send_with_fallbacks
from bot.reminders import texts
from bot.reminders.buttons import button_row, is_of
from bot.reminders.job import TEXT_LIMIT, ReminderPayload
from bot.schedules.occurrences import utc_now
from bot.schedules.posting import is_closed, sender
from bot.text.formatting import excerpt
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, codes, may_be_about_content, time_snowflake
from connectors.local_scheduler import Job, Outcome, Parked, Running, Settled

FILTERED = (codes.BLOCKED_BY_AUTOMOD, codes.TITLE_BLOCKED_BY_AUTOMOD)
# Parts of an occurrence, each with a nonce of its own.
PART_CHANNEL, PART_DM, PART_LIST, PART_PARKED = range(4)


async def deliver(
    running: Running,
    rest: DiscordRest,
    *,
    now: datetime | None = None,
    takes_dms: bool = True,
) -> Outcome:
    """Post a due reminder in its channel, else as a direct message that says why, else park it.

    An owner who is known to take no direct messages is not tried again. Raises ConnectorError for
    what may pass, and UnreadablePayload.
    """
    now = now or utc_now()
    ReminderPayload.of(running)
    refusal: ConnectorError | None = None
    if running.channel_id is not None:
        try:
            return await _post(running, rest, running.channel_id, now, part=PART_CHANNEL)
        except ConnectorError as error:
            if not (is_closed(error) or _is_filtered(error)):
                raise
            refusal = error
    if takes_dms:
        why_here = _why_here(refusal, running.channel_id) if refusal else ""
        try:
            channel_id = await rest.create_dm(running.owner_id)
            return await _post(running, rest, channel_id, now, part=PART_DM, why_here=why_here)
        except ConnectorError as error:
            if not is_closed(error):
                raise
    if refusal is not None and running.channel_id is not None and _is_filtered(refusal):
        return await _post(
            running, rest, running.channel_id, now, part=PART_CHANNEL, is_last_place=True
        )
    return Parked(texts.NO_DM)


async def notify_parked(job: Job, reason: str, *, rest: DiscordRest) -> None:
    """Tell the owner once that a reminder is parked, unless they take no direct messages."""
    if reason == texts.NO_DM:
        return
    said = texts.parked(reason)
    text = excerpt(texts.text_of(job), TEXT_LIMIT)
    body = MessageBody(f"{said}\n>>> {text}", nonce=job.nonce(PART_PARKED))
    try:
        channel_id = await rest.create_dm(job.owner_id)
        await send_with_fallbacks(partial(rest.create_message, channel_id), body, said)
    except ConnectorError as error:
        if not is_closed(error):
            raise


async def _post(
    running: Running,
    rest: DiscordRest,
    channel_id: int | str,
    now: datetime,
    *,
    part: int,
    why_here: str = "",
    is_last_place: bool = False,
) -> Outcome:
    """Post a due reminder in one place. Raises ConnectorError."""
    if running.must_look_back(now):
        found = await find_message(running, rest, channel_id)
        if found is not None:
            return Settled(found)
    body = MessageBody(
        texts.due(running, ReminderPayload.of(running), now, why_here),
        components=button_row(running, texts.BUTTONS),
        nonce=running.nonce(part),
        allow_user=running.owner_id,
    )
    send = await sender(running, rest, channel_id)
    # A server's filter is not evaded with a file while there is another place to try.
    may_go_elsewhere = part == PART_CHANNEL and not is_last_place
    try:
        posted = await send(body)
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            # An earlier try has posted it under this nonce, and somebody has deleted it.
            return Settled()
        if not may_be_about_content(error) or (may_go_elsewhere and _is_filtered(error)):
            raise
        forms = fallbacks(body, texts.due_without_text(running, why_here))
        posted = await send_first_accepted(send, forms)
    return Settled(posted.id)


async def find_message(running: Running, rest: DiscordRest, channel_id: int | str) -> str | None:
    """Return the id of this occurrence's message, if an earlier try has posted it."""
    assert running.first_claimed_at is not None  # noqa: S101 - must_look_back has checked it
    after = time_snowflake(running.first_claimed_at)
    try:
        messages = await rest.messages(channel_id, after=after, limit=100)
    except ConnectorError as error:
        if not is_closed(error):
            raise
        return None  # it may not be read: better twice than never
    return next((m.id for m in messages if is_of(running, m.components)), None)


def _is_filtered(error: ConnectorError) -> bool:
    return error.provider_code in FILTERED


def _why_here(error: ConnectorError, channel_id: int | None) -> str:
    if error.status == 404:
        return texts.CHANNEL_GONE
    return (texts.FILTERED if _is_filtered(error) else texts.MAY_NOT_POST).format(channel_id)
