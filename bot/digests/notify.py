"""Who hears how a digest ended: whoever waits for it, and once per trouble the person who set it."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.digests.job import Requester, requester_of
from bot.fallbacks import send_with_fallbacks
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody

if TYPE_CHECKING:
    from connectors.local_scheduler import Running

log = logging.getLogger(__name__)

SEE_LIST = "There is news of a digest. Look into `/digest list`."
TO_OWNER, TO_ASKER = 90, 91  # parts of an occurrence, beside the messages of the digest


async def notify(running: "Running", rest: DiscordRest, text: str, *, trouble: str) -> None:
    """Say how a run ended to whoever is concerned. Raises no ConnectorError: /digest list says it too."""
    requester = requester_of(running)
    if requester is not None:
        await _answer(running, rest, requester, text)
    hears_it = requester is not None and requester.user_id == running.owner_id
    is_new = bool(trouble) and trouble != running.payload.get("trouble")
    if is_new and not hears_it:
        await _write_to(running, rest, running.owner_id, text, TO_OWNER)


async def _answer(running: "Running", rest: DiscordRest, requester: Requester, text: str) -> None:
    body = MessageBody(text, suppress_embeds=True)
    try:
        send = partial(rest.edit_original, requester.application_id, requester.token)
        await send_with_fallbacks(send, body, SEE_LIST)
    except ConnectorError as error:
        # After 15 minutes an interaction can no longer be answered.
        log.info("discord: an answer to /digest now goes by direct message: %s", error)
        await _write_to(running, rest, requester.user_id, text, TO_ASKER)


async def _write_to(
    running: "Running", rest: DiscordRest, user_id: int, text: str, part: int
) -> None:
    try:
        channel_id = await rest.create_dm(user_id)
        body = MessageBody(text, nonce=running.nonce(part), suppress_embeds=True)
        await running.ensure_claim()
        send = partial(rest.create_message, channel_id, before=running.check_claim)
        await send_with_fallbacks(send, body, SEE_LIST)
    except ConnectorError as error:
        log.warning("discord: could not tell somebody about their digest: %s", error)
