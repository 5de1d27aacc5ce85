"""How a digest is agreed on: who may, in whose clock, and what is said then."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from discord import Interaction, SelectOption, ui

from bot.app import Bot
from bot.digests.job import NewDigest, rule_words
from bot.errors import Refused
from bot.text.formatting import counted
from bot.times.zones import common_zones, zone_named
from cogs.ui import BotSelect, show, view_of
from connectors.discord import timestamp

NOT_ALLOWED = "Only people with the right *Manage Server* can do that. Ask one of them."
FORGOTTEN = "I no longer know what this was about. Use `/digest add` again."
ASK_ZONE = (
    "What does your clock show? I ask only once. Your city is not there? Find it with `/timezone`."
)
PHRASE = "\n-# when: "


@dataclass(frozen=True, slots=True)
class Places:
    """What is read, where it is told, and from how many messages on."""

    source_id: int
    target_id: int
    minimum: int


def managed(interaction: Interaction[Bot]) -> int:
    """Return the server if this person manages it. Raises Refused."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise Refused(NOT_ALLOWED)
    return interaction.guild_id


async def set_up(interaction: Interaction[Bot], places: Places, phrase: str) -> None:
    """Set a digest, or ask first what this person's clock shows; the phrase stays in the question."""
    phrase = " ".join(phrase.split())
    if not await interaction.client.services.digests.needs_zone(phrase, interaction.user.id):
        await _keep(interaction, places, phrase)
        return
    select = ZoneSelect(places, common_zones(datetime.now(UTC)))
    await show(interaction, f"{ASK_ZONE}{PHRASE}{phrase}", view_of(select))


async def _keep(interaction: Interaction[Bot], places: Places, phrase: str) -> None:
    """Set a digest, and say in the interaction's own message when it comes."""
    digests, user_id = interaction.client.services.digests, interaction.user.id
    when = await digests.read(phrase, user_id)
    source, target = places.source_id, places.target_id
    zone = await digests.zone_name(user_id)
    digest = NewDigest(managed(interaction), user_id, source, target, places.minimum, zone)
    job = await digests.add(digest, when, interaction.id)
    where = "" if target == source else f" in <#{target}>"
    at = f"{timestamp(job.next_run, 'F')} ({timestamp(job.next_run, 'R')})"
    await show(
        interaction,
        f"I will post a digest of <#{source}>{where}: first {at}, then {rule_words(job)}, "
        f"each time that there are at least {counted(places.minimum, 'new message')}.\n"
        "-# See it at once with `/digest now`.",
    )


class ZoneSelect(
    BotSelect, template=r"abi:digest:(?P<source>\d+):(?P<target>\d+):(?P<minimum>\d+)"
):
    """What somebody's clock shows, asked for a digest that is not set yet; its phrase stands in the message."""

    def __init__(self, places: Places, zones: list[tuple[str, str]]) -> None:
        super().__init__(
            ui.Select(
                custom_id=f"abi:digest:{places.source_id}:{places.target_id}:{places.minimum}",
                options=[SelectOption(label=label[:100], value=name) for name, label in zones[:25]],
                placeholder="What does your clock show now?",
            )
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        managed(interaction)
        zone = zone_named(self.item.values[0])
        content = interaction.message.content if interaction.message else ""
        if zone is None or PHRASE not in content:
            raise Refused(FORGOTTEN)
        await interaction.response.defer()
        await interaction.client.services.timezones.choose(interaction.user.id, zone)
        places = Places(int(match["source"]), int(match["target"]), int(match["minimum"]))
        await _keep(interaction, places, content.partition(PHRASE)[2])


ITEMS = (ZoneSelect,)
