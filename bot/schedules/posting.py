"""Posting the message of a job that is due, and the refusals that are final."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.fallbacks import send_with_fallbacks
from connectors import ConnectorError
from connectors.discord import DiscordRest, Message, MessageBody, codes, is_about_content
from connectors.local_scheduler import Running

# Sent with a 400.
_CLOSED_THREAD = (codes.THREAD_ARCHIVED, codes.THREAD_LOCKED)


async def sender(
    running: Running, rest: DiscordRest, channel_id: int | str
) -> Callable[[MessageBody], Awaitable[Message]]:
    """Return a function that posts in a channel for as long as this process holds the job.

    Both raise ClaimLost.
    """
    await running.ensure_claim()
    return partial(rest.fenced(running.check_claim).create_message, channel_id)


async def post(
    running: Running, rest: DiscordRest, channel_id: int | str, body: MessageBody, said: str
) -> str:
    """Post a message and return its id; ``said`` is what is left of it if Discord refuses the text.

    Raises ClaimLost, and ConnectorError if Discord takes no form of it.
    """
    send = await sender(running, rest, channel_id)
    return (await send_with_fallbacks(send, body, said)).id


def is_closed(error: ConnectorError) -> bool:
    """Return whether a channel takes no message from the bot, now or later."""
    # A refusal without a code comes from a proxy, not from Discord.
    is_refusal = error.status in (403, 404) and error.provider_code is not None
    is_refusal &= not is_about_content(error)
    return is_refusal or error.provider_code in _CLOSED_THREAD
