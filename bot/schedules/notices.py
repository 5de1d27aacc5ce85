"""Delivery of notices. They are jobs of their own, so that no outage loses one."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.fallbacks import fallbacks
from bot.schedules.notice import KIND, NoticePayload
from bot.schedules.posting import find_own, post
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, is_closed
from connectors.local_scheduler import Outcome, Running, Settled

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)


def register(scheduler: LocalScheduler, rest: DiscordRest) -> None:
    scheduler.handler(KIND, partial(deliver, rest))


async def deliver(rest: DiscordRest, running: Running) -> Outcome:
    """Send a notice as a direct message, once. Raises ConnectorError for what may pass."""
    payload = NoticePayload.of(running)
    body = MessageBody(payload.content, nonce=running.nonce(), suppress_embeds=True)
    try:
        channel_id = await rest.create_dm(running.owner_id)
        found = await _find(rest, running, channel_id, body, payload.intro)
        return Settled(found or await post(running, rest, channel_id, body, payload.intro) or None)
    except ConnectorError as error:
        if not is_closed(error):
            # Nobody tells that this is parked, too, and even its plainest form was refused.
            error.retryable = True
            raise
        log.info("notice %s: its owner takes no direct messages", running.id)
        return Settled()


async def _find(
    rest: DiscordRest, running: Running, channel_id: int | str, body: MessageBody, intro: str
) -> str | None:
    """Return the id of the message if an earlier try has sent it."""
    if running.first_claimed_at is None or not running.is_takeover:
        return None
    contents = {body.content, *(form.content for form in fallbacks(body, intro))}
    own_id = (await rest.current_user()).id
    after = rest.lowest_id(running.first_claimed_at)
    return await find_own(rest, channel_id, own_id, contents, after)
