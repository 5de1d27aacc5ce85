"""/help: what the bot can do here, for this person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from discord import Interaction, Thread, app_commands
from discord.ext import commands

from bot.doctor.permissions import missing
from bot.help.overview import FOR_MANAGERS, About, Commands, Place, overview
from bot.providers import preferences
from bot.providers.status import goes_to
from bot.times.zone_names import zone_label
from cogs.ui import show
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.app import Bot


class Help(commands.Cog):
    @app_commands.command(description="Show what I can do for you here")
    async def help(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        about = await _about(interaction)
        await show(interaction, overview(_commands(interaction.client), _place(interaction), about))


def _commands(bot: Bot) -> Commands:
    for_managers = [c.name for c in bot.tree.get_commands() if c.extras.get(FOR_MANAGERS)]
    return Commands(bot.own_commands(), bot.command_ids, for_managers)


def _place(interaction: Interaction[Bot]) -> Place:
    services, context = interaction.client.services, interaction.context
    in_server = interaction.guild_id is not None
    is_owner = services.is_owned_by(interaction.user.id)
    is_thread = isinstance(interaction.channel, Thread)
    held = interaction.app_permissions.value
    return Place(
        context=0 if in_server else 1 if context.dm_channel else 2,
        held=interaction.permissions.value,
        is_manager=is_owner or (in_server and interaction.permissions.manage_guild),
        is_member=not in_server or interaction.is_guild_integration(),
        lacks=tuple(missing(held, is_thread=is_thread)) if in_server else (),
        keeps=services.settings.is_lasting,
    )


async def _about(interaction: Interaction[Bot]) -> About:
    services, user_id = interaction.client.services, interaction.user.id
    place = preferences.Place(user_id, interaction.channel_id or 0, interaction.guild_id)
    route = await services.routing.route(place)
    row = services.connectors.providers.get(route.provider or "")
    answers = goes_to(route, row, for_owner=services.is_owned_by(user_id))
    try:
        zone = await services.timezones.of(user_id)
    except DatabaseUnavailable:
        return About(answers)
    if zone is None:
        return About(answers, "")
    return About(answers, zone_label(zone.key), f"{datetime.now(UTC).astimezone(zone):%H:%M}")


async def setup(bot: Bot) -> None:
    await bot.add_cog(Help())
