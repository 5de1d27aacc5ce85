"""/doctor: what is wrong with the bot, here and elsewhere, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import Interaction, Thread, app_commands
from discord.ext import commands

from bot.doctor import texts
from bot.doctor.finding import Finding
from bot.doctor.report import in_message, permissions_here
from bot.errors import Refused
from bot.help.overview import FOR_MANAGERS
from bot.replies import send_ephemeral
from bot.text.chunking import split
from cogs.rights import home_of, is_away
from cogs.ui import show
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from bot.app import Bot


class Doctor(commands.Cog):
    @app_commands.command(
        description="Check the bot: for those who run it or manage this server",
        extras={FOR_MANAGERS: True},
    )
    async def doctor(self, interaction: Interaction[Bot]) -> None:
        from bot.doctor.examination import examine

        bot, services = interaction.client, interaction.client.services
        is_owner = services.is_owned_by(interaction.user.id)
        manages = home_of(interaction) is not None and interaction.permissions.manage_guild
        if not (is_owner or manages):
            raise Refused(texts.FOR_MANAGERS)
        await interaction.response.defer(ephemeral=True, thinking=True)
        findings = await examine(
            services.settings.ledger, services.connectors, services.rest, bot.own_commands()
        )
        known = [_here(interaction), *_shards(bot), *findings]
        text = in_message(known, for_owner=is_owner)
        first, *rest = split(text)
        await show(interaction, first)
        for more in rest:
            await send_ephemeral(interaction, services.rest, MessageBody(more))


def _shards(bot: Bot) -> list[Finding]:
    """Return what this process holds of the gateway, if that is divided."""
    sharding = bot.sharding
    return [Finding(texts.SHARDS, sharding.said)] if sharding.total > 1 else []


def _here(interaction: Interaction[Bot]) -> Finding:
    return permissions_here(
        interaction.app_permissions.value,
        is_member=not is_away(interaction),
        is_thread=isinstance(interaction.channel, Thread),
        is_dm=interaction.context.dm_channel,
    )


async def setup(bot: Bot) -> None:
    await bot.add_cog(Doctor())
