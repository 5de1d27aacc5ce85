"""Posting the message of a job that is due."""

from collections.abc import Collection
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
    await running.ensure_claim()
    send = partial(rest.fenced(running.check_claim).create_message, channel_id)
    try:
        return (await send_with_fallbacks(send, body, intro, final=final)).id
    except ConnectorError as error:
        if error.provider_code == codes.UNKNOWN_MESSAGE:
            # An earlier try has posted it under this nonce, and somebody has deleted it.
            return ""
        raise
