"""Posting the message of a job that is due, and the refusals that are final."""

from collections.abc import Collection
from functools import partial

from bot.fallbacks import send_with_fallbacks
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, codes, is_about_content
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
    await running.ensure_claim()
    send = partial(rest.fenced(running.check_claim).create_message, channel_id)
    try:
        return (await send_with_fallbacks(send, body, intro, final=final)).id
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            # An earlier try has posted it under this nonce, and somebody has deleted it.
            return ""
        raise


def is_closed(error: ConnectorError) -> bool:
    """Return whether a channel takes no message from the bot, now or later."""
    if error.provider_code in (codes.THREAD_ARCHIVED, codes.THREAD_LOCKED):
        return True
    # A refusal without a code comes from a proxy, not from Discord.
    is_refusal = error.status in (403, 404) and error.provider_code is not None
    return is_refusal and not is_about_content(error)
