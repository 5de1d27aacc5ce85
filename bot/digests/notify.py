"""Notifying people of how a digest ended: who waits for it, and who set it."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.digests.job import DigestPayload
from bot.digests.texts import NEWS, stopped
from bot.fallbacks import send_with_fallbacks
from bot.schedules.notice import new_notice
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody
from connectors.local_scheduler import Job, NewJob, Running

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)


async def answer(running: Running, scheduler: LocalScheduler, rest: DiscordRest, text: str) -> bool:
    """Tell whoever waits for a run how it ended, and return whether that is its owner.

    Raises DatabaseUnavailable.
    """
    requester = DigestPayload.of(running).asked
    if requester is None:
        return False
    edit = partial(rest.edit_original, requester.application_id, requester.token)
    try:
        await send_with_fallbacks(edit, MessageBody(text, suppress_embeds=True), NEWS)
    except ConnectorError as error:
        # An interaction can be answered for 15 minutes only.
        log.info("discord: answering /digest with a direct message instead: %s", error)
        await scheduler.add(of_trouble(running, text, requester.user_id))
    return requester.user_id == running.owner_id


def of_trouble(job: Job, text: str, user_id: int) -> NewJob:
    """Return a notice of how one run ended."""
    return new_notice(user_id, text, NEWS, job, "digest")


def of_parking(job: Job, reason: str) -> NewJob:
    """Return the notice to the owner of a digest that has stopped."""
    event = f"digest parked {job.attempts}"
    return new_notice(job.owner_id, stopped(job, reason), NEWS, job, event)
