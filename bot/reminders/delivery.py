"""What is done when a reminder is due: one message, in its channel or else to its owner, and never silence."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.fallbacks import fallbacks, send_first_accepted, send_with_fallbacks
from bot.reminders.job import TEXT_LIMIT, buttons, is_by, reminder_text, text_withheld
from bot.text.formatting import excerpt
from connectors import ConnectorError
from connectors.discord import (
    DiscordRest,
    MessageBody,
    is_about_content,
    may_be_about_content,
    time_snowflake,
)
from connectors.local_scheduler import Job, Outcome, Parked, Settled

if TYPE_CHECKING:  # what only names a type must not load the database before the bot is logged in
    from connectors.local_scheduler import Running

# The nonce's message has been made and was deleted meanwhile: it was delivered.
DELETED_SINCE = "10008"
REFUSALS = {"50083", "160005"}  # with a 400: the thread is archived or locked
FILTERED = {"200000", "200001"}  # by AutoMod, the server's own filter
NEXT_STEP = "Resume, change or cancel it in `/reminders`."
PARKED_PART = 3  # of an occurrence: 0 is the channel's message, 1 the direct one, 2 the list's
NO_DM = "I could not write to you: allow direct messages from this server, then resume it."


async def deliver(
    running: "Running",
    rest: DiscordRest,
    *,
    now: datetime | None = None,
    takes_dms: bool = True,
) -> Outcome:
    """Post a due reminder once: in its channel, else as a direct message that says why, else park it.

    An owner who is known not to take direct messages is not tried again. Raises ConnectorError for what
    may pass, to be run again.
    """
    now = now or datetime.now(UTC)
    refusal: ConnectorError | None = None
    if running.channel_id is not None:
        try:
            return await _post(running, rest, running.channel_id, now, part=0)
        except ConnectorError as error:
            if not (is_closed(error) or _is_filtered(error)):
                raise
            refusal = error
    if takes_dms:
        why_here = f"-# {_why(refusal, running.channel_id or 0)}" if refusal else ""
        try:
            channel_id = await rest.create_dm(running.owner_id)
            return await _post(running, rest, channel_id, now, part=1, why_here=why_here)
        except ConnectorError as error:
            if not is_closed(error):
                raise
    if refusal is not None and running.channel_id is not None and _is_filtered(refusal):
        return await _post(running, rest, running.channel_id, now, part=0, is_last=True)
    return Parked(NO_DM)


async def notify_parked(job: Job, reason: str, *, rest: DiscordRest) -> None:
    """Tell the owner once that a reminder waits for them; whoever takes no messages sees it in the list."""
    if reason == NO_DM:
        return
    text = excerpt(job.payload.get("text", ""), TEXT_LIMIT)
    said = f"⚠️ A reminder of yours waits: {reason.rstrip('.')}. {NEXT_STEP}"
    body = MessageBody(f"{said}\n>>> {text}", nonce=job.nonce(PARKED_PART))
    try:
        channel_id = await rest.create_dm(job.owner_id)
        await send_with_fallbacks(partial(rest.create_message, channel_id), body, said)
    except ConnectorError as error:
        if not is_closed(error):
            raise


async def _post(
    running: "Running",
    rest: DiscordRest,
    channel_id: int,
    now: datetime,
    *,
    part: int,
    why_here: str = "",
    is_last: bool = False,
) -> Outcome:
    """Post a due reminder there, in a milder form where Discord refuses its text.

    A server's own filter is not got around with a file, unless this is the ``is_last`` place. Raises ConnectorError.
    """
    if running.must_look_back(now):
        found = await found_message(running, rest, channel_id)
        if found is not None:
            return Settled(found)
    body = MessageBody(
        reminder_text(running, now, why_here),
        components=buttons(running),
        nonce=running.nonce(part),
        allow_user=running.owner_id,
    )
    await running.ensure_claim()
    send = partial(rest.create_message, channel_id, before=running.check_claim)
    may_go_elsewhere = part == 0 and not is_last
    try:
        posted = await send(body)
    except ConnectorError as error:
        if error.provider_code == DELETED_SINCE:
            return Settled()
        if not may_be_about_content(error) or (may_go_elsewhere and _is_filtered(error)):
            raise
        posted = await send_first_accepted(send, fallbacks(body, text_withheld(running, why_here)))
    return Settled(posted.id)


async def found_message(running: "Running", rest: DiscordRest, channel_id: int) -> str | None:
    """Return our message of this occurrence, which an earlier try may have posted."""
    assert running.first_claimed_at is not None  # noqa: S101 - or nobody would have to look back
    after = time_snowflake(running.first_claimed_at)
    try:
        messages = await rest.messages(channel_id, after=after, limit=100)
    except ConnectorError as error:
        if not is_closed(error):
            raise
        return None  # it may not be read: better twice than never
    return next((m.id for m in messages if is_by(m.components, running)), None)


def is_closed(error: ConnectorError) -> bool:
    """Return whether a channel takes nothing from us, now and later."""
    # Without a code it is not Discord that refuses, but something between.
    is_refusal = error.status in (403, 404) and error.provider_code is not None
    is_refusal &= not is_about_content(error)
    return is_refusal or error.provider_code in REFUSALS


def _is_filtered(error: ConnectorError) -> bool:
    return error.provider_code in FILTERED


def _why(error: ConnectorError, channel_id: int) -> str:
    if error.status == 404:
        return "The channel this was meant for is gone, so it comes to you here."
    if _is_filtered(error):
        return f"The filter of <#{channel_id}> does not take this text, so this comes to you here."
    return f"I may not write in <#{channel_id}>, so this comes to you here."
