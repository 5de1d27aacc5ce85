"""The places where only local models may answer, by the rules of servers."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from bot.storage.rules import UNKNOWN
from connectors import ConnectorError
from connectors.discord import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.providers.preferences import Place
    from bot.storage.rules import RulesOf
    from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

FRESH_S = 25.0  # as rules are: a channel may be moved
REMEMBERED = 10_000  # channels
CATEGORY = 4  # source: discord, a channel's type


class _Channel(msgspec.Struct, frozen=True):
    parent: int  # 0 if it stands in nothing
    is_category: bool


class Locality:
    """Tells where only local models may answer: in doubt, that is so."""

    def __init__(
        self,
        rules: RulesOf,
        rest: DiscordRest,
        has_local: Callable[[], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._has_local = has_local
        self._rest = rest
        self._clock = clock
        self._known: OrderedDict[int, tuple[_Channel | None, float]] = OrderedDict()

    async def applies(self, place: Place) -> bool:
        """Return whether only local models may answer in a place. Never raise."""
        if place.stays_local:
            return True
        rules = await self._rules(place.guild_id)
        if rules is UNKNOWN:  # no server keeps to local models where there are none
            return self._has_local()
        if rules.is_local_only or not rules.local_channels:
            return rules.is_local_only
        try:
            return await self._stands_in(place.channel_id, rules.local_channels)
        except ConnectorError as error:
            log.warning("discord: %s; only local models answer in a channel meanwhile", error)
            return True

    async def _stands_in(self, channel_id: int, chosen: Collection[int]) -> bool:
        """Return whether a channel is chosen, or what it stands in."""
        at, seen = channel_id, set[int]()
        while at and at not in seen:
            if at in chosen:
                return True
            seen.add(at)
            found = await self._found(at)
            if found is None:  # deleted, so nobody can tell what it stood in
                return True
            if found.is_category:
                return False
            at = found.parent
        # It stands in no category: perhaps because one that was chosen is deleted.
        return any([await self._found(other) is None for other in chosen])

    async def _found(self, channel_id: int) -> _Channel | None:
        """Return a channel as it was a moment ago, or None if it is deleted."""
        found, until = self._known.get(channel_id, (None, 0.0))
        if self._clock() >= until:
            found = await self._asked(channel_id)
            self._known[channel_id] = found, self._clock() + FRESH_S
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def _asked(self, channel_id: int) -> _Channel | None:
        try:
            channel = await self._rest.channel(channel_id)
        except ConnectorError as error:
            if error.provider_code != codes.UNKNOWN_CHANNEL:
                raise
            return None
        return _Channel(int(channel.parent_id or 0), channel.type == CATEGORY)
