"""Notifying people of how a digest ended: who waits for it, and who set it."""

import logging
from functools import partial

from bot.digests.job import DigestPayload
from bot.digests.texts import NEWS
from bot.fallbacks import send_with_fallbacks
from bot.schedules.posting import post
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody
from connectors.local_scheduler import Running

log = logging.getLogger(__name__)

# Parts of an occurrence, beside the messages of the digest.
TO_OWNER, TO_REQUESTER = 90, 91


async def notify(running: Running, rest: DiscordRest, text: str, *, trouble: str) -> None:
    """Tell whoever waits for a run how it ended, and its owner once of each new trouble.

    Raises no ConnectorError: ``/digest list`` shows the trouble too.
    """
    payload = DigestPayload.of(running)
    requester = payload.asked
    if requester is not None:
        body = MessageBody(text, suppress_embeds=True)
        edit = partial(rest.edit_original, requester.application_id, requester.token)
        try:
            await send_with_fallbacks(edit, body, NEWS)
        except ConnectorError as error:
            # An interaction can be answered for 15 minutes only.
            log.info("discord: answering /digest with a direct message instead: %s", error)
            await _message(running, rest, requester.user_id, text, TO_REQUESTER)
    is_owner = requester is not None and requester.user_id == running.owner_id
    if trouble and trouble != payload.trouble and not is_owner:
        await _message(running, rest, running.owner_id, text, TO_OWNER)


async def _message(running: Running, rest: DiscordRest, user_id: int, text: str, part: int) -> None:
    body = MessageBody(text, nonce=running.nonce(part), suppress_embeds=True)
    try:
        await post(running, rest, await rest.create_dm(user_id), body, NEWS)
    except ConnectorError as error:
        log.warning("discord: could not tell somebody about their digest: %s", error)
