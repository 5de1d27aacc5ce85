"""Questions that were refused, kept for a while for the button that asks somebody else instead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from bot.answers import texts
from bot.errors import Refused
from bot.providers.question import Question
from connectors import ConnectorError
from connectors.local_scheduler import (
    NewJob,
    Outcome,
    Settled,
    UnreadablePayload,
    id_of,
    payload_as,
)

if TYPE_CHECKING:
    from bot.providers.preferences import Place
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)

KIND, TAKEN = "offer", "taken"
KEPT = timedelta(minutes=15)
KEEP_WITHIN_S = 1.0  # Discord waits 3 s for the response


class Offer(msgspec.Struct, frozen=True):
    """A question as it was asked, and whether its answer is for one person only."""

    question: Question
    private: bool = False


class Offers:
    """Keeps offers in the ledger, so that they outlive a restart, and forgets them in time."""

    def __init__(self, scheduler: LocalScheduler, now: Callable[[], datetime]) -> None:
        self._scheduler = scheduler
        self._now = now
        scheduler.handler(KIND, forget)

    async def keep(self, offer: Offer, place: Place, request_id: int) -> str | None:
        """Return the id of an offer, or None if the database is away."""
        job = NewJob(
            kind=KIND,
            id=id_of(KIND, request_id),
            owner_id=place.user_id,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            next_run=self._now() + KEPT,
            payload=msgspec.to_builtins(offer),
        )
        try:
            async with asyncio.timeout(KEEP_WITHIN_S):
                return (await self._scheduler.add(job)).id
        except (ConnectorError, TimeoutError):
            log.warning("the database does not respond; a refusal has no button")
            return None

    async def take(self, offer_id: str, owner_id: int) -> Offer:
        """Return an offer, once. Raise Refused, or DatabaseUnavailable."""
        job = await self._scheduler.get(offer_id)
        if job is None or job.kind != KIND:
            raise Refused(texts.FORGOTTEN)
        try:
            offer = payload_as(job, Offer)
        except UnreadablePayload as error:
            raise Refused(texts.FORGOTTEN) from error
        # Of two that take it, one ends it: erasing it would succeed a second time.
        if not await self._scheduler.end(offer_id, owner_id=owner_id, reason=TAKEN):
            raise Refused(texts.FORGOTTEN)
        await self._scheduler.end(offer_id, owner_id=owner_id, reason=TAKEN, erases=True)
        return offer


async def forget(_: object) -> Outcome:
    """Forget a question that nobody has asked of somebody else."""
    return Settled(None, {})
