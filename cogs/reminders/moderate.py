"""Reminders of others in a channel, for its moderators: listed and ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discord import Interaction, SelectOption, ui

from bot.errors import Refused
from bot.reminders import texts
from bot.schedules.rights import rights_in
from bot.schedules.texts import describe_schedule
from bot.text.formatting import excerpt
from cogs.rights import home_of
from cogs.ui import BotButton, BotSelect, Reply, reply, view_of

if TYPE_CHECKING:
    from bot.app import Bot


async def list_channel(interaction: Interaction[Bot], channel_id: int) -> Reply:
    """Return everybody's reminders in a channel. Raises Refused."""
    guild_id, services = await _moderated(interaction, channel_id), interaction.client.services
    jobs = await services.reminders.in_channel(guild_id, channel_id)
    if not jobs:
        return Reply(texts.NONE_IN_CHANNEL.format(channel_id))
    zone = await services.schedules.zone_of(interaction.user.id)
    options = []
    for job in jobs[:25]:
        label, schedule = excerpt(texts.text_of(job), 90) or "…", describe_schedule(job, zone)
        options.append(SelectOption(label=label, value=job.id, description=schedule[:100]))
    said = texts.IN_CHANNEL.format(channel_id, texts.listed(jobs, zone, with_owner=True))
    return Reply(said, view_of(ChannelSelect(channel_id, options)))


async def _moderated(interaction: Interaction[Bot], channel_id: int) -> int:
    """Return the server of a channel that this person moderates now. Raises Refused."""
    guild_id, rest = home_of(interaction), interaction.client.services.rest
    if guild_id is None:
        raise Refused(texts.ONLY_IN_SERVERS)
    rights = await rights_in(rest, guild_id, channel_id, interaction.user.id)
    if rights is None or not rights.can_moderate:
        raise Refused(texts.NO_MODERATOR.format(channel_id))
    return guild_id


class ChannelSelect(BotSelect, template=r"abi:channel:(?P<channel>\d+)"):
    def __init__(self, channel_id: int, options: list[SelectOption]) -> None:
        custom_id = f"abi:channel:{channel_id}"
        super().__init__(ui.Select(custom_id=custom_id, options=options, placeholder=texts.CHOOSE))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        await reply(interaction, self._chosen(interaction, int(match["channel"])))

    async def _chosen(self, interaction: Interaction[Bot], channel_id: int) -> Reply:
        guild_id, services = await _moderated(interaction, channel_id), interaction.client.services
        jobs = await services.reminders.in_channel(guild_id, channel_id)
        chosen = [job for job in jobs if job.id == self.item.values[0]]
        if not chosen:
            raise Refused(texts.NOT_THERE)
        zone = await services.schedules.zone_of(interaction.user.id)
        view = view_of(EndButton(channel_id, chosen[0].id))
        return Reply(texts.shown_to_moderator(chosen[0], zone), view)


class EndButton(BotButton, template=r"abi:end:(?P<channel>\d+):(?P<job>[0-9a-f]{16})"):
    def __init__(self, channel_id: int, job_id: str) -> None:
        super().__init__(ui.Button(label=texts.END, custom_id=f"abi:end:{channel_id}:{job_id}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        await reply(interaction, _end(interaction, int(match["channel"]), match["job"]))


async def _end(interaction: Interaction[Bot], channel_id: int, job_id: str) -> Reply:
    await _moderated(interaction, channel_id)
    job = await interaction.client.services.reminders.end(job_id, channel_id)
    said = texts.ENDED.format(excerpt(texts.text_of(job), 100), job.owner_id)
    return Reply(said, is_stored=True)


MODERATOR_ITEMS = (ChannelSelect, EndButton)
