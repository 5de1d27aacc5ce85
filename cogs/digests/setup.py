"""Adding a digest: who may, in which time zone, and the confirmation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from discord import Interaction

from bot.digests import texts
from bot.digests.job import NewDigest
from bot.errors import Refused
from bot.times.zones import common_zones, zone_named
from cogs.ui import BotSelect, show, view_of, zone_select

if TYPE_CHECKING:
    from bot.app import Bot

PHRASE = "\n-# when: "


@dataclass(frozen=True, slots=True)
class Places:
    """The channel to read, the one to post in, and the fewest messages that are worth a post."""

    source_id: int
    target_id: int
    minimum: int


def managed_guild(interaction: Interaction[Bot]) -> int:
    """Return the id of a server that this person manages. Raises Refused."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise Refused(texts.NOT_ALLOWED)
    return interaction.guild_id


async def add_digest(interaction: Interaction[Bot], places: Places, phrase: str) -> None:
    """Add a digest, or first ask for this person's time zone; the question holds the phrase."""
    phrase = " ".join(phrase.split())
    if not await interaction.client.services.digests.needs_zone(phrase, interaction.user.id):
        await _add(interaction, places, phrase)
        return
    select = ZoneSelect(places, common_zones(datetime.now(UTC)))
    await show(interaction, f"{texts.ASK_ZONE}{PHRASE}{phrase}", view_of(select))


async def _add(interaction: Interaction[Bot], places: Places, phrase: str) -> None:
    services, user_id = interaction.client.services, interaction.user.id
    when = await services.digests.read(phrase, user_id)
    zone = await services.schedules.zone_of(user_id)
    digest = NewDigest(
        managed_guild(interaction),
        user_id,
        places.source_id,
        places.target_id,
        places.minimum,
        zone.key,
    )
    job = await services.digests.add(digest, when, interaction.id)
    await show(interaction, texts.confirmed(job))


class ZoneSelect(
    BotSelect, template=r"abi:digest:(?P<source>\d+):(?P<target>\d+):(?P<minimum>\d+)"
):
    """The time zone of somebody who is adding a digest."""

    def __init__(self, places: Places, zones: list[tuple[str, str]]) -> None:
        custom_id = f"abi:digest:{places.source_id}:{places.target_id}:{places.minimum}"
        super().__init__(zone_select(custom_id, zones))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        managed_guild(interaction)
        zone = zone_named(self.item.values[0])
        content = interaction.message.content if interaction.message else ""
        if zone is None or PHRASE not in content:
            raise Refused(texts.FORGOTTEN)
        await interaction.response.defer()
        await interaction.client.services.timezones.choose(interaction.user.id, zone)
        places = Places(int(match["source"]), int(match["target"]), int(match["minimum"]))
        await _add(interaction, places, content.partition(PHRASE)[2])


ITEMS = (ZoneSelect,)
