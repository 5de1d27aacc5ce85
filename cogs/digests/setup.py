"""Adding a digest: who may, in which time zone, and the confirmation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from discord import Interaction
from msgspec.structs import replace

from bot.digests import texts
from bot.digests.job import NewDigest
from bot.errors import Refused
from bot.times.zones import common_zones, zone_named
from cogs.rights import has_one_of
from cogs.ui import BotSelect, Reply, reply, request_of, view_of, zone_select

if TYPE_CHECKING:
    from bot.app import Bot

PHRASE = "\n-# when: "


async def managed_guild(interaction: Interaction[Bot]) -> int:
    """Return the id of a server whose digests this person manages. Raises Refused."""
    guild_id = interaction.guild_id
    if guild_id is None:
        raise Refused(texts.NOT_ALLOWED)
    if not interaction.permissions.manage_guild:
        rules = await interaction.client.services.rules.of(guild_id)
        if not has_one_of(interaction.user, rules.digest_roles):
            raise Refused(texts.NOT_ALLOWED)
    return guild_id


async def add_digest(interaction: Interaction[Bot], digest: NewDigest, phrase: str) -> Reply:
    """Add a digest, or first ask for this person's time zone; the question holds the phrase."""
    phrase = " ".join(phrase.split())
    services, owner_id = interaction.client.services, digest.owner_id
    if not await services.digests.needs_zone(phrase, owner_id, digest.guild_id):
        return await _add(interaction, digest, phrase)
    select = ZoneSelect(digest, common_zones(services.now()))
    return Reply(f"{texts.ASK_ZONE}{PHRASE}{phrase}", view_of(select))


async def _add(interaction: Interaction[Bot], digest: NewDigest, phrase: str) -> Reply:
    services = interaction.client.services
    when = await services.digests.read(phrase, digest.owner_id, digest.guild_id)
    zone = await services.digests.zone_for(digest.owner_id, digest.guild_id)
    job = await services.digests.add(replace(digest, zone=zone.key), when, request_of(interaction))
    return Reply(texts.confirmed(job), is_stored=True)


class ZoneSelect(BotSelect, template=r"abi:digest:(\d+):(\d+):(\d+)"):
    def __init__(self, digest: NewDigest, zones: list[tuple[str, str]]) -> None:
        custom_id = f"abi:digest:{digest.source_id}:{digest.target_id}:{digest.minimum}"
        super().__init__(zone_select(custom_id, zones))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        guild_id, user_id = await managed_guild(interaction), interaction.user.id
        zone = zone_named(self.item.values[0])
        content = interaction.message.content if interaction.message else ""
        if zone is None or PHRASE not in content:
            raise Refused(texts.FORGOTTEN)
        source_id, target_id, minimum = map(int, match.groups())
        digest = NewDigest(guild_id, user_id, source_id, target_id, minimum)
        phrase = content.partition(PHRASE)[2]
        await reply(interaction, self._choose(interaction, digest, zone, phrase))

    async def _choose(
        self, interaction: Interaction[Bot], digest: NewDigest, zone: ZoneInfo, phrase: str
    ) -> Reply:
        await interaction.client.services.timezones.choose(digest.owner_id, zone)
        return await _add(interaction, digest, phrase)
