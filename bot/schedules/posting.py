"""Posting the message of a job that is due, and finding one that was posted before."""

from collections.abc import Collection
from contextlib import aclosing
from functools import partial

from bot.fallbacks import send_with_fallbacks
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, codes
from connectors.local_scheduler import Running


async def post(
    running: Running,
    rest: DiscordRest,
    channel_id: int | str,
    body: MessageBody,
    intro: str,
    *,
    final: Collection[str] = (),
) -> str:
    """Post a message, or a fallback with ``intro``; return its id, "" if it was deleted meanwhile.

    Refusals with a ``final`` code have no fallback. Raises ClaimLost and ConnectorError.
    """
    fenced = rest.fenced(running.check_claim, ensure=running.ensure_claim)
    send = partial(fenced.create_message, channel_id)
    try:
        return (await send_with_fallbacks(send, body, intro, final=final)).id
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            # An earlier try has posted it under this nonce, and somebody has deleted it.
            return ""
        raise


async def find_own(
    rest: DiscordRest,
    channel_id: int | str,
    own_id: str,
    contents: Collection[str],
    after: int,
    *,
    reply_to: int = 0,
) -> str | None:
    """Return the id of the bot's first message after an id with one of these contents, or None.

    With ``reply_to``, it is a reply to that message.
    """
    # Discord may change white space.
    wanted = [content.split() for content in contents]
    async with aclosing(rest.messages_after(channel_id, after)) as messages:
        async for message in messages:
            is_ours = message.author is not None and message.author.id == own_id
            reference = message.message_reference
            replies_to = reference.message_id if reference is not None else None
            if reply_to and replies_to != str(reply_to):
                continue
            if is_ours and message.content.split() in wanted:
                return message.id
    return None
