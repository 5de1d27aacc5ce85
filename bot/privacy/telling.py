"""Telling whoever waits for a request how it ended: in its interaction, or directly."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.privacy.request import edit
from bot.schedules.posting import find_own, post
from connectors import ConnectorError
from connectors.discord import MessageBody, is_closed

if TYPE_CHECKING:
    from bot.privacy.request import Request
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import Running

log = logging.getLogger(__name__)


async def tell(running: Running, rest: DiscordRest, request: Request, said: str) -> None:
    """Say how a request ended, once. Raise ConnectorError to be run again."""
    if not request.application_id:
        return
    await running.ensure_claim()
    try:
        await edit(rest, request, said)
    except ConnectorError as error:
        if error.retryable:
            raise
        # An interaction can be answered for 15 minutes only.
        log.info("discord: telling of a %s in a direct message instead: %s", running.kind, error)
        await _write(running, rest, said)


async def _write(running: Running, rest: DiscordRest, said: str) -> None:
    try:
        channel_id = await rest.create_dm(running.owner_id)
        if running.is_takeover and running.first_claimed_at is not None:
            own_id, after = (await rest.current_user()).id, running.first_claimed_at
            if await find_own(rest, channel_id, own_id, [said], rest.lowest_id(after)):
                return
        body = MessageBody(said, nonce=running.nonce(), suppress_embeds=True)
        await post(running, rest, channel_id, body, said)
    except ConnectorError as error:
        if not is_closed(error):
            raise
        log.info("discord: nobody can be told of the end of a %s: %s", running.kind, error)
